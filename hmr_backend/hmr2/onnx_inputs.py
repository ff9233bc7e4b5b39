# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ONNX file wants to be given: OpenCV, which runs it, does not tell. Only this much of the file is read.

The file is a protocol buffer: ModelProto.graph (7), GraphProto.input (11) and initializer (5), ValueInfoProto.name (1)
and type (2), TypeProto.tensor_type (1), Tensor.shape (2), TensorShapeProto.dim (1), Dimension.dim_value (1).
"""

from __future__ import annotations

from collections.abc import Iterator

Field = tuple[int, int | bytes]


def read_inputs(model: bytes) -> dict[str, list[int | None]]:
    """Names of the inputs and their shapes; None for a size that is left open. ValueError when it is no ONNX file."""
    graph = next((value for number, value in read_fields(model) if number == 7 and isinstance(value, bytes)), None)
    if graph is None:
        raise ValueError("it holds no graph")
    inputs: dict[str, list[int | None]] = {}
    constants: set[str] = set()
    for number, value in read_fields(graph):
        if not isinstance(value, bytes):
            continue
        if number == 11:
            inputs[_name(value, 1)] = [_size(dim) for dim in _every(value, 2, 1, 2, 1)]
        elif number == 5:
            constants.add(_name(value, 8))
    # Old files list their weights as inputs, too.
    return {name: shape for name, shape in inputs.items() if name not in constants}


def read_fields(data: bytes) -> Iterator[Field]:
    """Numbers and contents of a message's fields."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        if kind == 2:
            length, place = _varint(data, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError("it is no protocol buffer")
        if place + length > len(data):
            raise ValueError("it ends early")
        yield key >> 3, data[place : place + length]
        place += length


def _every(message: bytes, number: int, *deeper: int) -> Iterator[bytes]:
    for field, value in read_fields(message):
        if field == number and isinstance(value, bytes):
            if deeper:
                yield from _every(value, *deeper)
            else:
                yield value


def _name(message: bytes, number: int) -> str:
    return next(_every(message, number), b"").decode("utf-8", "replace")


def _size(dimension: bytes) -> int | None:
    sizes = (value for number, value in read_fields(dimension) if number == 1 and isinstance(value, int))
    return next((size for size in sizes if 0 < size < 1 << 31), None)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 64:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
    raise ValueError("it ends early")
