"""A bundle's network as an ONNX graph, made from the weights alone: no TensorFlow, no tracing.

One graph serves a whole sequence and a single step. It takes what has come before as inputs and
gives it back as outputs, so a piece can be fed at once, in pieces, or token by token:

| input | shape | |
|---|---|---|
| `ids` | (B, T) | int64, tokens; a piece begins with the end token |
| `features` | (B, T, F) | int64, what is told beside each token (`musicrnn.tokens.features`) |
| `position` | () | int64, tokens fed before; only with a cycle or a stride |
| `state.N.h`, `state.N.c` | (B, U) | of each recurrent layer, zeros at the start |
| `keys`, `values` | (B, P, A) | of attention, P steps back; P = 0 at the start |
| `context` | (B, H) | of a network with a hidden layer, zeros at the start |

Outputs are `logits` (B, T, V) and for each state the same name with ``next.`` before it. The
equations are those of `musicrnn.models.config`; cells are ONNX's own operators where there are such
(Keras' gates i, f, c, o stand there as i, o, f, c), minGRU a `Scan`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from musicrnn.errors import MissingExtraError, ModelError
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import LAYER_NORM_EPSILON
from musicrnn.version import __version__

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

__all__ = ["to_onnx"]

#: the operators and the file format that runtimes of the last years know
_OPSET, _IR = 17, 8
_FLOAT, _INT = 1, 7  # TensorProto.FLOAT and INT64

Array = npt.NDArray[Any]


def to_onnx(bundle: Bundle) -> bytes:
    """The bytes of an ``.onnx`` file; its metadata hold configuration and vocabulary as JSON.

    Raises `MissingExtraError` without the package `onnx`, `ModelError` for a cell that has no
    graph.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingExtraError("writing ONNX", "onnx") from error
    model = _Network(bundle).model()
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


class _Graph:
    """Nodes as they are made. Values are named; a node's outputs are named after it."""

    def __init__(self, name: str, used: dict[str, int] | None = None) -> None:
        self.name = name
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, Array] = {}
        #: names are unlike in inner graphs too, which see the outer ones
        self._used = {} if used is None else used

    def inner(self, name: str) -> _Graph:
        """A graph inside this one: a branch, or the body of a loop."""
        return _Graph(name, self._used)

    def weight(self, name: str, array: Array) -> str:
        """A constant tensor under that name."""
        self.weights[name] = np.array(array, order="C")
        return name

    def integers(self, *values: int) -> str:
        """A vector of int64, which many operators want as an input."""
        return self.weight(self._unlike("integers"), np.array(values, np.int64))

    def scalar(self, value: int) -> str:
        """A number of int64."""
        return self.weight(self._unlike("scalar"), np.array(value, np.int64))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output, whose name is given."""
        return self.add_several(operator, *inputs, outputs=1, **attributes)[0]

    def add_several(
        self, operator: str, *inputs: str, outputs: int, **attributes: Any
    ) -> list[str]:
        """A node with several outputs, by name."""
        from onnx import helper

        made = [self._unlike(operator.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), made, **attributes))
        return made

    def name_output(self, value: str, name: str) -> None:
        """Give a value the name of an output."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def proto(
        self, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]
    ) -> GraphProto:
        """The finished graph."""
        from onnx import helper, numpy_helper

        tensors = [numpy_helper.from_array(array, name) for name, array in self.weights.items()]
        return helper.make_graph(self.nodes, self.name, inputs, outputs, tensors)

    def _unlike(self, stem: str) -> str:
        self._used[stem] = self._used.get(stem, 0) + 1
        return f"{stem}.{self._used[stem]}"


def _value(name: str, kind: int, *shape: int | str) -> ValueInfoProto:
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, shape)


class _Network:
    """The graph of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.config = bundle.config.model
        self.size = len(bundle.vocabulary)
        self.states = self._states()

    def _states(self) -> dict[str, tuple[int | str, ...]]:
        """Name → shape of all that is carried from step to step."""
        config = self.config
        states: dict[str, tuple[int | str, ...]] = {}
        for layer, units in enumerate(config.units):
            for kind in "hc"[: config.states_per_layer]:
                states[f"state.{layer}.{kind}"] = ("batch", units)
        if config.attention:
            states["keys"] = states["values"] = ("batch", "past", config.attention_width)
        if config.hidden:
            states["context"] = ("batch", config.hidden)
        return states

    def model(self) -> ModelProto:
        """The whole model."""
        from onnx import helper

        graph = _Graph(self.bundle.config.name)
        vectors = self._token_vectors(graph)
        if self.config.hidden:
            logits, after = self._with_hidden(graph, vectors)
        else:
            read, after = self._recurrence(graph, vectors, {name: name for name in self.states})
            logits = read
        graph.name_output(self._logits(graph, logits), "logits")
        for name, value in after.items():
            graph.name_output(value, f"next.{name}")
        inputs = [_value("ids", _INT, "batch", "time")]
        if self.config.features:
            inputs.append(_value("features", _INT, "batch", "time", len(self.config.features)))
        if self._counts:
            inputs.append(_value("position", _INT))
        inputs += [_value(name, _FLOAT, *shape) for name, shape in self.states.items()]
        outputs = [_value("logits", _FLOAT, "batch", "time", self.size)]
        outputs += [
            _value(f"next.{name}", _FLOAT, *("remembered" if d == "past" else d for d in shape))
            for name, shape in self.states.items()
        ]
        model = helper.make_model(
            graph.proto(inputs, outputs),
            producer_name="musicrnn",
            producer_version=__version__,
            opset_imports=[helper.make_opsetid("", _OPSET)],
            ir_version=_IR,
        )
        config = json.dumps(self.bundle.config.to_dict(), ensure_ascii=False)
        told = {"musicrnn.config": config, "musicrnn.vocabulary": self.bundle.vocabulary.to_json()}
        helper.set_model_props(model, told)
        return model

    @property
    def _counts(self) -> bool:
        """Whether it matters how many tokens came before."""
        return self.config.cycle > 0 or self.config.stride > 1

    # --- what goes in ---------------------------------------------------------------------------

    def _token_vectors(self, graph: _Graph) -> str:
        """(B, T, inputs): each token's vector, with those of its place and of its features."""
        weights, config = self.bundle.weights, self.config
        if config.embedding is None:
            ends = graph.weight("off_on", np.array([0, 1], np.float32))
            vectors = graph.add("OneHot", "ids", graph.integers(self.size), ends)
        else:
            table = graph.weight("embedding", weights["embedding"])
            vectors = graph.add("Gather", table, "ids")
        if config.cycle:
            places = graph.add("Mod", self._positions(graph), graph.scalar(config.cycle))
            table = graph.weight("cycle.vectors", weights["cycle.vectors"])
            vectors = graph.add("Add", vectors, graph.add("Gather", table, places))
        told = []
        for index, (name, _) in enumerate(config.features):
            values = graph.add("Gather", "features", graph.scalar(index), axis=2)
            table = graph.weight(f"feature.{name}", weights[f"feature.{name}"])
            told.append(graph.add("Gather", table, values))
        return graph.add("Concat", vectors, *told, axis=2) if told else vectors

    def _positions(self, graph: _Graph) -> str:
        """(T,): the number of each token in the piece, from 0."""
        return graph.add("Add", "position", self._range(graph, self._dimension(graph, "ids", 1)))

    @staticmethod
    def _range(graph: _Graph, end: str) -> str:
        return graph.add("Range", graph.scalar(0), end, graph.scalar(1))

    @staticmethod
    def _dimension(graph: _Graph, value: str, axis: int) -> str:
        """One number of a value's shape."""
        shape = graph.add("Shape", value)
        return graph.add("Gather", shape, graph.scalar(axis))

    # --- what is carried ------------------------------------------------------------------------

    def _recurrence(
        self, graph: _Graph, vectors: str, states: dict[str, str]
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
        self, graph: _Graph, layer: int, x: str, states: dict[str, str]
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
        self, graph: _Graph, layer: int, x: str, states: dict[str, str]
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
        body.nodes.append(_node("Add", [h, moved], [after]))
        body.name_output(after, out)
        shape = ("batch", units)
        inner = body.proto(
            [_value(name, _FLOAT, *shape) for name in (h, z, c)],
            [_value(name, _FLOAT, *shape) for name in (after, out)],
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
        self, graph: _Graph, x: str, states: dict[str, str]
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
        past = self._dimension(graph, states["keys"], 1)
        total = self._dimension(graph, keys, 1)
        # Of the pair i, key i and value i + 1, the query of step q is told where i < q ≤ i + steps.
        scores = graph.add("MatMul", query, graph.add("Transpose", keys, perm=[0, 2, 1]))
        asking = graph.add("Range", past, total, graph.scalar(1))
        asking = graph.add("Unsqueeze", asking, graph.integers(1))
        ages = graph.add("Sub", asking, self._range(graph, total))
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

    # --- a hidden layer, and a stride -----------------------------------------------------------

    def _with_hidden(self, graph: _Graph, vectors: str) -> tuple[str, dict[str, str]]:
        """The hidden layer's outputs (B, T, H): what the recurrent layers last said, joined with
        each token's own vector."""
        weights, stride = self.bundle.weights, self.config.stride
        states = {name: name for name in self.states if name != "context"}
        if stride == 1:
            contexts, after = self._contexts(graph, vectors, states)
        else:
            positions = self._positions(graph)
            # Tokens until the next step of the recurrent layers: −position modulo the stride.
            first = graph.add("Mod", graph.add("Neg", "position"), graph.scalar(stride))
            due = graph.add(
                "Slice",
                vectors,
                graph.add("Unsqueeze", first, graph.integers(0)),
                graph.integers(2**31 - 1),
                graph.integers(1),
                graph.integers(stride),
            )
            stepped, after = self._if_due(graph, due, states)
            before = graph.add("Unsqueeze", "context", graph.integers(1))
            both = graph.add("Concat", before, stepped, axis=1)
            # How many steps they have made among these tokens, up to and with each.
            made = graph.add("Div", graph.add("Add", positions, graph.scalar(stride)),
                             graph.scalar(stride))  # fmt: skip
            earlier = graph.add("Add", "position", graph.scalar(stride - 1))
            earlier = graph.add("Div", earlier, graph.scalar(stride))
            contexts = graph.add("Gather", both, graph.add("Sub", made, earlier), axis=1)
        last = graph.add("Slice", contexts, graph.integers(-1), graph.integers(2**31 - 1),
                         graph.integers(1))  # fmt: skip
        after["context"] = graph.add("Squeeze", last, graph.integers(1))
        own = graph.add("MatMul", vectors, graph.weight("hidden.kernel", weights["hidden.kernel"]))
        bias = graph.weight("hidden.bias", weights["hidden.bias"])
        joined = graph.add("Add", contexts, graph.add("Add", own, bias))
        return graph.add("Relu", joined), after

    def _contexts(
        self, graph: _Graph, vectors: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        x, after = self._recurrence(graph, vectors, states)
        weight = graph.weight("hidden.context", self.bundle.weights["hidden.context"])
        return graph.add("MatMul", x, weight), after

    def _if_due(
        self, graph: _Graph, due: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """`_contexts` of the tokens that are due, (B, 0, H) where there are none."""
        count = self._dimension(graph, due, 1)
        shapes = {"contexts": ("batch", "due", self.config.hidden)} | {
            name: self.states[name] for name in states
        }
        step = graph.inner("step")
        contexts, stepped = self._contexts(step, due, states)
        stay = graph.inner("stay")
        nothing = stay.add("Unsqueeze", "context", stay.integers(1))
        nothing = stay.add("Slice", nothing, stay.integers(0), stay.integers(0), stay.integers(1))
        for branch, values in ((step, {"contexts": contexts} | stepped),
                               (stay, {"contexts": nothing} | states)):  # fmt: skip
            for name in shapes:
                branch.name_output(values[name], f"{branch.name}.{name}")
        branches = {
            key: branch.proto(
                [], [_value(f"{branch.name}.{name}", _FLOAT, *_free(shape))
                     for name, shape in shapes.items()],
            )
            for key, branch in (("then_branch", step), ("else_branch", stay))
        }  # fmt: skip
        condition = graph.add("Greater", count, graph.scalar(0))
        found = graph.add_several("If", condition, outputs=len(shapes), **branches)
        values = dict(zip(shapes, found, strict=True))
        return values.pop("contexts"), values

    # --- what comes out -------------------------------------------------------------------------

    def _logits(self, graph: _Graph, x: str) -> str:
        weights = self.bundle.weights
        if not self.config.tie:
            x = graph.add("MatMul", x, graph.weight("dense.kernel", weights["dense.kernel"]))
        else:
            if "project.kernel" in weights:
                x = graph.add(
                    "MatMul", x, graph.weight("project.kernel", weights["project.kernel"])
                )
                bias = graph.weight("project.bias", weights["project.bias"])
                x = graph.add("Add", x, bias)
            x = graph.add("MatMul", x, graph.weight("embedding.T", weights["embedding"].T))
        return graph.add("Add", x, graph.weight("dense.bias", weights["dense.bias"]))


#: cell → ONNX's operator, where its gates stand among Keras', and what else it is told
_OPERATORS: Final[dict[str, tuple[str, tuple[int, ...], dict[str, Any]]]] = {
    "lstm": ("LSTM", (0, 3, 1, 2), {}),
    "gru": ("GRU", (0, 1, 2), {"linear_before_reset": 1}),
    "rnn": ("RNN", (0,), {}),
}


def _node(operator: str, inputs: list[str], outputs: list[str]) -> NodeProto:
    from onnx import helper

    return helper.make_node(operator, inputs, outputs)


def _free(shape: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The shape of a branch's output: lengths may differ between the branches."""
    return tuple(f"{d}.inner" if d in ("past", "due") else d for d in shape)
