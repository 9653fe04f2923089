"""``musicrnn set``: tunes that follow each other, as one book, one PDF, one piece of sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console, print_text
from musicrnn.cli.batch import display_name, refuse_overwriting, say_written
from musicrnn.cli.options import control_values, takes
from musicrnn.cli.own_tunes import tunes_of
from musicrnn.errors import UsageError

if TYPE_CHECKING:
    from musicrnn.arranging.sets import Member
    from musicrnn.generation.tune import Tune

app = typer.Typer()

_SAMPLING = ("temperature", "new", "seed")
_CONTROLS = ("meter", "style", "bars", "form", "instrument")
_USUAL = 3


@app.command("set")
@takes(*_CONTROLS, sampling=_SAMPLING)
def set_(
    files: list[str] = typer.Argument(
        None, help="Tunes of your own (ABC, MIDI, MusicXML). Default: new ones are written."
    ),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE (.abc .pdf .mid .wav .flac .ogg .mp3), or DIR/ for several kinds. "
        "Default: a book of ABC on standard output.",
    ),
    to: str = typer.Option("", help="For DIR/: the kinds of files. Default: abc,pdf,mid,mp3."),
    rhythm: str = typer.Option("", help="The dance: reel, jig, ...; of files, those that are it."),
    n: int | None = typer.Option(
        None,
        "-n",
        "--number",
        "--count",
        min=1,
        help="How many tunes: of files, those that follow each other best. Default: 3, all files.",
    ),
    keys: str = typer.Option("", help="The keys of new tunes, one a tune: G,D,A."),
    times: int = typer.Option(3, min=1, help="How often each is played in sound and MIDI."),
    sort: bool = typer.Option(False, "--sort", help="Put files into the order that goes best."),
    paper: str = typer.Option("A4", help="Paper of a PDF: A4 or letter."),
    soundfont: str = typer.Option("", help="SoundFont: a file, or the name of an installed one."),
    model: str = typer.Option("folk", help="A shipped model or a training run."),
    **options: Any,
) -> None:
    """Put tunes together that go well one after the other: new ones, or your own."""
    from musicrnn.arranging.sets import Member

    files = list(files or ())
    refuse_overwriting(output, files)
    if files:
        if keys or control_values(options):
            raise UsageError("keys and the like are asked of new tunes; leave the files out")
        tunes = _own(files, rhythm, n, sort=sort)
    else:
        tunes = _new(model, rhythm, _USUAL if n is None else n, keys, options)
    members = [Member(tune.text, tune.played) for tune in tunes]
    _write(members, output, to, times=times, paper=paper, soundfont=soundfont or None)
    for tune in tunes:
        about = ", ".join(filter(None, (tune.key, tune.rhythm)))
        console.print(f"{tune.title or 'Untitled'} ({about})", style="dim", markup=False,
                      highlight=False, soft_wrap=True)  # fmt: skip


def _new(model: str, rhythm: str, n: int, keys: str, options: dict[str, Any]) -> list[Tune]:
    """New tunes, and on standard error how to get them again."""
    from musicrnn.generation import load
    from musicrnn.generation.sets import new_set

    how = {name: options[name] for name in _SAMPLING}
    controls = control_values(options) | ({"rhythm": rhythm} if rhythm else {})
    named = [key.strip() for key in keys.split(",") if key.strip()]
    tunes = new_set(load(model), n, keys=named, **how, **controls)
    line = f"{tunes[0].model}: seed {tunes[0].seed}"
    console.print(line, style="dim", markup=False, highlight=False)
    return tunes


def _own(files: list[str], rhythm: str, n: int | None, *, sort: bool) -> list[Tune]:
    """The tunes of the files: all in their order, or those that follow each other best."""
    from musicrnn.arranging.sets import Member, best_order
    from musicrnn.theory.dances import known_rhythm, spell_rhythm

    tunes = []
    for file in files:
        for tune in tunes_of(file):
            if not tune.score.notes:
                raise UsageError(f"{display_name(file)}: {tune.title or 'the tune'} has no notes")
            tunes.append(tune)
    if rhythm:
        dance = known_rhythm(rhythm)
        tunes = [tune for tune in tunes if spell_rhythm(tune.rhythm) == dance]
        if not tunes:
            raise UsageError(f"there is no {dance} in these files (R:{dance})")
    if n is None and not sort:
        return tunes
    members = [Member(tune.text, tune.score) for tune in tunes]
    return [tunes[at] for at in best_order(members, len(tunes) if n is None else n)]


def _write(members: list[Member], output: str, to: str, *, times: int, paper: str,
           soundfont: str | None) -> None:  # fmt: skip
    """To standard output as a book, to one file, or to a folder as several kinds of files."""
    from musicrnn.arranging.sets import encode_set, set_book
    from musicrnn.files import write_whole

    folder = output.endswith(("/", "\\")) or (output != "" and Path(output).is_dir())
    if to and not folder:
        raise UsageError("--to names kinds of files in a folder; give one: -o DIR/")
    if output in ("", "-"):
        print_text(set_book([member.text for member in members]), nl=False)
        return
    kinds = [kind.strip().lstrip(".") for kind in (to or "abc,pdf,mid,mp3").split(",")]
    paths = [Path(output) / f"set.{kind}" for kind in kinds] if folder else [Path(output)]
    for path in paths:
        sounds = {} if path.suffix in (".abc", ".pdf", ".mid") else {"soundfont": soundfont}
        data = encode_set(members, path.suffix.lower(), times=times, paper=paper, **sounds)
        path.parent.mkdir(parents=True, exist_ok=True) if folder else None
        write_whole(path, data)
        say_written(path)
