"""From a model's name to its report: draw samples, measure them, lay out the page.

The measures are those of `musicrnn.evaluation`; this is the one place where they meet the
generator.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from itertools import islice

import numpy as np

from musicrnn import corpus as corpora
from musicrnn import generation
from musicrnn.errors import CorpusError, MusicRNNError, UsageError
from musicrnn.evaluation import control_check, known_tunes, music, tasks
from musicrnn.evaluation.study import Samples, Study, study
from musicrnn.evaluation.voice_leading import soprano_of
from musicrnn.files import is_address
from musicrnn.generation import remote
from musicrnn.generation.harmonize import Melody, harmonizations
from musicrnn.generation.tune import Tune
from musicrnn.models.config import BundleConfig
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.parallel.workers import Serial, Workers
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.tokens.voices import VoicesTokenizer

__all__ = ["assess", "players", "report"]

#: Tunes that are drawn with random controls.
ASKED = 32
#: Real tunes that are given to the controls that take music.
EXAMPLES = 8


def assess(
    model: str | os.PathLike[str],
    *,
    corpus: str | os.PathLike[str] | None = None,
    samples: int = 128,
    seed: int = 0,
    split: str = "test",
    style: str = "",
    progress: Callable[[str], None] = lambda step: None,
    workers: Workers | None = None,
) -> tuple[Study, list[Tune]]:
    """Everything measured of a model (see `evaluation.study`), and the samples that were drawn.

    `corpus` replaces the one that the model names; where neither is at hand, nothing is compared
    with real pieces. With `style` the music is asked for in that tradition, and compared with its
    tunes. The same seed gives the same figures, however the work is shared out: `workers` draw
    the tunes and score the pieces of the split.
    """
    writer = generation.load(model)
    compared = _corpus(corpus, writer)
    if compared is not None and not compared.parts.get(split):
        split = "validation"  # a small corpus may have put no piece on the test side
    progress("known tunes")
    index = _index(writer, compared)
    workers = workers or Serial()
    ref = remote.ModelRef.of(writer)
    if style:
        writer.controls(style=style)  # refused at once where the model knows none
    drawn = _drawn(workers, ref, writer.bundle.config, samples, seed, progress, compared, style)
    if writer.tokenizer.name == VoicesTokenizer.name and compared is not None:
        progress("sopranos harmonized")
        settings = _harmonized(writer, islice(compared.pieces(split), samples), seed)
        drawn = replace(drawn, harmonized=settings)
    rng = np.random.default_rng([seed, 1])
    made = study(
        writer.bundle,
        drawn,
        rng,
        corpus=compared,
        index=index,
        split=split,
        seed=seed,
        progress=progress,
        score=partial(tasks.score, workers, ref),
    )
    return made, [tune for tune in drawn.best if isinstance(tune, Tune)]


def _corpus(
    asked: str | os.PathLike[str] | None, writer: generation.Model
) -> corpora.Corpus | None:
    """The corpus to compare with: the one `asked` for, or the model's own, which may be gone, or
    lie where the model may not say."""
    if asked:
        return corpora.open(asked, remote=is_address(os.fspath(asked)))
    bundle = writer.bundle
    try:
        name = known_tunes.corpus_of(bundle.config, bundle.folder or bundle.config.name)
        return corpora.open(name) if name else None
    except (CorpusError, OSError) as error:
        warnings.warn(f"{error}; nothing is compared with real pieces", stacklevel=3)
        return None


def _index(writer: generation.Model, corpus: corpora.Corpus | None) -> Index | None:
    folder = writer.bundle.folder
    if writer.format.name == "text":
        return None
    if folder is not None and (folder / FILE_NAME).is_file():
        return Index.load(folder)
    if corpus is None:
        return None
    return known_tunes.index_of_pieces(corpus.pieces("train"), voices=True)


def _drawn(
    workers: Workers,
    ref: remote.ModelRef,
    config: BundleConfig,
    n: int,
    seed: int,
    progress: Callable[[str], None],
    corpus: corpora.Corpus | None,
    style: str,
) -> Samples:
    """Free samples, constrained ones and how controls are kept where the format has any; for ABC
    tunes as people ask for them."""
    learned = partial(
        remote.drawn, workers, ref, n, seed=seed, temperature=remote.AS_LEARNED, best_of=1
    )
    progress("free samples")
    free = learned(free=True)
    if config.format == "text":
        return Samples(free)
    progress("constrained samples")
    constrained = learned()
    progress("controls")
    requests = control_check.random_controls(
        np.random.default_rng([seed, 2]),
        ASKED,
        format_=config.format,
        tokenizer=config.tokenizer["name"],
        examples=_examples(corpus) if config.format == "abc" else (),
    )
    answers: dict[str, list[bool]] = {}
    for kept in tasks.check_controls(workers, ref, requests, seed=seed):
        for name, held in kept.items():
            answers.setdefault(name, []).append(held)
    usual: list[Tune] = []
    dances: dict[music.Request, list[Tune]] = {}
    if config.format == "abc" and corpus is not None:
        pieces = music.of_style(corpus.pieces(), style)
        traits = {"style": style} if style else {}
        wanted = music.requests(pieces)
        for i, request in enumerate(wanted):
            progress(f"tunes as people ask for them: {request.rhythm}")
            share = n // len(wanted) + (i < n % len(wanted))
            usual += remote.drawn(workers, ref, share, seed=seed + i, **asdict(request), **traits)
        for request in music.dances(pieces, wanted):
            progress(f"tunes of one dance: {request.rhythm}")
            dances[request] = remote.drawn(workers, ref, n, seed=seed, **asdict(request), **traits)
    return Samples(free, constrained, answers, usual, dances, style)


def _harmonized(writer: generation.Model, pieces: Iterable[Piece], seed: int) -> list[Tune]:
    """The sopranos of real pieces with voices of the model's own; not those that leave no room."""
    settings: list[Tune] = []
    for piece in pieces:
        if isinstance(piece.content, Score):
            with suppress(UsageError):
                melody = Melody.of(soprano_of(piece.content), "soprano")
                settings += harmonizations(writer, melody, 1, options={"seed": seed})
    return settings


def _examples(corpus: corpora.Corpus | None) -> list[str]:
    """A few tunes that the model has not learned from, for the controls that take music."""
    pieces = corpus.pieces("test") if corpus is not None else ()
    return [str(piece.content) for piece in islice(pieces, EXAMPLES)]


def players(tunes: Sequence[Tune]) -> dict[str, str]:
    """Heading → score and player of the likeliest, the median and the least likely tune."""
    from musicrnn import render

    playable = [tune for tune in tunes if tune.format != "text" and _notes(tune)]
    ranked = sorted(playable, key=lambda tune: -tune.logprob_per_note)
    if not ranked:
        return {}
    chosen = {"Best": ranked[0], "Median": ranked[len(ranked) // 2], "Worst": ranked[-1]}
    shown = {}
    for rank, tune in chosen.items():
        bits = -tune.logprob_per_note / math.log(2)
        name = f": {tune.title}" if tune.title else ""
        shown[f"{rank}{name} ({bits:.1f} bits per note)"] = render.player_html(
            tune.text, tune.played
        )
    return shown


def _notes(tune: Tune) -> int:
    try:
        return len(tune.score.notes)
    except MusicRNNError:
        return 0


def report(studies: Sequence[Study], tunes: Sequence[Sequence[Tune]]) -> str:
    """The page of one model or of two side by side."""
    from musicrnn.evaluation.report.page import page

    return page(studies, [players(shown) for shown in tunes])
