"""``musicrnn render``: ABC or MIDI as sound, MIDI, score picture, piano roll, MusicXML."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.batch import STDIN, FileBatch, display_name, naming, read, say, say_written
from musicrnn.cli.style import Style
from musicrnn.errors import UsageError
from musicrnn.stored import fraction

if TYPE_CHECKING:
    from musicrnn.arranging.practice import Practice
    from musicrnn.score import Score

app = typer.Typer()

PRACTICE = "To practise"
#: What is written when nothing else is asked for.
_DEFAULT = (".mid", ".wav")
#: pictures, of which nobody expects more than the notes
_SHOWN = (".svg", ".png", ".pdf")
#: How files made from standard input are called.
_STDIN_STEM = "tune"


@app.command()
def render(
    files: list[str] = typer.Argument(help="ABC, MIDI or MusicXML files; - is standard input."),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE, whose extension decides the format; a folder (ending in /); or - for standard "
        "output. Default: beside each file.",
    ),
    to: str = typer.Option(
        "",
        help="Formats, with commas: mid, wav, flac, ogg, mp3, svg, png, pdf, musicxml, abc, "
        "ly (LilyPond), rb (Sonic Pi). Default: mid,wav.",
    ),
    soundfont: str = typer.Option("", help="SoundFont: a file, or the name of an installed one."),
    synthesizer: str = typer.Option(
        "auto",
        help="midirenderer, fluidsynth, or auto: midirenderer, but FluidSynth for an .sf3.",
    ),
    tempo: str = typer.Option("", help="Quarter notes a minute (120), or beats (3/8=110)."),
    program: str = typer.Option(
        "", help="General MIDI instrument by name or number from 0: flute, fiddle, 73."
    ),
    instrument: str = typer.Option(
        "", help="Sound, octave and range of an instrument: whistle-D, guitar, …"
    ),
    straight: bool = typer.Option(
        False, "--straight", help="Do not swing hornpipes and other swung dances."
    ),
    chords: bool = typer.Option(False, "--chords", help="The same as --backing piano."),
    backing: str = typer.Option(
        "",
        "--backing",
        help="Who plays the chord symbols, which are found where there are none: guitar, piano, "
        "bouzouki or none. Default: none.",
    ),
    picture: str = typer.Option(
        "auto", help="score, piano-roll, or auto: a score of ABC, a piano roll of MIDI."
    ),
    paper: str = typer.Option("A4", help="Paper of a PDF: A4 or letter."),
    width: int = typer.Option(840, help="Pixels that a score in SVG or PNG is fitted to."),
    bars_per_line: int = typer.Option(
        0, min=0, max=1000, help="Bars a line of a score; 0: lines end as in the source."
    ),
    font: list[str] = typer.Option(
        [],
        "--font",
        help="Font for scripts other than Latin, Greek and Cyrillic in PNG and PDF: a file, the "
        "name of an installed one, or auto. May be repeated.",
    ),
    live_loops: bool = typer.Option(
        False, "--live-loops", help="A Sonic Pi program whose voices begin again at the end."
    ),
    loop: str = typer.Option("", help="Bars to practise: 9-16.", rich_help_panel=PRACTICE),
    times: int = typer.Option(1, help="How often they are played.", rich_help_panel=PRACTICE),
    from_tempo: str = typer.Option(
        "", help="The first time at this share of the tempo: 70%.", rich_help_panel=PRACTICE
    ),
    to_tempo: str = typer.Option(
        "",
        help="The last time at this share; those between rise evenly.",
        rich_help_panel=PRACTICE,
    ),
    count_in: int = typer.Option(0, help="Bars to count in.", rich_help_panel=PRACTICE),
    click: bool = typer.Option(False, "--click", help="A metronome.", rich_help_panel=PRACTICE),
    mute: str = typer.Option("", help="melody or backing.", rich_help_panel=PRACTICE),
) -> None:
    """Turn ABC, MIDI or MusicXML into sound, MIDI, score pictures; each tune has its own files."""
    from musicrnn.render import AUDIO_FORMATS, find_soundfont
    from musicrnn.render.engraving import require_paper
    from musicrnn.render.synthesizers import require_synthesizer

    require_synthesizer(synthesizer)  # all three before a first file is written
    require_paper(paper)
    if soundfont:
        find_soundfont(soundfont)
    practice = _practice(loop, times, from_tempo, to_tempo, count_in, click=click, mute=mute)
    style = Style.of(
        tempo, program, instrument, chords=chords, backing=backing, straight=straight,
        practice=practice,
    )  # fmt: skip
    options = {
        "soundfont": soundfont or None,
        "synthesizer": synthesizer,
        "picture": picture,
        "paper": paper,
        "width": width,
        "bars_per_line": bars_per_line,
        "fonts": tuple(font),
        "live_loops": live_loops,
    }
    target = _Target.of(output, to, len(files))
    batch = FileBatch()
    total = 0
    for file in files:
        with batch.step():
            tunes = tunes_of(file)
            total += len(tunes) - 1
            for place_in_book, tune in enumerate(tunes, 1):
                number = place_in_book if len(tunes) > 1 else ""
                warnings: dict[str, None] = {}  # what each picture of the tune would say again
                with batch.step(), naming(file, number):
                    played = style.played(tune.music)
                    # A file that is to sound as it is plays its own bytes.
                    own = tune.midi if style.plain else None
                    anew = False  # whether a file is written of the notes that were read
                    made = []  # all, before a first one is written
                    for path, extension in target.paths(file, place_in_book, len(tunes)):
                        more = {"midi": own, "warn": warnings.setdefault}
                        made.append((path, _encoded(tune.music, played, extension, options | more)))
                        sounds = own is not None and extension in AUDIO_FORMATS
                        anew |= extension not in _SHOWN and not sounds
                    for path, data in made:
                        _write(path, data)
                    if anew and tune.left_out:
                        say(tune.left_out)
                book = f"tune {number}: " if number else ""
                for line in warnings:
                    say(f"{display_name(file)}: {book}{line}")
    batch.finish(len(files) + total)


@dataclass(frozen=True)
class _Target:
    """Where files go: `folder` and `stem`, where given, in place of those of the input."""

    extensions: tuple[str, ...]
    folder: Path | None = None
    stem: str | None = None
    stdout: bool = False

    @classmethod
    def of(cls, output: str, to: str, files: int) -> _Target:
        """From the options ``--output`` and ``--to``. Raises UsageError when they do not fit."""
        from musicrnn.render import EXTENSIONS

        wanted = tuple("." + name.strip().lower().lstrip(".") for name in to.split(",") if name)
        unknown = [extension for extension in wanted if extension not in EXTENSIONS]
        if unknown:
            known = ", ".join(extension[1:] for extension in EXTENSIONS)
            raise UsageError(f"--to {unknown[0][1:]}: no such format; choose of {known}")
        if output == STDIN:
            if len(wanted) != 1 or files > 1:
                raise UsageError("-o - writes one file in one format: say which by --to")
            return cls(wanted, stdout=True)
        if not output:
            return cls(wanted or _DEFAULT)
        from musicrnn.files import remove_temporary_files

        path = Path(output)
        if output.endswith("/") or path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            remove_temporary_files(path)
            return cls(wanted or _DEFAULT, folder=path)
        if files > 1:
            raise UsageError(f"several files do not go into one: write -o {output}/ for a folder")
        if path.suffix.lower() not in EXTENSIONS and path.suffix:
            known = " ".join(EXTENSIONS)
            raise UsageError(f"-o {output}: no such format; choose {known}")
        own = (path.suffix.lower(),) if path.suffix else ()
        extensions = tuple(dict.fromkeys((*own, *wanted))) or _DEFAULT
        return cls(extensions, path.parent, path.stem)

    def paths(self, file: str, number: int, count: int) -> Iterator[tuple[Path | None, str]]:
        """The files to write for tune `number` of `count`, None being standard output, each with
        the extension that decides its format."""
        if self.stdout:
            if count > 1:
                raise UsageError(f"holds {count} tunes, and standard output takes one")
            yield None, self.extensions[0]
            return
        source = Path(_STDIN_STEM) if file == STDIN else Path(file)
        stem = self.stem or source.stem
        if count > 1:
            stem += f"-{number:0{len(str(count))}d}"
        for extension in self.extensions:
            path = (self.folder or source.parent) / (stem + extension)
            if path.exists() and file != STDIN and path.samefile(source):
                if self.extensions == _DEFAULT:
                    continue  # the MIDI file that is being rendered
                raise UsageError("would be written over itself: give another name by -o")
            yield path, extension


def _practice(
    loop: str, times: int, from_tempo: str, to_tempo: str, count_in: int, *, click: bool, mute: str
) -> Practice:
    """How to practise, from what was typed. Raises `UsageError` for what makes no sense."""
    from musicrnn.arranging.practice import Practice

    first, last = _share(from_tempo), _share(to_tempo)
    if first is not None and last is not None and first != last and times == 1:
        raise UsageError("a tempo that rises wants several --times: --times 4")
    first = Fraction(1) if first is None else first
    last = (Fraction(1) if from_tempo and times > 1 else first) if last is None else last
    return Practice(loop, times, first, last, count_in, click, mute)


def _share(text: str) -> Fraction | None:
    """``70%`` as a fraction; None for nothing."""
    if not text:
        return None
    number = text.strip().removesuffix("%").strip()
    try:
        return fraction(number if text.strip().endswith("%") else "x") / 100
    except ValueError:
        raise UsageError(f"{text!r} is no share of the tempo; write for example 70%") from None


@dataclass(frozen=True)
class Source:
    """One tune of a file: its text or its score, and the MIDI file that it stands in."""

    music: str | Score
    midi: bytes | None = None
    left_out: str = ""  # what of that file is lost where it is written anew, in a line


def tunes_of(file: str) -> list[Source]:
    """The tunes of a file: each tune of an ABC book as text, else the one score."""
    music = read(file)
    if music.kind == "text":
        raise UsageError(f"{display_name(file)}: plain text has no notes")
    own = music.data if music.kind == "midi" else None
    return [Source(piece.content, own, music.left_out) for piece in music.pieces(signs=True)]


def _encoded(music: str | Score, played: Score, extension: str, options: dict[str, Any]) -> bytes:
    """The content of one file."""
    from musicrnn.render import encode

    # ABC is shown as it stands; what is only known as notes is shown as it is played.
    given = music if isinstance(music, str) else played
    return encode(given, extension, played=played, **options)


def _write(path: Path | None, data: bytes) -> None:
    """Write one file, or to standard output where `path` is None, and say so."""
    from musicrnn.files import write_whole

    if path is None:
        sys.stdout.buffer.write(data)
    else:
        write_whole(path, data)
        say_written(path)
