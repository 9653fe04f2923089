"""What a model writes while it is being trained: samples to look at, and how many hold.

Nothing is forced on the samples here, no constraint and no control, so the share that is well
formed tells what the model has learned by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from musicrnn import sampling, tokens
from musicrnn.errors import MusicRNNError
from musicrnn.evaluation.wellformed import well_formed
from musicrnn.files import write_whole
from musicrnn.formats import format_of
from musicrnn.models.bundle import Bundle
from musicrnn.piece import Piece
from musicrnn.tokens import Tokenizer

__all__ = ["free_samples", "observe"]


def free_samples(
    bundle: Bundle, n: int, *, seed: int, epoch: int = 0
) -> tuple[list[Piece], list[bool]]:
    """`n` pieces at temperature 1, nothing forced, and whether each came to its end.

    The same weights, seed and epoch give the same pieces.
    """
    tokenizer: Tokenizer = tokens.from_config(bundle.config.tokenizer, bundle.vocabulary)
    drawn = sampling.sample(
        sampling.Engine(bundle),
        sampling.Sampler(),
        [np.random.default_rng([seed, epoch, i]) for i in range(n)],
        end=0,
        max_tokens=format_of(bundle.config.format).longest,
    )
    pieces = [tokenizer.decode(sample.ids) for sample in drawn]
    return pieces, [sample.complete for sample in drawn]


def observe(
    number: int, bundle: Bundle, folder: Path, *, samples: int, seed: int
) -> dict[str, Any]:
    """Write `samples` pieces to `folder`, named after the epoch; returns what the log should say.

    That is ``well_formed``, the share of ABC tunes that ended and hold. Samples that cannot be
    made are no reason to stop a training: the log says why.
    """
    if not samples:
        return {}
    try:
        return _observe(f"epoch-{number:03}", bundle, folder, samples, seed, number)
    except MusicRNNError as error:
        return {"samples_failed": str(error)}


def _observe(
    name: str, bundle: Bundle, folder: Path, samples: int, seed: int, number: int
) -> dict[str, Any]:
    pieces, complete = free_samples(bundle, samples, seed=seed, epoch=number)
    if bundle.config.format == "midi":
        _write_midi(pieces, folder, name)
        return {}
    suffix = format_of(bundle.config.format).extension
    write_whole(folder / f"{name}{suffix}", _joined(pieces))
    if bundle.config.format != "abc":
        return {}
    held = well_formed([str(piece.content) for piece in pieces], complete)
    return {"well_formed": round(held.share, 4)}


def _joined(pieces: list[Piece]) -> str:
    """One text: tunes numbered from 1, an empty line between two; texts one after another."""
    texts = []
    for number, piece in enumerate(pieces, start=1):
        text = str(piece.content).strip("\n") + "\n"
        if piece.format == "abc":
            text = text.replace("X:1\n", f"X:{number}\n", 1)
        texts.append(text)
    return ("\n" if pieces[0].format == "abc" else "").join(texts)


def _write_midi(pieces: list[Piece], folder: Path, name: str) -> None:
    from musicrnn import render
    from musicrnn.score import Score

    for i, piece in enumerate(pieces, start=1):
        if isinstance(piece.content, Score):
            write_whole(folder / f"{name}-{i}.mid", render.to_midi(piece.content))
