"""``musicrnn play``: a tune through the speakers, its notes passing by."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import typer

from musicrnn.cli.app import console
from musicrnn.cli.render import tunes_of
from musicrnn.cli.style import Style

if TYPE_CHECKING:
    from musicrnn.live.keys import Keys
    from musicrnn.live.player import Player
    from musicrnn.score import Score

app = typer.Typer()

#: what a key changes: the tempo by so much of the written one
_FASTER = Fraction(1, 20)
#: seconds between two looks at the keys and the notes
_LOOK = 0.05


@app.command()
def play(
    files: list[str] = typer.Argument(
        None, help="ABC, MIDI or MusicXML files; - is standard input, the default."
    ),
    loop: bool = typer.Option(False, "--loop", help="Begin again at the end."),
    tempo: str = typer.Option("", help="Quarter notes a minute (120), or beats (3/8=110)."),
    transpose: int = typer.Option(0, min=-24, max=24, help="Semitones up or down."),
    program: str = typer.Option("", help="General MIDI instrument: flute, fiddle, 73."),
    instrument: str = typer.Option("", help="Sound, octave and range: whistle-D, guitar, …"),
    chords: bool = typer.Option(False, "--chords", help="Let the chord symbols sound too."),
    straight: bool = typer.Option(False, "--straight", help="Do not swing hornpipes."),
    soundfont: str = typer.Option("", help="SoundFont: a file, or the name of an installed one."),
    silent: bool = typer.Option(False, "--silent", help="Let the notes pass by without sound."),
) -> None:
    """Play tunes through the speakers; keys pause, change tempo and pitch, loop."""
    from musicrnn.live.keys import keys

    style = Style.of(tempo, program, instrument, chords=chords, straight=straight)
    music = [tune.music for file in files or ["-"] for tune in tunes_of(file)]
    with keys() as pressed:
        for tune in music:
            score = style.played(tune)
            if transpose:
                score = score.transposed(transpose)
            text = tune if isinstance(tune, str) else None
            if not _play(text, score, pressed, loop=loop, soundfont=soundfont, silent=silent):
                return


def _play(
    text: str | None, score: Score, pressed: Keys, *, loop: bool, soundfont: str, silent: bool
) -> bool:
    """Play one tune to its end, or until it is left; whether the next is to follow."""
    from rich.console import Group
    from rich.live import Live

    from musicrnn.live.player import Player
    from musicrnn.live.screen import HELP, meter_of, passing, status
    from musicrnn.live.speakers import speakers
    from musicrnn.render import to_audio

    player = Player(
        score, loop=loop, make=lambda score: to_audio(score, soundfont=soundfont or None)
    )
    meter = meter_of(score)
    with speakers(player, silent=silent), Live(console=console, auto_refresh=False) as live:
        console.print(score.title or "Untitled", style="bold", markup=False, highlight=False)
        if console.is_terminal:
            console.print(HELP, style="dim", markup=False, highlight=False)
        while not player.finished:
            key = pressed.get(_LOOK)
            if key in ("q", "n", "\x04"):
                return key == "n"
            press(player, key, meter.length)
            if player.error is not None:
                raise player.error
            if console.is_terminal:
                line = passing(text, player.sounding(), meter)
                live.update(Group(line, status(player, score)), refresh=True)
    return True


def press(player: Player, key: str, bar: Fraction) -> None:
    """Do what a key says; `bar` is the length of a bar in quarter notes."""
    if key == " ":
        player.pause()
    elif key == "l":
        player.loop = not player.loop
    elif key in ("+", "=", "-"):
        player.faster(-_FASTER if key == "-" else _FASTER)
    elif key in ("up", "down"):
        player.higher(1 if key == "up" else -1)
    elif key in ("left", "right"):
        player.skip(bar if key == "right" else -bar)
