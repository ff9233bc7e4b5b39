# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of a comparison, and its colours in linear light, as Blender wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import ArrayLike

_GLOW = 0.35
"""Share of its colour that a body sends out by itself: a heatmap has to be read in a dark scene, too."""


def linear(colour: ArrayLike) -> tuple[float, float, float]:
    """8-bit sRGB (3,) -> linear light, 0..1 (IEC 61966-2-1)."""
    value = np.asarray(colour, dtype=float) / 255
    red, green, blue = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).tolist()
    return red, green, blue


def new_heat_material(attribute: str) -> bpy.types.Material:
    """A matt surface in the colours of a colour attribute, shining a little by itself."""
    material, nodes, links = _new(attribute)
    colour = nodes.new("ShaderNodeAttribute")
    colour.attribute_name = attribute
    surface = nodes.new("ShaderNodeBsdfPrincipled")
    surface.inputs["Roughness"].default_value = material.roughness = 0.7
    surface.inputs["Emission Strength"].default_value = _GLOW
    links.new(colour.outputs["Color"], surface.inputs["Base Color"])
    links.new(colour.outputs["Color"], surface.inputs["Emission Color"])
    _finish(nodes, links, surface.outputs[0])
    return material


def new_flat_material(name: str, colour: Sequence[float]) -> bpy.types.Material:
    """One colour (linear RGB), whatever the light."""
    material, nodes, links = _new(name)
    material.diffuse_color = (*colour[:3], 1.0)
    light = nodes.new("ShaderNodeEmission")
    light.inputs["Color"].default_value = (*colour[:3], 1.0)
    _finish(nodes, links, light.outputs[0])
    return material


def new_attribute_material(name: str, attribute: str) -> bpy.types.Material:
    """The colours of a colour attribute, whatever the light."""
    material, nodes, links = _new(name)
    colour, light = nodes.new("ShaderNodeAttribute"), nodes.new("ShaderNodeEmission")
    colour.attribute_name = attribute
    links.new(colour.outputs["Color"], light.inputs["Color"])
    _finish(nodes, links, light.outputs[0])
    return material


def new_ghost_material(name: str) -> bpy.types.Material:
    """Half transparent, denser towards the outline, only its front seen; `set_ghost_material` gives it its colour."""
    material, nodes, links = _new(name)
    material.surface_render_method = "BLENDED"
    material.use_transparency_overlap = False
    material.use_backface_culling = True
    opacity, colour = nodes.new("ShaderNodeValue"), nodes.new("ShaderNodeRGB")
    opacity.name = opacity.label = "Opacity"
    colour.name = colour.label = "Colour"
    matt, light, body = (
        nodes.new("ShaderNodeBsdfDiffuse"),
        nodes.new("ShaderNodeEmission"),
        nodes.new("ShaderNodeMixShader"),
    )
    links.new(colour.outputs[0], matt.inputs["Color"])
    links.new(colour.outputs[0], light.inputs["Color"])
    body.inputs[0].default_value = 0.5
    links.new(matt.outputs[0], body.inputs[1])
    links.new(light.outputs[0], body.inputs[2])
    # Seen through its own back it would look twice as dense, and the limbs' insides would show.
    facing, geometry = nodes.new("ShaderNodeLayerWeight"), nodes.new("ShaderNodeNewGeometry")
    facing.inputs["Blend"].default_value = 0.35
    room = _math(nodes, links, "SUBTRACT", 1.0, opacity.outputs[0])
    rim = _math(
        nodes, links, "MULTIPLY", facing.outputs["Facing"], _math(nodes, links, "MULTIPLY", room, opacity.outputs[0])
    )
    front = _math(nodes, links, "SUBTRACT", 1.0, geometry.outputs["Backfacing"])
    alpha = _math(nodes, links, "MULTIPLY", front, _math(nodes, links, "ADD", opacity.outputs[0], rim))
    clear, mix = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeMixShader")
    links.new(alpha, mix.inputs[0])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(body.outputs[0], mix.inputs[2])
    _finish(nodes, links, mix.outputs[0])
    return material


def flat_opacity(opacity: float) -> float:
    """What Workbench needs for that: it draws fronts, and most backs through them."""
    return 1.0 - (1.0 - opacity) ** 0.7


def set_ghost_material(material: bpy.types.Material, colour: Sequence[float], opacity: float) -> None:
    """Colour (linear RGB) and opacity, 0..1."""
    nodes = material.node_tree.nodes
    nodes["Opacity"].outputs[0].default_value = opacity
    nodes["Colour"].outputs[0].default_value = (*colour[:3], 1.0)
    material.diffuse_color = (*colour[:3], flat_opacity(opacity))


def _new(name: str) -> tuple[bpy.types.Material, Any, Any]:
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    tree: Any = material.node_tree
    tree.nodes.clear()
    return material, tree.nodes, tree.links


def _finish(nodes: Any, links: Any, surface: Any) -> None:
    links.new(surface, nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    for number, node in enumerate(nodes):
        node.location = (190 * (number // 3), -190 * (number % 3))


def _math(nodes: Any, links: Any, operation: str, *values: Any) -> Any:
    node = nodes.new("ShaderNodeMath")
    node.operation = operation
    for socket, value in zip(node.inputs, values, strict=False):
        if isinstance(value, bpy.types.NodeSocket):
            links.new(value, socket)
        else:
            socket.default_value = value
    return node.outputs[0]
