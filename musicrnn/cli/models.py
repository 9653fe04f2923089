"""``musicrnn models``: what is installed, and what a model is."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from musicrnn.cli.app import console
from musicrnn.errors import one_line
from musicrnn.models import bundle as bundles
from musicrnn.models.bundle import Bundle

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List and describe models.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_JSON = typer.Option(False, "--json", help="Print JSON to standard output.")


@app.command("list")
def list_(as_json: bool = _JSON) -> None:
    """List the models that come with the package."""
    known = [bundles.read_config(name) for name in bundles.names()]
    if as_json:
        typer.echo(json.dumps([config.to_dict() for config in known], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "format", "network", "learned from", "validation bits per token"):
        table.add_column(heading)
    for config in known:
        units = " + ".join(f"{config.model.cell.upper()} {units}" for units in config.model.units)
        table.add_row(
            config.name,
            config.format,
            units,
            escape(str(config.training.get("corpus", ""))),
            str(config.figures.get("bits_per_token", "")),
        )
    console.print(table)


@app.command()
def info(
    name: str = typer.Argument(help="A model by name, or the folder of a model or training run."),
    as_json: bool = _JSON,
) -> None:
    """Describe a model: its card, or with --json its configuration."""
    bundle = Bundle.load(name)
    if as_json:
        content = bundle.config.to_dict() | {
            "folder": str(bundle.folder),
            "parameters": bundle.parameters,
            "tokens": len(bundle.vocabulary),
        }
        typer.echo(json.dumps(content, ensure_ascii=False, indent=1))
        return
    # A stranger's card may hold anything; control characters are not for the terminal.
    card = "\n".join(one_line(line) for line in bundle.card.split("\n"))
    typer.echo(card or f"{bundle.config.name}: {bundle.parameters:,} parameters", nl=not card)


@app.command()
def export(
    model: str = typer.Argument(help="A training run, or a model by name or folder."),
    out: Path = typer.Option(..., "--out", "-o", help="The folder of the new bundle."),
    name: str | None = typer.Option(None, "--name", help="Another name than the recipe's."),
    samples: int = typer.Option(
        256, "--samples", min=0, help="Free samples whose share well formed the card states."
    ),
    full: bool = typer.Option(False, "--full", help="Keep float32; twice the size."),
) -> None:
    """Make a bundle that may travel: weights in half precision, measured on the test side."""
    from musicrnn.evaluation.publish import publish

    bundle = publish(model, out, name=name, samples=samples, half=not full)
    typer.echo(bundle.card, nl=False)
