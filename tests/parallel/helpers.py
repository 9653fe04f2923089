"""A model of random weights, and workers that die."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from musicrnn import tokens
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.parallel.workers import Serial
from musicrnn.piece import Piece
from musicrnn.training.initial import initial_weights

TUNE = (
    "X:1\nT:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n"
    "|:G2G GAB|A2A ABd|edd gdd|edB dBA|G2G GAB|A2A ABd|edd gdB|AGF G3:|\n"
)


def random_model(folder: Path) -> Path:
    """A tiny bundle that knows the characters of one tune, and nothing else."""
    tokenizer = tokens.CharTokenizer.learn([Piece("abc", TUNE), Piece("abc", "K:C\nc]z,|\n")])
    config = ModelConfig(units=(12,), embedding=6)
    weights = initial_weights(config, len(tokenizer.vocabulary), np.random.default_rng(3))
    Bundle(
        BundleConfig(
            "tiny", "abc", tokenizer.to_config(), config, tokenizer.vocabulary.digest
        ),
        tokenizer.vocabulary,
        weights,
        "# tiny\n",
    ).save(folder / "tiny")  # fmt: skip
    return folder / "tiny"


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


class KilledAfter(Serial):
    """Does some tasks, then dies."""

    def __init__(self, tasks):
        self.tasks = tasks

    def map(self, function, tasks):
        for done, pair in enumerate(super().map(function, tasks)):
            if done == self.tasks:
                raise Killed
            yield pair
