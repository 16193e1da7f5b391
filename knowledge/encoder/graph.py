"""Writes a built-in encoder as an ONNX graph that computes in 8-bit integers.

In: `input_ids` and `attention_mask`, int64, batch x tokens. Out: `embedding`, float32, batch x hidden: the mean of the
last layer over the tokens that the mask keeps, scaled to length 1.

Two choices carry the quality (docs/decisions.md has the figures). The word table keeps its weights exactly. The
linear layers become int8 with one scale per token for their inputs: with one scale per batch, as quantising tools do
it, a text's vector would depend on the texts beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

from knowledge.encoder.weights import BLOCK, Matrix, Source

RUNTIME = "com.microsoft"  # the operators that ONNX Runtime adds to the standard
OPSET, RUNTIME_OPSET, IR_VERSION = 21, 1, 10  # what ONNX Runtime 1.23 and newer read
WEIGHT_TOP = 63  # 7 bits: two products then fit the 16 bits in which CPUs without VNNI add them
INPUT_STEP, INPUT_ZERO = 1 / 127, 128  # an input divided by its token's largest: -1 to 1 becomes 1 to 255
MASKED = -1e9  # added to an attention score, leaves nothing of it after the softmax


def onnx_model(weights: Source) -> bytes:
    """The whole model as the bytes of an ONNX file; the same weights give the same bytes."""
    graph = _Graph()
    encoder = _Encoder(graph, weights)
    mask = graph.apply("Cast", "attention_mask", to=TensorProto.FLOAT)
    absent = graph.apply("Sub", graph.constant("one", np.float32(1)), mask)
    absent = graph.apply("Mul", absent, graph.constant("masked", np.float32(MASKED)))
    absent = graph.apply("Unsqueeze", absent, graph.integers(1, 2))  # the same for every head and every looking token

    hidden = encoder.normalise(graph.apply("Add", encoder.words(), encoder.positions()), "emb.ln")
    for layer in range(weights.layers):
        hidden = encoder.layer(hidden, absent, f"l{layer}.")

    total = graph.apply("MatMul", graph.apply("Unsqueeze", mask, graph.integers(1)), hidden)
    total = graph.apply("Squeeze", total, graph.integers(1))
    graph.apply_as(["embedding"], "LpNormalization", total, axis=-1, p=2)  # the sum has the direction of the mean
    return graph.model(weights.hidden)


class _Encoder:
    """The pieces of a BERT encoder, from weights to operators; tensors have the names of the weights file."""

    def __init__(self, graph: _Graph, weights: Source) -> None:
        self._graph = graph
        self._weights = weights

    def words(self) -> str:
        table = self._weights.matrix("emb.word", self._weights.hidden)
        used = len(self._weights.pieces)  # the table has some rows more, which no piece points at
        if isinstance(table, Matrix):
            stored = self._graph.int4("emb.word", table.nibbles[:used])
        else:
            stored = self._graph.constant("emb.word", table.numbers[:used])
        scales = self._graph.constant("emb.word scales", table.scales[:used].astype(np.float32))
        if isinstance(table, Matrix):
            axes = {"gather_axis": 0, "quantize_axis": 1, "block_size": BLOCK}
            return self._graph.apply("GatherBlockQuantized", stored, "input_ids", scales, domain=RUNTIME, **axes)
        numbers = self._graph.apply("Cast", self._graph.apply("Gather", stored, "input_ids"), to=TensorProto.FLOAT)
        return self._graph.apply("Mul", numbers, self._graph.apply("Gather", scales, "input_ids"))

    def positions(self) -> str:
        width = self._weights.hidden
        segment = self._weights.vector("emb.type")[:width]  # texts have one segment: the first
        table = self._weights.vector("emb.pos").reshape(-1, width) + segment
        first, length = self._graph.integers(0), self._graph.apply("Shape", "input_ids", start=1, end=2)
        return self._graph.apply("Slice", self._graph.constant("emb.pos", table), first, length, first)

    def layer(self, hidden: str, absent: str, name: str) -> str:
        """Look at the other tokens, then think about each alone; both are added to what was there."""
        seen = self.attention(hidden, absent, name)
        seen = self.linear(seen, f"{name}ao", self._weights.matrix(f"{name}ao.w", self._weights.hidden).values())
        hidden = self.normalise(self._graph.apply("Add", seen, hidden), f"{name}aln")
        wide = self.linear(hidden, f"{name}fi", self._weights.matrix(f"{name}fi.w", self._weights.hidden).values())
        width = len(self._weights.vector(f"{name}fi.b"))
        narrow = self._weights.matrix(f"{name}fo.w", width).values()
        thought = self.linear(self._graph.apply("Gelu", wide), f"{name}fo", narrow)
        return self.normalise(self._graph.apply("Add", thought, hidden), f"{name}oln")

    def attention(self, hidden: str, absent: str, name: str) -> str:
        """One product makes queries, keys and values; each head then works on its own part of them."""
        graph, heads, width = self._graph, self._weights.heads, self._weights.hidden
        matrix = np.concatenate([self._weights.matrix(f"{name}{part}.w", width).values() for part in "qkv"])
        bias = np.concatenate([self._weights.vector(f"{name}{part}.b") for part in "qkv"])
        product = self.linear(hidden, f"{name}qkv", matrix, bias)

        by_head = graph.integers(0, 0, heads, width // heads)
        queries, keys, values = (graph.apply("Reshape", part, by_head) for part in graph.split(product, 3))
        queries, values = (graph.apply("Transpose", part, perm=(0, 2, 1, 3)) for part in (queries, values))
        keys = graph.apply("Transpose", keys, perm=(0, 2, 3, 1))
        scale = graph.constant("attention scale", np.float32((width // heads) ** -0.5))
        scores = graph.apply("Mul", graph.apply("MatMul", queries, keys), scale)
        shares = graph.apply("Softmax", graph.apply("Add", scores, absent), axis=-1)
        seen = graph.apply("Transpose", graph.apply("MatMul", shares, values), perm=(0, 2, 1, 3))
        return graph.apply("Reshape", seen, graph.integers(0, 0, width))

    def linear(
        self, inputs: str, name: str, values: NDArray[np.float32], bias: NDArray[np.float32] | None = None
    ) -> str:
        """inputs x values + bias, multiplied in integers: one scale per token, one per output."""
        graph = self._graph
        scales = np.abs(values).max(axis=1) / WEIGHT_TOP
        rounded = np.rint(values / scales[:, None]).astype(np.int8).T
        largest = graph.apply("ReduceMax", graph.apply("Abs", inputs), graph.integers(-1), keepdims=1)
        step = graph.constant("input step", np.float32(INPUT_STEP))
        zero = graph.constant("input zero", np.uint8(INPUT_ZERO))
        small = graph.apply("QuantizeLinear", graph.apply("Div", inputs, largest), step, zero)
        factors = (small, graph.constant(f"{name}.w", rounded), step, graph.constant(f"{name} scales", scales), zero)
        product = graph.apply("MatMulIntegerToFloat", *factors, domain=RUNTIME)
        product = graph.apply("Mul", product, largest)
        added = self._weights.vector(f"{name}.b") if bias is None else bias
        return graph.apply("Add", product, graph.constant(f"{name}.b", added))

    def normalise(self, value: str, name: str) -> str:
        gain, shift = (self._graph.constant(f"{name}.{part}", self._weights.vector(f"{name}.{part}")) for part in "wb")
        return self._graph.apply("LayerNormalization", value, gain, shift, axis=-1, epsilon=self._weights.epsilon)


class _Graph:
    """Operators and constants in the order of their making; every value is known by its name."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def constant(self, name: str, value: ArrayLike) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant(f"integers {values}", np.array(values, np.int64))

    def int4(self, name: str, nibbles: NDArray[np.uint8]) -> str:
        """A table of signed 4-bit numbers, given as number + 8; two in a byte, the first one low."""
        signed = nibbles ^ 8
        packed = signed[:, 0::2] | (signed[:, 1::2] << 4)
        table = TensorProto(name=name, data_type=TensorProto.INT4, dims=nibbles.shape, raw_data=packed.tobytes())
        self._constants[name] = table
        return name

    def apply(self, operator: str, *inputs: str, **attributes: Any) -> str:
        return self.apply_as([f"{operator} {len(self._nodes)}"], operator, *inputs, **attributes)[0]

    def apply_as(self, outputs: Sequence[str], operator: str, *inputs: str, **attributes: Any) -> Sequence[str]:
        self._nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs

    def split(self, value: str, parts: int) -> Sequence[str]:
        """Cut the last axis of a batch x tokens x width value into equal parts."""
        outputs = [f"Split {len(self._nodes)} part {part}" for part in range(parts)]
        return self.apply_as(outputs, "Split", value, axis=2, num_outputs=parts)

    def model(self, hidden: int) -> bytes:
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", hidden])
        graph = helper.make_graph(self._nodes, "encoder", inputs, [output], list(self._constants.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, RUNTIME_OPSET)]
        model: onnx.ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        written: bytes = model.SerializeToString(deterministic=True)
        return written
