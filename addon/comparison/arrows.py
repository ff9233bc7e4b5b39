# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrows from the user's joints to where the athlete's are, while a joint is off by more than the threshold.

A joint that is turned wrongly stays where it is and carries the next one away: a bent hip shows at the knee. So the
arrow of a joint stands at the end of its bone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...motion.compare.bodies import find_scale
from ...motion.compare.coaching import read_colouring
from ...motion.compare.comparison import Comparison
from ...motion.rotations import make_continuous
from ...motion.skeleton import JOINT, JOINT_NAMES, PARENTS
from .animation import drive, ensure_channelbag, write_curve
from .camera_nodes import bring_nearer, show_above
from .deviation_curves import THRESHOLD, deviation_name, list_joints, path_of, seen_name
from .materials import linear, new_flat_material
from .node_trees import Tree
from .parts import add_part

MARK: Final = "ghostcap_arrow"
_LENGTH: Final = "Length"
_SHORTEST: Final = 0.04
"""Metres. A joint that is only turned has nowhere to go."""
_BEFORE_BODY: Final = 0.35
"""Metres."""
_SIDES: Final = 12
_OUTLINE: Final = ((0.0, 0.0), (0.05, 0.0), (0.05, 0.62), (0.14, 0.62), (0.0, 1.0))
"""Radius and height of an arrow of length 1 along z."""


_TIPS: Final = {"Pelvis": "Pelvis", "Spine3": "Neck"}
"""Where the bone ends, for joints of several bones."""


def find_tip(joint: int) -> int:
    """The joint at the end of a joint's bone; itself where the skeleton ends."""
    if JOINT_NAMES[joint] in _TIPS:
        return JOINT[_TIPS[JOINT_NAMES[joint]]]
    return PARENTS.index(joint) if joint in PARENTS else joint


def add_arrows(
    collection: bpy.types.Collection,
    ghost: bpy.types.Object,
    frames: ArrayLike,
    result: Comparison,
    joints: Iterable[int],
) -> list[bpy.types.Object]:
    """An arrow for each of these joints, keyed at the scene frames (N,). An offset of the ghost does not move it."""
    start, end = result.user.posed.positions, result.ghost.posed.positions
    known = [joint for joint in joints if joint in list_joints(ghost)]
    if not known:
        return []
    # Of a character of no person's size: as large beside it as beside a person.
    scale = 1 / find_scale(result.user)
    mesh, group = _build_mesh(f"{ghost.name} arrow"), _build_group(f"{ghost.name} arrow", scale)
    arrows = []
    action = None
    for joint in known:
        arrow = add_part(collection, f"{ghost.name} arrow {JOINT_NAMES[joint]}", mesh, MARK, JOINT_NAMES[joint])
        arrow.color = mesh.materials[0].diffuse_color
        arrow.rotation_mode = "QUATERNION"
        tip = find_tip(joint)
        along = end[:, tip] - start[:, tip]
        length = np.linalg.norm(along, axis=-1)
        arrow[_LENGTH] = float(length[0])
        bag = ensure_channelbag(arrow, f"{ghost.name} arrows", action)
        action = arrow.animation_data.action
        turn = _turn_up_to(along / np.maximum(length, 1e-9)[:, None])
        write_curve(bag, path_of(_LENGTH), frames, length, group="Arrow")
        for path, values in (("location", start[:, tip]), ("rotation_quaternion", turn)):
            for index in range(values.shape[1]):
                write_curve(bag, path, frames, values[:, index], index=index, group="Arrow")
        _drive_size(arrow, ghost, joint, scale)
        modifier = arrow.modifiers.new("Before the Body", "NODES")
        modifier.node_group = group
        # Viewports look from elsewhere, and draw it in front anyway.
        modifier.show_viewport = False
        arrows.append(arrow)
    return arrows


def _drive_size(arrow: bpy.types.Object, ghost: bpy.types.Object, joint: int, scale: float) -> None:
    """As long as the way, neither thread nor barrel; nothing where the joint is good or was not seen."""
    sources = {
        "off": (ghost, path_of(deviation_name(joint))),
        "seen": (ghost, path_of(seen_name(joint))),
        "least": (ghost, path_of(THRESHOLD)),
        "length": (arrow, path_of(_LENGTH)),
    }
    tip = find_tip(joint)
    if tip in list_joints(ghost):
        sources["tip"] = (ghost, path_of(seen_name(tip)))
    also = " and tip > 0.5" if "tip" in sources else ""
    shown = f"off >= least and seen > 0.5 and length > {_SHORTEST * scale:.4g}{also}"
    for index in range(2):
        drive(arrow, "scale", sources, f"clamp(length, {0.16 * scale:.4g}, {0.3 * scale:.4g}) if {shown} else 0", index)
    drive(arrow, "scale", sources, f"length if {shown} else 0", 2)


def _build_group(name: str, scale: float) -> bpy.types.NodeTree:
    """Bring the arrow out of the body."""
    tree = Tree(name)
    arrow = tree.geometry()
    here = tree.add("GeometryNodeObjectInfo", {"Object": tree.add("GeometryNodeSelfObject").outputs[0]})
    length = tree.add("ShaderNodeSeparateXYZ", {0: here.outputs["Scale"]}).outputs[2]
    # An arrow of no size has no inside to compute in.
    moved = show_above(tree, length, 1e-4 * scale, bring_nearer(tree, arrow, _BEFORE_BODY * scale))
    return tree.finish(moved)


def _turn_up_to(direction: NDArray[np.floating]) -> NDArray[np.floating]:
    """Quaternions (N, 4) of the least turns from z to unit vectors (N, 3), sign-continuous."""
    x, y, z = direction.T
    turn = np.stack([1 + z, -y, x, np.zeros_like(z)], -1)
    turn[z < -1 + 1e-9] = [0.0, 1.0, 0.0, 0.0]
    return make_continuous(turn / np.linalg.norm(turn, axis=-1, keepdims=True))


def _build_mesh(name: str) -> bpy.types.Mesh:
    """The outline turned about z."""
    angle = np.arange(_SIDES) * 2 * np.pi / _SIDES
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(_SIDES)], -1)
    vertices = np.concatenate([ring * radius + [0, 0, height] for radius, height in _OUTLINE])
    around = [(side, (side + 1) % _SIDES) for side in range(_SIDES)]
    faces = [
        (low + a, low + b, low + _SIDES + b, low + _SIDES + a)
        for low in range(0, (len(_OUTLINE) - 1) * _SIDES, _SIDES)
        for a, b in around
    ]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces)
    mesh.validate()
    mesh.materials.append(new_flat_material(name, linear(read_colouring().arrow)))
    return mesh
