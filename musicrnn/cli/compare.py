"""``musicrnn compare``: training runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from musicrnn.cli.app import console, print_result, print_text
from musicrnn.errors import UsageError
from musicrnn.models.bundle import Bundle
from musicrnn.training.run import Run

app = typer.Typer()


@app.command()
def compare(
    runs: list[Path] = typer.Argument(help="The folders of training runs."),
    out: Path = typer.Option(
        Path("compare.svg"), "-o", "--output", help="The picture of the curves: .svg or .png"
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON to standard output."),
) -> None:
    """Put training runs side by side: a table, and their loss curves on one picture."""
    from musicrnn.training.curves import draw

    for folder in runs:
        if not folder.is_dir():
            raise UsageError(f"{folder}: there is no such folder; name that of a training run")
    rows = {str(folder): _row(Run(folder)) for folder in runs}
    draw({name: row["log"] for name, row in rows.items()}, out)
    if as_json:
        content = [{"run": name, **row} for name, row in rows.items()]
        print_text(json.dumps(content, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in (
        "run",
        "recipe",
        "network",
        "parameters",
        "epochs",
        "minutes",
        "validation bits",
    ):
        table.add_column(heading, justify="left" if heading in ("run", "recipe") else "right")
    for name, row in sorted(rows.items(), key=lambda item: float(item[1]["best_bits"])):
        table.add_row(
            name,
            row["recipe"],
            row["network"],
            f"{row['parameters']:,}",
            f"{row['best_epoch']} of {len(row['log'])}",
            f"{row['seconds'] / 60:.1f}",
            f"{row['best_bits']:.3f}",
        )
    print_result(table)
    console.print(f"curves: {out}", highlight=False)


def _row(run: Run) -> dict[str, Any]:
    """What the table says of one run; raises `UsageError` where it has no finished epoch."""
    log = run.read_log()
    recipe = run.recipe
    best = min(log, key=lambda line: float(line["validation_bits"]))
    model = recipe.model
    return {
        "recipe": recipe.name,
        "network": " + ".join(f"{model.cell} {units}" for units in model.units),
        "parameters": Bundle.load(run.best).parameters,
        "best_bits": best["validation_bits"],
        "best_epoch": best["epoch"],
        "seconds": log[-1]["seconds"],
        "log": log,
    }
