"""The training loop: epochs, held-out figure, best weights, checkpoints, exact resume.

Every number that a step depends on is in the checkpoint (`step.Stepper.state_dict`) or follows from
the recipe's seed and the position, so a run that was killed and resumed ends, on a CPU, with the
same weights bit for bit as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from musicrnn.corpus import available
from musicrnn.corpus.places import remember
from musicrnn.errors import CorpusError, ModelError, UsageError, counted
from musicrnn.files import write_whole
from musicrnn.models.bundle import Bundle
from musicrnn.models.card import card
from musicrnn.training.batching import Epoch, evaluation_epoch, plan_epoch
from musicrnn.training.network import zero_states
from musicrnn.training.prepare import Prepared, RunData, generator
from musicrnn.training.recipe import Recipe
from musicrnn.training.run import Run, TrainingState, room_needed
from musicrnn.training.run_data import Dataset
from musicrnn.training.schedule import rate_at
from musicrnn.training.sharded import load_dataset
from musicrnn.training.step import Outcome, Stepper
from musicrnn.training.steppers import make_stepper

__all__ = ["Observer", "ProgressReporter", "Silent", "Trainer"]

#: Seconds between two pictures of the losses: on short epochs drawing would be most of the work.
PICTURE_SECONDS = 10.0
#: Where measuring after an epoch takes longer, the epoch's steps are saved before it.
SLOW_END_SECONDS = 1.0

#: Looks at the bundle after an epoch (number, bundle, run's sample folder) and returns what the
#: log should say about it, such as {"well_formed": 0.9}.
Observer = Callable[[int, Bundle, Path], dict[str, Any]]


class ProgressReporter(Protocol):
    """What receives the progress of training."""

    def begin(self, recipe: Recipe, parameters: int, epoch: int) -> None:
        """Training starts or goes on at `epoch` (from 0)."""

    def epoch(self, number: int, steps: int, done: int) -> None:
        """Epoch `number` (from 0) has `steps` steps, `done` of which are done."""

    def step(self, tokens: int, bits: float) -> None:
        """One step over `tokens` ids is done; the epoch's mean so far is `bits` a token."""

    def epoch_done(self, line: dict[str, Any], better: bool) -> None:
        """An epoch is over: its line of the log, and whether it is the best so far."""

    def end(self) -> None:
        """Training stops, for whatever reason."""


class Silent:
    """A `ProgressReporter` for training that nobody watches."""

    def begin(self, recipe: Recipe, parameters: int, epoch: int) -> None: ...
    def epoch(self, number: int, steps: int, done: int) -> None: ...
    def step(self, tokens: int, bits: float) -> None: ...
    def epoch_done(self, line: dict[str, Any], better: bool) -> None: ...
    def end(self) -> None: ...


def _room_needed(recipe: Recipe, start: Bundle) -> int:
    one_row = sum(state.size for state in zero_states(recipe.model, 1))
    return room_needed(start.parameters, recipe.training.batch * one_row)


class Trainer:
    """One run, from its first step or from its last checkpoint to its end."""

    def __init__(
        self,
        run: Run,
        recipe: Recipe,
        start: Bundle,
        dataset: RunData,
        position: TrainingState,
        make: Callable[..., Stepper] = make_stepper,
    ) -> None:
        self.run = run
        self.recipe = recipe
        self.start = start
        self.dataset = dataset
        self.position = position
        self.stepper: Stepper = make(
            recipe.model,
            len(start.vocabulary),
            recipe.training,
            dropout_seed=position.dropout_seed,
        )
        self._check_ids(dataset)
        cycle = recipe.model.cycle  # which every stretch of a piece must begin at the start of
        stretches = {"length": 8 * cycle, "longest": 256 * cycle} if cycle else {}
        self._features = start.features
        self._validation = evaluation_epoch(
            dataset.validation, **stretches, features=self._features
        )
        self._saved = self._since = time.monotonic()
        self._drawn = -PICTURE_SECONDS
        #: whether all that was done is on disk, so that the process may be ended
        self.saved = True
        #: how long measuring took after the last epoch; the first time it is compiled
        self._end_seconds = math.inf

    def _check_ids(self, dataset: RunData) -> None:
        """Raise `CorpusError` for ids that the model has no tokens for, which no library tells."""
        sides = [dataset.validation, *([dataset.flat] if isinstance(dataset, Dataset) else ())]
        if any(len(ids) and ids.max() >= len(self.start.vocabulary) for s in sides for ids in s):
            raise CorpusError(f"{self.run.data_path}: damaged; start a new run")

    # --- making one -----------------------------------------------------------------------

    @classmethod
    def begin(cls, folder: Path, prepared: Prepared) -> Trainer:
        """A new run in `folder`, with a first checkpoint before the first step.

        Raises `UsageError` when the folder cannot be used (see `Run.create`).
        """
        recipe = prepared.recipe
        run = Run.create(folder, needed=_room_needed(recipe, prepared.start))
        with run.alone():
            if recipe.corpus not in available():
                remember(recipe.corpus)  # so that the run may name it when it is evaluated
            digest = prepared.dataset.save(run.data_path)
            write_whole(run.recipe_path, recipe.to_toml())
            seed = int(generator(recipe.seed, "dropout").integers(2**31))
            position = TrainingState(data_digest=digest, dropout_seed=seed)
            trainer = cls(run, recipe, prepared.start, prepared.dataset, position)
            trainer.stepper.set_weights(prepared.start.weights)
            trainer.save()
        return trainer

    @classmethod
    def resume(
        cls,
        folder: Path,
        *,
        epochs: int | None = None,
        make: Callable[..., Stepper] = make_stepper,
        shared: bool = False,
    ) -> Trainer:
        """A run from its last checkpoint; with `epochs`, it ends after that many in all.

        `make` makes the stepper, where it is not the one for this process alone; `shared` is for
        workers of a process that has the folder to itself already. Raises `UsageError` when
        another process trains in the folder.
        """
        run = Run.open(folder)
        run.shared = shared
        recipe = run.recipe
        bundle, tensors, position = run.load_checkpoint()
        changed = epochs is not None and epochs != recipe.training.epochs
        if epochs is not None and changed:
            if epochs <= position.epoch:
                raise UsageError(
                    f"{folder}: {counted(position.epoch, 'epoch')} done already; ask for more"
                )
            recipe = replace(recipe, training=replace(recipe.training, epochs=epochs))
            position.finished = ""
        run.check_room(_room_needed(recipe, bundle))
        dataset = load_dataset(run.data_path, position.data_digest, trusted=shared)
        trainer = cls(run, recipe, bundle, dataset, position, make)
        trainer.stepper.load_state_dict(tensors)
        run.check_links()
        with run.alone():
            # From here on the run is resumed; whatever was refused before left it as it was.
            run.remove_temporary_files()
            if changed:
                write_whole(run.recipe_path, recipe.to_toml())
            if position.log:
                run.write_log(position.log)
        return trainer

    # --- training -------------------------------------------------------------------------

    def train(
        self,
        reporter: ProgressReporter,
        *,
        observe: Observer | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train to the end; False when `stop()` asked to stop before, with all saved.

        Raises `ModelError` when training diverges (the last good weights are kept), and
        `UsageError` when another process trains in the run's folder.
        """
        with self.run.alone():
            return self._train(reporter, observe, stop)

    def _train(
        self, reporter: ProgressReporter, observe: Observer | None, stop: Callable[[], bool]
    ) -> bool:
        reporter.begin(self.recipe, self.start.parameters, self.position.epoch)
        self._since = self._saved = time.monotonic()
        try:
            while not self.position.finished:
                if stop() or not self._train_epoch(reporter, stop):
                    if not self.saved:
                        self.save()
                    return False
                if self._end_seconds > SLOW_END_SECONDS:
                    self.save()  # so that it may be interrupted without losing steps
                began = time.monotonic()
                self._end_epoch(reporter, observe)
                self._end_seconds = time.monotonic() - began
        finally:
            reporter.end()
        return True

    def _train_epoch(self, reporter: ProgressReporter, stop: Callable[[], bool]) -> bool:
        position, training = self.position, self.recipe.training
        epoch = self._plan(position.epoch)
        reporter.epoch(position.epoch, epoch.steps, position.step)
        while position.step < epoch.steps:
            batch = epoch.batch(position.step)
            outcome = self.stepper.train(batch, self._rate(epoch.steps))
            if not outcome.finite:
                raise self._diverged(outcome)
            position.nats += outcome.loss * batch.tokens
            position.tokens += batch.tokens
            position.step += 1
            self.saved = False
            reporter.step(batch.tokens, position.bits)
            if stop():
                return False
            if time.monotonic() - self._saved >= 60 * training.checkpoint_minutes:
                self.save()
        return True

    def _plan(self, number: int) -> Epoch:
        rng = generator(self.recipe.seed, "epoch", number)
        training = self.recipe.training
        return plan_epoch(
            self.dataset.epoch_pieces(rng),
            rng,
            batching=training.batching,
            batch=training.batch,
            length=training.length,
            features=self._features,
        )

    def _rate(self, steps: int) -> float:
        training, position = self.recipe.training, self.position
        return rate_at(
            (position.epoch + (position.step + 1) / steps) / training.epochs,
            rate=training.rate,
            schedule=training.schedule,
            warmup=training.warmup,
        )

    def _end_epoch(self, reporter: ProgressReporter, observe: Observer | None) -> None:
        """Measure, keep what is best, look at samples, write the checkpoint and then the log."""
        position, training = self.position, self.recipe.training
        rate = self._rate(position.step)
        line: dict[str, Any] = {
            "epoch": position.epoch + 1,
            "train_bits": position.bits,
            "validation_bits": self.stepper.evaluate(self._validation),
            "rate": rate,
            "tokens": position.tokens,
        }
        better = position.best is None or line["validation_bits"] < position.best
        position.epoch, position.step = position.epoch + 1, 0
        position.nats, position.tokens = 0.0, 0
        position.epochs_without_improvement = (
            0 if better else position.epochs_without_improvement + 1
        )
        if better:
            position.best, position.best_epoch = line["validation_bits"], position.epoch
        if position.epoch >= training.epochs:
            position.finished = f"{counted(training.epochs, 'epoch')}, as many as asked for"
        elif training.patience and position.epochs_without_improvement >= training.patience:
            position.finished = (
                f"no better for {counted(position.epochs_without_improvement, 'epoch')}"
            )
        due = training.samples_every and position.epoch % training.samples_every == 0
        if observe is not None and (due or position.finished):
            line |= observe(position.epoch, self._bundle(line), self.run.samples)
        if better or training.keep == "last":
            self._bundle(line).save(self.run.best)
        line["seconds"] = round(self._seconds(), 1)
        position.log.append(line)
        self.save()
        self._write_log()
        reporter.epoch_done(line, better)

    def _write_log(self) -> None:
        """The log; its picture too, if the last one is a while old or there will be no other."""
        now = time.monotonic()
        due = bool(self.position.finished) or now - self._drawn >= PICTURE_SECONDS
        self.run.write_log(self.position.log, picture=due)
        if due:
            self._drawn = now

    def final_bundle(self) -> Bundle:
        """The bundle that the run keeps. Raises `ModelError` before the first epoch's end."""
        return Bundle.load(self.run.best)

    # --- saving ---------------------------------------------------------------------------

    def save(self) -> None:
        """Write a checkpoint of this very moment."""
        self.position.seconds = self._seconds()
        self.run.save_checkpoint(self._bundle({}), self.stepper.state_dict(), self.position)
        self._saved = time.monotonic()
        self.saved = True

    def _seconds(self) -> float:
        now = time.monotonic()
        seconds, self._since = self.position.seconds + now - self._since, now
        self.position.seconds = seconds
        return seconds

    def _bundle(self, line: dict[str, Any]) -> Bundle:
        """The model as it stands; `line` is the log's, empty in the middle of an epoch."""
        config = replace(
            self.start.config,
            training=self.start.config.training
            | {
                "epochs": self.position.epoch,
                "seconds": round(self._seconds()),
                "settings": self.recipe.to_dict()["training"],
                "seed": self.recipe.seed,
            },
            figures={
                name: round(line[key], 4)
                for name, key in (
                    ("bits_per_token", "validation_bits"),
                    ("training_bits_per_token", "train_bits"),
                    ("well_formed", "well_formed"),
                )
                if key in line
            },
        )
        bundle = Bundle(config, self.start.vocabulary, self.stepper.weights())
        return replace(bundle, card=card(bundle))

    def _diverged(self, outcome: Outcome) -> ModelError:
        kept = self.run.best if self.position.best is not None else self.run.checkpoints
        return ModelError(
            f"epoch {self.position.epoch + 1}, step {self.position.step + 1}: the loss is "
            f"{outcome.loss:.3g} and the gradient {outcome.gradient:.3g}; training stopped, the "
            f"last good weights are in {kept}; start again with a lower training.rate "
            f"(it was {self.recipe.training.rate:g})"
        )
