"""Everything that is measured of one model, as typed values: what a report shows, and its JSON.

`study` takes the pieces that were drawn and the corpus, and gives a `Study`. A section that makes
no sense for a format, or without a corpus, is None; an undefined number is nan (null in JSON),
never 0. What is compared with real pieces is compared with those of one split, ``test`` unless
another is named; the music alone is compared with the tunes of all splits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from musicrnn.corpus import Corpus
from musicrnn.evaluation import (
    constraint_effect,
    distributions,
    likelihood,
    memorisation,
    music,
    voice_leading,
)
from musicrnn.evaluation.known_tunes import scores_of
from musicrnn.evaluation.wellformed import WellFormed, broken_rules, well_formed
from musicrnn.evaluation.written import readable
from musicrnn.generation.tune import Tune
from musicrnn.models.bundle import Bundle
from musicrnn.novelty import verbatim
from musicrnn.novelty.index import Index
from musicrnn.piece import Piece
from musicrnn.sampling import Engine
from musicrnn.score import Score

__all__ = [
    "About", "ControlResult", "Samples", "Study", "Validity", "study",
]  # fmt: skip

#: The ids of pieces → what the model gave to every token of each
ScorePieces = Callable[[Sequence[Sequence[int]]], list[likelihood.Scored]]

#: Tunes that the n-gram of notes is counted on, and real ones that it is asked about.
NOTE_MODEL_TUNES = 1000


@dataclass(frozen=True)
class Samples:
    """The pieces drawn from a model.

    `free` and, where the format has a constraint, `constrained`: drawn at temperature 1, one
    candidate a tune. `controls` tells for each control asked for which of the tunes kept it.
    `usual` are drawn with default settings over the usual requests, `dances` with default settings
    for one dance each; `harmonized`, of a model of four voices, are its settings of real sopranos.
    """

    free: Sequence[Tune]
    constrained: Sequence[Tune] = ()
    controls: Mapping[str, Sequence[bool]] = field(default_factory=dict)
    usual: Sequence[Tune] = ()
    dances: Mapping[music.Request, Sequence[Tune]] = field(default_factory=dict)
    style: str = ""
    harmonized: Sequence[Tune] = ()

    @property
    def best(self) -> Sequence[Tune]:
        """What stands for the model: the constrained ones, where there are any."""
        return self.constrained or self.free


@dataclass(frozen=True)
class About:
    """What was measured: the model, the corpus and its split (None without one) with the number of
    `pieces` in it, the number of samples, and their seed."""

    name: str
    format: str
    network: str
    parameters: int
    vocabulary: int
    corpus: str | None
    split: str | None
    pieces: int
    samples: int
    seed: int
    style: str = ""


@dataclass(frozen=True)
class SampledValidity:
    """Which rules samples keep, the bits per token that the free model gives to them, and the share
    of tokens at which the constraint took away more than half of its probability."""

    rules: WellFormed
    bits_per_token: float
    constrained_steps: float


@dataclass(frozen=True)
class Validity:
    """Which rules free samples, constrained ones and real pieces keep."""

    free: SampledValidity | None
    constrained: SampledValidity | None
    real: WellFormed | None


@dataclass(frozen=True)
class ControlResult:
    """How often a control was asked for, and how often the tune kept it."""

    asked: int
    kept: int


@dataclass(frozen=True)
class Study:
    """What was measured of one model."""

    about: About
    likelihood: likelihood.Likelihood | None
    validity: Validity | None
    features: distributions.Features
    constraint: constraint_effect.ConstraintEffect | None
    music: music.Music | None
    voice_leading: voice_leading.VoiceLeading | None
    memorisation: memorisation.Memorisation | None
    verbatim: verbatim.VerbatimReport | None
    controls: dict[str, ControlResult]

    @property
    def name(self) -> str:
        """The model's name."""
        return self.about.name


def study(
    bundle: Bundle,
    samples: Samples,
    rng: np.random.Generator,
    *,
    corpus: Corpus | None = None,
    index: Index | None = None,
    split: str = "test",
    seed: int = 0,
    progress: Callable[[str], None] = lambda step: None,
    score: ScorePieces | None = None,
) -> Study:
    """Measure `bundle`. `index` holds the tunes it learned from, `progress` gets each step's name,
    `seed` is that of the samples, for the record.

    Without `corpus` nothing is compared with real pieces. `score` stands in for
    `likelihood.score_pieces`, where others do that work.
    """
    score = score or partial(likelihood.score_pieces, Engine(bundle))
    reals = list(corpus.pieces(split)) if corpus is not None else []
    train = list(corpus.pieces("train")) if corpus is not None else []
    text = bundle.config.format == "text"
    progress(f"pieces of the {split} split")
    predicted = likelihood.measure(bundle.tokenizer, reals, train, score) if corpus else None
    progress("well-formedness")
    validity = None if text else _validity(bundle.config.format, samples, reals)
    progress("distributions")
    real_scores = [score for _, score in scores_of(reals)]
    sampled = [] if text else _scores(samples.best)
    if text:
        features = distributions.of_texts(
            [piece.text for piece in samples.best], [str(piece.content) for piece in reals], rng
        )
    else:
        features = distributions.of_scores(sampled, real_scores, rng)
    progress("the constraint's effect")
    effect = _constraint_effect(bundle.config.format, samples, reals, train, rng)
    progress("the music")
    heard = _music(samples, corpus, rng)
    progress("shared passages")
    return Study(
        _about(bundle, corpus, split, len(reals), samples, seed),
        predicted,
        validity,
        features,
        effect,
        heard,
        _voice_leading(samples, real_scores, rng),
        memorisation.measure(sampled, real_scores, index) if index is not None else None,
        _verbatim(samples, reals, train) if text and corpus is not None else None,
        {name: ControlResult(len(kept), sum(kept)) for name, kept in samples.controls.items()},
    )


def _about(
    bundle: Bundle, corpus: Corpus | None, split: str, pieces: int, samples: Samples, seed: int
) -> About:
    model = bundle.config.model
    return About(
        bundle.config.name,
        bundle.config.format,
        f"{model.cell.upper()} {' + '.join(map(str, model.units))}",
        bundle.parameters,
        len(bundle.vocabulary),
        corpus.name if corpus is not None else None,
        split if corpus is not None else None,
        pieces,
        len(samples.best),
        seed,
        samples.style,
    )


def _verbatim(
    samples: Samples, reals: Sequence[Piece], train: Sequence[Piece]
) -> verbatim.VerbatimReport:
    """What samples of plain text share, word for word, with the training text."""
    return verbatim.of_texts(
        [piece.text for piece in samples.best],
        [str(piece.content) for piece in reals],
        verbatim.Verbatim([str(piece.content) for piece in train]),
    )


def _validity(format_: str, samples: Samples, reals: Sequence[Piece]) -> Validity:
    """By rule: free samples, constrained ones, real tunes; and what the constraint costs.

    Real files of MIDI hold more than a melody and stand under other rules, so they are left out.
    """
    real = [str(piece.content) for piece in reals] if format_ == "abc" else []
    return Validity(
        _sampled_validity(format_, samples.free),
        _sampled_validity(format_, samples.constrained),
        well_formed(real) if real else None,
    )


def _sampled_validity(format_: str, drawn: Sequence[Tune]) -> SampledValidity | None:
    if not drawn:
        return None
    contents = [piece.text if format_ == "abc" else piece.score for piece in drawn]
    tokens = max(sum(piece.tokens for piece in drawn), 1)
    return SampledValidity(
        well_formed(contents, [piece.complete for piece in drawn]),
        -sum(piece.logprob for piece in drawn) / math.log(2) / tokens,
        sum(piece.constrained_steps for piece in drawn) / tokens,
    )


def _constraint_effect(
    format_: str,
    samples: Samples,
    reals: Sequence[Piece],
    train: Sequence[Piece],
    rng: np.random.Generator,
) -> constraint_effect.ConstraintEffect | None:
    if format_ != "abc" or not samples.constrained:
        return None
    free = [
        piece.text
        for piece in samples.free
        if not broken_rules(piece.text, complete=piece.complete)
    ]
    step = max(1, len(train) // NOTE_MODEL_TUNES)
    tokens = max(sum(piece.tokens for piece in samples.constrained), 1)
    return constraint_effect.measure(
        readable(piece.text for piece in samples.constrained),
        readable(free),
        readable(str(piece.content) for piece in reals),
        readable(str(piece.content) for piece in train[::step]),
        rng,
        constrained_steps=sum(piece.constrained_steps for piece in samples.constrained) / tokens,
    )


def _music(samples: Samples, corpus: Corpus | None, rng: np.random.Generator) -> music.Music | None:
    if not samples.usual or corpus is None:
        return None
    return music.measure(
        readable(piece.text for piece in samples.usual),
        {
            request: readable(piece.text for piece in drawn)
            for request, drawn in samples.dances.items()
        },
        music.of_style(corpus.pieces(), samples.style),
        rng,
    )


def _voice_leading(
    samples: Samples, reals: Sequence[Score], rng: np.random.Generator
) -> voice_leading.VoiceLeading | None:
    if not samples.harmonized:
        return None
    return voice_leading.measure(_scores(samples.best), _scores(samples.harmonized), reals, rng)


def _scores(drawn: Sequence[Tune]) -> list[Score]:
    """The notes of every sample that can be played."""
    from musicrnn.errors import MusicRNNError

    scores = []
    for piece in drawn:
        try:
            scores.append(piece.score)
        except MusicRNNError:
            continue
    return scores
