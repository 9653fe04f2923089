"""``musicrnn novelty``: the known tunes that a tune is nearest to."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from musicrnn.cli.app import SafeConsole, print_text
from musicrnn.cli.batch import FileBatch, display_name, read
from musicrnn.errors import UsageError
from musicrnn.files import is_address

if TYPE_CHECKING:
    from musicrnn.novelty.index import Index, Nearest, Novelty
    from musicrnn.score import Score

app = typer.Typer()


@app.command()
def novelty(
    files: list[str] = typer.Argument(help="ABC, MIDI or MusicXML files; - is standard input."),
    model: str = typer.Option(
        "folk", "--model", "-m", help="Compare with the tunes that this model has learned from."
    ),
    corpus: str = typer.Option(
        "", "--corpus", help="Compare with these instead: a corpus by name, a file or a folder."
    ),
    nearest: int = typer.Option(3, "--nearest", min=1, help="How many known tunes to name."),
    as_json: bool = typer.Option(False, "--json", help="Print one JSON list."),
) -> None:
    """Name the known tunes nearest to a tune, show the bars they share, say how much is new.

    A copy is found in any key, under any title, with notes changed. Of music in several parts the
    line of the highest notes is looked up, then each part.
    """
    index = _index(model, corpus)
    batch = FileBatch()
    rows: list[dict[str, Any]] = []
    out = SafeConsole(soft_wrap=True)
    for file in files:
        with batch.step():
            for name, voice, score in _lines(file):
                result = index.novelty(score, nearest=nearest)
                if as_json:
                    rows.append({"tune": name, "voice": voice} | _plain(result))
                else:
                    _show(out, f"{name}, {voice}" if voice else name, score, result, index)
    if as_json:
        print_text(json.dumps(rows, ensure_ascii=False, indent=1))
    batch.finish(len(files))


def _index(model: str, corpus: str) -> Index:
    from musicrnn.evaluation.known_tunes import index_of_corpus, index_of_model

    if corpus:
        return index_of_corpus(corpus, remote=is_address(corpus))
    return index_of_model(model)


def _lines(file: str) -> Iterator[tuple[str, str | None, Score]]:
    """The name to show and the notes of every tune of a file, then those of its voices if it has
    several."""
    from musicrnn.formats import format_of
    from musicrnn.novelty import voices_of

    for piece in read(file).pieces():
        to_score = format_of(piece.format).to_score
        if to_score is None:
            raise UsageError(f"{display_name(file)}: plain text has no notes")
        title = f": {piece.title or 'untitled'}" if piece.format == "abc" else ""
        score = to_score(piece.content)
        yield f"{display_name(file)}{title}", None, score
        for voice, notes in voices_of(score):
            yield f"{display_name(file)}{title}", voice, notes


def _plain(result: Novelty) -> dict[str, Any]:
    plain = asdict(result)
    copied = result.copied
    return plain | {
        "new": None if math.isnan(result.new) else result.new,
        "copy_of": copied.title if copied else None,
    }


def _show(out: Console, name: str, score: Score, result: Novelty, index: Index) -> None:
    out.print(Text(name, "bold"))
    copied = result.copied
    if not result.notes:
        out.print("  no notes")
        return
    if copied:
        out.print(Text(f"  a copy or variant of {copied.title}", "yellow"))
    out.print(f"  {result.new:.0%} new: in no passage of two bars or more that a known tune has")
    out.print(
        f"  longest shared passage: {result.longest_notes} notes, {result.longest_bars:.1f} bars"
        if result.longest_notes else "  no passage of eight notes or more is shared"
    )  # fmt: skip
    for number, known in enumerate(result.nearest, 1):
        out.print(Text(f"  {number}. {known.title}", "bold").append(
            f"  shares {known.share:.0%} of the notes", "default"))  # fmt: skip
        _side_by_side(out, score, known, index)


def _side_by_side(out: Console, score: Score, known: Nearest, index: Index) -> None:
    """The bars of the longest shared passage in two columns."""
    from musicrnn.novelty.passages import shared_bars

    bars = shared_bars(index, score, known, known.passages[0])
    width = max(len(bar.notes) for bar in bars)
    for bar in bars:
        out.print(
            f"     bar {bar.bar:>3}  {bar.notes:<{width}}   | bar {bar.known_bar:>3}  "
            f"{bar.known_notes}",
            markup=False,
        )
