"""ONNX models as bytes: of onnx.proto, the messages that a graph written here is made of.

A message is its fields in protobuf's wire format: a number and a kind, then the value. Fields come in the order of
their numbers, as protobuf's own writers put them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Message = bytes
Axes = Sequence[int | str]
"""The size of each axis, or the name of one whose size is not known."""
Attributes = Mapping[str, int | float]

IR_VERSION = 10
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE = 1, 2
_TENSOR_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}

_VARINT, _BYTES, _FIXED32 = 0, 2, 5


def model(graph: Message, opsets: Mapping[str, int]) -> Message:
    """Return a ModelProto: a graph, and the version of each domain of operators that it uses."""
    imports = (_field(8, _field(1, domain) + _field(2, version)) for domain, version in opsets.items())
    return _field(1, IR_VERSION) + _field(7, graph) + b"".join(imports)


def graph(
    name: str,
    nodes: Iterable[Message],
    tensors: Iterable[Message],
    inputs: Iterable[Message],
    outputs: Iterable[Message],
) -> Message:
    """Return a GraphProto: its nodes in the order in which they run, and its constant tensors."""
    parts = ((1, nodes), (2, (name,)), (5, tensors), (11, inputs), (12, outputs))
    return b"".join(_field(number, value) for number, values in parts for value in values)


def node(
    op: str, inputs: Sequence[str], outputs: Sequence[str], name: str, domain: str, attributes: Attributes
) -> Message:
    """Return a NodeProto; an input that an operator may lack has the empty name, as ONNX's own domain has."""
    named = b"".join(_field(number, name) for number, names in ((1, inputs), (2, outputs)) for name in names)
    described = _field(3, name) + _field(4, op) + b"".join(_field(5, _attribute(*pair)) for pair in attributes.items())
    return named + described + (_field(7, domain) if domain else b"")


def tensor(name: str, values: npt.NDArray[np.generic]) -> Message:
    """Return a TensorProto that holds an array of one of the types float32, uint8, int8 and int64."""
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    sizes = b"".join(_field(1, size) for size in values.shape)
    return sizes + _field(2, _TENSOR_TYPES[values.dtype.name]) + _field(8, name) + _field(9, little.tobytes())


def float_value(name: str, axes: Axes) -> Message:
    """Return the ValueInfoProto of an input or output of float32."""
    sizes = (_field(1, _field(1 if isinstance(axis, int) else 2, axis)) for axis in axes)
    kind = _field(1, _field(1, _TENSOR_TYPES["float32"]) + _field(2, b"".join(sizes)))
    return _field(1, name) + _field(2, kind)


def _attribute(name: str, value: int | float) -> Message:
    number, kind = (2, _FLOAT_ATTRIBUTE) if isinstance(value, float) else (3, _INT_ATTRIBUTE)
    return _field(1, name) + _field(number, value) + _field(20, kind)


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """Return one field: an int as a varint, a float in 32 bits, a text or a message after its length."""
    if isinstance(value, float):
        return _varint(number << 3 | _FIXED32) + struct.pack("<f", value)
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    """Return a number in groups of 7 bits, the lowest first, all but the last with their top bit set."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)
