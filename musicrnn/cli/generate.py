"""``musicrnn generate``: new tunes on standard output, or as files of any kind."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console, print_text
from musicrnn.cli.batch import say_tunes_written, say_written
from musicrnn.cli.options import WHERE, control_values, require_kind, takes
from musicrnn.constraints.controls import CONTROLS
from musicrnn.errors import UsageError
from musicrnn.files import remove_temporary_files
from musicrnn.generation.options import SamplingOptions
from musicrnn.theory.backing import backing_of

if TYPE_CHECKING:
    from musicrnn.generation import Model
    from musicrnn.generation.tune import Tune

app = typer.Typer()

_DEFAULT_MODELS = {"abc": "folk"}

_SAMPLING = tuple(field.name for field in fields(SamplingOptions))


@app.command()
@takes(*CONTROLS, sampling=_SAMPLING)
def generate(
    model: str = typer.Option("", help="A shipped model or a training run. Default: folk."),
    format: str = typer.Option("", help="abc, midi or text: picks the default model."),
    n: int = typer.Option(1, "-n", "--number", "--count", min=1, help="How many tunes."),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        rich_help_panel=WHERE,
        help="FILE, whose extension decides (.abc .mid .wav .flac .ogg .mp3 .svg .png .pdf "
        ".musicxml .txt), or DIR/ for many. Default: standard output.",
    ),
    to: str = typer.Option(
        "",
        "--to",
        "--formats",
        rich_help_panel=WHERE,
        help="For DIR/: the kinds of files, with commas: abc,mid,wav. With --jobs: parquet.",
    ),
    jobs: int = typer.Option(
        0,
        "-j",
        "--jobs",
        min=0,
        rich_help_panel=WHERE,
        help="Processes, for very many tunes into DIR/ as one book.",
    ),
    cluster: str = typer.Option(
        "",
        "--cluster",
        rich_help_panel=WHERE,
        help="As --jobs, on a Ray cluster: auto, local or an address.",
    ),
    backing: str = typer.Option(
        "",
        "--backing",
        rich_help_panel=WHERE,
        help="Write chords over the tune and let them be played: guitar, piano, bouzouki or none.",
    ),
    as_json: bool = typer.Option(
        False, "--json", rich_help_panel=WHERE, help="Print JSON instead of the tunes."
    ),
    **options: Any,
) -> None:
    """Write new tunes. Each is valid and meets every option you give."""
    from musicrnn.generation import load

    _check_where(n, output, to, jobs or cluster)
    made = load(_model(model, format, chords=options["chords"] is not None))
    how = {name: options[name] for name in _SAMPLING}
    controls = control_values(options)
    if backing:
        backing_of(backing)
    if jobs or cluster:
        if backing:
            raise UsageError("--jobs and --cluster write tunes alone; put chords over them after")
        _many(made, n, output, to, jobs, cluster, as_json=as_json, options=how | controls)
        return
    tunes = made.stream(n, **how, **controls)
    if backing:
        tunes = (tune.backed(backing) for tune in tunes)
    count = n * made.candidates(SamplingOptions(**how)) if how["every"] else n
    _deliver(tunes, count, output, to, as_json=as_json, free=how["free"])


# --- what is asked ------------------------------------------------------------------------------


def _model(model: str, format_: str, *, chords: bool) -> str:
    """The model named, or the default one of a format."""
    if model:
        if format_:
            from musicrnn.models.bundle import read_config

            written = read_config(model).format
            if written != format_:
                raise UsageError(f"the model {model} writes {written}, not {format_}")
        return model
    if chords:
        raise UsageError(
            "chords are for a model that plays over them, and none is named; make one with "
            "musicrnn train FILES --recipe jazz, and name its folder"
        )
    name = _DEFAULT_MODELS.get(format_ or "abc")
    if name is None:
        raise UsageError(f"--format {format_} wants a --model of yours: there is no default one")
    return name


# --- where it goes ------------------------------------------------------------------------------


def _is_folder(output: str) -> bool:
    return output.endswith(("/", "\\")) or (output != "" and Path(output).is_dir())


def _check_where(n: int, output: str, to: str, many: int | str) -> None:
    """Refuse, before any work begins, what could not be written in the end."""
    folder = _is_folder(output)
    if to and not folder:
        raise UsageError("--to names kinds of files in a folder; give one: -o DIR/")
    if many:
        return
    if folder:
        for kind in filter(None, to.split(",")):
            require_kind(f"{output}tune.{kind.strip().lstrip('.')}")
    elif output not in ("", "-"):
        require_kind(output)
        _require_book(n, Path(output))


def _require_book(tunes: int, path: Path) -> None:
    if tunes > 1 and path.suffix.lower() not in (".abc", ".txt"):
        raise UsageError(f"{tunes} tunes do not fit into {path}; give a folder: -o DIR/")


def _deliver(
    tunes: Iterator[Tune], count: int, output: str, to: str, *, as_json: bool, free: bool
) -> None:
    """Print or write the tunes as they come, and say on standard error how to get them again."""
    folder = _is_folder(output)
    if folder and Path(output).is_dir():
        remove_temporary_files(Path(output))
    collected: list[Tune] = []
    to_file = output not in ("", "-")
    book = not folder and (as_json or to_file)
    for tune in tunes:
        if folder:
            _save_in(tune, Path(output), to)
        elif book:
            collected.append(tune)
        else:
            _print(tune, last=tune.index + 1 == count, asked_for_bytes=output == "-")
        if free:
            _say_wrong(tune)
        _say_seed(tune, count)
    if as_json:
        text = json.dumps([_described(tune) for tune in collected], ensure_ascii=False, indent=1)
        print_text(text)
    if book and to_file:
        _save(collected, Path(output))
        say_written(output)
    elif folder:
        say_tunes_written(count, output)


def _many(
    model: Model,
    n: int,
    output: str,
    to: str,
    jobs: int,
    cluster: str,
    *,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """One tune book and its figures, by many workers; an interrupted run goes on."""
    from musicrnn.cli.workers import progress_bar, workers_from_options
    from musicrnn.generation import bulk

    seed = options.pop("seed")
    if not output.endswith(("/", "\\")) or seed is None:
        raise UsageError("--jobs and --cluster want a folder and a seed: -o DIR/ --seed 7")
    if to not in ("", "parquet"):
        raise UsageError("--jobs and --cluster write one book of all tunes; --to takes parquet")
    how, controls = SamplingOptions.split(options)
    bar = progress_bar(
        "writing", "tunes", lambda counts, seconds: f"{counts['tunes'] / seconds:.1f} a second"
    )
    with workers_from_options(jobs, cluster) as workers, bar as progress:
        summary = bulk.generate(
            model.bundle.folder or model.name, n, Path(output), seed=seed, workers=workers,
            progress=progress, parquet=to == "parquet", **how.changed(), **controls,
        )  # fmt: skip
    if as_json:
        print_text(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        made = ", ".join(f"{name.replace('_', ' ')} {k}" for name, k in summary["counts"].items())
        console.print(f"{model.name}: {made}; written to {output}", markup=False, highlight=False)


def _print(tune: Tune, *, last: bool, asked_for_bytes: bool) -> None:
    """A tune as text; the bytes of a MIDI file where ``-o -`` asks for them."""
    if asked_for_bytes and tune.format == "midi":
        from musicrnn import render

        sys.stdout.buffer.write(render.to_midi(tune.played))
        return
    print_text(tune.text.rstrip("\n") + ("\n" if tune.format != "text" and not last else ""))


def _save(tunes: list[Tune], path: Path) -> None:
    """One tune as any kind of file; several as one book of text."""
    if len(tunes) == 1:
        tunes[0].save(path)
        return
    _require_book(len(tunes), path)
    from musicrnn.files import write_whole

    write_whole(path, "\n".join(tune.text for tune in tunes))


def _save_in(tune: Tune, folder: Path, kinds: str) -> None:
    from musicrnn.formats import format_of

    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{tune.model}-{tune.seed}-{tune.index + 1:04d}"
    usual = format_of(tune.format).extension
    for kind in kinds.split(",") if kinds else [usual]:
        tune.save(folder / f"{stem}.{kind.strip().lstrip('.')}")


def _described(tune: Tune) -> dict[str, Any]:
    """A tune as JSON: the text, what it is, and how to get it again."""
    piece = tune.piece
    return {
        "text": tune.text, "format": tune.format, "title": piece.title, "key": piece.key,
        "meter": piece.meter, "rhythm": piece.rhythm, "model": tune.model, "seed": tune.seed,
        "index": tune.index, "logprob": round(tune.logprob, 6), "tokens": tune.tokens,
        "constrained_steps": tune.constrained_steps, "bars_drawn": tune.bars_drawn,
        "bars_thrown_away": tune.bars_thrown_away, "complete": tune.complete,
    }  # fmt: skip


# --- what is said -------------------------------------------------------------------------------


def _say_seed(tune: Tune, count: int) -> None:
    if tune.index == 0 and count >= 1:
        console.print(f"{tune.model}: seed {tune.seed}", style="dim", markup=False, highlight=False)


def _say_wrong(tune: Tune) -> None:
    """What the checker finds in a tune that was drawn freely."""
    findings = list(tune.diagnostics())
    if not findings:
        console.print(f"tune {tune.index + 1}: well formed", markup=False, highlight=False)
    for finding in findings:
        console.print(f"tune {tune.index + 1}: {finding}", markup=False, highlight=False)
