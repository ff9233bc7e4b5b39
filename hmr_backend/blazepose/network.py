# SPDX-License-Identifier: GPL-3.0-or-later
"""A TFLite network, run with LiteRT; outputs nobody reads are not computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ...motion.errors import GhostcapError
from ..observations import Array


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


def read_model(path: Path, outputs: Sequence[tuple[int, ...]]) -> bytes:
    """Read a .tflite, keeping only the outputs of these shapes (without the batch) and what they need.

    The landmark network draws a mask of the person as well, which costs a third of its time.
    """
    content = path.read_bytes()
    if content[4:8] != b"TFL3":
        raise GhostcapError(f"{path} is not a TFLite model.", "Delete it and run again, to fetch it anew.", "bad_model")
    model: Any = schema.ModelT.InitFromPackedBuf(content, 0)  # its annotations say that every field may be None
    graph = model.subgraphs[0]
    kept = [index for index in graph.outputs if tuple(graph.tensors[index].shape[1:]) in set(outputs)]
    if len(kept) != len(outputs):
        raise GhostcapError(f"{path} is not the expected model: its outputs differ.", "", "bad_model")
    needed, operators = set(kept), []
    for operator in reversed(graph.operators):
        if needed.intersection(operator.outputs):
            needed.update(operator.inputs)
            operators.append(operator)
    graph.operators, graph.outputs = operators[::-1], kept
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
