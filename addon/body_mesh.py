# SPDX-License-Identifier: GPL-3.0-or-later
"""The body as a mesh that follows the armature."""

from __future__ import annotations

from math import radians

import bpy
import numpy as np
from numpy.typing import ArrayLike

from ..motion.body import Body
from ..motion.rig import place_at_rest
from ..motion.skeleton import JOINT_NAMES

_COLOURS = (
    (0.60, 0.38, 0.20, 1.0),
    (0.16, 0.37, 0.53, 1.0),
    (0.33, 0.50, 0.24, 1.0),
    (0.55, 0.22, 0.24, 1.0),
    (0.45, 0.33, 0.55, 1.0),
)
"""Linear RGBA: wood, and stains of it to tell people apart."""
_SHARP = radians(50)


def create_body_mesh(
    collection: bpy.types.Collection, name: str, armature: bpy.types.Object, body: Body, betas: ArrayLike, sole: float
) -> bpy.types.Object:
    """A mesh object skinned to the armature by vertex groups named as the joints, in the rest pose of `motion.rig`."""
    rest = place_at_rest(body.rest_vertices(betas), body.rest_joints(betas), sole)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(rest.tolist(), [], np.asarray(body.faces).tolist())
    mesh.validate()
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=_SHARP)
    model = bpy.data.objects.new(name, mesh)
    collection.objects.link(model)
    _add_weights(model, body)
    model.parent = armature
    modifier = model.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    return model


def add_material(model: bpy.types.Object, name: str, number: int) -> bpy.types.Material:
    """A plain matt material; people numbered differently get different colours."""
    colour = _COLOURS[number % len(_COLOURS)]
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    material.diffuse_color = colour
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = material.roughness = 0.6
    model.data.materials.append(material)
    return material


def _add_weights(model: bpy.types.Object, body: Body) -> None:
    index, weight = np.asarray(body.skin_index), np.asarray(body.skin_weight, dtype=float)
    for joint, name in enumerate(JOINT_NAMES):
        group = model.vertex_groups.new(name=name)
        total = np.round(np.where(index == joint, weight, 0.0).sum(1), 5)
        moved = np.flatnonzero(total > 0)
        if not len(moved):
            continue
        # One call for all vertices of a weight: most follow one bone fully.
        values, counts = np.unique(total[moved], return_counts=True)
        in_order = moved[np.argsort(total[moved], kind="stable")]
        for value, vertices in zip(values.tolist(), np.split(in_order, np.cumsum(counts)[:-1]), strict=True):
            group.add(vertices.tolist(), value, "REPLACE")
