# SPDX-License-Identifier: GPL-3.0-or-later
"""Node trees written in code: add a node, set or link its inputs, get the output back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import bpy

Socket = Any
"""A node's output, or a plain value."""
_INNER: Final = "Inner"


class Tree:
    """A geometry node group under construction."""

    def __init__(self, name: str) -> None:
        self.group: Any = bpy.data.node_groups.new(name, "GeometryNodeTree")
        for way in ("INPUT", "OUTPUT"):
            self.group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
        self._columns = 0
        self._entry = self.add("NodeGroupInput")

    def add(self, kind: str, inputs: Mapping[Any, Socket] | None = None, **settings: Any) -> Any:
        """A node; inputs by identifier or number, each a value or another node's output."""
        node = self.group.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            socket = node.inputs[key] if isinstance(key, int) else _by_identifier(node.inputs, key)
            if isinstance(value, bpy.types.NodeSocket):
                self.group.links.new(value, socket)
            else:
                socket.default_value = value
        # Left to right in the order they were made: nobody has to read a heap.
        node.location = (180 * (self._columns // 6), -170 * (self._columns % 6))
        self._columns += 1
        return node

    def math(self, operation: str, *values: Socket) -> Socket:
        """A Math node's result."""
        return self.add("ShaderNodeMath", dict(enumerate(values)), operation=operation).outputs[0]

    def value(self, name: str) -> Socket:
        """A number that comes from outside, an input of the group."""
        self.group.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
        return self._entry.outputs[name]

    def geometry(self) -> Socket:
        """What comes in."""
        return self._entry.outputs[0]

    def finish(self, geometry: Socket) -> bpy.types.NodeTree:
        """What goes out."""
        self.add("NodeGroupOutput", {0: geometry})
        return self.group


def wrap(group: bpy.types.NodeTree, name: str) -> bpy.types.NodeTree:
    """A group that holds nothing but another one, whose values are driven there.

    Blender prepares a group anew whenever one of its own values changes. So what changes is kept apart from the many
    nodes that do not.
    """
    outer = Tree(name)
    inner = outer.add("GeometryNodeGroup", name=_INNER)
    inner.node_tree = group
    outer.group.links.new(outer.geometry(), inner.inputs[0])
    return outer.finish(inner.outputs[0])


def unwrap(group: bpy.types.NodeTree) -> bpy.types.NodeTree | None:
    """What `wrap` was given."""
    node: Any = group.nodes.get(_INNER)
    return node.node_tree if node is not None else None


def value_path(group: bpy.types.NodeTree, name: str) -> str:
    """Path of a value in a wrapped group."""
    node: Any = group.nodes[_INNER]
    number = node.inputs.find(name)
    return f'nodes["{_INNER}"].inputs[{number}].default_value'


def _by_identifier(sockets: Any, identifier: str) -> Any:
    return next(socket for socket in sockets if socket.identifier == identifier)
