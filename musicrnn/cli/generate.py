"""``musicrnn generate``: new tunes on standard output, or as files of any kind."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console
from musicrnn.errors import UsageError
from musicrnn.files import clear_leavings
from musicrnn.formats import TEMPERATURE

if TYPE_CHECKING:
    from musicrnn.generation import Model
    from musicrnn.generation.tune import Tune

app = typer.Typer()

_DEFAULT_MODELS = {"abc": "folk", "midi": "piano"}
#: Of the models of MIDI this one plays over chords.
_OVER_CHORDS = "jazz"


@app.command()
def generate(
    model: str = typer.Option("", help="A shipped model or a training run. Default: folk."),
    format: str = typer.Option("", help="abc, midi or text: picks the default model."),
    n: int = typer.Option(1, "-n", "--number", min=1, help="How many tunes."),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE, whose extension decides (.abc .mid .wav .flac .ogg .mp3 .svg .png .pdf "
        ".musicxml .txt), or DIR/ for many. Default: standard output.",
    ),
    to: str = typer.Option(
        "", help="For DIR/: the kinds of files, with commas: abc,mid,wav. With --jobs: parquet."
    ),
    key: str | None = typer.Option(None, help="Key and mode: D, Am, 'F# minor', 'D dorian'."),
    meter: str | None = typer.Option(None, help="Metre: 4/4, C|, 6/8, 7/8, ..."),
    rhythm: str | None = typer.Option(None, help="Kind of tune: jig, reel, hornpipe, ..."),
    title: str | None = typer.Option(None, help="Title. Default: the model makes one up."),
    unit: str | None = typer.Option(None, help="Unit note length: 1/8, 1/16, 1/4."),
    tempo: str | None = typer.Option(None, help="Tempo: 1/4=120, 3/8=110 or 120."),
    bars: str | None = typer.Option(None, help="Bars of each part: 8, or 8,16 for two parts."),
    form: str | None = typer.Option(None, help="AABB, AABBCC, AB, through, ..."),
    pickup: str | None = typer.Option(None, help="Length of the pickup, 1/8; none; or any."),
    instrument: str | None = typer.Option(None, help="Stay in the range of whistle-D, fiddle, ..."),
    lowest: str | None = typer.Option(None, help="Lowest note: D4 or 62."),
    highest: str | None = typer.Option(None, help="Highest note: B5 or 83."),
    in_scale: float | None = typer.Option(
        None, min=0, max=1, help="Least share of notes that belong to the key: 1 is all."
    ),
    tonic_end: bool = typer.Option(False, "--tonic-end", help="End on the tonic."),
    prime: str | None = typer.Option(None, help="Text or FILE that the tune starts with."),
    bars_like: str | None = typer.Option(None, help="ABC FILE whose rhythm the tune takes over."),
    chords: str | None = typer.Option(
        None, help="MIDI: chords to play over, 'Dm7 G7 | Cmaj7'; the default model is then jazz."
    ),
    length: int | None = typer.Option(None, min=1, help="Text: the most characters."),
    temperature: float = typer.Option(
        TEMPERATURE, help="1 is as learned; below is cautious, above daring."
    ),
    top_k: int | None = typer.Option(None, min=1, help="Choose among the K likeliest only."),
    top_p: float | None = typer.Option(None, help="Choose among the likeliest that hold share P."),
    greedy: bool = typer.Option(False, "--greedy", help="The likeliest always: no chance at all."),
    seed: int | None = typer.Option(None, help="The same seed gives the same tunes."),
    best_of: int = typer.Option(1, min=1, help="Draw so many candidates a tune, give the best."),
    every: bool = typer.Option(False, "--all", help="With --best-of: give all, best first."),
    new: int | None = typer.Option(
        None, min=0, help="Share no more bars than this with any tune the model learnt from."
    ),
    free: bool = typer.Option(
        False, "--free", help="Without the constraint; say what is wrong with what comes out."
    ),
    jobs: int = typer.Option(
        0, "-j", "--jobs", min=0, help="Processes, for very many tunes into DIR/ as one book."
    ),
    cluster: str = typer.Option(
        "",
        "--cluster",
        help="As --jobs, on a Ray cluster: auto, local or an address.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of the tunes."),
) -> None:
    """Write new tunes. Each is well formed and as asked; ABC goes to standard output."""
    from musicrnn.generation import load

    asked: dict[str, Any] = {
        "key": key, "meter": meter, "rhythm": rhythm, "title": title, "unit": unit,
        "tempo": tempo, "bars": _bars(bars), "form": form, "pickup": pickup,
        "instrument": instrument, "lowest": lowest, "highest": highest, "in_scale": in_scale,
        "tonic_end": tonic_end or None, "prime": prime, "bars_like": _file(bars_like),
        "chords": chords, "length": length,
    }  # fmt: skip
    made = load(_model(model, format, chords=chords is not None))
    if prime is not None:
        asked["prime"] = _prime(prime, made.format.name)
    how: dict[str, Any] = {
        "temperature": temperature, "top_k": top_k, "top_p": top_p, "greedy": greedy,
        "free": free, "best_of": best_of, "every": every, "new": new,
    }  # fmt: skip
    if jobs or cluster:
        _many(made, n, seed, output, to, jobs, cluster, as_json=as_json, options=how | asked)
        return
    tunes = made.stream(n, seed=seed, **how, **asked)
    _deliver(tunes, n * best_of if every else n, output, to, as_json=as_json, free=free)


# --- what is asked ------------------------------------------------------------------------------


def _model(model: str, format_: str, *, chords: bool) -> str:
    """The model named, or the default one of a format; with `chords`, one that plays over them."""
    if model:
        if format_:
            from musicrnn.models.bundle import read_config

            found = read_config(model).format
            if found != format_:
                raise UsageError(f"the model {model} writes {found}, not {format_}")
        return model
    if chords and format_ in ("", "midi"):
        return _OVER_CHORDS
    name = _DEFAULT_MODELS.get(format_ or "abc")
    if name is None:
        raise UsageError(f"--format {format_} wants a --model of yours: there is no default one")
    return name


def _bars(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--bars {text}: write a number, or one a part: 8,16") from error


def _file(path: str | None) -> str | None:
    """The ABC text of a file, ``-`` for standard input."""
    if path is None:
        return None
    from musicrnn import abc
    from musicrnn.cli.batch import read_bytes, shown

    return abc.decode(read_bytes(path), file=shown(path))


def _prime(prime: str, format_: str) -> Any:
    """What a tune starts with: the content of a file of that name, else the text itself."""
    is_file = prime == "-" or ("\n" not in prime and len(prime) < 1000 and Path(prime).is_file())
    if format_ == "midi":
        return prime
    return _file(prime) if is_file else prime.replace("\\n", "\n")


# --- where it goes ------------------------------------------------------------------------------


def _deliver(
    tunes: Iterator[Tune], count: int, output: str, to: str, *, as_json: bool, free: bool
) -> None:
    """Print or write the tunes as they come, and say on standard error how to get them again."""
    folder = output.endswith(("/", "\\")) or (output != "" and Path(output).is_dir())
    if to and not folder:
        raise UsageError("--to names kinds of files in a folder; give one: -o DIR/")
    if folder and Path(output).is_dir():
        clear_leavings(Path(output))
    collected: list[Tune] = []
    to_file = output not in ("", "-")
    book = not folder and (as_json or to_file)
    for tune in tunes:
        if folder:
            _save_in(tune, Path(output), to)
        elif book:
            collected.append(tune)
        else:
            _print(tune, last=tune.index + 1 == count)
        if free:
            _say_wrong(tune)
        _say_seed(tune, count)
    if as_json:
        text = json.dumps([_described(tune) for tune in collected], ensure_ascii=False, indent=1)
        typer.echo(text)
    if book and to_file:
        _save(collected, Path(output))


def _many(
    model: Model,
    n: int,
    seed: int | None,
    output: str,
    to: str,
    jobs: int,
    cluster: str,
    *,
    as_json: bool,
    options: dict[str, Any],
) -> None:
    """One tune book and its figures, by many workers; an interrupted run goes on."""
    from musicrnn.cli.workers import chosen, shown
    from musicrnn.generation import bulk

    if not output.endswith(("/", "\\")) or seed is None:
        raise UsageError("--jobs and --cluster want a folder and a seed: -o DIR/ --seed 7")
    if to not in ("", "parquet"):
        raise UsageError("--jobs and --cluster write one book of all tunes; --to takes parquet")
    given = {name: value for name, value in options.items() if value not in (None, False)}
    bar = shown(
        "writing", "tunes", lambda counts, seconds: f"{counts['tunes'] / seconds:.1f} a second"
    )
    with chosen(jobs, cluster) as workers, bar as progress:
        summary = bulk.generate(
            model.bundle.folder or model.name, n, Path(output), seed=seed, workers=workers,
            progress=progress, parquet=to == "parquet", **given,
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        made = ", ".join(f"{name.replace('_', ' ')} {k}" for name, k in summary["counts"].items())
        console.print(f"{model.name}: {made}; written to {output}", markup=False, highlight=False)


def _print(tune: Tune, *, last: bool) -> None:
    if tune.format == "midi" and not sys.stdout.isatty():
        from musicrnn import render

        sys.stdout.buffer.write(render.to_midi(tune.score))
        return
    typer.echo(tune.text.rstrip("\n") + ("\n" if tune.format != "text" and not last else ""))


def _save(tunes: list[Tune], path: Path) -> None:
    """One tune as any kind of file; several as one book of text."""
    if len(tunes) == 1:
        tunes[0].save(path)
        return
    if path.suffix.lower() not in (".abc", ".txt"):
        raise UsageError(f"{len(tunes)} tunes do not fit into {path}; give a folder: -o DIR/")
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
        "constrained_steps": tune.cut, "complete": tune.complete,
    }  # fmt: skip


# --- what is said -------------------------------------------------------------------------------


def _say_seed(tune: Tune, count: int) -> None:
    if tune.index == 0 and count >= 1:
        console.print(f"{tune.model}: seed {tune.seed}", style="dim", markup=False, highlight=False)


def _say_wrong(tune: Tune) -> None:
    """What the checker finds in a tune that was drawn freely."""
    found = list(tune.diagnostics())
    if not found:
        console.print(f"tune {tune.index + 1}: well formed", markup=False, highlight=False)
    for each in found:
        console.print(f"tune {tune.index + 1}: {each}", markup=False, highlight=False)
