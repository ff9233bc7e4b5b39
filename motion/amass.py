# SPDX-License-Identifier: GPL-3.0-or-later
"""AMASS's files (Mahmood et al., ICCV 2019): SMPL+H, SMPL-X and SMPL motions as .npz, z up, metres."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from .archive import is_npz
from .errors import GhostcapError

Array = NDArray[np.floating]
_KNOWN = (
    "poses", "root_orient", "pose_body", "trans", "betas", "gender", "mocap_framerate", "mocap_frame_rate", "fps",
    "surface_model_type",
)  # fmt: skip
_TEXTS = ("gender", "surface_model_type")
_BODY = 22
"""Joints that all of SMPL, SMPL+H and SMPL-X share; hands come after them in different numbers."""


@dataclass(frozen=True)
class AmassMotion:
    """T frames of one person in a world with z up."""

    poses: Array
    """(T, 72) axis-angle of SMPL's 24 joints; hands straight unless the file is SMPL's own."""
    trans: Array
    """(T, 3) metres; the root joint is at J0(betas) + trans."""
    betas: Array
    """(10,)."""
    fps: float
    gender: str
    model: str
    """"smpl", "smplh" or "smplx"."""


def read_amass(path: Path) -> AmassMotion:
    """Read a motion. GhostcapError `not_found`, `not_amass` says what is missing or odd."""
    try:
        if not is_npz(path):
            raise GhostcapError(f"{path} is no .npz file.", "Download it again.", "not_amass")
        with np.load(path, allow_pickle=False) as archive:
            data = {name: archive[name] for name in _KNOWN if name in archive.files and _is_plain(archive, name)}
    except FileNotFoundError as error:
        raise GhostcapError(f"{path} does not exist.", code="not_found") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise GhostcapError(f"{path} can't be read: {error}.", "Download it again.", "not_amass") from error
    poses = _poses(path, data)
    trans = _shaped(path, data, "trans", (len(poses), 3))
    rate = next((data[name] for name in ("mocap_framerate", "mocap_frame_rate", "fps") if name in data), None)
    if rate is None or not float(rate) > 0:
        raise _odd(path, "it has no mocap_framerate")
    betas = np.zeros(10)
    given = np.asarray(data.get("betas", betas), dtype=float)
    given = given[0] if given.ndim == 2 else given
    betas[: min(10, given.size)] = given.reshape(-1)[:10]
    if not all(np.isfinite(values).all() for values in (poses, trans, betas)):
        raise _odd(path, "it holds numbers that are not finite")
    model, gender = _model(data), _text(data.get("gender", "neutral")).lower()
    return AmassMotion(poses, trans, betas, float(rate), gender, model)


def _is_plain(archive: NpzFile, name: str) -> bool:
    """False for a text that a tool has stored as a Python object: it is not read, and the motion can do without."""
    if name not in _TEXTS:
        return True
    try:
        return archive[name].dtype.kind in "US"
    except ValueError:
        return False


def _poses(path: Path, data: dict[str, NDArray[np.generic]]) -> Array:
    if "poses" in data:
        poses = np.asarray(data["poses"], dtype=float)
    elif "root_orient" in data and "pose_body" in data:
        parts = (np.asarray(data[name], dtype=float) for name in ("root_orient", "pose_body"))
        poses = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    else:
        raise _odd(path, "it has no poses")
    if poses.ndim == 3:
        poses = poses.reshape(len(poses), -1)
    if poses.ndim != 2 or not len(poses) or poses.shape[1] < 3 * _BODY:
        raise _odd(path, f"its poses have the shape {poses.shape}")
    if poses.shape[1] == 72:
        return poses
    return np.concatenate([poses[:, : 3 * _BODY], np.zeros((len(poses), 6))], axis=1)


def _shaped(path: Path, data: dict[str, NDArray[np.generic]], name: str, shape: tuple[int, ...]) -> Array:
    values = np.asarray(data.get(name, np.zeros(0)), dtype=float)
    if values.shape != shape:
        raise _odd(path, f"{name} has the shape {values.shape}, not {shape}")
    return values


def _model(data: dict[str, NDArray[np.generic]]) -> str:
    if "surface_model_type" in data:
        told = _text(data["surface_model_type"]).lower()
        return next((name for name in ("smplx", "smplh") if told.startswith(name)), "smpl")
    width = data["poses"].shape[-1] if "poses" in data else 0
    return {72: "smpl", 156: "smplh", 165: "smplx"}.get(int(width), "smplh")


def _text(value: object) -> str:
    item = np.asarray(value).reshape(-1)[0]
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


def _odd(path: Path, what: str) -> GhostcapError:
    return GhostcapError(f"{path} is no motion of AMASS: {what}.", code="not_amass")
