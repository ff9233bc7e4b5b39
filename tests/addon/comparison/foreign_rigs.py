# SPDX-License-Identifier: GPL-3.0-or-later
"""Armatures of other makers, built bone by bone: names, hierarchy, rest pose, rolls and axes as theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Plan:
    """A rig to build. Heads in metres, z up, facing -y; the armature's own space may differ by `axes` and `unit`."""

    names: Mapping[str, str]
    """Joint (of SMPL, or any other word) -> bone."""
    heads: Mapping[str, tuple[float, float, float]]
    parents: Mapping[str, str]
    """Joint -> joint, parents before children."""
    axes: np.ndarray = field(default_factory=lambda: np.eye(3))
    """(3, 3) from the armature's space to the world, at rest."""
    unit: float = 1.0
    """Metres of one unit in the armature's space."""
    roll: float = 0.0
    connected: tuple[str, ...] = ()
    followers: Mapping[str, str] = field(default_factory=dict)
    """Joint -> joint it follows by a constraint."""


def human(arms: str = "T", spines: int = 3) -> tuple[dict[str, tuple[float, float, float]], dict[str, str]]:
    """Heads and parents of an adult of 1.8 m; arms "T" or "A", spine of 1 to 5 bones."""
    down = np.radians(45.0) if arms == "A" else 0.0
    along = np.array([np.cos(down), 0.0, -np.sin(down)])
    bent = np.radians(15.0) if arms == "A" else 0.0
    fore = np.array([along[0] * np.cos(bent), -np.sin(bent), along[2] * np.cos(bent)])
    heads: dict[str, np.ndarray] = {"Pelvis": np.array([0.0, 0.0, 1.0])}
    parents: dict[str, str] = {"Pelvis": ""}
    above = "Pelvis"
    for number in range(spines):
        name = f"Spine{number + 1}"
        heads[name] = np.array([0.0, 0.01, 1.08 + 0.36 * number / spines])
        parents[name], above = above, name
    heads["Neck"], heads["Head"] = np.array([0.0, 0.02, 1.52]), np.array([0.0, 0.0, 1.62])
    parents["Neck"], parents["Head"] = above, "Neck"
    for side, x in (("L_", 1.0), ("R_", -1.0)):
        shoulder = np.array([0.19, 0.02, 1.46])
        spread = 0.06 if arms == "A" else 0.0
        limbs = {
            "Collar": ((0.03, 0.01, 1.44), above), "Shoulder": (shoulder, side + "Collar"),
            "Elbow": (shoulder + 0.28 * along, side + "Shoulder"),
            "Wrist": (shoulder + 0.28 * along + 0.26 * fore, side + "Elbow"),
            "Hand": (shoulder + 0.28 * along + 0.35 * fore, side + "Wrist"),
            "Hip": ((0.09, 0.0, 0.94), "Pelvis"), "Knee": ((0.10 + spread, -0.01, 0.52), side + "Hip"),
            "Ankle": ((0.10 + 2 * spread, 0.03, 0.10), side + "Knee"),
            "Foot": ((0.11 + 3 * spread, -0.11, 0.02), side + "Ankle"),
        }  # fmt: skip
        for part, (place, parent) in limbs.items():
            heads[side + part], parents[side + part] = np.array(place) * [x, 1.0, 1.0], parent
    return {name: (float(h[0]), float(h[1]), float(h[2])) for name, h in heads.items()}, parents


def _sided(table: Mapping[str, str], left: str, right: str) -> dict[str, str]:
    names = {}
    for joint, name in table.items():
        if "{}" in name:
            names["L_" + joint], names["R_" + joint] = name.format(left), name.format(right)
        else:
            names[joint] = name
    return names


def mixamo() -> Plan:
    """As an FBX of Mixamo's comes in: centimetres, y up, the object scaled by 0.01 and turned by 90 degrees."""
    heads, parents = human("A")
    names = _sided(
        {
            "Pelvis": "mixamorig3:Hips", "Spine1": "mixamorig3:Spine", "Spine2": "mixamorig3:Spine1",
            "Spine3": "mixamorig3:Spine2", "Neck": "mixamorig3:Neck", "Head": "mixamorig3:Head",
            "Collar": "mixamorig3:{}Shoulder", "Shoulder": "mixamorig3:{}Arm", "Elbow": "mixamorig3:{}ForeArm",
            "Wrist": "mixamorig3:{}Hand", "Hand": "mixamorig3:{}HandMiddle1", "Hip": "mixamorig3:{}UpLeg",
            "Knee": "mixamorig3:{}Leg", "Ankle": "mixamorig3:{}Foot", "Foot": "mixamorig3:{}ToeBase",
        },
        "Left", "Right",
    )  # fmt: skip
    return Plan(names, heads, parents, np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), 0.01, roll=0.4)


def rigify() -> Plan:
    """Deforming bones of Rigify: limbs of two pieces, thighs that hang on bones which do not deform."""
    heads, parents = human("A")
    names = _sided(
        {
            "Pelvis": "DEF-spine", "Spine1": "DEF-spine.001", "Spine2": "DEF-spine.002", "Spine3": "DEF-spine.003",
            "Neck": "DEF-spine.004", "Head": "DEF-spine.006", "Collar": "DEF-shoulder.{}",
            "Shoulder": "DEF-upper_arm.{}", "Elbow": "DEF-forearm.{}", "Wrist": "DEF-hand.{}",
            "Hand": "DEF-f_middle.01.{}", "Hip": "DEF-thigh.{}", "Knee": "DEF-shin.{}", "Ankle": "DEF-foot.{}",
            "Foot": "DEF-toe.{}",
        },
        "L", "R",
    )  # fmt: skip
    names["Root"], heads["Root"] = "root", (0.0, 0.0, 0.0)
    parents = {"Root": "", **parents}
    parents["Pelvis"] = "Root"
    for side, mark in (("L_", "L"), ("R_", "R")):
        names[side + "ORG"] = f"ORG-thigh.{mark}"
        heads[side + "ORG"] = heads[side + "Hip"]
        names[side + "Half"] = f"DEF-thigh.{mark}.001"
        middle = 0.5 * (np.array(heads[side + "Hip"]) + heads[side + "Knee"])
        heads[side + "Half"] = (float(middle[0]), float(middle[1]), float(middle[2]))
        # The original bone is no child of the deforming hips; a constraint lets it follow.
        parents |= {side + "ORG": "Root", side + "Hip": side + "ORG", side + "Half": side + "Hip"}
        parents[side + "Knee"] = side + "Half"
    connected = ("L_Half", "R_Half", "L_Knee", "R_Knee")
    order = sorted(parents, key=lambda joint: _depth(joint, parents))
    return Plan(
        names,
        heads,
        {joint: parents[joint] for joint in order},
        roll=-0.7,
        connected=connected,
        followers={"L_ORG": "Pelvis", "R_ORG": "Pelvis"},
    )


def bare() -> Plan:
    """The least there may be: hips, one bone for the back, head, arms and legs; looks along x, z up."""
    heads, parents = human("T", spines=1)
    kept = {
        "Pelvis": "Hip bone", "Spine1": "Back", "Head": "head", "Shoulder": "{}_upper-arm", "Elbow": "{}_fore-arm",
        "Wrist": "{}_hand", "Hip": "{}_thigh", "Knee": "{}_shin", "Ankle": "{}_foot",
    }  # fmt: skip
    names = _sided(kept, "left", "right")
    parents = {joint: parents[joint] for joint in names}
    parents |= {"Head": "Spine1", "L_Shoulder": "Spine1", "R_Shoulder": "Spine1"}
    return Plan(names, heads, parents, np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]))


def _depth(joint: str, parents: Mapping[str, str]) -> int:
    return 0 if not parents[joint] else 1 + _depth(parents[joint], parents)


def build(context, plan: Plan, name: str = "foreign"):
    """The armature, in the scene."""
    import bpy
    from mathutils import Matrix, Vector

    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    context.scene.collection.objects.link(armature)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    to_space = plan.axes.T / plan.unit
    children = {parent: joint for joint, parent in plan.parents.items() if parent}
    for joint, parent in plan.parents.items():
        bone = data.edit_bones.new(plan.names[joint])
        head = np.array(plan.heads[joint])
        child = children.get(joint)
        along = np.array(plan.heads[child]) - head if child else np.zeros(3)
        tail = head + (along if np.linalg.norm(along) > 0.02 else np.array([0.0, 0.0, 0.08]))
        bone.head, bone.tail, bone.roll = Vector(to_space @ head), Vector(to_space @ tail), plan.roll
        if parent:
            bone.parent = data.edit_bones[plan.names[parent]]
            bone.use_connect = joint in plan.connected
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.matrix_world = Matrix.LocRotScale(
        (0.0, 0.0, 0.0), Matrix(plan.axes.tolist()).to_quaternion(), (plan.unit,) * 3
    )
    for joint, followed in plan.followers.items():
        constraint = armature.pose.bones[plan.names[joint]].constraints.new("ARMATURE")
        target = constraint.targets.new()
        target.target, target.subtarget = armature, plan.names[followed]
    context.view_layer.update()
    return armature
