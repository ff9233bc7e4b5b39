# SPDX-License-Identifier: GPL-3.0-or-later
"""A TFLite network, run with LiteRT; outputs nobody reads are not computed."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ...motion.errors import GhostcapError
from ..observations import Array

# Places of two fields in the schema's SubGraph.
OUTPUTS_FIELD, OPERATORS_FIELD = 8, 10


class Network:
    """One network with one input picture. Not for two threads at a time; make one for each."""

    def __init__(self, model: bytes, threads: int) -> None:
        self._interpreter = Interpreter(model_content=model, num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = {
            tuple(output["shape"][1:].tolist()): output["index"] for output in self._interpreter.get_output_details()
        }

    def run(self, picture: NDArray[np.uint8], scale: float, offset: float) -> dict[tuple[int, ...], Array]:
        """Run on picture * scale + offset, picture (H, W, 3). Outputs by their shape, without the batch."""
        # Straight into the network's memory: a copy costs as much as cutting the picture out. No reference to that
        # memory may be held while it runs.
        memory = self._interpreter.tensor(self._input)()
        np.multiply(picture, np.float32(scale), out=memory[0], dtype=np.float32)
        if offset:
            memory += np.float32(offset)
        del memory
        self._interpreter.invoke()
        return {shape: self._interpreter.get_tensor(index)[0] for shape, index in self._outputs.items()}


class Networks:
    """Copies of one network for several threads, made as they are needed. Call it with what `Network.run` takes."""

    def __init__(self, model: bytes, threads: int = 1) -> None:
        self._model = model
        self._threads = threads
        self._idle: SimpleQueue[Network] = SimpleQueue()

    def __call__(self, picture: NDArray[np.uint8], scale: float, offset: float) -> dict[tuple[int, ...], Array]:
        """Run on an idle copy."""
        try:
            network = self._idle.get_nowait()
        except Empty:
            network = Network(self._model, self._threads)
        try:
            return network.run(picture, scale, offset)
        finally:
            self._idle.put(network)


def read_model(path: Path, outputs: Sequence[tuple[int, ...]]) -> bytes:
    """Read a .tflite, keeping only the outputs of these shapes (without the batch) and what they need.

    The landmark network draws a mask of the person as well, which costs a third of its time.
    """
    content = bytearray(path.read_bytes())
    if content[4:8] != b"TFL3":
        raise GhostcapError(f"{path} is not a TFLite model.", "Delete it and run again, to fetch it anew.", "bad_model")
    model: Any = schema.Model.GetRootAs(content, 0)  # its annotations say that every field may be None
    graph = model.Subgraphs(0)
    kept = [i for i in graph.OutputsAsNumpy() if tuple(graph.Tensors(i).ShapeAsNumpy()[1:]) in set(outputs)]
    if len(kept) != len(outputs):
        raise GhostcapError(f"{path} is not the expected model: its outputs differ.", code="bad_model")
    needed, operators = set(kept), []
    for number in reversed(range(graph.OperatorsLength())):
        operator = graph.Operators(number)
        if needed.intersection(operator.OutputsAsNumpy()):
            needed.update(operator.InputsAsNumpy())
            operators.append(number)
    # The two lists are shortened where they lie; writing the whole model anew takes as long as running it ten times.
    table = graph._tab  # noqa: SLF001 - the generated classes read only
    start = table.Vector(table.Offset(OUTPUTS_FIELD))
    struct.pack_into(f"<I{len(kept)}i", content, start - 4, len(kept), *kept)
    start = table.Vector(table.Offset(OPERATORS_FIELD))
    # Entries are distances from where they stand.
    places = [start + 4 * number + struct.unpack_from("<I", content, start + 4 * number)[0] for number in operators]
    entries = [place - (start + 4 * slot) for slot, place in enumerate(reversed(places))]
    struct.pack_into(f"<I{len(entries)}I", content, start - 4, len(entries), *entries)
    return bytes(content)
