# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracks renamed, trimmed, split, merged on disk, and every step taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostcap.motion.capture import Track, read_capture, read_tracks
from ghostcap.motion.errors import CaptureError
from ghostcap.motion.revisions import (
    go_to_revision,
    merge_tracks,
    rename_track,
    restore_tracks,
    split_track,
    trim_track,
)
from ghostcap.motion.track_edits import cut_track, join_tracks
from ghostcap.tests.synthetic_capture import synthetic_body, synthetic_track, write_synthetic_capture


def boxed(track: Track, x: float = 100.0) -> Track:
    """The track with a box around it, so that overlap can be told."""
    return replace(track, bbox=np.tile([x, 50.0, x + 80.0, 300.0], (len(track.frame), 1)))


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A walk and a somersault of somebody larger, both from one place of the picture."""
    return write_synthetic_capture(
        tmp_path / "tanz 舞.capture",
        boxed(synthetic_track("walk")),
        boxed(synthetic_track("walk", first=80, beta=2.0), 110.0),
    )


def test_split_then_merge_gives_back_the_motion(capture: Path) -> None:
    """A wrong click on Split is put right by Merge: the same poses, places and marks."""
    before = read_tracks(capture, read_capture(capture), [1])[1]
    split = split_track(capture, 1, 30)
    assert [(row.id, row.first, row.last) for row in split.tracks] == [(1, 0, 29), (3, 30, 59), (2, 80, 139)]
    merged = merge_tracks(capture, [3, 1])
    assert [row.id for row in merged.tracks] == [1, 2]
    after = read_tracks(capture, merged, [1])[1]
    np.testing.assert_array_equal(after.frame, before.frame)
    np.testing.assert_allclose(after.joints, before.joints, atol=1e-9)
    np.testing.assert_allclose(after.trans_raw, before.trans_raw, atol=1e-12)
    assert after.observed.all()


def test_merge_bridges_the_gap_and_says_so(capture: Path) -> None:
    """Somebody left the picture for twenty frames: one clip without a jump, the gap marked as not observed."""
    merged = merge_tracks(capture, [1, 2])
    track = read_tracks(capture, merged)[1]
    np.testing.assert_array_equal(track.frame, np.arange(140))
    np.testing.assert_array_equal(np.flatnonzero(~track.observed), np.arange(60, 80))
    assert merged.tracks[0].coverage == pytest.approx(120 / 140, abs=1e-3)
    assert np.isnan(track.keypoints_2d[60:80]).all()
    steps = np.linalg.norm(np.diff(track.joints[:, 0], axis=0), axis=-1)
    assert steps[59:81].max() < 0.15
    # One body for both: the mean of two of equal length.
    assert track.betas[0] == pytest.approx(1.0)


def test_merge_keeps_the_root_where_each_track_had_it(capture: Path) -> None:
    """With other betas the root joint lies elsewhere in the body; the person must not jump by the difference."""
    one, two = read_tracks(capture, read_capture(capture)).values()
    joined = join_tracks(one, two, synthetic_body())
    np.testing.assert_allclose(joined.joints[:60, 0], one.joints[:, 0], atol=1e-9)
    np.testing.assert_allclose(joined.joints[80:, 0], two.joints[:, 0], atol=1e-9)


def test_overlap_goes_to_the_more_confident(capture: Path) -> None:
    """Two tracks of one person over the same frames: the surer one counts, in either order of merging."""
    weak = boxed(synthetic_track("stand", frames=40))
    sure = replace(boxed(synthetic_track("walk", frames=40, first=20)), confidence=np.full(40, 2.0))
    for joined in (join_tracks(weak, sure, synthetic_body()), join_tracks(sure, weak, synthetic_body())):
        np.testing.assert_allclose(joined.joints[30:60], sure.joints[10:], atol=1e-6)
        np.testing.assert_allclose(joined.joints[:10], weak.joints[:10], atol=1e-6)


def test_two_people_are_not_merged(capture: Path) -> None:
    """Side by side in the same frames: merging them would make a flickering chimera."""
    with pytest.raises(CaptureError, match="two people") as told:
        join_tracks(boxed(synthetic_track()), boxed(synthetic_track(), 400.0), synthetic_body())
    assert told.value.code == "two_people"


def test_trim_cuts_every_array(capture: Path) -> None:
    """All arrays of a track are as long as its frames, or nothing reads it again."""
    row = trim_track(capture, 1, 10, 19).tracks[0]
    assert (row.first, row.last, row.frames) == (10, 19, 10)
    track = read_tracks(capture, read_capture(capture), [1])[1]
    assert {len(getattr(track, name)) for name in ("poses", "joints", "keypoints_2d", "observed", "trans_raw")} == {10}
    assert cut_track(track, 12, 12).frame.tolist() == [12]


@pytest.mark.parametrize("count", [10, 24, 72])
def test_cutting_leaves_shape_alone(count: int) -> None:
    """A track as long as there are betas must not have its betas cut."""
    track = cut_track(synthetic_track(frames=count), 0, 4)
    assert track.betas.shape == (10,)
    assert len(track.frame) == 5


def test_raw_data_is_never_touched(capture: Path) -> None:
    """What was captured stays on disk byte for byte, whatever is edited."""
    files = {path: path.read_bytes() for path in capture.glob("*.npz")}
    split_track(capture, 1, 30)
    trim_track(capture, 2, 90, 100)
    merge_tracks(capture, [1, 3])
    assert all(path.read_bytes() == content for path, content in files.items())
    rows = restore_tracks(capture).tracks
    assert [(row.id, row.file) for row in rows] == [(1, "track_001.npz"), (2, "track_002.npz")]


def test_every_edit_can_be_undone_and_redone(capture: Path) -> None:
    """Blender's Undo goes back edit by edit; a new edit after an undo does not overwrite the old future."""
    original = read_capture(capture)
    named = rename_track(capture, 1, " Anna ")
    split = split_track(capture, 1, 30)
    assert [row.name for row in split.tracks] == ["Anna", "", ""]
    assert go_to_revision(capture, 0) == original == read_capture(capture)
    assert go_to_revision(capture, split.revision) == split
    assert go_to_revision(capture, named.revision) == named
    other = trim_track(capture, 1, 0, 5)
    assert other.revision == 3
    assert go_to_revision(capture, 2) == split


@pytest.mark.parametrize("frame", [0, 60, 500])
def test_split_outside_is_told(capture: Path, frame: int) -> None:
    """The playhead stands elsewhere: say where it may stand."""
    with pytest.raises(CaptureError, match="1 to 59"):
        split_track(capture, 1, frame)
    assert read_capture(capture).revision == 0


def test_wrong_edits_are_told(capture: Path) -> None:
    """Nothing is written for an edit that can't be done."""
    for edit in (
        lambda: trim_track(capture, 1, 70, 90),
        lambda: rename_track(capture, 9, "x"),
        lambda: merge_tracks(capture, [1]),
        lambda: merge_tracks(capture, [1, 9]),
        lambda: go_to_revision(capture, 7),
    ):
        with pytest.raises(CaptureError):
            edit()
    assert read_capture(capture).revision == 0
    assert {path.name for path in capture.glob("track_*")} == {"track_001.npz", "track_002.npz"}
