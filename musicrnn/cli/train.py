"""``musicrnn train``: a model from a corpus and a recipe."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console
from musicrnn.cli.batch import MOST_OF_THE_NOTES, all_notes, say, say_faults
from musicrnn.cli.interrupts import INTERRUPTED, at_once, stopping
from musicrnn.errors import UsageError, counted
from musicrnn.files import is_address

if TYPE_CHECKING:
    from musicrnn.training.recipe import Recipe
    from musicrnn.training.trainer import ProgressReporter, Trainer

app = typer.Typer()


@app.command()
def train(
    corpus: str | None = typer.Argument(
        None,
        help="A known corpus, a file, a folder, a glob, or packed shards (DIR/tokens); "
        "default: the recipe's.",
    ),
    corpus_option: str | None = typer.Option(None, "--corpus", help="Same as the argument CORPUS."),
    recipe: str | None = typer.Option(
        None, "--recipe", help="A shipped recipe or a TOML file. Default: folk; with --from, style."
    ),
    from_: str | None = typer.Option(
        None, "--from", help="Go on from this model's weights with your own pieces."
    ),
    out: Path | None = typer.Option(None, "-o", "--output", help="The run's folder: runs/RECIPE."),
    resume: Path | None = typer.Option(None, "--resume", help="Go on with the run in this folder."),
    epochs: int | None = typer.Option(None, "--epochs", min=1, help="Epochs at most, in all."),
    seed: int | None = typer.Option(None, "--seed", min=0, help="Another seed than the recipe's."),
    settings: list[str] = typer.Option(
        [], "--set", help="Change one value of the recipe: training.batch=32. May be repeated."
    ),
    melody_track: str | None = typer.Option(
        None,
        "--melody-track",
        help="MIDI: the track of the melody, as corpus info numbers it, or its name. Default: it "
        "is found.",
    ),
    chord_track: str | None = typer.Option(
        None,
        "--chord-track",
        help="MIDI: the track of the chords, or its name. Default: symbols, or all.",
    ),
    bars_from: int | None = typer.Option(
        None, "--bars-from", min=1, help="MIDI: learn from this bar on, counted from 1."
    ),
    bars_to: int | None = typer.Option(
        None, "--bars-to", min=1, help="MIDI: learn up to this bar, which is included."
    ),
    precision: str | None = typer.Option(
        None, "--precision", help="float32, bfloat16, or auto, the recipes' default."
    ),
    backend: str | None = typer.Option(None, "--backend", help="tensorflow or jax."),
    tensorboard: bool = typer.Option(
        False, "--tensorboard", help="Also write the log for TensorBoard, to RUN/tensorboard."
    ),
    cluster: str = typer.Option(
        "",
        "--cluster",
        envvar="MUSICRNN_CLUSTER",
        help="Train on a Ray cluster: auto, local or an address.",
    ),
    workers: int | None = typer.Option(
        None,
        "--workers",
        min=1,
        help="With --cluster: how many share each batch. Default: the recipe's.",
    ),
) -> None:
    """Train a model, or go on with a run that was stopped.

    The run's folder is a model too: musicrnn generate --model RUN.
    """
    from musicrnn.corpus import places
    from musicrnn.corpus.shards import is_packed
    from musicrnn.training.backend import choose, keras_module
    from musicrnn.workflow import recipe_of

    if corpus and corpus_option:
        raise UsageError("the corpus is named twice: as an argument and by --corpus")
    corpus = corpus or corpus_option
    tracks = {"melody_track": melody_track, "chord_track": chord_track}
    settings += [f"tokenizer.{name}={_track(track)}" for name, track in tracks.items() if track]
    bars = {"bars_from": bars_from, "bars_to": bars_to}
    settings += [f"tokenizer.{name}={bar}" for name, bar in bars.items() if bar is not None]
    if resume is not None and corpus is not None and is_packed(corpus):
        places.remember(corpus)  # a run on shards that somebody else began may name them
        corpus = None
    begins = corpus or recipe or from_ or out or settings or seed is not None or precision
    if resume is not None and begins:
        raise UsageError("--resume goes on as the run began; of the others it takes --epochs")
    if resume is None and not (corpus or recipe or from_):
        raise UsageError(
            "say what to learn from: musicrnn train FILE-OR-FOLDER; or name a recipe that has a "
            "corpus of its own, as musicrnn train --recipe folk (musicrnn recipes list shows all)"
        )
    if resume is None:
        chosen = recipe_of(
            recipe, base=from_, settings=settings, epochs=epochs, seed=seed, precision=precision,
            corpus=corpus or "",
        )  # fmt: skip
        if not chosen.corpus:
            raise UsageError(
                f"the recipe {chosen.name} needs a corpus: musicrnn train FILE-OR-FOLDER"
            )
        if chosen.model.kind == "chords":
            _learn_chords(chosen, out, from_)
            return
    choose(backend)
    with at_once():
        keras_module()
    if resume is not None:
        trainer = _resumed(resume, epochs)
    else:
        # Only what was named on the command line may lie on the network.
        trainer = _begun(chosen, from_, out, remote=corpus is not None and is_address(corpus))
    if cluster:
        _run_on_cluster(trainer.run.folder, cluster, workers or trainer.recipe.cluster.workers)
    else:
        _run(trainer, tensorboard=tensorboard)


def _learn_chords(recipe: Recipe, out: Path | None, from_: str | None) -> None:
    """Train a chord model, which needs neither Keras nor a run to go on with."""
    from musicrnn.training.chord_corpus import learn
    from musicrnn.training.chord_training import ChordTraining

    if from_ is not None:
        raise UsageError("a chord model begins with the one that is shipped: leave out --from")
    how = ChordTraining(
        units=recipe.model.units[0],
        drop_units=recipe.model.dropout,
        epochs=recipe.training.epochs,
        batch=recipe.training.batch,
        rate=recipe.training.rate,
        seed=recipe.seed,
    )

    def tell(network: int, epoch: int, loss: float) -> None:
        console.print(
            f"network {network + 1} of {how.networks}, epoch {epoch} of {how.epochs}: "
            f"{loss:.3f} nats a beat",
            highlight=False,
        )

    learned = learn(recipe.corpus, how, tell=tell, say=say)
    place = learned.save(out or Path("runs") / recipe.name)
    share = learned.right / max(learned.beats, 1)
    held = f"; {share:.1%} of the beats right on tunes held out" if learned.beats else ""
    console.print(
        f"done: {counted(learned.tunes, 'tune')}{held}; the model is in {place}", highlight=False
    )


def _track(text: str) -> str:
    """A track as a setting: a number, or text in quotes."""
    return text if text.isdecimal() else json.dumps(text, ensure_ascii=False)


def _run_on_cluster(folder: Path, address: str, workers: int) -> None:
    """Train a run that has begun to its end; each epoch's line as it comes."""
    from musicrnn.parallel.ray import connected
    from musicrnn.training.ray_training import train_on_cluster

    def tell(line: dict[str, Any]) -> None:
        console.print(
            f"epoch {line['epoch']}: {line['train_bits']:.3f} training bits per token, "
            f"{line['validation_bits']:.3f} validation",
            highlight=False,
        )

    with connected(address, processors=workers):
        train_on_cluster(folder, workers, tell=tell)
    console.print(f"done; the model is in {folder / 'best'}", highlight=False)


def _begun(recipe: Recipe, from_: str | None, out: Path | None, *, remote: bool) -> Trainer:
    from musicrnn import corpus as corpora
    from musicrnn import workflow
    from musicrnn.corpus.shards import is_packed

    if Path(recipe.corpus).exists() and not is_packed(recipe.corpus):
        say_faults(corpora.open(recipe.corpus))  # of what ships all is known

    def tell(about: dict[str, Any]) -> None:
        _say_what_is_learned(about)
        held_out = about.get("held_out")
        if held_out:
            console.print(
                f"{recipe.corpus}: too few pieces to hold one out; {held_out} is held out instead",
                highlight=False,
                soft_wrap=True,
            )

    return workflow.begin(recipe, base=from_, out=out, remote=remote, tell=tell)


def _say_what_is_learned(about: dict[str, Any]) -> None:
    """Which line of a MIDI file is read and why, and what share of its notes that is."""
    for line in about.get("lines", ()):
        say(line)
    share = about.get("share_of_notes", 1.0)
    if share < MOST_OF_THE_NOTES:
        say(f"{share:.0%} of the notes reach the model, one line of each piece; {all_notes()}")


def _resumed(folder: Path, epochs: int | None) -> Trainer:
    from musicrnn.training.trainer import Trainer

    trainer = Trainer.resume(folder, epochs=epochs)
    if trainer.position.finished:
        raise UsageError(
            f"{folder}: the run is over ({trainer.position.finished}); "
            f"for more: --resume {folder} --epochs {trainer.position.epoch + 10}"
        )
    return trainer


def _run(trainer: Trainer, *, tensorboard: bool) -> None:
    from musicrnn.cli.progress import TrainingProgress
    from musicrnn.evaluation.training_samples import observe

    folder = trainer.run.folder
    reporter: ProgressReporter = TrainingProgress(console)
    if tensorboard:
        from musicrnn.training.tensorboard import TensorBoard

        reporter = TensorBoard(trainer.run.tensorboard, reporter)
    look = partial(observe, samples=trainer.recipe.training.samples, seed=trainer.recipe.seed)
    go_on = f"go on with: musicrnn train --resume {folder}"
    pieces = trainer.start.config.training.get("pieces", 0)
    learned = f"{counted(pieces, 'piece')} of " * bool(pieces) + trainer.recipe.corpus
    console.print(
        f"learning from {learned}, into {folder}; Ctrl-C stops and keeps what is done, {go_on}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    try:
        with stopping(_say_stopping, lambda: trainer.saved, lambda: _say_saved(go_on)) as came:
            done = trainer.train(reporter, observe=look, stop=lambda: bool(came))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"{folder}: cannot be written ({reason}); make room, then {go_on}"
        ) from error
    if not done:
        _say_saved(go_on)
        raise typer.Exit(INTERRUPTED)
    position = trainer.position
    kept = " is kept" if trainer.recipe.training.keep == "best" else ", the last one is kept"
    console.print(
        f"done: {position.finished}; best {position.best:.3f} validation bits per token at "
        f"epoch {position.best_epoch}{kept}; the model is in {trainer.run.best}",
        highlight=False,
        soft_wrap=True,
    )


def _say_stopping() -> None:
    console.print("stopping after this step; a second Ctrl-C stops at once", highlight=False)


def _say_saved(go_on: str) -> None:
    console.print(f"saved; {go_on}", markup=False, highlight=False, soft_wrap=True)
