# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in bulk and drivers that Blender computes without Python, for what a comparison shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import ArrayLike

from ..compat import new_fcurve, node_input_path

_CONSTANT, _LINEAR = 0, 1
"""Numbers of Blender's enum, which foreach_set wants instead of names."""
Source = tuple[bpy.types.ID, str]
"""A datablock and the path of a number in it."""


def ensure_channelbag(
    owner: bpy.types.Object, name: str, action: bpy.types.Action | None = None
) -> bpy.types.ActionChannelbag:
    """Where the object's curves are kept. Without an action it gets a slot in `action`, or in a new one."""
    animation = owner.animation_data_create()
    kept = animation.action
    if kept is None:
        kept = animation.action = action or bpy.data.actions.new(name)
        # Blender's own choice of a slot can come out empty, and then nothing moves.
        animation.action_slot = kept.slots.new(id_type="OBJECT", name=owner.name)
    layer = kept.layers[0] if kept.layers else kept.layers.new(name)
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(animation.action_slot, ensure=True)


def write_curve(
    bag: bpy.types.ActionChannelbag,
    path: str,
    frames: ArrayLike,
    values: ArrayLike,
    *,
    index: int = 0,
    group: str = "",
    steps: bool = False,
) -> None:
    """Keys (T,) at scene frames (T,) in place of those there are. Linear, or with `steps` held until the next."""
    curve = bag.fcurves.find(path, index=index) or new_fcurve(bag, path, index, group)
    points = np.stack([np.asarray(frames, dtype=np.float32), np.asarray(values, dtype=np.float32)], -1)
    if steps:
        changed = np.ones(len(points), dtype=bool)
        changed[1:] = points[1:, 1] != points[:-1, 1]
        points = points[changed]
    keys = curve.keyframe_points
    keys.clear()
    keys.add(len(points))
    keys.foreach_set("co", points.ravel())
    keys.foreach_set("interpolation", np.full(len(points), _CONSTANT if steps else _LINEAR, dtype=np.int32))
    curve.update()


def drive(
    owner: bpy.types.ID,
    path: str,
    sources: Mapping[str, Source],
    expression: str = "",
    index: int = -1,
) -> bpy.types.FCurve:
    """Have a number follow others: their sum, or a simple expression of their names.

    Simple expressions (arithmetic, comparisons, min, max, clamp) run without Python, so scripts need not be allowed.
    """
    owner.driver_remove(path, index)
    curve = owner.driver_add(path, index)
    # A new driver comes with a modifier that does nothing but cost time.
    for modifier in list(curve.modifiers):
        curve.modifiers.remove(modifier)
    driver = curve.driver
    driver.type = "SCRIPTED" if expression else "SUM"
    for name, (datablock, source) in sources.items():
        variable = driver.variables.new()
        variable.name = name
        variable.type = "SINGLE_PROP"
        target = variable.targets[0]
        target.id_type = datablock.id_type
        target.id = datablock
        target.data_path = source
    if expression:
        driver.expression = expression
    return curve


def drive_input(
    owner: bpy.types.Object, modifier: Any, name: str, sources: Mapping[str, Source], expression: str = ""
) -> bpy.types.FCurve:
    """Have an input of a geometry node modifier follow others, as `drive` does."""
    inputs = modifier.node_group.interface.items_tree
    identifier = next(item.identifier for item in inputs if item.item_type == "SOCKET" and item.name == name)
    return drive(owner, node_input_path(modifier, identifier), sources, expression)


def remove_unused(datablocks: Sequence[Any]) -> None:
    """Take what nobody uses any more out of the .blend."""
    unused = [datablock for datablock in datablocks if datablock is not None and not datablock.users]
    if unused:
        bpy.data.batch_remove(unused)
