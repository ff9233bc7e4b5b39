# SPDX-License-Identifier: GPL-3.0-or-later
"""The heatmap: each joint's deviation spread over the user's body by the skin weights.

A geometry node modifier after the armature's reads the vertex groups and the ghost's custom properties (by drivers)
and writes a colour attribute. It needs neither this add-on nor Python to play and to render.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, Final

import bpy
import numpy as np

from ...motion.compare.coaching import read_colouring
from .animation import drive, remove_unused
from .bone_owners import BoneOwners
from .deviation_curves import FROM, TO, deviation_name, list_joints, path_of, seen_name
from .materials import linear, new_heat_material
from .node_trees import Socket, Tree, unwrap, value_path, wrap

HEATMAP: Final = "Ghostcap Heatmap"
"""Name of the modifier, of the colour attribute it writes and of the material that shows it."""
_BEFORE = "ghostcap_active_color"
"""On a body: the colour attribute that was active before."""
_USER = "ghostcap_user"
"""On a node group: the armature whose bodies it paints."""
_STOPS = 17
"""Stops of the colour ramp: between them the preset's sRGB steps and linear light hardly differ."""


def find_bodies(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that an armature moves: skinned to it, or hung on its bones."""
    return [
        thing
        for thing in bpy.data.objects
        if thing.type == "MESH"
        and (
            (thing.parent == armature and thing.parent_type in ("ARMATURE", "BONE"))
            or any(_deforms(modifier, armature) for modifier in thing.modifiers)
        )
    ]


def add_heatmap(user: bpy.types.Object, ghost: bpy.types.Object, bones: Mapping[int, str]) -> list[bpy.types.Object]:
    """Paint the user's bodies; bones names each joint's bone. Returns those painted: linked ones can't be.

    To see it in solid views and in Workbench, `shading.show_vertex_colours` is needed besides.
    """
    remove_heatmap(user)
    bodies = [body for body in find_bodies(user) if body.library is None and body.is_editable]
    owners = BoneOwners(user, bones, list_joints(ghost))
    if not bodies or not owners.joints:
        return []
    skinned = [body for body in bodies if not _is_rigid(body)]
    material = new_heat_material(HEATMAP)
    names = dict.fromkeys(group.name for body in skinned for group in body.vertex_groups)
    shared = _build_group(user, ghost, owners.sort(names), material) if skinned else None
    for body in bodies:
        rigid = _is_rigid(body)
        group = _build_group(user, ghost, {owners.find(body.parent_bone): []}, material) if rigid else shared
        modifier = body.modifiers.new(HEATMAP, "NODES")
        modifier.node_group = group
        modifier.show_in_editmode = False
        last = max((index for index, other in enumerate(body.modifiers) if _deforms(other, user)), default=-1)
        body.modifiers.move(len(body.modifiers) - 1, last + 1)
        if body.data.is_editable:
            attributes = body.data.attributes
            body[_BEFORE] = attributes.active_color_name
            attributes.active_color_name = HEATMAP
    # A mesh without weights shows no material either.
    remove_unused([material])
    return bodies


def remove_heatmap(user: bpy.types.Object) -> None:
    """Leave the user's bodies as they were before `add_heatmap`."""
    homes = set(user.users_scene)
    moved = find_bodies(user)

    def is_painted(body: bpy.types.Object, painted: Any) -> bool:
        # A body that was copied with its scene shares the node group, and that names the first scene's user.
        return body in moved or (painted == user and (not homes or not homes.isdisjoint(body.users_scene)))

    _strip([body for body in bpy.data.objects if any(is_painted(body, one) for one in _find_painted(body))])


def remove_lost_heatmaps(scene: bpy.types.Scene) -> None:
    """Leave bodies as they were whose armature is not in the scene any more."""
    _strip([
        body
        for body in scene.objects
        if any(user is None or scene not in user.users_scene for user in _find_painted(body))
    ])  # fmt: skip


def _strip(bodies: list[bpy.types.Object]) -> None:
    for body in bodies:
        for modifier in [modifier for modifier in body.modifiers if _paints(modifier)]:
            body.modifiers.remove(modifier)
            before = body.get(_BEFORE)
            if before is None:
                continue
            if body.data.is_editable and body.data.attributes.active_color_name == HEATMAP:
                body.data.attributes.active_color_name = before
            del body[_BEFORE]
    # Also those of bodies that were deleted.
    trees = [tree for tree in bpy.data.node_groups if _USER in tree and tree.library is None]
    inside = [unwrap(tree) for tree in trees]
    materials = [
        node.inputs["Material"].default_value
        for tree in inside
        for node in (tree.nodes if tree is not None else ())
        if node.bl_idname == "GeometryNodeSetMaterial"
    ]
    # In the order in which they use each other.
    for unused in (trees, inside, materials):
        remove_unused(list(dict.fromkeys(unused)))


def _deforms(modifier: Any, armature: bpy.types.Object) -> bool:
    return modifier.type == "ARMATURE" and modifier.object == armature


def _paints(modifier: Any) -> bool:
    return modifier.type == "NODES" and modifier.node_group is not None and _USER in modifier.node_group


def _find_painted(body: bpy.types.Object) -> list[bpy.types.Object | None]:
    """Armatures whose heatmap a body wears; None for one that was deleted."""
    return [modifier.node_group.get(_USER) for modifier in body.modifiers if _paints(modifier)]


def _is_rigid(body: bpy.types.Object) -> bool:
    """Whether it hangs on a bone as a whole."""
    return body.parent_type == "BONE" and not any(modifier.type == "ARMATURE" for modifier in body.modifiers)


def _build_group(
    user: bpy.types.Object, ghost: bpy.types.Object, groups: dict[int, list[str]], material: bpy.types.Material
) -> bpy.types.NodeTree:
    """groups: vertex groups by joint; none for a joint that moves the whole.

    With weight w, deviation d and s = 1 where seen: ramp(sum(w s d) / sum(w s)), greyed by 1 - sum(w s) / sum(w).
    """
    tree = Tree(HEATMAP)
    mesh = tree.geometry()
    if not groups:
        return _mark(wrap(tree.finish(mesh), HEATMAP), user)
    whole = judged = heat = 0.0
    for joint, names in sorted(groups.items()):
        weight = _weight(tree, names) if names else 1.0
        # Products of single numbers are cheap; what is done for each vertex counts.
        seen = tree.value(seen_name(joint))
        hot = tree.math("MULTIPLY", seen, tree.value(deviation_name(joint)))
        whole = tree.math("ADD", whole, weight)
        judged = tree.math("MULTIPLY_ADD", weight, seen, judged)
        heat = tree.math("MULTIPLY_ADD", weight, hot, heat)
    degrees = tree.math("DIVIDE", heat, tree.math("MAXIMUM", judged, 1e-6))
    share = tree.math("DIVIDE", judged, tree.math("MAXIMUM", whole, 1e-6))
    place = {"Value": degrees, "From Min": tree.value(FROM), "From Max": tree.value(TO)}
    ramp = tree.add("ShaderNodeValToRGB", {0: tree.add("ShaderNodeMapRange", place).outputs[0]})
    _fill_ramp(ramp.color_ramp)
    grey = (*linear(read_colouring().unjudged), 1.0)
    mix = tree.add(
        "ShaderNodeMix", {"Factor_Float": share, "A_Color": grey, "B_Color": ramp.outputs[0]}, data_type="RGBA"
    )
    colour = next(output for output in mix.outputs if output.identifier == "Result_Color")
    store = {"Geometry": mesh, "Name": HEATMAP, "Value": colour}
    painted = tree.add("GeometryNodeStoreNamedAttribute", store, data_type="FLOAT_COLOR", domain="POINT")
    dressed = {"Geometry": painted.outputs[0], "Material": material}
    inner = tree.finish(tree.add("GeometryNodeSetMaterial", dressed).outputs[0])
    group = _mark(wrap(inner, HEATMAP), user)
    for joint in groups:
        for name in (deviation_name(joint), seen_name(joint)):
            drive(group, value_path(group, name), {"value": (ghost, path_of(name))})
    for name in (FROM, TO):
        drive(group, value_path(group, name), {"value": (ghost, path_of(name))})
    return group


def _mark(group: bpy.types.NodeTree, user: bpy.types.Object) -> bpy.types.NodeTree:
    group[_USER] = user
    return group


def _weight(tree: Tree, names: list[str]) -> Socket:
    """Of all these vertex groups together.

    Looking a weight up is slow, and would be done again for each use. A sum, if only with 0, is an array that is there.
    """
    weights = [tree.add("GeometryNodeInputNamedAttribute", {"Name": name}, data_type="FLOAT") for name in names]
    return reduce(lambda total, weight: tree.math("ADD", total, weight.outputs[0]), weights, 0.0)


def _fill_ramp(ramp: Any) -> None:
    colouring = read_colouring()
    share = np.linspace(0.0, 1.0, _STOPS)
    colours = colouring.paint(colouring.low + share * (colouring.high - colouring.low))
    for _ in range(_STOPS - len(ramp.elements)):
        ramp.elements.new(1.0)
    for element, position, colour in zip(ramp.elements, share, colours, strict=True):
        element.position = float(position)
        element.color = (*linear(colour), 1.0)
