# SPDX-License-Identifier: GPL-3.0-or-later
"""AMASS's files in the shapes they come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostcap.motion.amass import read_amass
from ghostcap.motion.archive import read_arrays
from ghostcap.motion.errors import CaptureError, GhostcapError


def write(path: Path, width: int = 156, **changes: Any) -> Path:
    data = {
        "poses": np.random.default_rng(0).normal(size=(20, width)) * 0.3,
        "trans": np.linspace([0, 0, 0.9], [1, 2, 0.9], 20),
        "betas": np.linspace(-1, 1, 16),
        "gender": np.array("male"),
        "mocap_framerate": np.array(120.0),
        "dmpls": np.zeros((20, 8)),
    } | changes
    np.savez(path, **{name: value for name, value in data.items() if value is not None})
    return path


@pytest.mark.parametrize(("width", "model"), [(156, "smplh"), (165, "smplx"), (72, "smpl")])
def test_all_models_give_the_body(tmp_path: Path, width: int, model: str) -> None:
    """22 joints are common to all; fingers are left out."""
    path = write(tmp_path / "walk_poses.npz", width)
    motion = read_amass(path)
    raw = np.load(path)["poses"]
    assert motion.poses.shape == (20, 72)
    np.testing.assert_allclose(motion.poses[:, :66], raw[:, :66])
    if width == 72:
        np.testing.assert_allclose(motion.poses, raw)
    else:
        assert not motion.poses[:, 66:].any()
    assert (motion.model, motion.gender, motion.fps) == (model, "male", 120)
    assert motion.betas.shape == (10,)


def test_the_newer_names_are_known(tmp_path: Path) -> None:
    """SMPL-X's distribution: mocap_frame_rate, surface_model_type, root_orient and pose_body."""
    random = np.random.default_rng(0)
    path = write(
        tmp_path / "a.npz", poses=None, root_orient=random.normal(size=(20, 3)), pose_body=random.normal(size=(20, 63)),
        mocap_framerate=None, mocap_frame_rate=np.array(30), surface_model_type=np.array("smplx"),
        gender=np.array(b"neutral"),
    )  # fmt: skip
    motion = read_amass(path)
    assert (motion.model, motion.gender, motion.fps) == ("smplx", "neutral", 30)
    assert motion.poses.shape == (20, 72)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"poses": None}, "no poses"),
        ({"poses": np.zeros((20, 30))}, "shape"),
        ({"poses": np.zeros((0, 156)), "trans": np.zeros((0, 3))}, "shape"),
        ({"trans": np.zeros((5, 3))}, "trans"),
        ({"mocap_framerate": None}, "mocap_framerate"),
        ({"trans": np.full((20, 3), np.nan)}, "not finite"),
    ],
)
def test_other_files_are_told_apart(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """shape.npz of the same download, or anybody's .npz."""
    with pytest.raises(GhostcapError, match=said) as caught:
        read_amass(write(tmp_path / "a.npz", **changes))
    assert caught.value.code == "not_amass"


def test_a_damaged_file(tmp_path: Path) -> None:
    """Cut off, or none at all; nothing in it is unpickled."""
    path = write(tmp_path / "a.npz")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(GhostcapError, match="can't be read"):
        read_amass(path)
    with pytest.raises(GhostcapError, match="can't be read"):
        read_amass(write(tmp_path / "b.npz", poses=np.array([{}], dtype=object)))
    with pytest.raises(GhostcapError, match="does not exist"):
        read_amass(tmp_path / "c.npz")


def test_texts_stored_as_objects_are_left_out(tmp_path: Path) -> None:
    """Files saved by some research code open, though their gender is a Python object that is never unpickled."""
    path = tmp_path / "walk.npz"
    gender, model_type = np.array("female", dtype=object), np.array(None)
    np.savez(
        path, poses=np.zeros((3, 156)), trans=np.zeros((3, 3)), mocap_framerate=60.0, gender=gender,
        surface_model_type=model_type,
    )  # fmt: skip
    motion = read_amass(path)
    assert (motion.gender, motion.model, len(motion.poses)) == ("neutral", "smplh", 3)


@pytest.mark.parametrize("content", [b"a motion, they said", b"\x93NUMPY\x01\x00", b""], ids=["text", "npy", "empty"])
def test_another_file_that_is_called_npz_is_told_as_such(tmp_path: Path, content: bytes) -> None:
    """NumPy takes anything else for a pickle, and advises to load it as one."""
    path = tmp_path / "walk.npz"
    path.write_bytes(content)
    with pytest.raises(GhostcapError, match=r"walk\.npz is no \.npz file") as caught:
        read_amass(path)
    assert caught.value.code == "not_amass"
    with pytest.raises(CaptureError, match=r"walk\.npz is no \.npz file"):
        read_arrays(path)


def test_poses_stored_as_objects_are_refused(tmp_path: Path) -> None:
    """An array of objects is a pickle: it may run code, and is told as a file that can't be read."""
    path = tmp_path / "walk.npz"
    np.savez(path, poses=np.array([[None]]), trans=np.zeros((1, 3)), mocap_framerate=60.0)
    with pytest.raises(GhostcapError, match="can't be read"):
        read_amass(path)
