"""BERT weights to an int8 ONNX graph and a word table; the only import of onnx."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from index.bert import GRAPH_FILE, BertShape, FloatArray, Weights, WordTable

FUSED = "com.microsoft"


def export(weights: Weights, shape: BertShape, folder: Path) -> None:
    """Write the encoder of these weights into a folder, as int8 ONNX and a table of embeddings.

    `weights` are float32 under BertModel's own names, linear layers as (out, in). The graph takes summed
    embeddings (batch, length, hidden) and a mask (batch, length) and returns the last hidden states.
    """
    (folder / GRAPH_FILE).write_bytes(build_graph(weights, shape).SerializeToString())
    WordTable.write(weights, folder)


def build_graph(weights: Weights, shape: BertShape) -> ModelProto:
    """Return the encoder as an ONNX model, linear layers in int8 with one scale per output channel."""
    graph = _Graph(weights, shape)
    states = graph.layer_norm("embedded", "embeddings.LayerNorm")
    for layer in range(shape.layers):
        states = graph.layer(states, f"encoder.layer.{layer}")
    graph.node("Identity", [states], output="states")
    axes: list[str | int | None] = ["batch", "length", shape.hidden]
    body = helper.make_graph(
        graph.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, axes),
            helper.make_tensor_value_info("mask", TensorProto.INT32, axes[:2]),
        ],
        [helper.make_tensor_value_info("states", TensorProto.FLOAT, axes)],
        graph.tensors,
    )
    return helper.make_model(
        body, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(FUSED, 1)], ir_version=10
    )


def quantize_channels(matrix: FloatArray) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Return an (in, out) matrix as symmetric int8 and one scale per output channel."""
    scales = np.abs(matrix).max(axis=0) / 127
    scales[scales == 0] = 1
    return np.round(matrix / scales).astype(np.int8), scales.astype(np.float32)


@dataclass(slots=True)
class _Graph:
    weights: Weights
    shape: BertShape
    nodes: list[NodeProto] = field(default_factory=list)
    tensors: list[TensorProto] = field(default_factory=list)

    def node(self, op: str, inputs: list[str], domain: str = "", output: str = "", **attributes: Any) -> str:
        name = output or f"{op}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def tensor(self, name: str, values: npt.NDArray[np.generic]) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def linear(self, states: str, name: str, matrix: FloatArray, bias: FloatArray) -> str:
        """`matrix` is (out, in)."""
        values, scales = quantize_channels(matrix.T)
        inputs = [states, self.tensor(f"{name}.int8", values), self.tensor(f"{name}.scale", scales)]
        return self.node("DynamicQuantizeMatMul", [*inputs, "", self.tensor(f"{name}.bias", bias)], FUSED)

    def named_linear(self, states: str, name: str) -> str:
        return self.linear(states, name, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def layer_norm(self, states: str, name: str, residual: str = "") -> str:
        scale = self.tensor(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.tensor(f"{name}.bias", self.weights[f"{name}.bias"])
        if not residual:
            return self.node("LayerNormalization", [states, scale, bias], epsilon=self.shape.epsilon)
        inputs = [states, residual, scale, bias]
        return self.node("SkipLayerNormalization", inputs, FUSED, epsilon=self.shape.epsilon)

    def attention(self, states: str, name: str) -> str:
        parts = [f"{name}.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{part}.weight"] for part in parts])
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        joint = self.linear(states, f"{name}.self", matrix, bias)
        sizes = self.tensor(f"{name}.sizes", np.array([self.shape.hidden] * 3, dtype=np.int64))
        self.nodes.append(helper.make_node("Split", [joint, sizes], parts, name=f"{name}.split", axis=2))
        return self.node("MultiHeadAttention", [*parts, "", "mask"], FUSED, num_heads=self.shape.heads)

    def layer(self, states: str, name: str) -> str:
        context = self.named_linear(self.attention(states, f"{name}.attention"), f"{name}.attention.output.dense")
        states = self.layer_norm(context, f"{name}.attention.output.LayerNorm", states)
        inner = self.node("Gelu", [self.named_linear(states, f"{name}.intermediate.dense")])
        return self.layer_norm(self.named_linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm", states)
