# SPDX-License-Identifier: GPL-3.0-or-later
"""Node trees written in code: add a node, set or link its inputs, get the output back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

Socket = Any
"""A node's output, or a plain value."""


class Tree:
    """A geometry node group under construction."""

    def __init__(self, name: str) -> None:
        self.group: Any = bpy.data.node_groups.new(name, "GeometryNodeTree")
        for way in ("INPUT", "OUTPUT"):
            self.group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
        self._columns = 0

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
        """A number to be driven; `value_path` is where it is."""
        node = self.add("ShaderNodeValue", name=name, label=name)
        return node.outputs[0]

    def geometry(self) -> Socket:
        """What comes in."""
        return self.add("NodeGroupInput").outputs[0]

    def finish(self, geometry: Socket) -> bpy.types.NodeTree:
        """What goes out."""
        self.add("NodeGroupOutput", {0: geometry})
        return self.group


def value_path(name: str) -> str:
    """Path of a `Tree.value` in its group."""
    return f'nodes["{bpy.utils.escape_identifier(name)}"].outputs[0].default_value'


def _by_identifier(sockets: Any, identifier: str) -> Any:
    return next(socket for socket in sockets if socket.identifier == identifier)
