"""The small layers that Keras lacks. Importing this module imports Keras."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

__all__ = ["Attention", "Cycle", "OneHot", "Tied"]


class Attention(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Adds to vectors (batch, T, U) what it reads among the `steps` before each (`config`).

    The keys and values of the steps before the first are carried as a state (batch,
    steps · (2 · width + 1)): beside each pair stands 1, so that zeros are a memory of nothing.
    Whatever the windows that a piece is cut into, each of its steps looks at the same ones; no
    gradient flows into those of the window before.
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
        self.none = self.add_weight(name="none", shape=(1,), initializer="zeros")
        self.result = self.add_weight(name="result", shape=(width, units))

    def call(self, vectors: Any, memory: Any) -> tuple[Any, Any]:
        """The sums in the layer's compute dtype, and the memory after the last step, float32."""
        width, past = self.width, self.steps
        query, key, value, result = (
            ops.cast(weight, self.compute_dtype)
            for weight in (self.query, self.key, self.value, self.result)
        )
        keys, values = ops.matmul(vectors, key), ops.matmul(vectors, value)
        now = [keys, values, ops.ones_like(keys[..., :1])]
        seen = ops.concatenate(
            [
                ops.reshape(memory, (-1, past, 2 * width + 1)),
                ops.cast(ops.concatenate(now, axis=-1), "float32"),
            ],
            axis=1,
        )
        # Each key stands with the value of the step after it; at step t, the first being 0, it is
        # the pairs t to t + past - 1 that are over.
        keys, values = (
            ops.cast(part, self.compute_dtype)
            for part in (seen[:, :-1, :width], seen[:, 1:, width:-1])
        )
        queries = ops.matmul(vectors, query) + ops.cast(self.query_bias, self.compute_dtype)
        scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))
        scores = ops.cast(scores, "float32") / math.sqrt(width)
        steps, pairs = ops.shape(scores)[1], ops.shape(scores)[2]
        ages = ops.arange(pairs)[None, :] - ops.arange(steps)[:, None]
        within = ops.logical_and(ages >= 0, ages < past)
        there = ops.logical_and(within[None], seen[:, None, :-1, -1] > 0)
        scores = ops.where(there, scores, -1e9)
        nowhere = ops.broadcast_to(self.none, (*ops.shape(scores)[:2], 1))
        shares = ops.softmax(ops.concatenate([nowhere, scores], axis=-1))[..., 1:]
        read = ops.matmul(ops.cast(shares, self.compute_dtype), values)
        return vectors + ops.matmul(read, result), ops.reshape(
            seen[:, -past:], (-1, past * (2 * width + 1))
        )


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
