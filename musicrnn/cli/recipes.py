"""``musicrnn recipes``: what can be trained with one command."""

from __future__ import annotations

import json

import typer
from rich.table import Table

from musicrnn.cli.app import print_result, print_text
from musicrnn.training import recipe as recipes
from musicrnn.training.recipe import Recipe

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List and show training recipes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_(
    as_json: bool = typer.Option(False, "--json", help="Print JSON to standard output."),
) -> None:
    """List the recipes that come with the package."""
    known = [Recipe.load(name) for name in recipes.names()]
    if as_json:
        rows = [{"name": recipe.name, "description": recipe.description} for recipe in known]
        print_text(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("what it is")
    for recipe in known:
        table.add_row(recipe.name, recipe.description)
    print_result(table)


@app.command()
def show(
    name: str = typer.Argument(help="A recipe by name, or a TOML file."),
    full: bool = typer.Option(False, "--full", help="All values, with those left at default."),
) -> None:
    """Print a recipe to standard output, to be changed and given to train --recipe."""
    recipe = Recipe.load(name)
    shipped = recipes.SHIPPED / f"{name}.toml"
    if full or not shipped.is_file():
        print_text(recipe.to_toml(), nl=False)
    else:
        print_text(shipped.read_text("utf-8"), nl=False)
