"""``musicrnn harmonize``: a melody in, four voices out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from musicrnn.cli.app import console
from musicrnn.cli.batch import read, refuse_overwriting, say
from musicrnn.cli.options import require_kind, takes
from musicrnn.errors import UsageError

app = typer.Typer()

#: where ``train --recipe chorale`` leaves its run
_TRAINED = "runs/chorale"
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
    n: int = typer.Option(1, "-n", "--number", "--count", min=1, help="How many settings."),
    sound: str = typer.Option("choir", help="choir, organ, strings or piano."),
    model: str = typer.Option(
        _TRAINED, help="A run of the recipe chorale: musicrnn train --recipe chorale makes it."
    ),
    best_of: int = typer.Option(
        4, min=1, help="Draw N drafts; keep the one with the fewest faults of voice leading."
    ),
    **options: Any,
) -> None:
    """Write the voices that a melody lacks; what is given stays as it is, to the note."""
    from musicrnn.generation import load
    from musicrnn.generation.harmonize import Melody, harmonizations

    refuse_overwriting(output, [file])
    melody = Melody.of(read(file).score, voice)
    for remark in melody.remarks:
        say(remark)
    if model == _TRAINED and not Path(model).exists():
        raise UsageError(
            "no model of four voices is here yet; make one by musicrnn train --recipe chorale "
            "(a quarter of an hour), or name one by --model"
        )
    how = {name: options[name] for name in _SAMPLING} | {"best_of": best_of}
    folder = output.endswith(("/", "\\")) or (output != "" and Path(output).is_dir())
    if output not in ("", "-") and not folder:
        require_kind(output)
    several = n > 1 or options["every"]
    if several and output not in ("", "-") and not folder:
        raise UsageError(f"several settings do not fit into {output}; give a folder: -o DIR/")
    tunes = harmonizations(load(model), melody, n, sound=sound, options=how)
    for number, tune in enumerate(tunes, 1):
        if folder:
            Path(output).mkdir(parents=True, exist_ok=True)
            tune.save(Path(output) / f"{tune.model}-{tune.seed}-{number:04d}.abc")
        elif output in ("", "-"):
            typer.echo(tune.text)
        else:
            tune.save(output)
        if number == 1:
            line = f"{tune.model}: seed {tune.seed}"
            console.print(line, style="dim", markup=False, highlight=False)
