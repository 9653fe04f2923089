"""One step of the network in NumPy, for one tune or a batch: what generation runs on.

The equations are those of `musicrnn.models.cells`; the weights are those of a `Bundle`. Three
rewritings make a step cheap and change nothing but the last bits:

- the first layer's input product is a table, because its input is one of V tokens;
- the input and recurrent products of the other layers are one product of the two side by side;
- σ(x) is (1 + tanh(x/2))/2, with the half folded into the weights, so that one `tanh` call
  serves all gates.

A single row goes through matrix-vector products, which read the weights at the memory's speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn.errors import VocabularyError
from musicrnn.models.bundle import Bundle
from musicrnn.models.cells import CELLS, Cell
from musicrnn.models.config import LAYER_NORM_EPSILON
from musicrnn.sampling.attention import Attention, Memory
from musicrnn.sampling.blas import Matrix, one_thread

__all__ = ["Engine", "Saved", "State"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.intp]

_NONE: FloatArray = np.zeros(0, np.float32)


@dataclass(frozen=True)
class Saved:
    """Where one row was: what `State.save` gives and `State.restore` takes. What attention looks
    back at is not in it, since it stands in the row's own memory still."""

    layers: list[list[FloatArray]]  # for each layer h, and c for an LSTM, each (U,)
    position: int
    place: Any = None


@dataclass
class State:
    """What the recurrent layers carry: for each layer h, and c for an LSTM, each (batch, U); how
    many steps each row has made, int (batch,), which says where in its cycle the next token is;
    where its piece stands (`tokens.features`), one a row, for a model with features; and what
    attention looks back at, if there is any."""

    layers: list[list[FloatArray]]
    positions: IntArray
    places: list[Any] = field(default_factory=list)
    memory: Memory | None = None
    #: tokens to a step of the recurrent layers; above 1 what they say goes to a last "layer", since
    #: it holds until their next step
    stride: int = 1

    def keep(self, rows: Sequence[int] | IntArray) -> State:
        """The state of some rows only, copied; a row may be named more than once."""
        picked = np.asarray(rows, np.intp)
        return State(
            [[array[picked] for array in arrays] for arrays in self.layers],
            self.positions[picked],
            [self.places[row] for row in picked.tolist()] if self.places else [],
            self.memory and self.memory.keep(picked),
            self.stride,
        )

    def save(self, rows: Sequence[int] | IntArray) -> list[Saved]:
        """Where these rows are now, so that each can be put back there."""
        picked = np.asarray(rows, np.intp)
        copies = [[array[picked] for array in arrays] for arrays in self.layers]
        return [
            Saved(
                [[array[i] for array in arrays] for arrays in copies],
                int(self.positions[row]),
                self.places[row] if self.places else None,
            )
            for i, row in enumerate(picked.tolist())
        ]

    def restore(self, rows: Sequence[int] | IntArray, saved: Sequence[Saved]) -> None:
        """Put each of `rows` back where it, or a row it was copied from, was saved.

        The others stay where they are. Raises `ValueError` where attention has forgotten what it
        would look at there: it looks back over N steps and remembers `attention.SLACK` more.
        """
        picked = np.asarray(rows, np.intp)
        if not picked.size:
            return
        positions = np.array([one.position for one in saved], np.intp)
        if self.memory is not None:
            self.memory.check_return(picked, -(-positions // self.stride))
        for layer, arrays in enumerate(self.layers):
            for kind, array in enumerate(arrays):
                array[picked] = [one.layers[layer][kind] for one in saved]
        self.positions[picked] = positions
        if self.places:
            for row, one in zip(picked.tolist(), saved, strict=True):
                self.places[row] = one.place

    def copy(self, source: int, rows: Sequence[int] | IntArray, *, since: int = 0) -> None:
        """Put `rows` where the row `source` is.

        Where these rows went the same way up to step `since`, only what attention remembers from
        there on is copied.
        """
        picked = np.asarray(rows, np.intp)
        for arrays in self.layers:
            for array in arrays:
                array[picked] = array[source]
        if self.memory is not None:
            last = -(-int(self.positions[source]) // self.stride)
            self.memory.copy(source, picked, since // self.stride, last)
        self.positions[picked] = self.positions[source]
        if self.places:
            for row in picked.tolist():
                self.places[row] = self.places[source]


@dataclass(frozen=True)
class _Layer:
    """One recurrent layer. The first has `table`, token → input product with bias, and for a model
    with a cycle one such table for each place; the others have input rows stacked over recurrent
    rows in `matrix`, and so has the first for the features of a token. What a layer lacks is
    empty."""

    cell: Cell
    units: int
    matrix: Matrix | None  # (inputs + U, gates·U); (U, gates·U) where the cell does not sum
    bias: FloatArray  # (gates·U,)
    table: FloatArray  # (cycle · V, gates·U), or (0,)
    inputs: Matrix | None  # the input kernel beside it, where the cell does not sum
    recurrent_bias: FloatArray  # the second bias, or (0,)
    norm: tuple[FloatArray, FloatArray] | None


@dataclass(frozen=True)
class _Hidden:
    """The layer that joins each token's vector with what the recurrent layers say."""

    context: Matrix  # (U, H)
    kernel: Matrix  # (features · W, H)
    table: FloatArray  # token → its product with the kernel, and the bias, (cycle · V, H)

    @classmethod
    def of(cls, bundle: Bundle) -> _Hidden:
        weights, model = bundle.weights, bundle.config.model
        kernel = weights["hidden.kernel"]
        embedding = _inputs(bundle)
        assert embedding is not None  # the configuration says so
        own = len(kernel) - len(model.features) * model.feature_width
        return cls(
            Matrix(weights["hidden.context"]),
            Matrix(kernel[own:]),
            np.asarray(embedding @ kernel[:own] + weights["hidden.bias"]),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of weights that a step reads, at the most."""
        return self.context.nbytes + self.kernel.nbytes


class Engine:
    """Next-token logits from a bundle's weights, without TensorFlow.

    >>> engine = Engine(bundle)                        # doctest: +SKIP
    >>> state = engine.start(batch=1)                  # doctest: +SKIP
    >>> logits = engine.step(state, [end_id])          # doctest: +SKIP
    """

    @one_thread()
    def __init__(self, bundle: Bundle) -> None:
        self.vocabulary = bundle.vocabulary
        model = bundle.config.model
        self._cycle = model.cycle
        self._features = bundle.features
        self._vectors, self._offsets = _told(bundle)
        inputs = _inputs(bundle)
        self._layers = [_prepared(bundle, layer, inputs) for layer in range(len(model.units))]
        self._attention = Attention(bundle.weights, model.attention) if model.attention else None
        self._outputs, self._output_bias = _output(bundle)
        self._stride = model.stride
        self._hidden = _Hidden.of(bundle) if model.hidden else None

    @property
    def bytes_per_step(self) -> int:
        """Bytes of weights that a step reads (without the one row of the input table)."""
        matrices = [matrix for layer in self._layers for matrix in (layer.matrix, layer.inputs)]
        layers = sum(matrix.nbytes for matrix in matrices if matrix)
        attention = self._attention.nbytes if self._attention else 0
        hidden = self._hidden.nbytes if self._hidden else 0
        return layers + attention + hidden + self._outputs.nbytes

    def start(self, batch: int = 1) -> State:
        """The state before the first token: zeros for `batch` rows."""
        layers = [
            [np.zeros((batch, layer.units), np.float32) for _ in range(layer.cell.states)]
            for layer in self._layers
        ]
        if self._hidden is not None:
            layers.append([np.zeros((batch, self._hidden.context.shape[1]), np.float32)])
        return State(
            layers,
            np.zeros(batch, np.intp),
            [None] * batch if self._features else [],
            memory=self._attention.start(batch) if self._attention else None,
            stride=self._stride,
        )

    def step(self, state: State, ids: Sequence[int] | IntArray) -> FloatArray:
        """Feed one token a row; returns logits (batch, V) and changes `state`.

        The rows may have made different numbers of steps (see `State.restore`).
        Raises `VocabularyError` for an id that is no row of the vocabulary.
        """
        rows = np.asarray(ids, np.intp)
        if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < len(self.vocabulary):
            raise VocabularyError(f"an id is outside the vocabulary of {len(self.vocabulary)}")
        x = self._told(state, rows) if self._features else _NONE
        if self._cycle:
            rows = rows + state.positions % self._cycle * len(self.vocabulary)
        if self._hidden is not None:
            x = self._joined(state, rows, x, self._hidden)
        else:
            x = self._recurrent(state, rows, x)
        state.positions += 1
        return self._outputs.product(x) + self._output_bias

    def _recurrent(self, state: State, ids: IntArray, x: FloatArray) -> FloatArray:
        """The output of the recurrent layers, and of attention, after a step of every row."""
        for layer, arrays in zip(self._layers, state.layers, strict=False):  # a hidden one is last
            arrays[:] = _advanced(layer, arrays, ids, x)
            x = _normalised(arrays[0], layer.norm)
        if self._attention and state.memory:
            x = self._attention.read(x, state.memory, state.positions // self._stride)
        return x

    def _joined(
        self, state: State, ids: IntArray, vectors: FloatArray, hidden: _Hidden
    ) -> FloatArray:
        """The hidden layer's outputs (batch, H); the recurrent layers step in the rows that are
        due."""
        due = np.flatnonzero(state.positions % self._stride == 0)
        if due.size == len(ids):
            state.layers[-1][0] = hidden.context.product(self._recurrent(state, ids, vectors))
        elif due.size:
            x = vectors[due] if vectors.size else vectors
            for layer, arrays in zip(self._layers, state.layers, strict=False):
                stepped = _advanced(layer, [array[due] for array in arrays], ids[due], x)
                for array, new in zip(arrays, stepped, strict=True):
                    array[due] = new
                x = _normalised(stepped[0], layer.norm)
            if self._attention and state.memory:
                steps = state.positions[due] // self._stride
                x = self._attention.read(x, state.memory, steps, due)
            state.layers[-1][0][due] = hidden.context.product(x)
        z = hidden.table[ids] + state.layers[-1][0]
        if vectors.size:
            z += hidden.kernel.product(vectors)
        return np.asarray(np.maximum(z, 0, out=z))

    def _told(self, state: State, ids: IntArray) -> FloatArray:
        """The vectors of all features beside each token, (batch, features · W)."""
        features = self._features
        assert features is not None  # the caller looked
        state.places = [
            features.start() if place is None else features.after(place, token)
            for place, token in zip(state.places, ids.tolist(), strict=True)
        ]
        values = np.array([features.values(place) for place in state.places], np.intp)
        return np.asarray(self._vectors[values + self._offsets].reshape(len(values), -1))

    def feed(self, state: State, ids: Sequence[int]) -> FloatArray:
        """Feed the same tokens to every row, one after another; the last logits (batch, V)."""
        if not ids:
            raise VocabularyError("there is nothing to feed; a model starts with its end token")
        batch = len(state.layers[0][0])
        for i in ids:
            logits = self.step(state, [i] * batch)
        return logits


# --- preparing the weights ----------------------------------------------------------------------


def _inputs(bundle: Bundle) -> FloatArray | None:
    """The vector of each token, or of each token at each place of the cycle, one place after
    another; None for one-hot input."""
    embedding = bundle.weights.get("embedding")
    if embedding is None or not bundle.config.model.cycle:
        return embedding
    places = bundle.weights["cycle.vectors"]
    return np.asarray((places[:, None] + embedding).reshape(-1, embedding.shape[1]))


def _told(bundle: Bundle) -> tuple[FloatArray, IntArray]:
    """The vectors of all values of all features, end to end, and where each feature begins."""
    sizes = [size for _, size in bundle.config.model.features]
    if not sizes:
        return _NONE, np.zeros(0, np.intp)
    tables = [bundle.weights[f"feature.{name}"] for name, _ in bundle.config.model.features]
    return np.concatenate(tables), np.cumsum([0, *sizes[:-1]])


def _prepared(bundle: Bundle, index: int, embedding: FloatArray | None) -> _Layer:
    cell, units = CELLS[bundle.config.model.cell], bundle.config.model.units[index]
    weights = bundle.weights
    half = np.repeat(np.where(cell.sigmoids, 0.5, 1.0).astype(np.float32), units)
    kernel = weights[f"rnn.{index}.kernel"] * half
    recurrent = weights[f"rnn.{index}.recurrent_kernel"] * half if cell.recurrent else _NONE
    bias = weights[f"rnn.{index}.bias"] * half
    second = _NONE
    if cell.biases == 2:
        bias, second = bias[0], bias[1]
    table, inputs = _NONE, None
    if index == 0:
        model = bundle.config.model
        width = len(kernel) - len(model.features) * model.feature_width
        own, kernel = kernel[:width], kernel[width:]
        table = np.asarray((own if embedding is None else embedding @ own) + bias)
    if cell.summed:
        recurrent = np.vstack([kernel, recurrent])
    else:
        inputs = Matrix(kernel) if kernel.size else None
    norm = None
    if bundle.config.model.layer_norm:
        norm = weights[f"norm.{index}.gamma"], weights[f"norm.{index}.beta"]
    return _Layer(
        cell,
        units,
        Matrix(recurrent) if recurrent.size else None,
        bias,
        table,
        inputs,
        second,
        norm,
    )


def _output(bundle: Bundle) -> tuple[Matrix, FloatArray]:
    """The matrix (U, V) and bias (V,) from the last layer to the logits, tied or not."""
    weights = bundle.weights
    bias = weights["dense.bias"]
    if not bundle.config.model.tie:
        return Matrix(weights["dense.kernel"]), bias
    transposed = weights["embedding"].T
    if "project.kernel" in weights:
        bias = bias + weights["project.bias"] @ transposed
        transposed = weights["project.kernel"] @ transposed
    return Matrix(transposed), bias


# --- a step of one layer -------------------------------------------------------------------------


def _advanced(
    layer: _Layer, states: list[FloatArray], rows: IntArray, x: FloatArray
) -> list[FloatArray]:
    """The states of a layer after a step on tokens `rows` (the first layer) or on `x`."""
    if layer.cell.summed:
        return layer.cell.step(_summed(layer, states[0], rows, x), _NONE, states)
    inner = layer.table[rows] if layer.table.size else layer.bias
    if layer.inputs:
        inner = inner + layer.inputs.product(x)
    outer = _NONE
    if layer.matrix:
        outer = layer.matrix.product(states[0]) + layer.recurrent_bias
    return layer.cell.step(inner, outer, states)


def _summed(layer: _Layer, h: FloatArray, rows: IntArray, x: FloatArray) -> FloatArray:
    """What all gates add up before their non-linearity, (batch, gates·U)."""
    assert layer.matrix is not None  # only a cell without recurrence has none, and does not sum
    if layer.table.size:
        z = layer.table[rows]
        z += layer.matrix.product(np.concatenate([x, h], axis=1) if x.size else h)
        return np.asarray(z)
    return np.asarray(layer.matrix.product(np.concatenate([x, h], axis=1)) + layer.bias)


def _normalised(x: FloatArray, norm: tuple[FloatArray, FloatArray] | None) -> FloatArray:
    """Layer normalisation over the units (Ba, Kiros and Hinton 2016)."""
    if norm is None:
        return x
    gamma, beta = norm
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred * centred).mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + np.float32(LAYER_NORM_EPSILON)) * gamma + beta)
