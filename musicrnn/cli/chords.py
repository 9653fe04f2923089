"""``musicrnn chords``: chord symbols over a melody."""

from __future__ import annotations

from pathlib import Path

import typer

from musicrnn.cli.app import print_text
from musicrnn.cli.batch import (
    FileBatch,
    naming,
    read,
    refuse_overwriting,
    say_written,
)
from musicrnn.errors import UsageError

app = typer.Typer()


@app.command()
def chords(
    files: list[str] = typer.Argument(
        help="ABC, MIDI or MusicXML with a melody; every tune of a book; - is standard input."
    ),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE, whose extension decides (.abc .mid .musicxml .pdf .mp3 ...), or DIR/. "
        "Default: ABC on standard output.",
    ),
    per: str = typer.Option("beat", help="Where a chord may change: beat or bar."),
    sevenths: bool = typer.Option(False, "--sevenths", help="Sevenths where they lead on: D7 G."),
    keep: bool = typer.Option(
        False, "--keep", help="Leave the chords that are there, and go by them. Default: new ones."
    ),
    alternatives: int = typer.Option(
        0, min=0, max=24, help="Also say what each might have been, with the odds, as comments."
    ),
    voice: str = typer.Option("", help="Which voice is the melody, where there are several."),
    model: str = typer.Option(
        "", help="Your own: the run of train --recipe chords. Default: the one that is shipped."
    ),
    backing: str = typer.Option(
        "guitar", help="Who plays them in MIDI and sound: guitar, piano, bouzouki or none."
    ),
    seed: int | None = typer.Option(
        None, min=0, help="Draw the chords in place of the likeliest; the same seed, the same ones."
    ),
    temperature: float = typer.Option(
        1.0, min=0.05, max=5.0, help="With --seed: how bold, 1 being as learned."
    ),
) -> None:
    """Write chord symbols over a melody; the bars stay as they are but for the symbols."""
    from musicrnn.arranging.chord_network import ChordNetwork
    from musicrnn.arranging.chords import harmonized
    from musicrnn.theory.backing import backing_of

    backing_of(backing)
    folder = output.endswith(("/", "\\")) or (output != "" and Path(output).is_dir())
    if len(files) > 1 and output not in ("", "-") and not folder:
        raise UsageError(f"several files do not go into {output}; give a folder: -o DIR/")
    refuse_overwriting("" if folder else output, files)
    loaded = ChordNetwork.load(model)
    batch = FileBatch()
    for number, file in enumerate(files):
        with batch.step():
            with naming(file):
                try:
                    text = harmonized(
                        read(file).text, per=per, sevenths=sevenths, keep=keep, voice=voice,
                        alternatives=alternatives, model=loaded, seed=seed,
                        temperature=temperature,
                    )  # fmt: skip
                except UsageError as error:
                    hint = ": --voice" if "say which" in str(error) else ""
                    raise UsageError(f"{error}{hint}") from None
            if output in ("", "-"):
                print_text(("\n" if number else "") + text.rstrip("\n"))
            else:
                _save(text, Path(output), file, backing, folder=folder)
    batch.finish(len(files))


def _save(text: str, output: Path, file: str, backing: str, *, folder: bool) -> None:
    """Write the tunes as the file's extension has it; ABC as one book."""
    from musicrnn import render
    from musicrnn.files import write_whole

    if folder:
        output.mkdir(parents=True, exist_ok=True)
        output /= (Path(file).stem if file != "-" else "tune") + ".abc"
        refuse_overwriting(str(output), [file])
    if output.suffix.lower() in (".abc", ".txt", ""):
        write_whole(output, text)
        say_written(output)
        return
    with naming(file):
        played = render.backed(render.performed(text), text, backing)
        render.save(text, output, played=played)
        say_written(output)
