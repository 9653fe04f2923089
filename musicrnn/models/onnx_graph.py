"""A bundle's network as an ONNX graph, made from the weights alone: no TensorFlow, no tracing.

One graph serves a whole sequence and a single step. It takes what has come before as inputs and
gives it back as outputs, so a piece can be fed at once, in pieces, or token by token:

| input | shape | |
|---|---|---|
| `ids` | (B, T) | int64, tokens; a piece begins with the end token |
| `features` | (B, T, F) | int64, the features of each token (`musicrnn.tokens.features`) |
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
from typing import TYPE_CHECKING

import numpy as np

from musicrnn.errors import MissingExtraError
from musicrnn.models.bundle import Bundle
from musicrnn.models.onnx_builder import FLOAT, INT, GraphBuilder, value_info
from musicrnn.models.onnx_recurrence import Recurrence
from musicrnn.version import __version__

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["to_onnx"]

#: the operators and the file format that runtimes of the last years know
_OPSET, _IR = 17, 8


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


class _Network:
    """The graph of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.config = bundle.config.model
        self.size = len(bundle.vocabulary)
        self.states = self._states()
        self.recurrence = Recurrence(bundle)

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

        graph = GraphBuilder(self.bundle.config.name)
        vectors = self._token_vectors(graph)
        if self.config.hidden:
            hidden, after = self._with_hidden(graph, vectors)
        else:
            states = {name: name for name in self.states}
            hidden, after = self.recurrence.add_to(graph, vectors, states)
        graph.name_output(self._logits(graph, hidden), "logits")
        for name, value in after.items():
            graph.name_output(value, f"next.{name}")
        inputs = [value_info("ids", INT, "batch", "time")]
        if self.config.features:
            inputs.append(value_info("features", INT, "batch", "time", len(self.config.features)))
        if self._counts:
            inputs.append(value_info("position", INT))
        inputs += [value_info(name, FLOAT, *shape) for name, shape in self.states.items()]
        outputs = [value_info("logits", FLOAT, "batch", "time", self.size)]
        outputs += [
            value_info(f"next.{name}", FLOAT, *("remembered" if d == "past" else d for d in shape))
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
        metadata = {
            "musicrnn.config": config,
            "musicrnn.vocabulary": self.bundle.vocabulary.to_json(),
        }
        helper.set_model_props(model, metadata)
        return model

    @property
    def _counts(self) -> bool:
        """Whether it matters how many tokens came before."""
        return self.config.cycle > 0 or self.config.stride > 1

    # --- what goes in ---------------------------------------------------------------------------

    def _token_vectors(self, graph: GraphBuilder) -> str:
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
        features = []
        for index, (name, _) in enumerate(config.features):
            values = graph.add("Gather", "features", graph.scalar(index), axis=2)
            table = graph.weight(f"feature.{name}", weights[f"feature.{name}"])
            features.append(graph.add("Gather", table, values))
        return graph.add("Concat", vectors, *features, axis=2) if features else vectors

    def _positions(self, graph: GraphBuilder) -> str:
        """(T,): the number of each token in the piece, from 0."""
        return graph.add("Add", "position", graph.range(graph.dimension("ids", 1)))

    # --- a hidden layer, and a stride -----------------------------------------------------------

    def _with_hidden(self, graph: GraphBuilder, vectors: str) -> tuple[str, dict[str, str]]:
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
        self, graph: GraphBuilder, vectors: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        x, after = self.recurrence.add_to(graph, vectors, states)
        weight = graph.weight("hidden.context", self.bundle.weights["hidden.context"])
        return graph.add("MatMul", x, weight), after

    def _if_due(
        self, graph: GraphBuilder, due: str, states: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """`_contexts` of the tokens that are due, (B, 0, H) where there are none."""
        count = graph.dimension(due, 1)
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
                [], [value_info(f"{branch.name}.{name}", FLOAT, *_free(shape))
                     for name, shape in shapes.items()],
            )
            for key, branch in (("then_branch", step), ("else_branch", stay))
        }  # fmt: skip
        condition = graph.add("Greater", count, graph.scalar(0))
        outputs = graph.add_several("If", condition, outputs=len(shapes), **branches)
        values = dict(zip(shapes, outputs, strict=True))
        return values.pop("contexts"), values

    # --- what comes out -------------------------------------------------------------------------

    def _logits(self, graph: GraphBuilder, x: str) -> str:
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


def _free(shape: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The shape of a branch's output: lengths may differ between the branches."""
    return tuple(f"{d}.inner" if d in ("past", "due") else d for d in shape)
