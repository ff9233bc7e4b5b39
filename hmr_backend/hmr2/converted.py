# SPDX-License-Identifier: GPL-3.0-or-later
"""BlazePose's networks in torch: LiteRT has them for the CPU and one picture at a time, a GPU wants batches.

The graph is read from the .tflite file and run operator by operator. LiteRT itself unpacks the weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ...motion.errors import GhostcapError

_CODE: Final = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
_FLOAT: Final = (schema.TensorType.FLOAT32, schema.TensorType.FLOAT16)
_UNPACKING: Final = ("DEQUANTIZE", "DENSIFY")
_ACTIVATION: Final[dict[int, Callable[[Tensor], Tensor]]] = {
    schema.ActivationFunctionType.NONE: lambda value: value,
    schema.ActivationFunctionType.RELU: functional.relu,
    schema.ActivationFunctionType.RELU6: functional.relu6,
}
_OPTIONS: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "ADD": (schema.AddOptions, ("FusedActivationFunction",)),
    "CONCATENATION": (schema.ConcatenationOptions, ("Axis",)),
    "CONV_2D": (schema.Conv2DOptions, ("StrideH", "StrideW", "Padding", "FusedActivationFunction")),
    "DEPTHWISE_CONV_2D": (schema.DepthwiseConv2DOptions, ("StrideH", "StrideW", "Padding", "FusedActivationFunction")),
    "DEPTH_TO_SPACE": (schema.DepthToSpaceOptions, ("BlockSize",)),
    "MAX_POOL_2D": (schema.Pool2DOptions, ("FilterHeight", "FilterWidth", "StrideH", "StrideW", "Padding")),
    "RESIZE_BILINEAR": (schema.ResizeBilinearOptions, ("AlignCorners", "HalfPixelCenters")),
}


@dataclass(frozen=True)
class _Step:
    kind: str
    inputs: list[int]
    output: int
    options: dict[str, int]


class ConvertedNetwork(nn.Module):
    """A .tflite network with one input picture; pictures (B, 3, S, S) -> its outputs by shape without the batch.

    model: as `blazepose.network.read_model` gives it. GhostcapError `bad_model` names an operator that is not known.
    Pictures lie as (B, C, H, W) between the operators, and as (B, H, W, C) where shapes are told.
    """

    def __init__(self, model: bytes) -> None:
        super().__init__()
        graph: Any = schema.Model.GetRootAs(model, 0)
        self._steps = _read_steps(graph)
        graph = graph.Subgraphs(0)
        self._input = int(graph.InputsAsNumpy()[0])
        self._outputs = {tuple(graph.Tensors(i).ShapeAsNumpy()[1:].tolist()): int(i) for i in graph.OutputsAsNumpy()}
        made = {self._input, *(step.output for step in self._steps)}
        numbers = {i for step in self._steps for i in step.inputs} - made
        self._constants: dict[int, NDArray[Any]] = {}
        for number, value in _unpack(model, numbers).items():
            if graph.Tensors(number).Type() in _FLOAT:
                self.register_buffer(f"c{number}", torch.from_numpy(_as_torch_lies(number, value, self._steps)))
            else:
                self._constants[number] = value

    def forward(self, pictures: Tensor) -> dict[tuple[int, ...], Tensor]:
        """Run all operators."""
        # CUDA's kernels for convolutions by channel in float32 are made for the other order.
        order = torch.contiguous_format if pictures.is_cuda else torch.channels_last
        values: dict[int, Tensor] = {self._input: pictures.contiguous(memory_format=order)}
        for step in self._steps:
            values[step.output] = _RUN[step.kind](self, step, values)
        return {shape: _as_told(values[number]) for shape, number in self._outputs.items()}

    def value(self, number: int, values: dict[int, Tensor]) -> Tensor:
        """A tensor of the graph, made or constant."""
        return values[number] if number in values else getattr(self, f"c{number}")

    def constant(self, number: int) -> NDArray[Any]:
        """A constant of whole numbers."""
        return self._constants[number]


def _read_steps(model: Any) -> list[_Step]:
    graph = model.Subgraphs(0)
    steps = []
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = _CODE[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        if kind in _UNPACKING:
            continue
        if kind not in _RUN:
            raise GhostcapError(f"BlazePose's network has an operator that is not known: {kind}.", code="bad_model")
        # Read once: to ask the file again at each step takes longer than to start what a GPU does in it.
        options = {}
        if kind in _OPTIONS:
            make, names = _OPTIONS[kind]
            asked = make()
            table = operator.BuiltinOptions()
            asked.Init(table.Bytes, table.Pos)
            options = {name: int(getattr(asked, name)()) for name in names}
        inputs = [int(i) for i in operator.InputsAsNumpy() if i >= 0]
        steps.append(_Step(kind, inputs, int(operator.OutputsAsNumpy()[0]), options))
    return steps


def _unpack(model: bytes, numbers: set[int]) -> dict[int, NDArray[Any]]:
    """Constants as LiteRT unpacks them: some are sparse or in half precision."""
    # The delegate that LiteRT takes by itself unpacks them where nobody sees.
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the memory that seeing all values takes: 30 MB
        interpreter = Interpreter(
            model_content=model, experimental_op_resolver_type=plain, experimental_preserve_all_tensors=True
        )
    interpreter.allocate_tensors()
    interpreter.invoke()
    return {number: np.array(interpreter.get_tensor(number)) for number in numbers}


def _as_torch_lies(number: int, value: NDArray[Any], steps: list[_Step]) -> NDArray[np.float32]:
    for step in steps:
        if number in step.inputs[1:2] and step.kind == "CONV_2D":
            value = value.transpose(0, 3, 1, 2)
        elif number in step.inputs[1:2] and step.kind == "DEPTHWISE_CONV_2D":
            value = value.transpose(3, 0, 1, 2)
    return np.ascontiguousarray(value, dtype=np.float32)


def _as_told(value: Tensor) -> Tensor:
    return value.permute(0, 2, 3, 1) if value.ndim == 4 else value


def _same(value: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: int, fill: float = 0.0) -> Tensor:
    """TFLite's padding: the odd pixel goes right and below."""
    if padding != schema.Padding.SAME:
        return value
    sides = []
    for size, k, s in zip(reversed(value.shape[2:]), reversed(kernel), reversed(stride), strict=True):
        wanted = max((-(-size // s) - 1) * s + k - size, 0)
        sides += [wanted // 2, wanted - wanted // 2]
    return functional.pad(value, sides, value=fill) if any(sides) else value


def _convolve(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    options = step.options
    value, weight = network.value(step.inputs[0], values), network.value(step.inputs[1], values)
    bias = network.value(step.inputs[2], values) if len(step.inputs) > 2 else None
    stride = (options["StrideH"], options["StrideW"])
    value = _same(value, (weight.shape[2], weight.shape[3]), stride, options["Padding"])
    groups = value.shape[1] if step.kind == "DEPTHWISE_CONV_2D" else 1
    out = functional.conv2d(value, weight, bias, stride, groups=groups)
    return _ACTIVATION[options["FusedActivationFunction"]](out)


def _add(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    one, other = (network.value(number, values) for number in step.inputs)
    return _ACTIVATION[step.options["FusedActivationFunction"]](one + other)


def _pad(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    _, rows, columns, channels = network.constant(step.inputs[1]).tolist()
    return functional.pad(network.value(step.inputs[0], values), [*columns, *rows, *channels])


def _pool(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    options = step.options
    kernel, stride = (options["FilterHeight"], options["FilterWidth"]), (options["StrideH"], options["StrideW"])
    value = _same(network.value(step.inputs[0], values), kernel, stride, options["Padding"], -float("inf"))
    return functional.max_pool2d(value, kernel, stride)


def _resize(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    rows, columns = network.constant(step.inputs[1]).tolist()
    value = network.value(step.inputs[0], values)
    corners = bool(step.options["AlignCorners"])
    if not corners and not step.options["HalfPixelCenters"]:
        raise GhostcapError("BlazePose's network resizes in a way that is not known.", code="bad_model")
    return functional.interpolate(value, (rows, columns), mode="bilinear", align_corners=corners)


def _depth_to_space(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    value, block = network.value(step.inputs[0], values), step.options["BlockSize"]
    batch, channels, height, width = value.shape
    parts = value.reshape(batch, block, block, channels // block**2, height, width).permute(0, 3, 4, 1, 5, 2)
    return parts.reshape(batch, channels // block**2, height * block, width * block)


def _reshape(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    value = _as_told(network.value(step.inputs[0], values))
    shape = network.constant(step.inputs[1]).tolist()
    out = value.reshape(len(value), *shape[1:])
    return out.permute(0, 3, 1, 2) if out.ndim == 4 else out


def _concatenate(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    parts = [network.value(number, values) for number in step.inputs]
    axis = step.options["Axis"] % parts[0].ndim
    return torch.cat(parts, (0, 2, 3, 1)[axis] if parts[0].ndim == 4 else axis)


def _logistic(network: ConvertedNetwork, step: _Step, values: dict[int, Tensor]) -> Tensor:
    return torch.sigmoid(network.value(step.inputs[0], values))


_RUN: Final[dict[str, Callable[[ConvertedNetwork, _Step, dict[int, Tensor]], Tensor]]] = {
    "ADD": _add,
    "CONCATENATION": _concatenate,
    "CONV_2D": _convolve,
    "DEPTHWISE_CONV_2D": _convolve,
    "DEPTH_TO_SPACE": _depth_to_space,
    "LOGISTIC": _logistic,
    "MAX_POOL_2D": _pool,
    "PAD": _pad,
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize,
}
