# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostcap.hmr_backend.observations import Tracklet, Video
from ghostcap.hmr_backend.tracking import clean_tracks, recommend
from ghostcap.tests.stick_figure import stand

VIDEO = Video(Path("clip.mp4"), 1280, 720, 30.0, 300)


def walk(identity: int, frames: range, x: float, speed: float = 3, height: float = 400, score: float = 0.9) -> Tracklet:
    """Somebody walking to the right at `speed` px a frame, at x in frame 0."""
    marks = np.stack([stand(x + speed * k, 150, height) for k in frames]).astype(np.float32)
    bbox = np.concatenate([marks[..., :2].min(1), marks[..., :2].max(1)], axis=1)
    count = len(frames)
    return Tracklet(identity, np.array(frames), bbox, np.full(count, score), marks, np.zeros((count, 33, 3)),
                    np.ones(count, dtype=bool))  # fmt: skip


def hide(tracklet: Tracklet, frames: range) -> Tracklet:
    """The same, not seen in some frames."""
    hidden = np.isin(tracklet.frame, frames)
    marks, world, score = tracklet.landmarks.copy(), tracklet.world.copy(), tracklet.score.copy()
    marks[hidden], world[hidden], score[hidden] = np.nan, np.nan, 0
    return replace(tracklet, landmarks=marks, world=world, score=score, observed=tracklet.observed & ~hidden)


def is_sound(tracklet: Tracklet) -> bool:
    unseen = ~tracklet.observed
    return bool(
        np.all(np.diff(tracklet.frame) == 1)
        and np.isnan(tracklet.landmarks[unseen]).all()
        and np.isnan(tracklet.world[unseen]).all()
        and np.isfinite(tracklet.bbox).all()
        and tracklet.observed[[0, -1]].all()
    )


def test_fragments_of_one_person_are_joined_under_the_old_id():
    """A post in front of a walker must not make two people of her; the gap is there, and marked."""
    people = clean_tracks([walk(4, range(60), 100), walk(9, range(70, 130), 100)], VIDEO)
    assert len(people) == 1
    assert is_sound(people[0])
    assert (people[0].frame[0], people[0].frame[-1]) == (0, 129)
    np.testing.assert_array_equal(np.flatnonzero(~people[0].observed), range(60, 70))
    expected = walk(1, range(130), 100).bbox
    np.testing.assert_allclose(people[0].bbox, expected, atol=1)


@pytest.mark.parametrize(
    "later",
    [
        walk(9, range(90, 150), 100),
        walk(9, range(70, 130), 600),
        walk(9, range(70, 130), 100, height=180),
        replace(walk(9, range(70, 130), 100), colours=np.eye(2)[::-1]),
    ],
    ids=["a second later", "somewhere else", "much smaller", "other clothes"],
)
def test_another_person_is_not_joined(later: Tracklet):
    """Better two tracks than one person who turns into another."""
    first = replace(walk(4, range(60), 100), colours=np.eye(2))
    assert len(clean_tracks([first, later], VIDEO)) == 2


def test_a_long_absence_splits_a_track():
    """Ten seconds out of sight can't be filled in; three frames can."""
    people = clean_tracks([hide(hide(walk(1, range(260), 100, 1), range(100, 200)), range(20, 23))], VIDEO)
    assert sorted((int(t.frame[0]), int(t.frame[-1])) for t in people) == [(0, 99), (200, 259)]
    assert all(is_sound(person) for person in people)


def test_fly_by_detections_go():
    """A bag that looked like a person for five frames gets no armature."""
    person = walk(1, range(100), 100)
    assert len(clean_tracks([person, walk(2, range(40, 46), 900)], VIDEO)) == 1
    assert len(clean_tracks([person, walk(2, range(100), 900, score=0.2)], VIDEO)) == 1
    assert len(clean_tracks([person, replace(walk(2, range(100), 900, score=0.6), found=0.1)], VIDEO)) == 1


def test_a_trembling_thing_is_no_person():
    """A camera on a tripod, seen as a person in every frame, with limbs somewhere else each time."""
    random = np.random.default_rng(1)
    thing = walk(2, range(100), 900, speed=0, score=0.6)
    shaken = thing.landmarks.copy()
    shaken[..., :2] += random.normal(0, 40, shaken[..., :2].shape)
    assert clean_tracks([replace(thing, landmarks=shaken)], VIDEO) == []


def test_a_clip_of_one_frame_has_its_person():
    """A photo is a clip; nobody in it lives for a third of a second."""
    people = clean_tracks([walk(1, range(1), 300)], replace(VIDEO, frames=1))
    assert len(people) == 1


def test_ids_go_by_importance():
    """Track 1 is the one an animator wants: large, long in view; the passer-by comes after."""
    small = walk(1, range(300), 100, 1, height=120)
    large = walk(2, range(250), 200, 1)
    brief = walk(3, range(200, 240), 300, 1)
    people = clean_tracks([small, brief, large], VIDEO)
    assert [person.id for person in people] == [1, 2, 3]
    assert [len(person.frame) for person in people] == [250, 300, 40]
    assert recommend(people, VIDEO) == 1


def test_who_has_left_the_picture_is_let_go():
    """The network goes on inventing a body at the picture's edge."""
    leaving = walk(1, range(100), 1000, 5)
    score = np.where(leaving.bbox[:, 0] > 1230, 0.3, 0.9)
    people = clean_tracks([replace(leaving, score=score)], VIDEO)
    assert people[0].frame[-1] < 60


def test_nobody_is_an_empty_list():
    """The command turns it into a message."""
    assert clean_tracks([], VIDEO) == []
    with pytest.raises(ValueError, match="empty"):
        recommend([], VIDEO)
