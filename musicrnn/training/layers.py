"""The small layers that Keras lacks. Importing this module imports Keras."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

__all__ = ["Attention", "Cycle", "Hidden", "OneHot", "Tied"]

#: Added to a score that is not to count.
BARRED = -1e9


class Attention(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Adds to vectors (batch, T, U) what it reads among the `steps` before each (`config`).

    The keys and values of the steps before the first are carried as a state (batch,
    past · (2 · width + 1)), past ≤ steps: beside each pair stands 1, so that zeros are a memory of
    nothing, and so is one of no steps, which costs less. Whatever the windows that a piece is cut
    into, each of its steps looks at the same ones; no gradient flows into those of the window
    before.
    """

    def __init__(self, steps: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.steps, self.width = steps, width

    def build(self, vectors_shape: Any, memory_shape: Any) -> None:
        """The weights, named as in a bundle."""
        units, width = vectors_shape[-1], self.width
        for name in ("query", "key", "value"):
            setattr(self, name, self.add_weight(name=name, shape=(units, width)))
        self.query_bias = self.add_weight(name="query_bias", shape=(width,), initializer="zeros")
        self.result = self.add_weight(name="result", shape=(width, units))

    def compute_output_spec(self, vectors: Any, memory: Any) -> tuple[Any, Any]:
        """Shapes and dtypes of what `call` gives."""
        after = keras.KerasTensor((memory.shape[0], None), "float32")
        return keras.KerasTensor(vectors.shape, self.compute_dtype), after

    def call(self, vectors: Any, memory: Any) -> tuple[Any, Any]:
        """The sums in the layer's compute dtype, and the memory after the last step, float32: of
        `steps` steps, or of all there were."""
        row = 2 * self.width + 1
        batch, past = ops.shape(memory)[0], ops.shape(memory)[1] // row
        query, key, value, result, bias = (
            ops.cast(weight, self.compute_dtype)
            for weight in (self.query, self.key, self.value, self.result, self.query_bias)
        )
        now = [ops.matmul(vectors, key), ops.matmul(vectors, value)]
        now = ops.concatenate([*now, ops.ones_like(now[0][..., :1])], axis=-1)
        memory = ops.reshape(memory, (batch, past, row))
        seen = ops.concatenate([memory, ops.cast(now, "float32")], axis=1)
        keys, values = self._pairs(seen)
        queries = (ops.matmul(vectors, query) + bias) / math.sqrt(self.width)
        queries = ops.concatenate([queries, ops.ones_like(queries[..., :1])], axis=-1)
        scores = ops.cast(ops.matmul(queries, ops.transpose(keys, (0, 2, 1))), "float32")
        shares = ops.softmax(scores + _band(ops.shape(scores)[1], past, self.steps))
        read = ops.matmul(ops.cast(shares, self.compute_dtype), values)
        after = seen[:, -self.steps :]
        return vectors + ops.matmul(read, result), ops.reshape(
            after, (batch, ops.shape(after)[1] * row)
        )

    def _pairs(self, seen: Any) -> tuple[Any, Any]:
        """What can be looked at: each key with the value of the step after it, after a pair of
        zeros, which is looking nowhere.

        A key's last number meets a query's 1: it bars the places before the piece.
        """
        width = self.width
        nowhere = ops.zeros_like(seen[:, :1, : width + 1])
        keys = ops.concatenate([seen[:, :-1, :width], BARRED * (1 - seen[:, :-1, -1:])], axis=-1)
        keys = ops.concatenate([nowhere, keys], axis=1)
        values = ops.concatenate([nowhere[..., 1:], seen[:, 1:, width:-1]], axis=1)
        return ops.cast(keys, self.compute_dtype), ops.cast(values, self.compute_dtype)


def _band(steps: Any, past: Any, most: int) -> Any:
    """(steps, 1 + past + steps - 1): 0 where a step may look, `BARRED` where not. After `past`
    steps and t more it is the last `most` pairs that are over.
    """
    places = ops.arange(past + steps)[None, :]
    ages = past - places + ops.arange(steps)[:, None]
    may = ops.logical_or(places == 0, ops.logical_and(ages >= 0, ages < most))
    return ops.where(may, 0.0, BARRED)


class Cycle(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Adds to vectors (batch, steps, E), the first at place 0, those of their places."""

    def __init__(self, places: int, **options: Any) -> None:
        super().__init__(**options)
        self.places = places

    def build(self, shape: Any) -> None:
        """A vector for each place."""
        self.vectors = self.add_weight(
            name="vectors", shape=(self.places, shape[-1]), initializer="uniform"
        )

    def call(self, vectors: Any) -> Any:
        """The sums in the layer's compute dtype."""
        places = ops.arange(ops.shape(vectors)[1]) % self.places
        return vectors + ops.cast(ops.take(self.vectors, places, axis=0), self.compute_dtype)


class Hidden(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Joins the vectors of tokens (batch, T, W) with what the recurrent layers say every `stride`
    of them (batch, ⌈T / stride⌉, U); rectified, (batch, T, `units`)."""

    def __init__(self, units: int, stride: int, **options: Any) -> None:
        super().__init__(**options)
        self.units, self.stride = units, stride

    def build(self, vectors_shape: Any, context_shape: Any) -> None:
        """The weights, named as in a bundle."""
        for name, shape in (("context", context_shape), ("kernel", vectors_shape)):
            setattr(self, name, self.add_weight(name=name, shape=(shape[-1], self.units)))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, vectors: Any, context: Any) -> Any:
        """The outputs in the layer's compute dtype."""
        context_weights, kernel, bias = (
            ops.cast(weight, self.compute_dtype)
            for weight in (self.context, self.kernel, self.bias)
        )
        common = ops.repeat(ops.matmul(context, context_weights), self.stride, axis=1)
        return ops.relu(ops.matmul(vectors, kernel) + common[:, : ops.shape(vectors)[1]] + bias)


class OneHot(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Ids (batch, steps) → one-hot vectors (batch, steps, V); zeros for id 0 if `zero_start`."""

    def __init__(self, vocabulary: int, *, zero_start: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.vocabulary = vocabulary
        self.zero_start = zero_start

    def call(self, ids: Any) -> Any:
        """One-hot in the layer's compute dtype."""
        vectors = ops.one_hot(ids, self.vocabulary, dtype=self.compute_dtype)
        if self.zero_start:
            vectors = vectors * ops.expand_dims(ops.cast(ids != 0, self.compute_dtype), -1)
        return vectors


class Tied(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Vectors (…, E) → logits (…, V): the product with an embedding's transpose, and a bias."""

    def __init__(self, embedding: keras.layers.Embedding, **options: Any) -> None:
        super().__init__(**options)
        self.embedding = embedding

    def build(self, _: Any) -> None:
        """One bias for each token."""
        self.bias = self.add_weight(
            name="bias", shape=(self.embedding.input_dim,), initializer="zeros"
        )

    def call(self, vectors: Any) -> Any:
        """The logits in the layer's compute dtype."""
        matrix = ops.cast(ops.transpose(self.embedding.embeddings), self.compute_dtype)
        return ops.matmul(vectors, matrix) + ops.cast(self.bias, self.compute_dtype)
