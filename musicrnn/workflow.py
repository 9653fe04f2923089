"""The Python face of training and evaluation: what `musicrnn train` and `musicrnn evaluate` do.

>>> run = train("my-tunes/", base="folk", out="runs/mine", epochs=4)   # doctest: +SKIP
>>> run.history.validation_bits                                       # doctest: +SKIP
array([1.52, 1.44, 1.41, 1.40])
>>> run.model.generate(key="D")                                       # doctest: +SKIP
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from musicrnn import corpus as corpora
from musicrnn.corpus.places import require_allowed
from musicrnn.errors import UsageError, want
from musicrnn.generation import Model, load
from musicrnn.models.bundle import Bundle
from musicrnn.training.recipe import Recipe
from musicrnn.training.run import Run

if TYPE_CHECKING:
    from musicrnn.evaluation.study import Study
    from musicrnn.training.trainer import ProgressReporter, Trainer

__all__ = ["History", "TrainedRun", "begin", "evaluate", "resume", "train"]

#: What is trained if nobody says: from nothing, and from a base.
DEFAULT_RECIPE, STYLE_RECIPE = "folk", "style"


@dataclass(frozen=True)
class History:
    """The log of a run: arrays with one entry for each epoch that is over.

    `epoch` counts from 1. `train_bits` and `validation_bits` are bits per token of the two splits,
    `rate` is the learning rate at the epoch's end, `tokens` what was learned in it, `seconds` the
    time since the run began. `well_formed` is the share of free samples that hold, nan where none
    were drawn.
    """

    epoch: npt.NDArray[np.int64]
    train_bits: npt.NDArray[np.float64]
    validation_bits: npt.NDArray[np.float64]
    rate: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    well_formed: npt.NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[Mapping[str, Any]]) -> History:
        """The lines of a run's `log.jsonl` as arrays."""
        whole = ("epoch", "tokens")
        columns: dict[str, Any] = {
            field.name: np.array(
                [line.get(field.name, np.nan) for line in lines],
                np.int64 if field.name in whole else np.float64,
            )
            for field in fields(cls)
        }
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.epoch)

    @property
    def best(self) -> int:
        """The epoch (from 1) of the fewest validation bits. Raises `UsageError` before any."""
        if not len(self):
            raise UsageError("no epoch is over yet")
        return int(self.epoch[np.argmin(self.validation_bits)])


@dataclass(frozen=True)
class TrainedRun:
    """The folder of a run: what it learned, how that went, and the model it keeps."""

    folder: Path

    @property
    def history(self) -> History:
        """One entry for each epoch. Raises `UsageError` before the first is over."""
        return History.of(Run(self.folder).read_log())

    @property
    def recipe(self) -> Recipe:
        """The recipe that the run follows."""
        return Run(self.folder).recipe

    @property
    def model(self) -> Model:
        """The model that the run keeps. Raises `ModelError` before the first epoch is over."""
        return load(self.folder)


# --- training -----------------------------------------------------------------------------------


def train(
    corpus: str | os.PathLike[str] | corpora.Corpus | None = None,
    *,
    recipe: str | os.PathLike[str] | Recipe | None = None,
    base: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    reporter: ProgressReporter | None = None,
) -> TrainedRun:
    """Train a model to the end and return its run; blocks until then.

    `corpus` is a name, file, folder, glob or an open `Corpus` (None: the recipe's); `recipe` a name
    (None: folk, with a `base` style), TOML file or `Recipe`; `base` a model whose weights are gone
    on from; `out` the run's folder (None: runs/RECIPE). `settings` change single values of the
    recipe: ``{"training.batch": 32}``. `reporter` is told how it goes, such as
    `musicrnn.notebook.LiveCurve()`. After an interruption go on with `resume`.

    Raises `UsageError` for what makes no sense or a folder that holds a run already, `CorpusError`
    for a corpus that cannot be read, `MissingExtraError` without Keras, `ModelError` where the
    numbers run away.
    """
    opened = corpus if isinstance(corpus, corpora.Corpus) else None
    name = os.fspath(corpus.folder if isinstance(corpus, corpora.Corpus) else corpus or "")
    want(settings, (Mapping, type(None)), "settings are a dict such as {'training.batch': 32}")
    given = recipe_of(
        recipe, base=base, settings=_settings(settings), epochs=epochs, seed=seed, corpus=name
    )
    if not given.corpus:
        raise UsageError(f"the recipe {given.name} needs a corpus: give one")
    trainer = begin(given, base=base, out=Path(out) if out else None, corpus=opened)
    return _run(trainer, reporter)


def resume(
    folder: str | os.PathLike[str],
    *,
    epochs: int | None = None,
    reporter: ProgressReporter | None = None,
) -> TrainedRun:
    """Go on with a run that was stopped, from its last checkpoint to the end, or to `epochs`.

    Raises `UsageError` where there is no run or it is over.
    """
    from musicrnn.training.trainer import Trainer

    trainer = Trainer.resume(Path(folder), epochs=epochs)
    if trainer.position.finished:
        raise UsageError(f"{folder}: the run is over ({trainer.position.finished}); ask for more "
                         f"epochs than {trainer.position.epoch}")  # fmt: skip
    return _run(trainer, reporter)


def recipe_of(
    recipe: str | os.PathLike[str] | Recipe | None,
    *,
    base: str | os.PathLike[str] | None = None,
    settings: Sequence[str] = (),
    epochs: int | None = None,
    seed: int | None = None,
    precision: str | None = None,
    corpus: str = "",
) -> Recipe:
    """The recipe that is asked for, with single values put over it (``section.name=value``), and
    the `corpus`, where one is named.

    Raises `CorpusError` where the corpus is the recipe's own, and lies elsewhere than a file may
    say (`musicrnn.corpus.places`).
    """
    file: str | os.PathLike[str] = ""
    for name, number in (("epochs", epochs), ("seed", seed)):
        want(number, (int, type(None)), f"{name} is a whole number")
    if seed is not None and seed < 0:
        raise UsageError(f"the seed is {seed}; it must be 0 or more")
    if not isinstance(recipe, Recipe):
        file = recipe or (STYLE_RECIPE if base else DEFAULT_RECIPE)
        recipe = Recipe.load(file)
    chosen = recipe.changed(settings)
    chosen = replace(chosen, corpus=corpus or chosen.corpus)
    its_own = chosen.corpus == recipe.corpus and not corpus
    if file and its_own and chosen.corpus not in ("", *corpora.available()):
        require_allowed(chosen.corpus, file=file, beside=Path(file).parent)
    training = chosen.training
    if epochs is not None:
        training = replace(training, epochs=epochs)
    if precision is not None:
        training = replace(training, precision=precision)
    return replace(chosen, training=training, seed=chosen.seed if seed is None else seed)


def begin(
    recipe: Recipe,
    *,
    base: str | os.PathLike[str] | None = None,
    out: Path | None = None,
    corpus: corpora.Corpus | None = None,
    remote: bool = False,
    tell: Callable[[dict[str, Any]], None] = lambda about: None,
) -> Trainer:
    """A new run of `recipe`, before its first step; `corpus` is the recipe's, where it is open.

    With `remote` the recipe's corpus may lie on the network. `tell` is given what the bundle will
    say of the data: the pieces, what is held out, the lines of MIDI files.
    """
    from musicrnn.corpus.shards import Shards, is_packed
    from musicrnn.training.prepare import prepare
    from musicrnn.training.sharded import prepare_shards
    from musicrnn.training.trainer import Trainer

    start = Bundle.load(base) if base else None
    folder = out or Path("runs") / recipe.name
    if is_packed(recipe.corpus):
        return Trainer.begin(folder, prepare_shards(recipe, Shards(recipe.corpus), base=start))
    pieces = corpus or corpora.open(recipe.corpus, remote=remote)
    prepared = prepare(recipe, pieces, base=start)
    tell(prepared.start.config.training)
    return Trainer.begin(folder, prepared)


def _settings(settings: Mapping[str, Any] | None) -> list[str]:
    """Values of Python as a recipe file has them."""
    return [f"{name}={json.dumps(value)}" for name, value in (settings or {}).items()]


def _run(trainer: Trainer, reporter: ProgressReporter | None) -> TrainedRun:
    from musicrnn.evaluation.training_samples import observe
    from musicrnn.training.trainer import Silent

    recipe = trainer.recipe
    look = partial(observe, samples=recipe.training.samples, seed=recipe.seed)
    trainer.train(reporter or Silent(), observe=look)
    return TrainedRun(trainer.run.folder)


# --- evaluation ---------------------------------------------------------------------------------


def evaluate(
    model: str | os.PathLike[str] | Model,
    *,
    corpus: str | os.PathLike[str] | None = None,
    samples: int = 128,
    split: str = "test",
    seed: int = 0,
    jobs: int = 1,
    report: str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Study:
    """Measure a model: likelihood on pieces it never saw, validity, music, novelty, controls.

    `samples` tunes are drawn and compared with the `split` (``"test"`` or ``"validation"``) of
    `corpus` (None: the model's own). `report` names a page (.html) to write; the figures that one
    would quote are `musicrnn.evaluation.headline.headline(study)`. The same seed gives the same
    figures, on any number of `jobs`.

    Raises `UsageError`, `CorpusError` and `ModelError`.
    """
    from musicrnn.evaluation import assess
    from musicrnn.files import write_whole
    from musicrnn.parallel.workers import Pool, Serial

    if split not in ("test", "validation"):
        raise UsageError(f"split is {split!r}; it must be test or validation")
    want(samples, int, "samples is a whole number")
    if samples < 2:
        raise UsageError(f"samples is {samples}; two or more tell something")
    if isinstance(model, Model):
        if model.bundle.folder is None:
            raise UsageError("the model is not on disk; save it by model.save(folder)")
        model = model.bundle.folder
    if report is not None and Path(report).suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{os.fspath(report)}: a report is a page; name it .html")
    study, tunes = assess.assess(
        model, corpus=corpus, samples=samples, seed=seed, split=split, progress=progress,
        workers=Pool(jobs) if jobs > 1 else Serial(),
    )  # fmt: skip
    if report is not None:
        write_whole(report, assess.report([study], [tunes]))
    return study
