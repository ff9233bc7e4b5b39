# SPDX-License-Identifier: GPL-3.0-or-later
"""Which joint a bone belongs to, so that fingers and twist bones are painted with the joint that moves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import bpy
import numpy as np


class BoneOwners:
    """A bone's joint is its own, that of the bone it hangs on, or the nearest."""

    def __init__(self, armature: bpy.types.Object, bones: Mapping[int, str], joints: list[int]) -> None:
        self._rest = armature.data.bones
        known = {name: joint for joint, name in bones.items() if name in self._rest and joint in joints}
        self.joints = dict(known)
        self._heads = np.array([self._rest[name].head_local for name in known])
        self._tails = np.array([self._rest[name].tail_local for name in known])

    def find(self, name: str) -> int:
        """The joint of a bone of the armature."""
        bone = self._rest[name]
        for above in (bone, *bone.parent_recursive):
            if above.name in self.joints:
                return self.joints[above.name]
        middle = (np.array(bone.head_local) + np.array(bone.tail_local)) / 2
        along = self._tails - self._heads
        share = ((middle - self._heads) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
        distance = np.linalg.norm(self._heads + np.clip(share, 0, 1)[:, None] * along - middle, axis=-1)
        return list(self.joints.values())[int(distance.argmin())]

    def sort(self, names: Iterable[str]) -> dict[int, list[str]]:
        """Vertex groups by joint; groups that are no deforming bones are left out."""
        groups: dict[int, list[str]] = {}
        for name in names:
            if name in self._rest and self._rest[name].use_deform:
                groups.setdefault(self.find(name), []).append(name)
        return groups
