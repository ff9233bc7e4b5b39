# SPDX-License-Identifier: GPL-3.0-or-later
"""An armature as SMPL's skeleton: which bone is which joint, and how it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...motion.bone_maps import Match, match_bones
from ...motion.errors import GhostcapError
from ...motion.rest_pose import RestPose, fit_rest_pose
from ...motion.rotations import nearest_rotation

Array = NDArray[np.floating]
JOINT_PROPERTY = "ghostcap_joint"
"""Custom property of a bone that names its joint, for rigs whose names tell too little."""


@dataclass(frozen=True)
class Rig:
    """An armature's bones as SMPL's joints."""

    label: str
    """The kind of rig; empty when it is none that is known."""
    bones: Mapping[int, str]
    """Number of a joint -> name of its bone."""
    rest: RestPose
    """In the armature's space and unit."""
    axes: Array
    """(24, 3, 3) rest axes of the bones in the armature's space; identity where there is none."""


def find_rig(armature: Any) -> Rig:
    """Which bone of an armature is which joint.

    Bones with a custom property "ghostcap_joint" (a joint's name, on the bone or the pose bone) are taken at their
    word. GhostcapError: deleted, not_armature, edit_mode, unknown_armature (says what is missing).
    """
    armature = check_armature(armature)
    bones = list(armature.data.bones)
    number = {bone.name: index for index, bone in enumerate(bones)}
    parents = [number[bone.parent.name] if bone.parent else -1 for bone in bones]
    match = _match(tuple(number), tuple(parents), tuple(sorted(_chosen(armature).items())))
    heads, axes = np.full((24, 3), np.nan), np.tile(np.eye(3), (24, 1, 1))
    for joint, name in match.bones.items():
        matrix = np.array(armature.data.bones[name].matrix_local, dtype=float)
        heads[joint], axes[joint] = matrix[:3, 3], nearest_rotation(matrix[:3, :3])
    return Rig(match.label, match.bones, fit_rest_pose(heads, match.exact), axes)


@lru_cache(maxsize=32)
def _match(names: tuple[str, ...], parents: tuple[int, ...], chosen: tuple[tuple[str, str], ...]) -> Match:
    # Panels ask at each redraw.
    return match_bones(names, parents, dict(chosen))


def check_armature(armature: Any) -> Any:
    """The armature, if it is one that can be read. GhostcapError: deleted, not_armature, edit_mode."""
    try:
        name, kind = armature.name, armature.type
    except (AttributeError, ReferenceError):
        # None, or what Python still holds of an object that Blender has removed.
        name = kind = ""
    if not kind:
        raise GhostcapError("The armature was deleted.", "Choose another one.", "deleted")
    if kind != "ARMATURE":
        raise GhostcapError(f"{name} is no armature.", "Choose the armature that moves it.", "not_armature")
    if armature.mode == "EDIT":
        raise GhostcapError(f"The bones of {name} are being edited.", "Leave Edit Mode first.", "edit_mode")
    return armature


def _chosen(armature: bpy.types.Object) -> dict[str, str]:
    chosen = {}
    for bone in armature.data.bones:
        posed = armature.pose.bones.get(bone.name) if armature.pose else None
        for holder in (posed, bone):
            if holder is not None and holder.get(JOINT_PROPERTY):
                chosen[bone.name] = str(holder[JOINT_PROPERTY])
                break
    return chosen
