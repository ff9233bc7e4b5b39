# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry nodes that know the active camera, for renders: turn to it, come before the body."""

from __future__ import annotations

from .node_trees import Socket, Tree


def find_camera_turn(tree: Tree) -> Socket:
    """How the active camera is turned, as the object sees it."""
    return tree.add("GeometryNodeObjectInfo", _lens(tree), transform_space="RELATIVE").outputs["Rotation"]


def bring_nearer(tree: Tree, geometry: Socket, metres: float) -> Socket:
    """Move something towards the active camera and shrink it so that it looks the same from there."""
    here = tree.add("GeometryNodeObjectInfo", {"Object": tree.add("GeometryNodeSelfObject").outputs[0]})
    there = tree.add("GeometryNodeObjectInfo", _lens(tree))
    seen_from = tree.add("GeometryNodeObjectInfo", _lens(tree), transform_space="RELATIVE").outputs["Location"]
    way = {0: here.outputs["Location"], 1: there.outputs["Location"]}
    distance = tree.add("ShaderNodeVectorMath", way, operation="DISTANCE").outputs["Value"]
    nearer = tree.math("MINIMUM", tree.math("DIVIDE", metres, tree.math("MAXIMUM", distance, 1e-3)), 0.5)
    # Shrunk about the lens nothing moves in the picture.
    shift = tree.add("ShaderNodeVectorMath", {0: seen_from, "Scale": nearer}, operation="SCALE").outputs[0]
    size = tree.add("ShaderNodeCombineXYZ", dict.fromkeys(range(3), tree.math("SUBTRACT", 1.0, nearer))).outputs[0]
    moves = {"Geometry": geometry, "Translation": shift, "Scale": size}
    return tree.add("GeometryNodeTransform", moves).outputs[0]


def show_above(tree: Tree, value: Socket, least: float, geometry: Socket) -> Socket:
    """Something while a number is above a limit, and nothing below."""
    compare = {"A": value, "B": least}
    above = tree.add("FunctionNodeCompare", compare, data_type="FLOAT", operation="GREATER_THAN").outputs[0]
    return tree.add("GeometryNodeSwitch", {0: above, 2: geometry}, input_type="GEOMETRY").outputs[0]


def _lens(tree: Tree) -> dict[str, Socket]:
    return {"Object": tree.add("GeometryNodeInputActiveCamera").outputs[0]}
