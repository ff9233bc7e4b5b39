# SPDX-License-Identifier: GPL-3.0-or-later
"""SMPL's own files (Loper et al. 2015; SMPL-X: Pavlakos et al. 2019) as a `Body`.

basicModel_neutral_lbs_10_207_0_v1.0.0.pkl, ..._v1.1.0.pkl, SMPL_NEUTRAL.pkl, SMPLX_NEUTRAL.npz: pickles of Python 2
with chumpy's objects, pickles of Python 3, or .npz. Pose-dependent shape (posedirs) is left out: armatures have none.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...motion.body import Body
from ...motion.errors import GhostcapError
from ...motion.skeleton import JOINT, PARENTS
from .pickles import Record, explained, read_pickle

Array = NDArray[np.floating]
_NAMES: Final = ("v_template", "shapedirs", "J_regressor", "weights", "f", "kintree_table")
_SMPL: Final = (6890, 24)
_SMPLX: Final = (10475, 55)
_OTHERS: Final = {(6890, 52): "SMPL+H", (778, 16): "MANO", (5023, 5): "FLAME", (3889, 35): "SMAL"}
_KNUCKLES: Final = {"L": (25, 28, 31, 34), "R": (40, 43, 46, 49)}
"""SMPL-X's first joints of index, middle, pinky and ring finger."""
_INFLUENCES: Final = 4


def read_smpl(path: Path) -> Body:
    """A neutral body: kind "smpl" (HMR2's) or "smplx".

    GhostcapError `wrong_body` for another gender or model, `bad_file`, `unsafe_file`.
    """
    gender = named_gender(path.name)
    if gender in ("male", "female"):
        raise GhostcapError(
            f"{path} is the {gender} body; betas of the neutral one mean something else on it.",
            "Take the neutral one: basicModel_neutral_lbs_10_207_0_v1.0.0.pkl or SMPL_NEUTRAL.pkl.",
            "wrong_body",
        )
    data = _read_data(path)
    missing = [name for name in _NAMES if name not in data]
    if missing:
        raise GhostcapError(f"{path} is no SMPL model: it lacks {', '.join(missing)}.", code="wrong_body")
    with explained(path, "SMPL model"):
        arrays = {name: dense(data[name]) for name in _NAMES}
    size = (len(arrays["v_template"]), len(arrays["J_regressor"]))
    if size not in (_SMPL, _SMPLX):
        what = _OTHERS.get(size, f"a model of {size[0]} vertices and {size[1]} joints")
        raise GhostcapError(f"{path} is {what}, not SMPL (6890, 24).", "Take SMPL's neutral model.", "wrong_body")
    shapedirs = arrays["shapedirs"]
    if shapedirs.shape[:2] != (size[0], 3) or shapedirs.shape[2] < 10 or arrays["weights"].shape != size:
        raise GhostcapError(
            f"{path}: shapedirs {shapedirs.shape} and weights {arrays['weights'].shape} don't fit.", code="wrong_body"
        )
    regressor, template = arrays["J_regressor"].astype(float), arrays["v_template"].astype(float)
    dirs = shapedirs[:, :, :10].astype(float)
    joints, joint_dirs = regressor @ template, np.einsum("jv,vab->jab", regressor, dirs)
    weights, kind = arrays["weights"].astype(float), "smpl"
    if size == _SMPLX:
        joints, joint_dirs, weights = _as_smpl_joints(arrays["kintree_table"], joints, joint_dirs, weights)
        kind = "smplx"
    else:
        _check_tree(path, arrays["kintree_table"])
    index = np.argsort(-weights, axis=1, kind="stable")[:, :_INFLUENCES].astype(np.int16)
    strongest = np.take_along_axis(weights, index.astype(int), axis=1)
    strongest /= strongest.sum(axis=1, keepdims=True)
    return Body(template, dirs, arrays["f"].astype(np.int32), index, strongest, joints, joint_dirs, kind)


def named_gender(name: str) -> str:
    """The gender a file's name tells: "neutral", "male", "female" or ""."""
    words = re.split(r"[^a-z]+", name.lower())
    for gender, marks in (("neutral", ("neutral",)), ("female", ("female", "f")), ("male", ("male", "m"))):
        if any(mark in words for mark in marks):
            return gender
    return ""


def dense(value: Any) -> NDArray[Any]:
    """An array from what such files hold: arrays, chumpy's wrappers of them, SciPy's compressed sparse matrices."""
    if not isinstance(value, Record):
        return np.asarray(value)
    fields = vars(value)
    if value.library.startswith("chumpy."):
        if "x" in fields:
            return dense(fields["x"])
        raise ValueError(f"{value.library} without its numbers")
    shape = tuple(int(n) for n in fields.get("_shape", fields.get("shape", ())))
    data, indices, starts = (np.asarray(fields[name]) for name in ("data", "indices", "indptr"))
    major = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    out = np.zeros(shape, dtype=data.dtype)
    place = (indices, major) if "csc" in value.library else (major, indices)
    np.add.at(out, place, data)
    return out


def _read_data(path: Path) -> dict[str, Any]:
    if path.is_file() and zipfile.is_zipfile(path):
        with explained(path, "model"), np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in _NAMES if name in archive.files}
    data = read_pickle(path)
    if not isinstance(data, dict):
        raise GhostcapError(f"{path} is no SMPL model.", code="wrong_body")
    return data


def _check_tree(path: Path, tree: NDArray[Any]) -> None:
    if tree.shape != (2, 24) or not np.array_equal(tree[0, 1:].astype(np.int64), PARENTS[1:]):
        raise GhostcapError(f"{path} has another skeleton than SMPL's.", code="wrong_body")


def _as_smpl_joints(tree: NDArray[Any], joints: Array, joint_dirs: Array, weights: Array) -> tuple[Array, Array, Array]:
    """SMPL-X's 55 joints as SMPL's 24: fingers go with the hand, jaw and eyes with the head."""
    parents = tree[0].astype(np.int64)
    owner = np.arange(len(joints))
    for joint in range(22, len(joints)):
        parent = int(parents[joint])
        hand = {JOINT["L_Wrist"]: JOINT["L_Hand"], JOINT["R_Wrist"]: JOINT["R_Hand"]}.get(parent)
        owner[joint] = owner[parent] if hand is None else hand
    keep = list(range(22))
    hands = [[*_KNUCKLES[side]] for side in "LR"]
    points = np.concatenate([joints[keep], [joints[hand].mean(axis=0) for hand in hands]])
    dirs = np.concatenate([joint_dirs[keep], [joint_dirs[hand].mean(axis=0) for hand in hands]])
    blend = np.zeros((len(weights), 24))
    for joint, target in enumerate(owner):
        blend[:, target] += weights[:, joint]
    return points, dirs, blend
