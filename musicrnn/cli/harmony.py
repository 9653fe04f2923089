"""``musicrnn harmony``: a second part to a tune."""

from __future__ import annotations

import typer

from musicrnn.cli.own_tunes import deliver
from musicrnn.errors import UsageError

app = typer.Typer()


@app.command()
def harmony(
    file: str = typer.Argument(help="ABC, MIDI or MusicXML with the melody; - is standard input."),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE, whose extension decides (.abc .mid .wav .mp3 .pdf .svg .musicxml ...), or "
        "DIR/. Default: ABC on standard output.",
    ),
    place: str = typer.Option(
        "auto", help="below or above the melody, or auto: whichever goes better."
    ),
    bass: bool = typer.Option(False, "--bass", help="A bass line instead."),
    instrument: str = typer.Option(
        "", help="Who plays it: whistle-D, fiddle, flute, ...; it stays within the range."
    ),
    seed: int | None = typer.Option(
        None, min=0, help="Another part, nearly as good. Default: the best one."
    ),
) -> None:
    """Write a second part to a tune, the melody untouched: thirds and sixths, or a bass."""
    if bass and place != "auto":
        raise UsageError("--bass says where the part is; leave --place out")
    where = "bass" if bass else place
    deliver(
        file,
        output,
        lambda tune: [tune.second_voice(where, instrument=instrument, seed=seed)],
    )
