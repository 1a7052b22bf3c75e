"""ONNX's messages as they are written here, read by ONNX's own library."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from onnx import helper, numpy_helper

from index.encoding import onnx_format


def whole(nodes: list[bytes], tensors: list[bytes], length: int | str = "length") -> bytes:
    inputs = [onnx_format.float_value("a", (1, length))]
    outputs = [onnx_format.float_value("b", (1, length))]
    graph = onnx_format.graph("small", nodes, tensors, inputs, outputs)
    return onnx_format.model(graph, {"": 20, "com.microsoft": 1})


def test_a_model_is_byte_for_byte_what_the_library_writes() -> None:
    weights = np.array([[0.5, -2]], np.float32)
    written = whole(
        [
            onnx_format.node("LayerNormalization", ["a", "w", ""], ["n"], "norm", "", {"epsilon": 1e-12}),
            onnx_format.node("Split", ["n"], ["b", "c"], "split", "com.microsoft", {"axis": 300}),
        ],
        [onnx_format.tensor("w", weights)],
    )
    norm = helper.make_node("LayerNormalization", ["a", "w", ""], ["n"], name="norm", epsilon=1e-12)
    split = helper.make_node("Split", ["n"], ["b", "c"], name="split", domain="com.microsoft", axis=300)
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, (1, "length")) for name in "ab"]
    graph = helper.make_graph([norm, split], "small", ends[:1], ends[1:], [numpy_helper.from_array(weights, "w")])
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    wanted = helper.make_model(graph, opset_imports=opsets, ir_version=onnx_format.IR_VERSION)
    assert written == wanted.SerializeToString()


def test_a_model_passes_the_librarys_own_checks() -> None:
    add = onnx_format.node("Add", ["a", "한"], ["b"], "더하기", "", {})
    model = onnx.load_model_from_string(whole([add], [onnx_format.tensor("한", np.ones(1, np.float32))], 1 << 40))
    onnx.checker.check_model(model, full_check=True)
    assert model.graph.input[0].type.tensor_type.shape.dim[1].dim_value == 1 << 40


@pytest.mark.parametrize("kind", [np.float32, np.uint8, np.int8, np.int64])
@given(data=st.data())
def test_an_array_comes_back_bit_for_bit(kind: type[np.generic], data: st.DataObject) -> None:
    values: npt.NDArray[np.generic] = data.draw(arrays(kind, array_shapes(min_dims=0, max_dims=3, min_side=0)))
    read = numpy_helper.to_array(onnx.TensorProto.FromString(onnx_format.tensor("name", values.T)))
    assert (read.dtype, read.shape) == (values.dtype, values.T.shape)
    assert read.tobytes() == values.T.tobytes()


def test_an_array_in_the_other_byte_order_comes_back_with_its_values() -> None:
    values = np.array([1, -2, 1 << 40], ">i8")
    read = numpy_helper.to_array(onnx.TensorProto.FromString(onnx_format.tensor("name", values)))
    assert read.tolist() == values.tolist()


def test_an_array_of_another_type_is_refused() -> None:
    with pytest.raises(KeyError, match="float64"):
        onnx_format.tensor("name", np.zeros(1))
