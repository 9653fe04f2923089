"""``musicrnn corpus``: list, describe and build corpora."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from musicrnn import corpus as corpora
from musicrnn import tokens
from musicrnn.cli.app import console, print_result, print_text
from musicrnn.cli.batch import MOST_OF_THE_NOTES, all_notes, say, say_faults
from musicrnn.cli.workers import progress_bar, workers_from_options
from musicrnn.corpus import build as building
from musicrnn.corpus import manifest as manifests
from musicrnn.corpus.sources import MIDI_SUFFIXES
from musicrnn.errors import UsageError
from musicrnn.files import is_address, write_whole
from musicrnn.tokens.coverage import share_of_notes

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, describe and build corpora.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_NAME = typer.Argument(
    help="A corpus by name, a manifest (.toml), a built corpus, or a file, folder, glob or archive."
)
_JOBS = typer.Option(1, "-j", "--jobs", min=1, help="Worker processes.")
_REMOTE = typer.Option(
    False, "--remote", help="Open the addresses (s3://, https://, ...) that a manifest names."
)
_JSON = typer.Option(False, "--json", help="Print JSON to standard output.")


@app.command("list")
def list_(as_json: bool = _JSON) -> None:
    """List the corpora that come with the package."""
    known = [manifests.load(name) for name in corpora.available()]
    if as_json:
        print_text(json.dumps([{"name": m.name, "format": m.format, "title": m.title}
                               for m in known], indent=1))  # fmt: skip
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "format", "what it is"):
        table.add_column(heading, no_wrap=heading != "what it is")
    for manifest in known:
        table.add_row(manifest.name, manifest.format, manifest.title)
    print_result(table)


@app.command()
def info(
    name: str = _NAME, jobs: int = _JOBS, remote: bool = _REMOTE, as_json: bool = _JSON
) -> None:
    """Describe a corpus: its sources, what was kept, keys, metres, rhythms. Builds it if needed.

    Of a single MIDI file: its voices, and which of them is taken for the melody, and why.
    """
    if name.lower().endswith(MIDI_SUFFIXES) and Path(name).is_file():
        _describe_midi(name, as_json)
        return
    with workers_from_options(jobs) as workers, _progress(name) as progress:
        corpus = corpora.open(
            name, remote=remote or is_address(name), workers=workers, progress=progress
        )
    counts = _counted(corpus)
    if as_json:
        keys = ("name", "format", "digest", "counts", "parts", "sources", "reasons")
        print_text(json.dumps({key: corpus.info[key] for key in keys} | counts, indent=1))
        return
    _show(corpus)
    _say_counts(counts)


@app.command()
def build(
    name: str = _NAME,
    output: Path = typer.Option(..., "-o", "--output", help="The folder to build into."),
    jobs: int = _JOBS,
    tokenizer: str = typer.Option(
        "",
        "--tokens",
        help="Also pack token ids (char, piano, jazz, remi or performance) into OUTPUT/tokens.",
    ),
    cluster: str = typer.Option(
        "",
        "--cluster",
        help="Build on a Ray cluster: auto, local or an address.",
    ),
    remote: bool = _REMOTE,
    as_json: bool = _JSON,
) -> None:
    """Build a corpus into a folder: train, validation and test pieces, and a report.

    A build that was interrupted goes on where it stopped.
    """
    with workers_from_options(jobs, cluster) as workers, _progress(name) as progress:
        manifest = manifests.load(name, remote=remote or is_address(name))
        building.build(manifest, output, workers=workers, progress=progress)
    corpus = corpora.Corpus(output)
    say_faults(corpus)
    if tokenizer:
        _pack(corpus, output / "tokens", tokenizer)
    elif corpus.format == "midi":
        _say_share(corpus, tokens.learn("piano", (), meter="4/4"), "the melody of each piece")
    if as_json:
        print_text(json.dumps(corpus.info, indent=1))
    else:
        _show(corpus)
        where = f"written to {output}, the report to {output / 'report.json'}"
        console.print(where, markup=False, soft_wrap=True)


@app.command()
def stats(
    name: str = _NAME,
    output: Path | None = typer.Option(
        None, "-o", "--output", help="The page to write: keys, metres, lengths, … as pictures."
    ),
    jobs: int = _JOBS,
    remote: bool = _REMOTE,
    as_json: bool = _JSON,
) -> None:
    """Measure a corpus: keys, metres, rhythms, lengths, intervals, near duplicates, faults."""
    from musicrnn.evaluation.corpus_stats import corpus_stats, page
    from musicrnn.files import to_json

    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{output}: the statistics are a page; name it .html")
    with workers_from_options(jobs) as workers, _progress(name) as progress:
        corpus = corpora.open(
            name, remote=remote or is_address(name), workers=workers, progress=progress
        )
    measured = corpus_stats(corpus)
    if output is not None:
        write_whole(output, page(measured))
        console.print(f"written to {output}", markup=False, highlight=False)
    if as_json:
        print_text(to_json(measured))
    elif output is None:
        _show(corpus)
        _say_counts(measured["names"])


def _say_counts(counted: dict[str, dict[str, int]]) -> None:
    """The commonest values of each kind, one line each."""
    for what, values in counted.items():
        listed = ", ".join(f"{value or 'none'} {count}" for value, count in [*values.items()][:12])
        print_result(f"{what}: {listed}")


def _describe_midi(name: str, as_json: bool) -> None:
    """The voices of one file from the most melodic to the least, and the reason for the first."""
    from musicrnn import midi
    from musicrnn.midi.melody_track import choose
    from musicrnn.theory.quantise import STRAIGHT, find_swing, quantise

    choice = choose(midi.load(name))
    swing = find_swing(choice.voice.melody)
    grids = {}
    for steps in (4, 12):
        line = quantise(choice.voice.melody, steps, swing=swing)
        grids[str(steps)] = {
            "mean_error": round(line.mean_error, 4),
            "worst_error": round(line.worst_error, 4),
            "lost": line.lost,
        }
    rows = [
        {
            "track": voice.track, "channel": voice.channel, "program": voice.program + 1,
            "name": voice.name, "notes": len(voice.onsets), "score": round(voice.score, 2),
            "reasons": {reason: round(weight, 2) for reason, weight in voice.reasons.items()},
        }
        for voice in choice.ranking
    ]  # fmt: skip
    if as_json:
        described = {"melody": choice.reason, "swing": str(swing), "grid": grids, "voices": rows}
        print_text(json.dumps(described, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    headings = ("track", "channel", "program", "name", "notes", "score")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "name" else "right")
    for row in rows:
        table.add_row(*(str(row[heading]) for heading in headings))
    print_result(table)
    lines = [f"melody: {choice.reason}"]
    lines += [
        f"grid of {steps} a quarter: off by {grid['mean_error']:g} of a quarter on average, "
        f"{grid['worst_error']:g} at worst; {grid['lost']} notes lost"
        for steps, grid in grids.items()
    ]
    lines += [f"swing: the second eighth at {swing} of the beat"] if swing != STRAIGHT else []
    print_result("\n".join(lines))


def _pack(corpus: corpora.Corpus, folder: Path, name: str) -> None:
    from musicrnn.corpus.shards import pack

    options = {"format": corpus.format} if name == "char" else {}
    learned = tokens.learn(name, corpus.pieces(), **options)
    packed = pack(corpus, folder, learned)
    ids = sum(packed.part(part).ids for part in corpus.parts)
    count = len(packed.tokenizer.vocabulary)
    console.print(f"packed {ids} ids of {count} kinds into {folder}", markup=False)
    _say_share(corpus, learned, f"what {name} reads")


def _say_share(corpus: corpora.Corpus, tokenizer: tokens.Tokenizer, what: str) -> None:
    """What share of the notes of MIDI files a tokenizer takes up, and which takes up more."""
    share = share_of_notes(tokenizer, corpus.pieces())
    if share is not None and share < MOST_OF_THE_NOTES:
        say(f"{share:.0%} of the notes are in {what}; {all_notes()}, or --tokens remi here")


def _progress(name: str) -> AbstractContextManager[building.Progress]:
    """A bar with blocks done, pieces a second, failures so far and the time left."""
    return progress_bar(
        f"building {name}",
        "blocks",
        lambda counts, seconds: (
            f"{counts['read'] / seconds:.0f} pieces/s, {counts['left_out']} left out"
        ),
    )


def _counted(corpus: corpora.Corpus) -> dict[str, dict[str, int]]:
    """How often each key, metre and rhythm occurs, most frequent first."""
    counters = {"keys": Counter[str](), "meters": Counter[str](), "rhythms": Counter[str]()}
    if corpus.format == "text":
        return {}
    for piece in corpus.pieces():
        counters["keys"][piece.key] += 1
        counters["meters"][piece.meter] += 1
        counters["rhythms"][piece.rhythm] += 1
    return {what: dict(counter.most_common()) for what, counter in counters.items()}


def _show(corpus: corpora.Corpus) -> None:
    """The table of what came in, and why the rest was left out."""
    outcomes = ("found", "kept", "duplicate", "rejected", "unreadable")
    table = Table(box=None, pad_edge=False, title=corpus.info["manifest"]["title"] or corpus.name)
    table.add_column("source", no_wrap=True)
    for outcome in outcomes:
        table.add_column("unreadable files" if outcome == "unreadable" else outcome,
                         justify="right")  # fmt: skip
    rows: dict[str, Any] = {**corpus.info["sources"], "in all": corpus.info["counts"]}
    for name, row in rows.items():
        table.add_row(name, *(str(row[outcome]) for outcome in outcomes))
    print_result(table)
    if corpus.info["reasons"]:
        listed = ", ".join(f"{reason} {count}" for reason, count in corpus.info["reasons"].items())
        print_result(f"left out: {listed}")
    parts = ", ".join(f"{part} {count}" for part, count in corpus.parts.items())
    print_result(f"splits: {parts}")
