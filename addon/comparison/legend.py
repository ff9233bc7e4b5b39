# SPDX-License-Identifier: GPL-3.0-or-later
"""The colour bar of renders: fixed to the scene's camera, at the lower left. In viewports `overlay` draws its own."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...motion.compare.coaching import read_colouring
from .animation import Source, drive, drive_input
from .deviation_curves import FROM, TO, path_of
from .heatmap import HEATMAP
from .materials import linear, new_attribute_material
from .node_trees import Tree
from .parts import add_part
from .text_nodes import build_plate, join, new_text_materials, paint, place, write_degrees, write_text

MARK: Final = "ghostcap_legend"
_STEPS: Final = 32
_LONG, _HIGH, _LETTERS, _EDGE = 0.3, 0.022, 0.036, 0.045
"""Of the picture's shorter side: the bar, the lines of text, the distance from the picture's edges."""


def add_legend(
    collection: bpy.types.Collection, ghost: bpy.types.Object, scene: bpy.types.Scene, title: str = "Difference"
) -> list[bpy.types.Object]:
    """A colour bar before the camera that is the scene's now; nothing without one."""
    camera = scene.camera
    if camera is None:
        return []
    name = f"{ghost.name} colour bar"
    part = add_part(collection, name, _build_bar(name), MARK, "bar")
    part.hide_viewport = True
    part.parent = camera
    _drive_place(part, camera.data, scene)
    modifier = part.modifiers.new("Labels", "NODES")
    modifier.node_group = _build_group(name, title)
    for end in (FROM, TO):
        drive_input(part, modifier, end, {"degrees": (ghost, path_of(end))})
    return [part]


def _drive_place(part: bpy.types.Object, lens: bpy.types.Camera, scene: bpy.types.Scene) -> None:
    """At the picture's lower left, whatever becomes of its size and of the lens.

    The longer side of the picture, or the side the sensor is fitted to, sees the sensor (or the orthographic scale).
    """
    away = max(3 * lens.clip_start, 0.1)
    sources: dict[str, Source] = {
        "rx": (scene, "render.resolution_x"), "ry": (scene, "render.resolution_y"),
        "u": (lens, "shift_x"), "v": (lens, "shift_y"),
    }  # fmt: skip
    if lens.type == "ORTHO":
        sources["o"] = (lens, "ortho_scale")
        full = "o"
    else:
        sources["s"] = (lens, "sensor_height" if lens.sensor_fit == "VERTICAL" else "sensor_width")
        sources["f"] = (lens, "lens")
        full = f"{away:.4f}*s/f"
    fitted = {"HORIZONTAL": "rx", "VERTICAL": "ry"}.get(lens.sensor_fit, "max(rx,ry)")
    short = f"{_EDGE}*min(rx,ry)"
    drive(part, "location", sources, f"{full}*(u+({short}-rx/2)/{fitted})", 0)
    drive(part, "location", sources, f"{full}*(v+({short}-ry/2)/{fitted})", 1)
    part.location[2] = -away
    for axis in range(3):
        drive(part, "scale", sources, f"{full}*min(rx,ry)/{fitted}", axis)


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


def _build_group(name: str, title: str) -> bpy.types.NodeTree:
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
    return tree.finish(join(tree, bar, paint(tree, letters, materials[0]), paint(tree, plate, materials[1])))
