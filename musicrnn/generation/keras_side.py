"""What a Keras user asks of a model: the network, arrays to fit it on, the weights brought back."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from musicrnn.errors import UsageError, want
from musicrnn.models.bundle import CARD, CONFIG, VOCABULARY, WEIGHTS, Bundle, files_of
from musicrnn.models.card import card
from musicrnn.piece import Piece
from musicrnn.tokens.features import along

__all__ = ["Examples", "KerasSide"]


class Examples(NamedTuple):
    """What `fit` takes: ``net.fit(x, y, sample_weight=weights)``.

    `x` holds ``"ids"`` int32 (pieces, steps) and, where the model has features,
    ``"features"`` int32 (pieces, steps, features); `y` int32 (pieces, steps) is the id after each;
    `weights` float32 (pieces, steps) is 0 where a row is padding.
    """

    x: dict[str, npt.NDArray[np.int32]]
    y: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]


class KerasSide:
    """The part of `Model` that trains with Keras. `bundle` is the model's."""

    bundle: Bundle

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def keras(self, *, precision: str = "float32", rate: float = 1e-3) -> Any:
        """The network as a compiled `keras.Model` with this model's weights.

        It takes the `x` of `examples` and gives logits (pieces, steps, V) float32. `precision` is
        float32 or bfloat16, `rate` Adam's. Raises `MissingExtraError` without Keras.
        """
        # Named and not imported: training stands above generation, and brings Keras.
        backend = importlib.import_module("musicrnn.training.backend")
        backend.keras_module()
        room = importlib.import_module("musicrnn.training.keras_model")
        return room.keras_model(self.bundle, precision=precision, rate=rate)

    def with_keras(self, network: Any) -> Self:
        """This model with the weights of a network that `keras` gave, however it was trained.

        Raises `UsageError` for another network.
        """
        room = importlib.import_module("musicrnn.training.keras_model")
        return type(self)(replace(self.bundle, weights=room.weights_of(self.bundle, network)))

    def examples(self, pieces: Iterable[Piece], *, length: int | None = None) -> Examples:
        """Whole pieces as rows to learn from: each id predicts the next, the end included.

        Rows are as long as the longest piece, or `length` steps, to which longer ones are cut.
        Raises `VocabularyError` for a piece with a token that the model does not know, and
        `UsageError` where there is no piece.
        """
        tokenizer, features = self.bundle.tokenizer, self.bundle.features
        pieces = list(pieces)
        for one in pieces:
            want(one, Piece, "examples wants pieces, as a corpus has them")
        framed = [[tokenizer.end, *tokenizer.encode(piece), tokenizer.end] for piece in pieces]
        if not framed:
            raise UsageError("there is no piece to learn from")
        steps = max(map(len, framed)) - 1
        steps = steps if length is None else min(steps, length)
        ids = np.full((len(framed), steps), tokenizer.end, np.int32)
        following, weights = ids.copy(), np.zeros(ids.shape, np.float32)
        values = np.zeros((*ids.shape, len(features.sizes) if features else 0), np.int32)
        for row, piece in enumerate(framed):
            n = min(len(piece) - 1, steps)
            ids[row, :n], following[row, :n] = piece[:n], piece[1 : n + 1]
            weights[row, :n] = 1
            if features:
                values[row, :n] = along(features, piece[1:n])[:n]
        x = {"ids": ids, "features": values} if features else {"ids": ids}
        return Examples(x, following, weights)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model as a folder that `musicrnn.load` reads, whole or not at all.

        What stands beside the weights (known tunes, forms, judge) goes with them. Figures that
        were measured on other weights do not.
        """
        bundle = self.bundle
        own = {CONFIG, VOCABULARY, WEIGHTS, CARD}
        beside = files_of(bundle.folder) if bundle.folder else {}
        config = bundle.config
        if not _same_weights(bundle):
            config = replace(config, figures={})
        written = replace(bundle, config=config)
        written = replace(written, card=card(written))
        extra = {name: data for name, data in beside.items() if name not in own}
        written.save(Path(folder), extra=extra)


def _same_weights(bundle: Bundle) -> bool:
    """Whether the weights are those that lie in the bundle's folder."""
    if bundle.folder is None:
        return False
    stored = Bundle.load(bundle.folder).weights
    return all(np.array_equal(bundle.weights[name], array) for name, array in stored.items())
