"""``musicrnn complete``: fill the gaps of a tune and keep every other character."""

from __future__ import annotations

import typer

from musicrnn.cli.app import console
from musicrnn.cli.batch import read_bytes, refuse_overwriting, shown
from musicrnn.formats import TEMPERATURE

app = typer.Typer()


@app.command()
def complete(
    file: str = typer.Argument(
        help="ABC file in which ? stands for a bar (|?|) and ... at the end for the rest; "
        "- is standard input."
    ),
    output: str = typer.Option(
        "", "-o", "--output", help="FILE, whose extension decides. Default: standard output."
    ),
    model: str = typer.Option("folk", help="A shipped model or a training run."),
    seed: int | None = typer.Option(None, help="The same seed gives the same bars."),
    best_of: int = typer.Option(
        4, min=1, help="Draw so many fillings of a bar; keep what leads best to what follows."
    ),
    temperature: float = typer.Option(
        TEMPERATURE, help="1 is as learned; below is cautious, above daring."
    ),
    top_k: int | None = typer.Option(None, min=1, help="Choose among the K likeliest only."),
    top_p: float | None = typer.Option(None, help="Choose among the likeliest that hold share P."),
    instrument: str | None = typer.Option(None, help="Stay in the range of whistle-D, fiddle, ..."),
    in_scale: float | None = typer.Option(
        None, min=0, max=1, help="1: only notes that belong to the key."
    ),
) -> None:
    """Fill the gaps (? or ...) of a tune and keep every other character as it is."""
    from musicrnn import abc
    from musicrnn.generation import load

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
    if output in ("", "-"):
        typer.echo(tune.text, nl=not tune.text.endswith("\n"))
    else:
        tune.save(output)
    console.print(f"{tune.model}: seed {tune.seed}", style="dim", markup=False, highlight=False)
