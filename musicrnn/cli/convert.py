"""``musicrnn convert``: the same music in another key, spelling, file or format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from musicrnn.cli.app import print_text
from musicrnn.cli.batch import (
    STDIN,
    FileBatch,
    display_name,
    read,
    refuse_overwriting,
    say,
    say_tunes_written,
    say_written,
)
from musicrnn.errors import UsageError
from musicrnn.formats import FORMATS

if TYPE_CHECKING:
    from musicrnn.abc import ParsedTune, TuneBook

#: so many numbers of tunes are named in a message
_LISTED = 20

app = typer.Typer()


class Repeats(StrEnum):
    """What becomes of repeats."""

    EXPAND = "expand"
    FOLD = "fold"


@app.command()
def convert(
    files: list[str] = typer.Argument(help="ABC, MIDI or MusicXML files; - is standard input."),
    output: str = typer.Option(
        "-",
        "-o",
        "--output",
        help="FILE.abc, .mid or .musicxml, a folder (ending in /) for one file a tune, or - for "
        "ABC on standard output.",
    ),
    to_key: str = typer.Option("", "--key", help="Transpose to this key: D, Em, A dorian."),
    semitones: int = typer.Option(0, min=-48, max=48, help="Transpose by semitones."),
    unit: str = typer.Option("", help="Write on this unit note length: 1/8, 1/16."),
    voice: str = typer.Option("", help="Keep only this voice."),
    repeats: Repeats | None = typer.Option(None, help="Write repeats out, or fold them in."),
    number: str = typer.Option("", help="Keep only the tunes with these numbers (X:): 3,7-9."),
    renumber: bool = typer.Option(False, help="Number the tunes from 1."),
    tempo: float | None = typer.Option(
        None,
        min=20,
        max=400,
        help="Quarters a minute of MIDI that was played without a click, to find its beats.",
    ),
) -> None:
    """Transpose, reformat, split and merge tunes; between ABC, MIDI and MusicXML."""
    plain = len(files) == 1 and not (unit or voice or repeats or number or tempo)
    if plain and _midi_to_midi(files[0], output, to_key, semitones):
        return
    qpm = Fraction(tempo) if tempo else None
    changes = _changes(to_key, semitones, unit, voice, repeats)
    wanted = _numbers(number)
    batch = FileBatch()
    tunes: list[ParsedTune] = []
    numbers: list[str] = []
    version = ""
    for file in files:
        with batch.step():
            book = _read(file, qpm)
            version = version or book.version
            for tune in book:
                numbers.append(str(tune.number))
                if wanted is None or tune.number in wanted:
                    for change in changes:
                        tune = change(tune)  # noqa: PLW2901 - each change takes the last one's tune
                    tunes.append(tune)
    if renumber or len(files) > 1:
        tunes = _renumbered(tunes)
    if not tunes and not batch.failures:
        listed = ", ".join(numbers[:_LISTED]) + ", …" * (len(numbers) > _LISTED)
        raise UsageError(f"no tune has the number {number}; the numbers are: {listed}")
    if tunes:
        refuse_overwriting(output, files)
        _write(tunes, output, f"%abc-{version}\n" if version else "")
    batch.finish(len(files))


def _changes(
    to_key: str, semitones: int, unit: str, voice: str, repeats: Repeats | None
) -> list[Callable[[ParsedTune], ParsedTune]]:
    from musicrnn import abc

    changes: list[Callable[[ParsedTune], ParsedTune]] = []
    if voice:
        changes.append(lambda tune: abc.extract_voice(tune, voice))
    if to_key or semitones:
        key = abc.parse_key(to_key) if to_key else None
        changes.append(lambda tune: abc.transpose(tune, to=key, semitones=semitones))
    if unit:
        length = abc.parse_unit(unit)
        changes.append(lambda tune: abc.with_unit(tune, length))
    if repeats:
        changes.append(abc.expand_repeats if repeats is Repeats.EXPAND else abc.fold_repeats)
    return changes


def _numbers(text: str) -> set[str] | None:
    """The tune numbers that ``3,7-9`` means; None for all."""
    if not text:
        return None
    numbers: set[str] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise UsageError(f"--number {text}: write numbers and ranges such as 3,7-9")
        numbers |= {str(i) for i in range(int(first), int(last or first) + 1)}
    return numbers


def _midi_to_midi(file: str, output: str, to_key: str, semitones: int) -> bool:
    """Write a MIDI file as another with all that a score holds, pedal and bends included; whether
    that is what was asked for."""
    midi_suffixes = FORMATS["midi"].suffixes
    if not all(name.lower().endswith(midi_suffixes) for name in (file, output)):
        return False
    from musicrnn import abc
    from musicrnn.files import write_whole
    from musicrnn.midi.writer import to_midi
    from musicrnn.theory.keyfinding import key_of

    batch = FileBatch()
    with batch.step():
        music = read(file)
        score = music.score
        if line := music.left_out:
            say(line)
        if to_key and score.notes:
            key = key_of(score)
            step = (abc.parse_key(to_key).pitch_class - key.pitch_class) % 12
            semitones = step - 12 if step > 6 else step
        refuse_overwriting(output, [file])
        write_whole(Path(output), to_midi(score.transposed(semitones) if semitones else score))
        say_written(output)
    batch.finish(1)
    return True


def _read(file: str, qpm: Fraction | None) -> TuneBook:
    """The tunes of a file of any kind; what is not ABC is written as ABC first."""
    from musicrnn import abc

    music = read(file, qpm=qpm)
    if music.kind == "text":
        raise UsageError(f"{display_name(file)}: plain text has no notes")
    book = music.book if music.kind == "abc" else abc.parse(music.text, file=display_name(file))
    if line := music.left_out:
        say(line)
    return replace(book, tunes=tuple(abc.standalone(tune) for tune in book.tunes))


def _renumbered(tunes: Iterable[ParsedTune]) -> list[ParsedTune]:
    from musicrnn import abc

    out = []
    for i, tune in enumerate(tunes, 1):
        header = [item for item in tune.header if getattr(item, "letter", "") != "X"]
        out.append(replace(tune, header=(abc.Field("X", str(i)), *header)))
    return out


def _write(tunes: list[ParsedTune], output: str, head: str) -> None:
    """Write the tunes; `head` is the first line of each file of ABC."""
    from musicrnn import abc, render
    from musicrnn.files import plain_name, write_whole

    if output == STDIN:
        print_text(head + "\n".join(abc.write(tune) for tune in tunes), nl=False)
        return
    path = Path(output)
    if output.endswith("/") or path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        for tune in tunes:
            name = "".join(c if c.isalnum() else "-" for c in tune.title.lower()).strip("-")
            number = plain_name(tune.number, "0").zfill(3)
            target = path / f"{number}-{name[:40] or 'untitled'}.abc"
            write_whole(target, head + abc.write(tune))
        say_tunes_written(len(tunes), path)
        return
    if path.suffix.lower() == ".abc":
        write_whole(path, head + "\n".join(abc.write(tune) for tune in tunes))
        say_written(path)
        return
    if len(tunes) > 1:
        raise UsageError(f"{output} holds one tune and there are {len(tunes)}: choose by --number")
    # To the letter: a performance is what `render` writes.
    render.save(abc.write(tunes[0]), path, played=abc.to_score(tunes[0]), warn=say)
    say_written(path)
