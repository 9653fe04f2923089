"""The small layers that Keras lacks. Importing this module imports Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["Cycle", "OneHot", "Tied"]


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
