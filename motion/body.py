# SPDX-License-Identifier: GPL-3.0-or-later
"""The body in use: a rest mesh in T-pose with skin weights, and how its shape coefficients change it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .archive import read_arrays, write_arrays
from .kinematics import Posed, skin_vertices

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Body:
    """Rest mesh and rest joints, both linear in the ten betas. SMPL's axes: x to the body's left, y up, z forward."""

    vertices: Array
    """(V, 3) metres, T-pose."""
    vertex_dirs: Array
    """(V, 3, 10) metres per unit of each beta."""
    faces: NDArray[np.integer]
    """(F, 3) vertex numbers, counter-clockwise from outside."""
    skin_index: NDArray[np.integer]
    """(V, K) joint numbers."""
    skin_weight: Array
    """(V, K), each row sums to one."""
    joints: Array
    """(24, 3) metres, T-pose."""
    joint_dirs: Array
    """(24, 3, 10) metres per unit of each beta."""
    kind: str = "mannequin"
    """Which body this is: "mannequin" or "smpl"."""

    def rest_joints(self, betas: ArrayLike) -> Array:
        """(10,) -> (24, 3) metres."""
        return self.joints + self.joint_dirs @ np.asarray(betas, dtype=float)

    def rest_vertices(self, betas: ArrayLike) -> Array:
        """(10,) -> (V, 3) metres."""
        return self.vertices + self.vertex_dirs @ np.asarray(betas, dtype=float)

    def pose(self, betas: ArrayLike, posed: Posed) -> Array:
        """Skinned vertices (..., V, 3) for joints posed by `kinematics`."""
        return skin_vertices(
            self.rest_vertices(betas), self.skin_index, self.skin_weight, self.rest_joints(betas), posed
        )


def write_body(path: Path, body: Body) -> None:
    """Write body.npz whole or not at all."""
    write_arrays(
        path,
        vertices=body.vertices.astype(np.float32),
        vertex_dirs=body.vertex_dirs.astype(np.float32),
        faces=body.faces.astype(np.int32),
        skin_index=body.skin_index.astype(np.int16),
        skin_weight=body.skin_weight.astype(np.float32),
        joints=body.joints.astype(np.float64),
        joint_dirs=body.joint_dirs.astype(np.float64),
        kind=np.array(body.kind),
    )


def read_body(path: Path) -> Body:
    """Read body.npz; CaptureError when it is missing or damaged."""
    arrays = read_arrays(
        path, "vertices", "vertex_dirs", "faces", "skin_index", "skin_weight", "joints", "joint_dirs", "kind"
    )
    return Body(**{**arrays, "kind": str(arrays["kind"])})
