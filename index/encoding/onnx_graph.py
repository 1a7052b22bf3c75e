"""A BERT encoder as ONNX graphs, in float32 and in int8."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray
from index.encoding import onnx_format as onnx
from index.encoding.bert import BertShape, Weights

FUSED = "com.microsoft"
OPSETS = {"": 20, FUSED: 1}

# Of .35 to 1, what came nearest to float32: less leaves the outliers in, more moves them to the weights.
SMOOTHING = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """The least and the greatest value that each input channel of a linear layer takes, both (channels,)."""

    low: FloatArray
    high: FloatArray

    def __truediv__(self, factors: FloatArray) -> Range:
        return Range(self.low / factors, self.high / factors)


Ranges = Mapping[str, Range]


def build_float_graph(weights: Weights, shape: BertShape) -> onnx.Message:
    """Return the encoder as an ONNX model in float32.

    Its outputs NAME.low and NAME.high are the range of each linear layer's input.
    """
    return _Float(weights, shape).model()


def build_graph(weights: Weights, shape: BertShape, ranges: Ranges) -> onnx.Message:
    """Return the encoder as an ONNX model with its linear layers in 8-bit integers, every scale of them a constant.

    The graph takes one text's summed embeddings (1, length, hidden) and returns its last hidden states.
    Outliers move from activations to weights as in SmoothQuant, Xiao et al. 2022, arXiv:2211.10438.
    """
    weights, ranges = smooth_contexts(weights, shape, ranges)
    return _Integer(weights, shape, ranges=ranges).model()


def quantize_channels(matrix: FloatArray) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Return an (in, out) matrix as symmetric int8 and one scale per output channel."""
    scales = np.abs(matrix).max(axis=0) / 127
    scales[scales == 0] = 1
    return np.round(matrix / scales).astype(np.int8), scales.astype(np.float32)


def affine(values: Range) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return the scale and the zero point, both (), that map a layer's whole range to uint8."""
    low, high = min(float(values.low.min()), 0.0), max(float(values.high.max()), 0.0)
    scale = (high - low) / 255 or 1.0
    return np.array(scale, np.float32), np.array(round(-low / scale), np.uint8)


def smoothing_factors(values: Range, matrix: FloatArray) -> FloatArray:
    """Return what to divide each input channel by, (in,), and to multiply its row of an (in, out) matrix by."""
    activations = _floored(np.maximum(-values.low, values.high))
    factors: FloatArray = activations**SMOOTHING / _floored(np.abs(matrix).max(axis=1)) ** (1 - SMOOTHING)
    return factors.astype(np.float32)


def _floored(peaks: FloatArray) -> FloatArray:
    """Lift channels that are all but dead, which must not decide how much of a range is clipped."""
    floored: FloatArray = np.maximum(peaks, max(float(peaks.max()) * 1e-3, 1e-6))
    return floored


def smooth_contexts(weights: Weights, shape: BertShape, ranges: Ranges) -> tuple[Weights, Ranges]:
    """Return the same model with smooth inputs to its attention outputs, the division done by the value layers."""
    smooth, narrowed = dict(weights), dict(ranges)
    for layer in range(shape.layers):
        attention = f"encoder.layer.{layer}.attention"
        value, output = f"{attention}.self.value", f"{attention}.output.dense"
        factors = smoothing_factors(ranges[output], weights[f"{output}.weight"].T)
        smooth[f"{value}.weight"] = weights[f"{value}.weight"] / factors[:, None]
        smooth[f"{value}.bias"] = weights[f"{value}.bias"] / factors
        smooth[f"{output}.weight"] = weights[f"{output}.weight"] * factors
        narrowed[output] = ranges[output] / factors
    return smooth, narrowed


@dataclass(slots=True)
class _Graph(ABC):
    weights: Weights
    shape: BertShape
    nodes: list[onnx.Message] = field(default_factory=list)
    tensors: list[onnx.Message] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    @abstractmethod
    def linear(self, states: str, name: str, matrix: FloatArray, bias: FloatArray, smooth: bool = False) -> str:
        """Add a linear layer; `matrix` is (in, out), and `smooth` asks that outliers be moved into it."""

    def model(self) -> onnx.Message:
        states = self.layer_norm("embedded", "embeddings.LayerNorm")
        for layer in range(self.shape.layers):
            states = self.layer(states, f"encoder.layer.{layer}")
        self.node("Identity", [states], output="states")
        axes = (1, "length", self.shape.hidden)
        inputs = [onnx.float_value("embedded", axes)]
        outputs = [onnx.float_value("states", axes)]
        outputs += [onnx.float_value(name, ("channels",)) for name in self.outputs]
        return onnx.model(onnx.graph("encoder", self.nodes, self.tensors, inputs, outputs), OPSETS)

    def node(
        self, op: str, inputs: Sequence[str], domain: str = "", output: str = "", **attributes: int | float
    ) -> str:
        name = output or f"{op}.{len(self.nodes)}"
        self.nodes.append(onnx.node(op, inputs, [name], name, domain, attributes))
        return name

    def tensor(self, name: str, values: npt.NDArray[np.generic]) -> str:
        self.tensors.append(onnx.tensor(name, values))
        return name

    def named_linear(self, states: str, name: str, smooth: bool = False) -> str:
        return self.linear(states, name, self.weights[f"{name}.weight"].T, self.weights[f"{name}.bias"], smooth)

    def layer_norm(self, states: str, name: str) -> str:
        scale = self.tensor(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.tensor(f"{name}.bias", self.weights[f"{name}.bias"])
        return self.node("LayerNormalization", [states, scale, bias], epsilon=self.shape.epsilon)

    def attention(self, states: str, name: str) -> str:
        parts = [f"{name}.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{part}.weight"] for part in parts]).T
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        joint = self.linear(states, f"{name}.self", matrix, bias, smooth=True)
        sizes = self.tensor(f"{name}.sizes", np.array([self.shape.hidden] * 3, dtype=np.int64))
        self.nodes.append(onnx.node("Split", [joint, sizes], parts, f"{name}.split", "", {"axis": 2}))
        return self.node("MultiHeadAttention", parts, FUSED, num_heads=self.shape.heads)

    def layer(self, states: str, name: str) -> str:
        context = self.named_linear(self.attention(states, f"{name}.attention"), f"{name}.attention.output.dense")
        states = self.layer_norm(self.node("Add", [context, states]), f"{name}.attention.output.LayerNorm")
        inner = self.node("Gelu", [self.named_linear(states, f"{name}.intermediate.dense", smooth=True)])
        outer = self.named_linear(inner, f"{name}.output.dense", smooth=True)
        return self.layer_norm(self.node("Add", [outer, states]), f"{name}.output.LayerNorm")


@dataclass(slots=True)
class _Float(_Graph):
    def linear(self, states: str, name: str, matrix: FloatArray, bias: FloatArray, smooth: bool = False) -> str:
        axes = self.tensor(f"{name}.axes", np.array([0, 1], dtype=np.int64))
        for op, end in (("ReduceMin", "low"), ("ReduceMax", "high")):
            self.outputs.append(self.node(op, [states, axes], output=f"{name}.{end}", keepdims=0))
        product = self.node("MatMul", [states, self.tensor(f"{name}.weight", matrix)])
        return self.node("Add", [product, self.tensor(f"{name}.bias", bias)])


@dataclass(slots=True)
class _Integer(_Graph):
    ranges: Ranges = field(kw_only=True)

    def linear(self, states: str, name: str, matrix: FloatArray, bias: FloatArray, smooth: bool = False) -> str:
        values = self.ranges[name]
        if smooth:
            factors = smoothing_factors(values, matrix)
            matrix, values = matrix * factors[:, None], values / factors
            states = self.node("Mul", [states, self.tensor(f"{name}.smooth", 1 / factors)])
        scale, zero = affine(values)
        inputs = [self.tensor(f"{name}.input.scale", scale), self.tensor(f"{name}.input.zero", zero)]
        integers, scales = quantize_channels(matrix)
        stored = [self.tensor(f"{name}.int8", integers), inputs[0], self.tensor(f"{name}.scale", scales), inputs[1]]
        quantized = self.node("QuantizeLinear", [states, *inputs])
        return self.node("MatMulIntegerToFloat", [quantized, *stored, "", self.tensor(f"{name}.bias", bias)], FUSED)
