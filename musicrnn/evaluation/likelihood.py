"""How well a model predicts pieces it has never seen.

Each piece is fed to the network as it stands, from a state of zero, and every token, the end
included, costs its information content under the model: -log2 of the probability it had given to
it. The sum does not depend on how pieces are batched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.abc import parse_tune
from musicrnn.abc.syntax import tree
from musicrnn.errors import UsageError, VocabularyError
from musicrnn.piece import Piece
from musicrnn.sampling import Engine, one_thread
from musicrnn.sampling.samplers import log_softmax
from musicrnn.score import Score
from musicrnn.theory.melody import line
from musicrnn.tokens import Tokenizer
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.model_text import split_header

__all__ = [
    "Calibration", "Likelihood", "Scored", "batches", "bits_by_field", "calibration",
    "fields_of_abc", "mean_bits", "measure", "score_pieces",
]  # fmt: skip

Floats = NDArray[np.float64]

BATCH = 64
CALIBRATION_BINS = 15
BODY = "body"
#: Most training pieces that are scored, to see whether they cost as much as the others.
TRAINING_PIECES = 200


@dataclass(frozen=True)
class Scored:
    """What the model gave to every token of one piece, the end token last.

    `bits` is -log2 of the token's probability; `confidence` the probability of the likeliest
    token, `hit` whether it was the one. All have the shape ``(tokens + 1,)``.
    """

    bits: Floats
    confidence: Floats
    hit: NDArray[np.bool_]


def score_pieces(
    engine: Engine,
    pieces: Sequence[Sequence[int]],
    *,
    end: int = 0,
    progress: Callable[[int], None] | None = None,
) -> list[Scored]:
    """Teacher forcing in NumPy, pieces of like length together; `progress` gets tokens done."""
    scored: dict[int, Scored] = {}
    for rows in batches(pieces):
        table = _score_batch(engine, [pieces[row] for row in rows], end)
        for row, *columns in zip(rows, *table, strict=True):
            n = len(pieces[row]) + 1
            scored[row] = Scored(columns[0][:n], columns[1][:n], columns[2][:n].astype(bool))
        if progress is not None:
            progress(sum(len(pieces[row]) for row in rows))
    return [scored[row] for row in range(len(pieces))]


def batches(pieces: Sequence[Sequence[int]]) -> list[list[int]]:
    """The numbers of the pieces that are computed together, from long to short."""
    order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i]))
    return [order[first : first + BATCH] for first in range(0, len(order), BATCH)]


@one_thread()
def _score_batch(
    engine: Engine, pieces: Sequence[Sequence[int]], end: int
) -> tuple[Floats, Floats, Floats]:
    """Bits, confidences and hits, each (pieces, longest + 1); `pieces` go from long to short."""
    lengths = np.array([len(piece) for piece in pieces])
    steps = int(lengths.max(initial=0)) + 1
    tokens = np.full((len(pieces), steps + 1), end, np.intp)
    for row, piece in enumerate(pieces):
        tokens[row, 1 : len(piece) + 1] = piece
    bits, confidence, hit = (np.zeros((len(pieces), steps)) for _ in range(3))
    state = engine.start(len(pieces))
    going = len(pieces)
    for step in range(steps):
        still = int(np.count_nonzero(lengths >= step))
        if still < going:
            going = still
            state = state.keep(range(going))
        logprobs = log_softmax(engine.step(state, tokens[:going, step]))
        targets = tokens[:going, step + 1]
        likeliest = logprobs.argmax(axis=1)
        every = np.arange(going)
        bits[:going, step] = -logprobs[every, targets] / math.log(2)
        confidence[:going, step] = np.exp(logprobs[every, likeliest])
        hit[:going, step] = likeliest == targets
    return bits, confidence, hit


def mean_bits(scored: Sequence[Scored]) -> float:
    """Bits per token over all pieces, end tokens included; nan for none."""
    tokens = sum(len(piece.bits) for piece in scored)
    return float(sum(piece.bits.sum() for piece in scored) / tokens) if tokens else math.nan


def bits_by_field(scored: Sequence[Scored], fields: Sequence[Sequence[str]]) -> dict[str, float]:
    """Bits per token by the header field (or body) a token belongs to (`fields` names one a token).

    The end token counts for the last of a piece.
    """
    total: dict[str, float] = {}
    tokens: dict[str, int] = {}
    for piece, names in zip(scored, fields, strict=True):
        last = names[-1] if names else BODY
        for bits, name in zip(piece.bits.tolist(), (*names, last), strict=True):
            total[name] = total.get(name, 0.0) + bits
            tokens[name] = tokens.get(name, 0) + 1
    return {name: total[name] / tokens[name] for name in total}


def fields_of_abc(model_text: str) -> list[str]:
    """For each character of a tune's model text its header field (``"T"``) or ``"body"``."""
    body = split_header(model_text)[1]
    names: list[str] = []
    for header_line in model_text[: len(model_text) - len(body)].splitlines(keepends=True):
        names += [header_line[0]] * len(header_line)
    return names + [BODY] * len(body)


@dataclass(frozen=True)
class Calibration:
    """How sure the model is, and how often it is right when it is that sure.

    One row a bin of equal width of the likeliest token's probability: shares of tokens in it,
    mean confidence, share of hits (both nan for an empty bin). `error` is the expected
    calibration error, 0 to 1: the mean gap between the two (Guo et al. 2017).
    """

    shares: Floats
    confidence: Floats
    accuracy: Floats
    error: float


def calibration(scored: Sequence[Scored]) -> Calibration:
    """The calibration over all tokens of all pieces."""
    empty = [Scored(np.zeros(0), np.zeros(0), np.zeros(0, np.bool_))]
    confidence = np.concatenate([piece.confidence for piece in (*scored, *empty)])
    hits = np.concatenate([piece.hit for piece in (*scored, *empty)])
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    counts = np.bincount(bins, minlength=CALIBRATION_BINS)
    with np.errstate(invalid="ignore"):
        shares = counts / counts.sum()
        sure = np.bincount(bins, confidence, minlength=CALIBRATION_BINS) / counts
        right = np.bincount(bins, hits, minlength=CALIBRATION_BINS) / counts
    gaps = np.abs(sure - right)[counts > 0] * shares[counts > 0]
    return Calibration(shares, sure, right, float(gaps.sum()) if len(gaps) else math.nan)


@dataclass(frozen=True)
class Likelihood:
    """How well a split is predicted.

    `pieces` that the tokenizer can write (`left_out` it cannot), `tokens` with their ends; bits
    per token and per written note (nan for plain text), and per token of training pieces;
    `by_field` the bits per token in each header field and the body; `ngrams` those of models of
    the orders 1, 2, …
    """

    pieces: int
    left_out: int
    tokens: int
    bits_per_token: float
    bits_per_note: float
    training_bits_per_token: float
    by_field: dict[str, float]
    ngrams: tuple[float, ...]
    calibration: Calibration

    @property
    def best_ngram(self) -> float:
        """Bits per token of the best of the n-gram models."""
        return min(self.ngrams)


def measure(
    tokenizer: Tokenizer,
    held_out: Sequence[Piece],
    train: Sequence[Piece],
    score: Callable[[Sequence[Sequence[int]]], list[Scored]],
) -> Likelihood | None:
    """The bits of `held_out` under the model (`score` gives them, token by token) and under n-gram
    models of `train`; None where the tokenizer can write none of the pieces."""
    from musicrnn.evaluation.ngrams import MOST_ORDERS, KneserNey

    pieces, ids = _encoded(tokenizer, held_out)
    if not ids:
        return None
    train_ids = _encoded(tokenizer, train)[1]
    scored = score(ids)
    tokens = sum(len(piece.bits) for piece in scored)
    bits = sum(float(piece.bits.sum()) for piece in scored)
    notes = sum(_notes_written(piece) for piece in pieces)
    counting = KneserNey.fit(train_ids, vocabulary=len(tokenizer.vocabulary), order=MOST_ORDERS)
    return Likelihood(
        pieces=len(ids),
        left_out=len(held_out) - len(ids),
        tokens=tokens,
        bits_per_token=bits / tokens,
        bits_per_note=bits / notes if notes else math.nan,
        training_bits_per_token=mean_bits(
            score(train_ids[:: max(1, len(train_ids) // TRAINING_PIECES)])
        ),
        by_field=bits_by_field(scored, _fields(tokenizer, pieces, ids)),
        ngrams=tuple(counting.bits(ids).mean(axis=1).tolist()),
        calibration=calibration(scored),
    )


def _encoded(tokenizer: Tokenizer, pieces: Sequence[Piece]) -> tuple[list[Piece], list[list[int]]]:
    """The pieces that the tokenizer can write, and their ids."""
    kept, ids = [], []
    for piece in pieces:
        try:
            ids.append(tokenizer.encode(piece))
        except (VocabularyError, UsageError):
            continue
        kept.append(piece)
    return kept, ids


def _notes_written(piece: Piece) -> int:
    """Notes and chords as they stand in the piece, repeats counted once; 0 for plain text.

    Of MIDI the melody, which is what the tokenizers write.
    """
    if isinstance(piece.content, Score):
        return len(line(piece.content))
    if piece.format != "abc":
        return 0
    return sum(isinstance(n, tree.Note | tree.Chord) for n in parse_tune(piece.content).body)


def _fields(
    tokenizer: Tokenizer, pieces: Sequence[Piece], ids: Sequence[Sequence[int]]
) -> list[list[str]]:
    """For each token what it belongs to: a header field or the body."""
    spelling: object = tokenizer  # the protocol does not say that characters spell a text
    if not isinstance(spelling, CharTokenizer) or spelling.format != "abc":
        return [[BODY] * len(piece) for piece in ids]
    return [fields_of_abc(spelling.text(piece)) for piece in pieces]
