"""Models of events with random weights, for tests that need a bundle and no music."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.piece import Piece
from musicrnn.score import ChordSymbol, Note, Score
from musicrnn.tokens import Tokenizer
from musicrnn.tokens.jazz import JazzTokenizer
from musicrnn.tokens.piano import PianoTokenizer
from musicrnn.training.initial import initial_weights

SOLO = Score.of(
    (Note(Fraction(i, 2), 60 + (5 * i) % 17, Fraction(1, 2)) for i in range(32)),
    chords=[ChordSymbol(Fraction(0), "Dm7"), ChordSymbol(Fraction(8), "G7")],
)


def untrained_piano(folder: Path) -> str:
    """A model of the recipe `piano`."""
    return _saved(PianoTokenizer(normal_key=True, full_bars=True), folder, "piano")


def untrained_jazz(folder: Path) -> str:
    """A model of the recipe `jazz`, which knows the values of one solo."""
    return _saved(JazzTokenizer.learn([Piece("midi", SOLO)]), folder, "jazz")


def _saved(tokenizer: Tokenizer, folder: Path, name: str) -> str:
    model = ModelConfig(units=(16,), embedding=8)
    vocabulary = tokenizer.vocabulary
    weights = initial_weights(model, len(vocabulary), np.random.default_rng(0))
    config = BundleConfig(name, "midi", tokenizer.to_config(), model, vocabulary.digest)
    Bundle(config, vocabulary, weights).save(folder)
    return str(folder)
