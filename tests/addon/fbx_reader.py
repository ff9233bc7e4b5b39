# SPDX-License-Identifier: GPL-3.0-or-later
"""What an FBX really holds, by a reader that has nothing to do with Blender."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import ufbx

from ghostcap.motion.rotations import matrix_from_quaternion

BLENDER_FROM_FBX = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class FbxClip:
    """One take, sampled at its frames. N nodes, parents first."""

    takes: tuple[str, ...]
    fps: float
    begin: float
    end: float
    unit_metres: float
    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: np.ndarray
    """(N, 4, 4) local."""
    local: np.ndarray
    """(T, N, 4, 4)."""
    quaternions: np.ndarray
    """(T, N, 4) w, x, y, z."""
    scales: np.ndarray
    """(T, N, 3)."""
    curves: list[np.ndarray]
    """(K, 2) time in seconds and value of each curve: metres, degrees."""

    def world(self, local: np.ndarray) -> np.ndarray:
        """(..., N, 4, 4) local -> positions (..., N, 3) in Blender's axes, metres."""
        total = np.empty_like(local)
        for node, parent in enumerate(self.parents):
            own = local[..., node, :, :]
            total[..., node, :, :] = own if parent < 0 else total[..., parent, :, :] @ own
        return total[..., :3, 3] @ BLENDER_FROM_FBX.T * self.unit_metres

    def __getitem__(self, name: str) -> int:
        return self.names.index(name)


def read_fbx(path: Path, samples_per_frame: int = 1) -> FbxClip:
    """Read the first take; two samples a frame show what is played between the keys as well."""
    scene = _hold(ufbx.load_file(str(path)))
    nodes, names, parents, rest = [], [], [], []

    def walk(node: Any, parent: int) -> None:
        nodes.append(node)
        names.append(node.name)
        parents.append(parent)
        rest.append(_matrices(*map(np.array, _sample(node.local_transform))))
        own = len(nodes) - 1
        for child in _items(node.children):
            walk(child, own)

    walk(_hold(scene.root_node), -1)
    takes = _items(scene.anim_stacks)
    anim, begin, end = _hold(takes[0].anim), takes[0].time_begin, takes[0].time_end
    settings = _hold(scene.settings)
    fps = settings.frames_per_second
    count = round((end - begin) * fps * samples_per_frame) + 1
    samples = [
        [_sample(node.evaluate_transform(anim, begin + frame / (fps * samples_per_frame))) for node in nodes]
        for frame in range(count)
    ]
    translation, quaternions, scales = (
        np.array([[sample[part] for sample in row] for row in samples]) for part in range(3)
    )
    return FbxClip(
        takes=tuple(take.name for take in takes), fps=fps, begin=begin, end=end,
        unit_metres=settings.unit_meters, names=tuple(names), parents=tuple(parents), rest=np.array(rest),
        local=_matrices(translation, quaternions, scales), quaternions=quaternions, scales=scales,
        curves=[_curve(curve) for curve in _items(scene.anim_curves)],
    )  # fmt: skip


def _hold(item: Any) -> Any:
    """ufbx 0.0.5 hands out some objects without counting the reference; they would be freed while in use."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(item))
    return item


def _items(items: Any) -> list[Any]:
    _hold(items)
    return [_hold(items[index]) for index in range(len(items))]


def _curve(curve: Any) -> np.ndarray:
    return np.array([(key.time, key.value) for key in _items(curve.keyframes)])


def _sample(transform: Any) -> tuple[tuple[float, ...], ...]:
    t, q, s = transform.translation, transform.rotation, transform.scale
    return (t.x, t.y, t.z), (q.w, q.x, q.y, q.z), (s.x, s.y, s.z)


def _matrices(translation: np.ndarray, quaternions: np.ndarray, scales: np.ndarray) -> np.ndarray:
    matrices = np.zeros((*translation.shape[:-1], 4, 4))
    matrices[..., :3, :3] = matrix_from_quaternion(quaternions) * scales[..., None, :]
    matrices[..., :3, 3] = translation
    matrices[..., 3, 3] = 1
    return matrices
