"""``musicrnn harmonize``: a melody in, four voices out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from musicrnn.cli.app import console, print_text
from musicrnn.cli.batch import (
    FileBatch,
    naming,
    read,
    refuse_overwriting,
    say,
    say_written,
)
from musicrnn.cli.options import require_kind, takes
from musicrnn.errors import UsageError

if TYPE_CHECKING:
    from musicrnn.generation.tune import Tune
    from musicrnn.reading import Music
    from musicrnn.score import Score

app = typer.Typer()

_SAMPLING = ("temperature", "top_k", "top_p", "free", "every", "seed")


@app.command()
@takes(sampling=_SAMPLING)
def harmonize(
    file: str = typer.Argument(help="ABC, MIDI or MusicXML with the melody; - is standard input."),
    output: str = typer.Option(
        "",
        "-o",
        "--output",
        help="FILE, whose extension decides (.abc .mid .musicxml .pdf .svg .wav ...), or DIR/ "
        "for several. Default: ABC on standard output.",
    ),
    voice: str = typer.Option(
        "", help="Which voice is given: soprano, alto, tenor, bass; several in order: soprano,bass."
    ),
    rewrite: str = typer.Option(
        "", help="Bars of what is given to write anew all the same: 3-4,8; 0 is a pickup."
    ),
    voices: str = typer.Option(
        "", help="With --rewrite: only in these voices. Without it: these voices throughout."
    ),
    n: int = typer.Option(1, "-n", "--number", "--count", min=1, help="How many settings."),
    sound: str = typer.Option("choir", help="choir, organ, strings or piano."),
    model: str = typer.Option(
        "chorale", help="A model of four voices by name, or the folder of a run of yours."
    ),
    best_of: int = typer.Option(
        8, min=1, help="Draw N drafts; keep the one with the fewest faults of voice leading."
    ),
    **options: Any,
) -> None:
    """Write the voices that a melody lacks; what is given stays as it is, to the note.

    Of a book of ABC every tune is set.
    """
    from musicrnn.generation import load
    from musicrnn.generation.harmonize import Melody, harmonizations

    refuse_overwriting(output, [file])
    scores = _scores(read(file))
    folder = output.endswith(("/", "\\")) or (output != "" and Path(output).is_dir())
    if output not in ("", "-") and not folder:
        require_kind(output)
    several = len(scores) > 1 or n > 1 or options["every"]
    if several and output not in ("", "-") and not folder:
        raise UsageError(f"several settings do not fit into {output}; give a folder: -o DIR/")
    how = {name: options[name] for name in _SAMPLING} | {"best_of": best_of}
    writer = load(model)
    batch, written = FileBatch(), 0
    for score in scores:
        with batch.step(), naming(file, score.title if len(scores) > 1 else ""):
            melody = Melody.of(score, voice, rewrite=rewrite, voices=voices)
            for remark in melody.remarks:
                say(f"{score.title}: {remark}" if len(scores) > 1 else remark)
            for tune in harmonizations(writer, melody, n, sound=sound, options=how):
                written += 1
                how["seed"] = tune.seed  # one for all
                _give(tune, written, output, folder)
    batch.finish(len(scores))


def _scores(music: Music) -> list[Score]:
    """The notes of every tune of a book, or of the one piece of another kind of file."""
    if music.kind != "abc":
        return [music.score]
    from musicrnn import abc

    return [abc.to_score(abc.standalone(tune)) for tune in music.book.tunes]


def _give(tune: Tune, number: int, output: str, folder: bool) -> None:
    """A setting as a file, or on standard output as a tune of a book."""
    if folder:
        Path(output).mkdir(parents=True, exist_ok=True)
        path = Path(output) / f"{tune.model}-{tune.seed}-{number:04d}.abc"
        tune.save(path)
        say_written(path)
    elif output in ("", "-"):
        from musicrnn.abc.from_score import from_score

        print_text(from_score(tune.score, reference=number))
    else:
        tune.save(output)
        say_written(output)
    if number == 1:
        line = f"{tune.model}: seed {tune.seed}"
        console.print(line, style="dim", markup=False, highlight=False)
