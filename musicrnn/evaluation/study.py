"""Everything that is measured of one model, as plain values: what a report shows, and its JSON.

`study` takes the pieces that were drawn and the corpus, and gives a dictionary of numbers, lists
and strings. Its sections:

    likelihood    how well held-out pieces are foretold, beside n-gram models
    well_formed   which rules the samples keep, free and under the constraint
    distances     how far samples and real tunes are apart, and what the floor is
    memorisation  what samples share with the tunes learnt from, beside held-out tunes
    verbatim      the same for plain text, character by character
    controls      whether what was asked for was kept
    headline      the figures one would quote

A section that makes no sense for a format or without a corpus is None; an undefined number is
nan (null in JSON), never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from musicrnn.evaluation import distributions, likelihood, memorisation
from musicrnn.evaluation.headline import headline
from musicrnn.evaluation.known_tunes import scores_of
from musicrnn.evaluation.wellformed import well_formed
from musicrnn.models.bundle import Bundle
from musicrnn.novelty import verbatim
from musicrnn.novelty.index import Index
from musicrnn.piece import Piece
from musicrnn.sampling import Engine
from musicrnn.score import Score
from musicrnn.theory.melody import line
from musicrnn.tokens import Tokenizer, from_config

__all__ = ["Drawn", "Samples", "Splits", "study"]

#: The ids of pieces → what the model gave to every token of each
Foretell = Callable[[Sequence[Sequence[int]]], list[likelihood.Scored]]

#: At most so many pieces of the corpus are asked whether they are foretold as well as held-out.
TRAINING_PIECES = 200


class Drawn(Protocol):
    """What is asked of a generated piece (`musicrnn.generation.tune.Tune` has it)."""

    @property
    def text(self) -> str:
        """ABC or plain text."""
        ...

    @property
    def score(self) -> Score:
        """The notes."""
        ...

    @property
    def complete(self) -> bool:
        """Whether it came to its end by itself."""
        ...

    @property
    def logprob(self) -> float:
        """The natural logarithm of the free model's probability."""
        ...

    @property
    def tokens(self) -> int:
        """Tokens drawn."""
        ...

    @property
    def constrained_steps(self) -> int:
        """Tokens at which the constraint took more than half of the probability."""
        ...


class Splits(Protocol):
    """What is asked of a corpus (`musicrnn.corpus.Corpus` has it)."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def pieces(self, split: str | None = None) -> Iterable[Piece]:
        """The pieces of ``"train"``, ``"validation"`` or ``"test"``."""
        ...


@dataclass(frozen=True)
class Samples:
    """The pieces drawn from a model at temperature 1: `free`, and `constrained` where the format
    has a constraint; `controls` tells for each control asked for which of the tunes kept it."""

    free: Sequence[Drawn]
    constrained: Sequence[Drawn] = ()
    controls: dict[str, list[bool]] = field(default_factory=dict)

    @property
    def best(self) -> Sequence[Drawn]:
        """What a user of the model gets: the constrained ones, where there are any."""
        return self.constrained or self.free


def study(
    bundle: Bundle,
    samples: Samples,
    rng: np.random.Generator,
    *,
    corpus: Splits | None = None,
    index: Index | None = None,
    split: str = "test",
    progress: Callable[[str], None] = lambda step: None,
    foretell: Foretell | None = None,
) -> dict[str, Any]:
    """Measure `bundle`. `index` holds the tunes it learnt from, `progress` gets each step's name.

    Without `corpus` nothing is compared with real pieces. `foretell` stands in for
    `likelihood.score_pieces`, where others do that work.
    """
    foretell = foretell or partial(likelihood.score_pieces, Engine(bundle))
    held_out = list(corpus.pieces(split)) if corpus is not None else []
    found: dict[str, Any] = _about(bundle, corpus, split, len(held_out), samples)
    progress("held-out pieces")
    found["likelihood"] = (
        _likelihood(bundle, corpus, held_out, foretell) if corpus is not None else None
    )
    progress("well-formedness")
    found["well_formed"] = _well_formed(bundle.config.format, samples, held_out)
    progress("distributions")
    real = [score for _, score in scores_of(held_out)]
    made = _scores(samples.best) if bundle.config.format != "text" else []
    if bundle.config.format == "text":
        found["distances"] = distributions.of_texts(
            [piece.text for piece in samples.best], [str(piece.content) for piece in held_out], rng
        )
    else:
        found["distances"] = distributions.of_scores(made, real, rng)
    progress("shared passages")
    found["memorisation"] = memorisation.of_scores(made, real, index) if index is not None else None
    found["verbatim"] = _verbatim(bundle, corpus, samples, held_out)
    found["controls"] = {
        name: {"asked": len(kept), "kept": sum(kept)} for name, kept in samples.controls.items()
    } or None
    found["headline"] = headline(found)
    return found


def _about(
    bundle: Bundle, corpus: Splits | None, split: str, held_out: int, samples: Samples
) -> dict[str, Any]:
    model = bundle.config.model
    return {
        "name": bundle.config.name,
        "format": bundle.config.format,
        "network": f"{model.cell.upper()} {' + '.join(map(str, model.units))}",
        "parameters": bundle.parameters,
        "vocabulary": len(bundle.vocabulary),
        "corpus": corpus.name if corpus is not None else None,
        "split": split if corpus is not None else None,
        "held_out": held_out,
        "samples": len(samples.best),
    }


# --- likelihood ------------------------------------------------------------------------------


def _likelihood(
    bundle: Bundle, corpus: Splits, held_out: Sequence[Piece], foretell: Foretell
) -> dict[str, Any] | None:
    """Bits on the held-out side, by part and by note, calibration, and the n-gram models."""
    from musicrnn.evaluation.ngrams import MOST_ORDERS, KneserNey

    tokenizer = from_config(bundle.config.tokenizer, bundle.vocabulary)
    pieces, ids = _encoded(tokenizer, held_out)
    if not ids:
        return None
    train_ids = _encoded(tokenizer, list(corpus.pieces("train")))[1]
    scored = foretell(ids)
    tokens = sum(len(piece.bits) for piece in scored)
    total = sum(float(piece.bits.sum()) for piece in scored)
    notes = sum(_notes_written(piece) for piece in pieces)
    counting = KneserNey.fit(train_ids, vocabulary=len(bundle.vocabulary), order=MOST_ORDERS)
    ngrams = counting.bits(ids).mean(axis=1).tolist()
    sure = likelihood.calibration(scored)
    sample = train_ids[:: max(1, len(train_ids) // TRAINING_PIECES)]
    return {
        "pieces": len(ids),
        "left_out": len(held_out) - len(ids),
        "tokens": tokens,
        "bits_per_token": total / tokens,
        "bits_per_note": total / notes if notes else math.nan,
        "training_bits_per_token": likelihood.mean_bits(foretell(sample)),
        "by_part": likelihood.bits_by_part(scored, _parts(tokenizer, pieces, ids)),
        "ngrams": ngrams,
        "calibration": {
            "error": sure.error,
            "shares": sure.shares.tolist(),
            "confidence": sure.confidence.tolist(),
            "accuracy": sure.accuracy.tolist(),
        },
    }


def _encoded(tokenizer: Tokenizer, pieces: Sequence[Piece]) -> tuple[list[Piece], list[list[int]]]:
    """The pieces that the tokenizer can read, and their ids."""
    from musicrnn.errors import UsageError, VocabularyError

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
    from musicrnn.abc import parse_tune
    from musicrnn.abc.syntax import tree

    return sum(isinstance(n, tree.Note | tree.Chord) for n in parse_tune(piece.content).body)


def _parts(
    tokenizer: Tokenizer, pieces: Sequence[Piece], ids: Sequence[Sequence[int]]
) -> list[list[str]]:
    """For each token the part of the piece it belongs to: header field or body."""
    from musicrnn.tokens.model_text import to_model_text

    if tokenizer.format != "abc":
        return [[likelihood.BODY] * len(piece) for piece in ids]
    return [likelihood.fields_of_abc(to_model_text(str(piece.content))) for piece in pieces]


def _verbatim(
    bundle: Bundle, corpus: Splits | None, samples: Samples, held_out: Sequence[Piece]
) -> dict[str, Any] | None:
    """What samples of plain text share, word for word, with the text learnt from."""
    if bundle.config.format != "text" or corpus is None:
        return None
    known = verbatim.Verbatim([str(piece.content) for piece in corpus.pieces("train")])
    return verbatim.of_texts(
        [each.text for each in samples.best], [str(piece.content) for piece in held_out], known
    )


# --- samples ---------------------------------------------------------------------------------


def _well_formed(
    format_: str, samples: Samples, held_out: Sequence[Piece]
) -> dict[str, Any] | None:
    """By rule: free samples, constrained ones, held-out tunes; and what the constraint costs.

    Real files of MIDI hold more than a melody and stand under other rules, so they are left out.
    """
    if format_ == "text":
        return None
    sides: dict[str, Any] = {"free": samples.free, "constrained": samples.constrained}
    found: dict[str, Any] = {}
    for name, drawn in sides.items():
        if drawn:
            contents = [d.text if format_ == "abc" else d.score for d in drawn]
            result = well_formed(contents, [d.complete for d in drawn])
            tokens = sum(d.tokens for d in drawn)
            found[name] = {
                "tunes": result.tunes,
                "share": result.share,
                "kept": result.kept,
                "bits_per_token": -sum(d.logprob for d in drawn) / math.log(2) / max(tokens, 1),
                "steps_cut": sum(d.constrained_steps for d in drawn) / max(tokens, 1),
            }
    if held_out and format_ == "abc":
        result = well_formed([str(piece.content) for piece in held_out])
        found["real"] = {"tunes": result.tunes, "share": result.share, "kept": result.kept}
    return found


def _scores(drawn: Sequence[Drawn]) -> list[Score]:
    """The notes of every sample that can be played."""
    from musicrnn.errors import MusicRNNError

    scores = []
    for piece in drawn:
        try:
            scores.append(piece.score)
        except MusicRNNError:
            continue
    return scores
