"""``musicrnn complete``: fill the gaps of a tune and keep every other character."""

from __future__ import annotations

from typing import Any

import typer

from musicrnn.cli.app import console
<<<<<<< HEAD
from musicrnn.cli.batch import read
from musicrnn.cli.options import control_values, takes
=======
from musicrnn.cli.batch import read_bytes, refuse_overwriting, shown
from musicrnn.formats import TEMPERATURE
>>>>>>> main

app = typer.Typer()

_SAMPLING = ("temperature", "top_k", "top_p", "seed")


@app.command()
@takes("instrument", "in_scale", sampling=_SAMPLING)
def complete(
    file: str = typer.Argument(
        help="ABC file in which ? stands for a bar (|?|) and ... at the end for the rest; "
        "- is standard input."
    ),
    output: str = typer.Option(
        "", "-o", "--output", help="FILE, whose extension decides. Default: standard output."
    ),
    model: str = typer.Option("folk", help="A shipped model or a training run."),
    best_of: int = typer.Option(
        4, min=1, help="Draw N fillings of a bar; keep the one that leads best to what follows."
    ),
    rewrite: str = typer.Option(
        "", "--rewrite", help="Write the bars of this section (A, B, ...) anew."
    ),
    **options: Any,
) -> None:
    """Fill the gaps (? or ...) of a tune and keep every other character as it is."""
    from musicrnn.generation import load

<<<<<<< HEAD
    text = read(file).text
    how = {name: options[name] for name in _SAMPLING} | {"best_of": best_of}
    asked = control_values(options)
    writer = load(model)
    if rewrite:
        tune = writer.rewrite(text, rewrite, **how, **asked)
    else:
        tune = writer.complete(text, **how, **asked)
=======
    refuse_overwriting(output, [file])
    text = abc.decode(read_bytes(file), file=shown(file))
    tune = load(model).complete(
        text,
        seed=seed,
        best_of=best_of,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        instrument=instrument,
        in_scale=in_scale,
    )
>>>>>>> main
    if output in ("", "-"):
        typer.echo(tune.text, nl=not tune.text.endswith("\n"))
    else:
        tune.save(output)
    console.print(f"{tune.model}: seed {tune.seed}", style="dim", markup=False, highlight=False)
