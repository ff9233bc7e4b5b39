# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry nodes that write degrees: flat text, a plate behind it, colours for every engine."""

from __future__ import annotations

from typing import Final

import bpy

from .heatmap import HEATMAP
from .materials import new_flat_material
from .node_trees import Socket, Tree

Colour = tuple[float, float, float]
DARK: Final[Colour] = (0.01, 0.012, 0.015)
LIGHT: Final[Colour] = (1.0, 1.0, 1.0)


def new_text_materials(name: str) -> tuple[bpy.types.Material, bpy.types.Material]:
    """Of the letters and of the plate behind them."""
    return new_flat_material(f"{name} letters", LIGHT), new_flat_material(f"{name} plate", DARK)


def write_degrees(tree: Tree, value: Socket, size: float) -> Socket:
    """A number of degrees as flat letters in the xy plane, to the right of the origin."""
    number = tree.add("FunctionNodeValueToString", {"Value": value, "Decimals": 0}).outputs[0]
    sign = tree.add("FunctionNodeInputString", string="°").outputs[0]
    both = tree.add("GeometryNodeStringJoin", {"Strings": sign})
    # The same holds here as in `join`.
    tree.group.links.new(number, both.inputs["Strings"])
    return write_text(tree, both.outputs[0], size)


def write_text(tree: Tree, text: Socket, size: float) -> Socket:
    """Flat letters in the xy plane, to the right of the origin."""
    curves = tree.add("GeometryNodeStringToCurves", {"String": text, "Size": size}).outputs[0]
    real = tree.add("GeometryNodeRealizeInstances", {0: curves}).outputs[0]
    return tree.add("GeometryNodeFillCurve", {0: real}).outputs[0]


def build_plate(tree: Tree, flat: Socket, margin: float) -> Socket:
    """A rectangle behind something flat, larger by a margin on all sides."""
    box = tree.add("GeometryNodeBoundBox", {0: flat})
    low, high = box.outputs["Min"], box.outputs["Max"]
    wide = tree.add("ShaderNodeSeparateXYZ", {0: _vector(tree, "SUBTRACT", high, low)})
    sizes = [tree.math("ADD", wide.outputs[axis], 2 * margin) for axis in range(2)]
    card = {"Size X": sizes[0], "Size Y": sizes[1], "Vertices X": 2, "Vertices Y": 2}
    middle = _vector(tree, "MULTIPLY", _vector(tree, "ADD", low, high), (0.5, 0.5, 0.5))
    behind = _vector(tree, "ADD", middle, (0.0, 0.0, -0.2 * margin))
    return place(tree, tree.add("GeometryNodeMeshGrid", card).outputs[0], behind)


def place(tree: Tree, geometry: Socket, translation: Socket, rotation: Socket = (0.0, 0.0, 0.0)) -> Socket:
    """Something moved, after it was turned."""
    moves = {"Geometry": geometry, "Translation": translation, "Rotation": rotation}
    return tree.add("GeometryNodeTransform", moves).outputs[0]


def paint(tree: Tree, geometry: Socket, material: bpy.types.Material) -> Socket:
    """Give it a flat material, and its colour as the attribute that Workbench shows beside a heatmap."""
    value = {"Geometry": geometry, "Name": HEATMAP, "Value": tuple(material.diffuse_color)}
    stored = tree.add("GeometryNodeStoreNamedAttribute", value, data_type="FLOAT_COLOR", domain="POINT")
    return tree.add("GeometryNodeSetMaterial", {"Geometry": stored.outputs[0], "Material": material}).outputs[0]


def join(tree: Tree, *geometries: Socket) -> Socket:
    """All of them as one, with the active colour attribute of the first."""
    node = tree.add("GeometryNodeJoinGeometry")
    # What is linked last to such an input comes first.
    for geometry in reversed(geometries):
        tree.group.links.new(geometry, node.inputs[0])
    return node.outputs[0]


def _vector(tree: Tree, operation: str, *values: Socket) -> Socket:
    return tree.add("ShaderNodeVectorMath", dict(enumerate(values)), operation=operation).outputs[0]
