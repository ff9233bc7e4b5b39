# SPDX-License-Identifier: GPL-3.0-or-later
"""Degrees at the joints, for renders: text that faces the active camera. In viewports `overlay` draws them instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import bpy
import numpy as np
from numpy.typing import ArrayLike

from ...motion.compare.comparison import Comparison
from ...motion.skeleton import JOINT_NAMES
from .animation import drive, ensure_channelbag, write_curve
from .deviation_curves import THRESHOLD, deviation_name, list_joints, path_of, seen_name
from .heatmap import HEATMAP
from .node_trees import Tree, value_path
from .parts import add_part
from .text_nodes import build_plate, join, new_text_materials, paint, place, write_degrees

MARK: Final = "ghostcap_number"
_DEGREES, _SHOWN = "Degrees", "Shown"
_SIZE: Final = 0.08
"""Height of a line beside a person whose joints span 1.5 m."""
_SPAN: Final = 1.5
_ASIDE: Final = (0.06, 0.03, 0.25)
"""From the joint, as the camera sees it: to the right, up, before the body."""


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
    known = list_joints(ghost)
    materials = None
    action = None
    numbers = []
    for joint in (joint for joint in joints if joint in known):
        name = f"{ghost.name} number {JOINT_NAMES[joint]}"
        materials = materials or new_text_materials(f"{ghost.name} number")
        mesh = bpy.data.meshes.new(name)
        # A point, for a mesh without any would not hand on which colour attribute is active.
        mesh.vertices.add(1)
        mesh.attributes.active_color_name = HEATMAP
        number = add_part(collection, name, mesh, MARK, JOINT_NAMES[joint])
        bag = ensure_channelbag(number, f"{ghost.name} numbers", action)
        action = number.animation_data.action
        for index in range(3):
            write_curve(bag, "location", frames, positions[:, joint, index], index=index, group="Number")
        modifier = number.modifiers.new("Number", "NODES")
        modifier.node_group = _build_group(name, ghost, joint, materials, scale)
        numbers.append(number)
    return numbers


def _build_group(
    name: str,
    ghost: bpy.types.Object,
    joint: int,
    materials: tuple[bpy.types.Material, bpy.types.Material],
    scale: float,
) -> bpy.types.NodeTree:
    tree = Tree(name)
    size = _SIZE * scale
    text = write_degrees(tree, tree.value(_DEGREES), size)
    plate = paint(tree, build_plate(tree, text, 0.22 * size), materials[1])
    both = join(tree, tree.geometry(), paint(tree, text, materials[0]), plate)
    lens = {"Object": tree.add("GeometryNodeInputActiveCamera").outputs[0]}
    turn = tree.add("GeometryNodeObjectInfo", lens, transform_space="RELATIVE").outputs["Rotation"]
    aside = {"Vector": tuple(scale * part for part in _ASIDE), "Rotation": turn}
    placed = place(tree, both, tree.add("FunctionNodeRotateVector", aside).outputs[0], turn)
    far = {"A": tree.value(_SHOWN), "B": 0.5}
    shown = tree.add("FunctionNodeCompare", far, data_type="FLOAT", operation="GREATER_THAN").outputs[0]
    if_far = tree.add("GeometryNodeSwitch", {0: shown, 2: placed}, input_type="GEOMETRY").outputs[0]
    in_viewport = tree.add("GeometryNodeIsViewport").outputs[0]
    group = tree.finish(tree.add("GeometryNodeSwitch", {0: in_viewport, 1: if_far}, input_type="GEOMETRY").outputs[0])
    off, seen = (ghost, path_of(deviation_name(joint))), (ghost, path_of(seen_name(joint)))
    drive(group, value_path(_DEGREES), {"off": off})
    sources = {"off": off, "seen": seen, "least": (ghost, path_of(THRESHOLD))}
    drive(group, value_path(_SHOWN), sources, "1 if off >= least and seen > 0.5 else 0")
    return group
