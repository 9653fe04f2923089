"""``musicrnn complete``: fill the gaps of a tune and keep every other character."""

from __future__ import annotations

from typing import Any

import typer

from musicrnn.cli.app import console, print_text
from musicrnn.cli.batch import read, refuse_overwriting, say_written
from musicrnn.cli.options import control_values, require_kind, takes

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

    refuse_overwriting(output, [file])
    if output not in ("", "-"):
        require_kind(output)
    text = read(file).text
    how = {name: options[name] for name in _SAMPLING} | {"best_of": best_of}
    controls = control_values(options)
    writer = load(model)
    if rewrite:
        tune = writer.rewrite(text, rewrite, **how, **controls)
    else:
        tune = writer.complete(text, **how, **controls)
    if output in ("", "-"):
        print_text(tune.text, nl=not tune.text.endswith("\n"))
    else:
        tune.save(output)
        say_written(output)
    console.print(f"{tune.model}: seed {tune.seed}", style="dim", markup=False, highlight=False)
