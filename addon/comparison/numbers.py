# SPDX-License-Identifier: GPL-3.0-or-later
"""Degrees at the joints, for renders: text that faces the active camera. In viewports `overlay` draws them instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...motion.compare.comparison import Comparison
from ...motion.rotations import make_continuous
from ...motion.skeleton import JOINT_NAMES, MIRROR
from .animation import drive_input, ensure_channelbag, write_curve
from .camera_nodes import bring_nearer, find_camera_turn, show_above
from .deviation_curves import THRESHOLD, deviation_name, list_joints, path_of, seen_name
from .heatmap import HEATMAP
from .node_trees import Socket, Tree
from .parts import add_part
from .text_nodes import build_plate, join, new_text_materials, paint, place, write_degrees

MARK: Final = "ghostcap_number"
_DEGREES, _SHOWN = "Degrees", "Shown"
_SIZE: Final = 0.08
"""Height of a line beside a person whose joints span 1.5 m."""
_SPAN: Final = 1.5
_GAP: Final = (0.06, 0.03)
"""From the joint to the letters, sideways and up."""
_BEFORE_BODY: Final = 0.6
"""Metres. Farther than an arrow, which would be hidden otherwise."""


def add_numbers(
    collection: bpy.types.Collection,
    ghost: bpy.types.Object,
    frames: ArrayLike,
    result: Comparison,
    joints: Iterable[int],
) -> list[bpy.types.Object]:
    """A number at each of these joints of the user, keyed at the scene frames (N,), in renders only."""
    positions = result.user.posed.positions
    scale = float(np.ptp(result.user.rest_joints[:, 1])) / _SPAN
    joints = [joint for joint in joints if joint in list_joints(ghost)]
    if not joints:
        return []
    stem = f"{ghost.name} number"
    materials = new_text_materials(stem)
    sides = {is_aside(joint) for joint in joints}
    groups = {aside: _build_group(stem, materials, scale, aside=aside) for aside in sides}
    action = None
    numbers = []
    for joint in joints:
        name = f"{stem} {JOINT_NAMES[joint]}"
        mesh = bpy.data.meshes.new(name)
        # A point, for a mesh without any would not hand on which colour attribute is active.
        mesh.vertices.add(1)
        mesh.attributes.active_color_name = HEATMAP
        number = add_part(collection, name, mesh, MARK, JOINT_NAMES[joint])
        # Viewports would draw the point; renders do not look at this.
        number.display_type = "BOUNDS"
        bag = ensure_channelbag(number, f"{ghost.name} numbers", action)
        action = number.animation_data.action
        for index in range(3):
            write_curve(bag, "location", frames, positions[:, joint, index], index=index, group="Number")
        number.rotation_mode = "QUATERNION"
        for index, values in enumerate(_point_outward(positions, joint).T if is_aside(joint) else ()):
            write_curve(bag, "rotation_quaternion", frames, values, index=index, group="Number")
        modifier = number.modifiers.new("Number", "NODES")
        modifier.node_group = groups[is_aside(joint)]
        _drive_inputs(number, modifier, ghost, joint)
        modifier.show_viewport = False
        numbers.append(number)
    return numbers


def _build_group(
    name: str, materials: tuple[bpy.types.Material, bpy.types.Material], scale: float, *, aside: bool
) -> bpy.types.NodeTree:
    tree = Tree(name)
    size = _SIZE * scale
    text = write_degrees(tree, tree.value(_DEGREES), size)
    plate = paint(tree, build_plate(tree, text, 0.22 * size), materials[1])
    both = join(tree, tree.geometry(), paint(tree, text, materials[0]), plate)
    turn = find_camera_turn(tree)
    placed = place(tree, both, _find_place(tree, text, turn, scale, aside=aside), turn)
    return tree.finish(show_above(tree, tree.value(_SHOWN), 0.5, bring_nearer(tree, placed, _BEFORE_BODY * scale)))


def _drive_inputs(number: bpy.types.Object, modifier: Any, ghost: bpy.types.Object, joint: int) -> None:
    off, seen = (ghost, path_of(deviation_name(joint))), (ghost, path_of(seen_name(joint)))
    drive_input(number, modifier, _DEGREES, {"off": off})
    sources = {"off": off, "seen": seen, "least": (ghost, path_of(THRESHOLD))}
    drive_input(number, modifier, _SHOWN, sources, "1 if off >= least and seen > 0.5 else 0")


def _find_place(tree: Tree, text: Socket, turn: Socket, scale: float, *, aside: bool) -> Socket:
    """Beside the joint as the camera sees it: on the outer side, so that the numbers of both hips do not meet."""
    gap, lift = (scale * part for part in _GAP)
    right = tree.add("ShaderNodeCombineXYZ", {0: gap, 1: lift}).outputs[0]
    if aside:
        width = tree.add("ShaderNodeSeparateXYZ", {0: tree.add("GeometryNodeBoundBox", {0: text}).outputs["Max"]})
        back = tree.math("SUBTRACT", -gap, width.outputs[0])
        left = tree.add("ShaderNodeCombineXYZ", {0: back, 1: lift}).outputs[0]
        across = tree.add("FunctionNodeRotateVector", {"Vector": (1.0, 0.0, 0.0), "Rotation": turn}).outputs[0]
        outward = tree.add("ShaderNodeSeparateXYZ", {0: across}).outputs[0]
        inside = {"A": outward, "B": 0.0}
        other = tree.add("FunctionNodeCompare", inside, data_type="FLOAT", operation="LESS_THAN").outputs[0]
        right = tree.add("GeometryNodeSwitch", {0: other, 1: right, 2: left}, input_type="VECTOR").outputs[0]
    return tree.add("FunctionNodeRotateVector", {"Vector": right, "Rotation": turn}).outputs[0]


def is_aside(joint: int) -> bool:
    """Whether a joint has a twin on the other side of the body."""
    return MIRROR[joint] != joint


def _point_outward(positions: NDArray[np.floating], joint: int) -> NDArray[np.floating]:
    """Turns about the vertical, quaternions (N, 4), of x to where a joint lies from its twin; positions (N, 24, 3)."""
    along = positions[:, joint] - positions[:, MIRROR[joint]]
    half = np.arctan2(along[:, 1], along[:, 0]) / 2
    nothing = np.zeros_like(half)
    return make_continuous(np.stack([np.cos(half), nothing, nothing, np.sin(half)], -1))
