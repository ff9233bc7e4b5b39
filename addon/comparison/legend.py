# SPDX-License-Identifier: GPL-3.0-or-later
"""The colour bar of renders: fixed to the scene's camera, at the lower left. In viewports `overlay` draws its own."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...motion.compare.coaching import read_colouring
from .animation import drive
from .deviation_curves import FROM, TO, path_of
from .heatmap import HEATMAP
from .materials import linear, new_attribute_material
from .node_trees import Tree, value_path
from .parts import add_part
from .text_nodes import build_plate, join, new_text_materials, paint, place, write_degrees, write_text

MARK: Final = "ghostcap_legend"
_STEPS: Final = 32
_LONG, _HIGH, _LETTERS, _EDGE = 0.3, 0.022, 0.036, 0.045
"""Of the picture's shorter side: the bar, the lines of text, the distance from the picture's edges."""


def add_legend(
    collection: bpy.types.Collection, ghost: bpy.types.Object, scene: bpy.types.Scene, title: str = "Difference"
) -> list[bpy.types.Object]:
    """A colour bar before the scene's camera, sized for its lens as it is now; nothing without a camera."""
    camera = scene.camera
    if camera is None:
        return []
    name = f"{ghost.name} colour bar"
    corners = np.array([tuple(corner) for corner in camera.data.view_frame(scene=scene)])
    away = max(3 * camera.data.clip_start, 0.1)
    if camera.data.type != "ORTHO":
        corners *= away / -corners[0, 2]
    low, high = corners[:, :2].min(0), corners[:, :2].max(0)
    side = float((high - low).min())
    part = add_part(collection, name, _build_bar(name), MARK, "bar")
    part.hide_viewport = True
    part.parent = camera
    part.location = (*(low + _EDGE * side), -away)
    part.scale = (side, side, side)
    part.modifiers.new("Labels", "NODES").node_group = _build_group(name, ghost, title)
    return [part]


def _build_bar(name: str) -> bpy.types.Mesh:
    """Squares of the colour ramp side by side; the shorter side of the picture is 1."""
    along = np.linspace(0.0, _LONG, _STEPS + 1)
    bottom = 1.3 * _LETTERS
    corners = [(x, y, 0.0) for x in along.tolist() for y in (bottom, bottom + _HIGH)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], [(2 * n, 2 * n + 2, 2 * n + 3, 2 * n + 1) for n in range(_STEPS)])
    colouring = read_colouring()
    share = (np.arange(_STEPS) + 0.5) / _STEPS
    steps = [linear(colour) for colour in colouring.paint(colouring.low + share * (colouring.high - colouring.low))]
    colours = mesh.color_attributes.new(HEATMAP, "FLOAT_COLOR", "CORNER")
    colours.data.foreach_set("color", np.repeat([(*step, 1.0) for step in steps], 4, 0).astype(np.float32).ravel())
    mesh.attributes.active_color_name = HEATMAP
    mesh.materials.append(new_attribute_material(name, HEATMAP))
    return mesh


def _build_group(name: str, ghost: bpy.types.Object, title: str) -> bpy.types.NodeTree:
    tree = Tree(name)
    bar = tree.geometry()
    least, most = write_degrees(tree, tree.value(FROM), _LETTERS), write_degrees(tree, tree.value(TO), _LETTERS)
    heading = write_text(tree, tree.add("FunctionNodeInputString", string=title).outputs[0], _LETTERS)
    letters = join(
        tree,
        place(tree, least, (0.0, 0.3 * _LETTERS, 0.0)),
        place(tree, most, (_LONG - 1.6 * _LETTERS, 0.3 * _LETTERS, 0.0)),
        place(tree, heading, (0.0, 1.75 * _LETTERS + _HIGH, 0.0)),
    )
    materials = new_text_materials(name)
    plate = build_plate(tree, join(tree, bar, letters), 0.4 * _LETTERS)
    group = tree.finish(join(tree, bar, paint(tree, letters, materials[0]), paint(tree, plate, materials[1])))
    for end in (FROM, TO):
        drive(group, value_path(end), {"degrees": (ghost, path_of(end))})
    return group
