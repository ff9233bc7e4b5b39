# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures on disk: what was written is read, and what is broken is answered."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from ghostcap.motion.archive import written_whole
from ghostcap.motion.camera import Camera
from ghostcap.motion.capture import (
    Capture,
    Track,
    TrackRow,
    VideoInfo,
    read_capture,
    read_track,
    read_tracks,
    write_capture,
    write_track,
)
from ghostcap.motion.errors import CaptureError


def make_track(count=5):
    """Any numbers of the right shapes."""
    random = np.random.default_rng(0)
    return Track(
        frame=np.arange(count), poses=random.normal(size=(count, 72)), trans=random.normal(size=(count, 3)),
        betas=np.zeros(10), mocap_framerate=29.97, joints=random.normal(size=(count, 24, 3)),
        keypoints_2d=np.full((count, 33, 3), np.nan), bbox=np.zeros((count, 4)), confidence=np.ones(count),
        observed=np.ones(count, dtype=bool), contacts=np.zeros((count, 4)), camera_trans=np.zeros((count, 3)),
        poses_raw=np.zeros((count, 72)), trans_raw=np.zeros((count, 3)),
    )  # fmt: skip


def make_capture():
    """One person in a short clip."""
    row = TrackRow(1, 5, 0, 4, 1.0, 0.9, "track_001.npz", "thumbs/001.jpg", recommended=True)
    video = VideoInfo("/clips/你好 'dance'.mp4", "0" * 64, 5, 29.97, 640, 480)
    return Capture(video, "blazepose", "1", Camera(900.0, 640, 480, 0.1, 0.02, 1.5), tracks=(row,))


def test_capture_comes_back_as_it_was(tmp_path):
    """Paths in Chinese and quotes, a camera, tracks: all as written."""
    folder = tmp_path / "dance 'é' 舞.capture"
    folder.mkdir()
    capture, track = make_capture(), make_track()
    write_capture(folder, capture)
    write_track(folder / "track_001.npz", track)
    assert read_capture(folder) == capture
    back = read_tracks(folder, capture)[1]
    for item in dataclasses.fields(Track):
        assert np.array_equal(
            np.asarray(getattr(back, item.name)), np.asarray(getattr(track, item.name)), equal_nan=item.name[0] == "k"
        )
    assert sorted(path.name for path in folder.iterdir()) == ["capture.json", "track_001.npz"]


def test_other_tools_find_amass_names(tmp_path):
    """A plain np.load without pickle, with AMASS's names."""
    write_track(tmp_path / "t.npz", make_track())
    with np.load(tmp_path / "t.npz", allow_pickle=False) as data:
        assert {"poses", "trans", "betas", "gender", "mocap_framerate", "surface_model_type"} <= set(data.files)
        assert str(data["surface_model_type"]) == "smpl"


def test_newer_format_says_update(tmp_path):
    """An old Ghostcap meets a new capture."""
    write_capture(tmp_path, make_capture())
    path = tmp_path / "capture.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, "format_version": 99}), encoding="utf-8")
    with pytest.raises(CaptureError, match="newer"):
        read_capture(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format_version": 1}', '"capture"'])
def test_damaged_json_is_named(tmp_path, text):
    """Whatever stands in capture.json, the user reads which file is broken."""
    (tmp_path / "capture.json").write_text(text, encoding="utf-8")
    with pytest.raises(CaptureError, match=r"capture\.json"):
        read_capture(tmp_path)


def test_missing_capture_is_named(tmp_path):
    """A folder that is not a capture."""
    with pytest.raises(CaptureError, match="not a capture"):
        read_capture(tmp_path / "holiday pictures")


def test_unknown_track_lists_the_known(tmp_path):
    """`--track 7` where there is only 1."""
    with pytest.raises(CaptureError, match=r"no track 7.*It has: 1"):
        read_tracks(tmp_path, make_capture(), [7])


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_damaged_track_is_named(tmp_path, content):
    """A truncated file after a crash."""
    path = tmp_path / "track_001.npz"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=r"track_001\.npz"):
        read_track(path)


def test_misshapen_track_is_refused(tmp_path):
    """Somebody else's .npz with the same names."""
    track = dataclasses.replace(make_track(), trans=np.zeros((4, 3)))
    write_track(tmp_path / "t.npz", track)
    with pytest.raises(CaptureError, match="trans has the shape"):
        read_track(tmp_path / "t.npz")


def test_pickles_are_never_loaded(tmp_path):
    """An .npz from a stranger can't run code."""
    arrays = {item.name: np.asarray(getattr(make_track(), item.name)) for item in dataclasses.fields(Track)}
    np.savez(tmp_path / "t.npz", **{**arrays, "frame": np.array([{}], dtype=object)}, allow_pickle=True)
    with pytest.raises(CaptureError):
        read_track(tmp_path / "t.npz")


def test_failed_writing_leaves_the_old_file(tmp_path):
    """A full disk half-way through does not cost what was there."""
    path = tmp_path / "capture.json"
    path.write_text("old", encoding="utf-8")

    def write_half():
        with written_whole(path) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise OSError("disk full")

    with pytest.raises(OSError, match="full"):
        write_half()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
