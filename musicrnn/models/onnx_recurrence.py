"""The recurrent layers and attention of a network as nodes of an ONNX graph."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from musicrnn.errors import ModelError
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import LAYER_NORM_EPSILON
from musicrnn.models.onnx_builder import FLOAT, Array, GraphBuilder, value_info

__all__ = ["Recurrence"]

#: cell → ONNX's operator, where its gates stand among Keras', and its other attributes
_OPERATORS: Final[dict[str, tuple[str, tuple[int, ...], dict[str, Any]]]] = {
    "lstm": ("LSTM", (0, 3, 1, 2), {}),
    "gru": ("GRU", (0, 1, 2), {"linear_before_reset": 1}),
    "rnn": ("RNN", (0,), {}),
}


class Recurrence:
    """The part of a bundle's network that carries states from step to step."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.config = bundle.config.model

    def add_to(
        self, graph: GraphBuilder, vectors: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """The recurrent layers and attention over (B, T, inputs): their output (B, T, U) and the
        states after it."""
        x = vectors
        after: dict[str, str] = {}
        for layer in range(len(self.config.units)):
            x, own = self._layer(graph, layer, x, states)
            after |= own
            if self.config.layer_norm:
                x = graph.add(
                    "LayerNormalization",
                    x,
                    graph.weight(f"norm.{layer}.gamma", self.bundle.weights[f"norm.{layer}.gamma"]),
                    graph.weight(f"norm.{layer}.beta", self.bundle.weights[f"norm.{layer}.beta"]),
                    axis=-1,
                    epsilon=LAYER_NORM_EPSILON,
                )
        if self.config.attention:
            x, own = self._attention(graph, x, states)
            after |= own
        return x, after

    def _layer(
        self, graph: GraphBuilder, layer: int, x: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        cell, units = self.config.cell, self.config.units[layer]
        if cell == "mingru":
            return self._mingru(graph, layer, x, states)
        if cell not in _OPERATORS:
            raise ModelError(f"the cell {cell} has no graph in ONNX yet")
        operator, order, attributes = _OPERATORS[cell]
        weights = self.bundle.weights

        def gates(array: Array) -> Array:
            """(rows, gates·U) → (1, gates·U, rows) in ONNX's order."""
            split = np.split(array, len(order), axis=-1)
            return np.concatenate([split[gate] for gate in order], axis=-1).T[None]

        bias = np.atleast_2d(weights[f"rnn.{layer}.bias"])
        second = bias[1] if len(bias) == 2 else np.zeros_like(bias[0])
        biases = np.concatenate([gates(bias[:1])[0, :, 0], gates(second[None])[0, :, 0]])
        names = [f"state.{layer}.{kind}" for kind in "hc"[: self.config.states_per_layer]]
        start = [graph.add("Unsqueeze", states[name], graph.integers(0)) for name in names]
        outputs = graph.add_several(
            operator,
            graph.add("Transpose", x, perm=[1, 0, 2]),
            graph.weight(f"rnn.{layer}.W", gates(weights[f"rnn.{layer}.kernel"])),
            graph.weight(f"rnn.{layer}.R", gates(weights[f"rnn.{layer}.recurrent_kernel"])),
            graph.weight(f"rnn.{layer}.B", biases[None]),
            "",
            *start,
            outputs=1 + len(names),
            hidden_size=units,
            **attributes,
        )
        # (T, directions, B, U)
        y = graph.add("Squeeze", outputs[0], graph.integers(1))
        after = {
            name: graph.add("Squeeze", value, graph.integers(0))
            for name, value in zip(names, outputs[1:], strict=True)
        }
        return graph.add("Transpose", y, perm=[1, 0, 2]), after

    def _mingru(
        self, graph: GraphBuilder, layer: int, x: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """h ← (1 − z)·h + z·candidate, neither of which knows h: one product for all steps."""
        weights, units = self.bundle.weights, self.config.units[layer]
        kernel = graph.weight(f"rnn.{layer}.kernel", weights[f"rnn.{layer}.kernel"])
        bias = graph.weight(f"rnn.{layer}.bias", weights[f"rnn.{layer}.bias"])
        sums = graph.add("Add", graph.add("MatMul", x, kernel), bias)
        gate, candidate = graph.add_several(
            "Split", sums, graph.integers(units, units), outputs=2, axis=2
        )
        body = graph.inner(f"mingru.{layer}")
        h, z, c, after, out = (f"mingru.{layer}.{name}" for name in ("h", "z", "c", "after", "out"))
        moved = body.add("Mul", z, body.add("Sub", c, h))
        body.add_named("Add", [h, moved], after)
        body.name_output(after, out)
        shape = ("batch", units)
        inner = body.proto(
            [value_info(name, FLOAT, *shape) for name in (h, z, c)],
            [value_info(name, FLOAT, *shape) for name in (after, out)],
        )
        name = f"state.{layer}.h"
        last, y = graph.add_several(
            "Scan",
            states[name],
            graph.add("Sigmoid", gate),
            candidate,
            outputs=2,
            body=inner,
            num_scan_inputs=2,
            scan_input_axes=[1, 1],
            scan_output_axes=[1],
        )
        return y, {name: last}

    def _attention(
        self, graph: GraphBuilder, x: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """Beside the key of each earlier step its follower's value (`musicrnn.models.config`)."""
        weights, steps = self.bundle.weights, self.config.attention

        def product(value: str, name: str) -> str:
            return graph.add("MatMul", value, graph.weight(name, weights[name]))

        bias = graph.weight("attention.query_bias", weights["attention.query_bias"])
        root = np.array(np.sqrt(self.config.attention_width), np.float32)
        query = graph.add("Div", graph.add("Add", product(x, "attention.query"), bias),
                          graph.weight("attention.root", root))  # fmt: skip
        keys = graph.add("Concat", states["keys"], product(x, "attention.key"), axis=1)
        values = graph.add("Concat", states["values"], product(x, "attention.value"), axis=1)
        past = graph.dimension(states["keys"], 1)
        total = graph.dimension(keys, 1)
        # Of the pair i, key i and value i + 1, the query of step q sees i < q ≤ i + steps.
        scores = graph.add("MatMul", query, graph.add("Transpose", keys, perm=[0, 2, 1]))
        asking = graph.add("Range", past, total, graph.scalar(1))
        asking = graph.add("Unsqueeze", asking, graph.integers(1))
        ages = graph.add("Sub", asking, graph.range(total))
        seen = graph.add(
            "And",
            graph.add("Greater", ages, graph.scalar(0)),
            graph.add("LessOrEqual", ages, graph.scalar(steps)),
        )
        never = graph.weight("never", np.array(-np.inf, np.float32))
        scores = graph.add("Where", seen, scores, never)
        # The softmax over these scores and 0, which reads nothing: a column of zeros.
        nowhere = graph.add("Slice", query, graph.integers(0), graph.integers(1), graph.integers(2))
        nowhere = graph.add("Mul", nowhere, graph.weight("zero", np.zeros((), np.float32)))
        shares = graph.add("Softmax", graph.add("Concat", nowhere, scores, axis=2), axis=2)
        # Column 0 reads nothing, column i + 1 the value i + 1: the first value is never read.
        none = graph.add("Slice", values, graph.integers(0), graph.integers(1), graph.integers(1))
        none = graph.add("Mul", none, "zero")
        followers = graph.add("Slice", values, graph.integers(1), graph.integers(2**31 - 1),
                              graph.integers(1))  # fmt: skip
        read = graph.add("MatMul", shares, graph.add("Concat", none, followers, none, axis=1))
        kept = (graph.integers(-(steps + 1)), graph.integers(2**31 - 1), graph.integers(1))
        after = {
            "keys": graph.add("Slice", keys, *kept),
            "values": graph.add("Slice", values, *kept),
        }
        return graph.add("Add", x, product(read, "attention.result")), after
