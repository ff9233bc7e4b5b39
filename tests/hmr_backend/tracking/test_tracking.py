# SPDX-License-Identifier: GPL-3.0-or-later
"""Following people through real clips."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ghostcap.hmr_backend.decode import open_video, read_frames
from ghostcap.hmr_backend.observations import Frame, Tracklet, Video
from ghostcap.hmr_backend.progress import Cancelled, Silent
from ghostcap.hmr_backend.tracking import clean_tracks, first_frame_needed, track_people
from ghostcap.hmr_backend.tracking.checkpoint import FILE


class StopAfter(Silent):
    """A user who presses Ctrl-C after some frames."""

    def __init__(self, frames: int) -> None:
        self.frames = frames

    def progress(self, done: int, total: int) -> None:
        """Stop, once it is time."""
        assert done <= total
        if done >= self.frames:
            raise Cancelled


def same(one: Tracklet, other: Tracklet) -> bool:
    names = [field.name for field in fields(Tracklet)]
    return all(
        np.array_equal(np.asarray(getattr(one, n)), np.asarray(getattr(other, n)), equal_nan=True) for n in names
    )


def coverage(person: Tracklet, frames: range) -> float:
    return float(np.isin(frames, person.frame[person.observed]).mean())


@pytest.fixture(scope="module")
def people(sample_clip: Path, estimator) -> list[Tracklet]:
    video = open_video(sample_clip)
    return clean_tracks(track_people(read_frames(video), video, estimator, Silent()), video)


def test_the_passer_by_and_the_man_on_the_roof_keep_their_ids(people):
    """The woman walks through behind a tree (frames 46 to 188), the man is on the roof from 0 to 140."""
    man = next(p for p in people if p.frame[0] < 20)
    woman = next(p for p in people if p is not man)
    assert coverage(man, range(141)) >= 0.9
    assert coverage(woman, range(46, 189)) >= 0.9


def test_nobody_else_lives_longer_than_a_second(people):
    """Trees and windows are no people, and one person is not two."""
    assert all(person.observed.sum() <= 30 for person in people[2:])


def test_the_man_is_the_same_one_after_his_flip(people):
    """He lands at about frame 190, lower and further right; a new id would cut the animation in two."""
    man = next(p for p in people if p.frame[0] < 20)
    assert coverage(man, range(195, 221)) >= 0.9
    landed = man.bbox[np.flatnonzero(man.frame == 200)[0]]
    assert 950 < (landed[0] + landed[2]) / 2 < 1300
    assert landed[3] > 850


def test_a_stopped_job_goes_on_with_the_same_result(sample_clip, estimator, tmp_path):
    """Cancelled twice, and once more at the frame where the woman appears: nobody may be lost or doubled."""
    video = open_video(sample_clip, start=0.8, end=2.0)
    whole = track_people(read_frames(video), video, estimator, Silent())
    for stop in (7, 14, 24):
        with pytest.raises(Cancelled):
            track_people(read_frames(video), video, estimator, StopAfter(stop), tmp_path)
    begin = first_frame_needed(tmp_path, video, estimator)
    assert video.first < begin <= video.first + 24
    resumed = track_people(read_frames(video, begin=begin), video, estimator, Silent(), tmp_path)
    assert len(whole) == len(resumed) > 0
    assert all(same(one, other) for one, other in zip(whole, resumed, strict=True))


def test_the_checkpoint_of_another_clip_is_not_used(sample_clip, estimator, tmp_path):
    """The same folder, another part of the video: starting over beats mixing two."""
    video = open_video(sample_clip, end=0.2)
    with pytest.raises(Cancelled):
        track_people(read_frames(video), video, estimator, StopAfter(3), tmp_path)
    other = open_video(sample_clip, start=0.1, end=0.3)
    assert first_frame_needed(tmp_path, other, estimator) == other.first
    (tmp_path / FILE).write_bytes(b"cut off")
    assert first_frame_needed(tmp_path, video, estimator) == 0


def test_an_empty_room_has_nobody_in_it(estimator):
    """No person: an empty list, not a crash and not a ghost."""
    room = np.random.default_rng(0).integers(90, 130, (240, 320, 3), dtype=np.uint8)
    video = Video(Path("room.mp4"), 320, 240, 30, 10)
    assert clean_tracks(track_people((Frame(k, room) for k in range(10)), video, estimator, Silent()), video) == []


def test_two_people_are_never_on_one_body(people):
    """At every frame the two are apart."""
    one, two = people[:2]
    first, last = max(one.frame[0], two.frame[0]), min(one.frame[-1], two.frame[-1])
    a, b = (p.landmarks[first - p.frame[0] : last + 1 - p.frame[0], :, :2] for p in (one, two))
    apart = np.median(np.linalg.norm(a - b, axis=-1), axis=1)
    assert np.isfinite(apart).sum() > 100
    assert np.nanmin(apart) > 40


def test_who_comes_back_after_a_moment_is_the_same_person(sample_clip, estimator):
    """A truck drives past: fourteen frames without a picture of him, then the man goes on where he was."""
    video = replace(open_video(sample_clip), frames=45)
    frames = []
    for frame in read_frames(video):
        if frame.index >= 45:
            break
        image = frame.image[100:700, 200:1100].copy()
        if 15 <= frame.index < 29:
            image[:] = cv2.blur(image, (121, 121))
        frames.append(Frame(frame.index, image))
    part = replace(video, width=900, height=600)
    people = clean_tracks(track_people(frames, part, estimator, Silent()), part)
    assert len(people) == 1
    assert coverage(people[0], range(15)) == 1
    assert coverage(people[0], range(31, 45)) == 1
