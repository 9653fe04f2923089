"""``musicrnn evaluate``: is a model good, are its tunes valid, are they new?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import typer
from rich.status import Status
from rich.table import Table

from musicrnn.cli.app import console
from musicrnn.errors import UsageError
from musicrnn.files import write_whole

app = typer.Typer()


@app.command()
def evaluate(
    models: list[str] = typer.Argument(help="A model by name or folder; two for side by side."),
    corpus: str = typer.Option(
        "", "--corpus", help="Compare with this corpus instead of the model's own."
    ),
    samples: int = typer.Option(128, "--samples", "-n", min=2, help="Tunes to draw and measure."),
    output: Path = typer.Option(
        None, "-o", "--output", help="Write the report (.html), and its figures beside it (.json)."
    ),
    split: str = typer.Option("test", "--split", help="The held-out part: test or validation."),
    seed: int = typer.Option(0, "--seed", min=0, help="Same seed, same figures."),
    sound: bool = typer.Option(True, "--sound/--no-sound", help="Put players into the report."),
    jobs: int = typer.Option(
        1, "-j", "--jobs", min=1, help="Processes that draw tunes and foretell pieces."
    ),
    cluster: str = typer.Option(
        "",
        "--cluster",
        help="As --jobs, on a Ray cluster: auto, local or an address.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print every figure as JSON."),
    markdown: bool = typer.Option(False, "--markdown", help="Print the table as Markdown."),
    card: bool = typer.Option(
        False, "--card", help="Keep the figures in the model itself: in its card and its config."
    ),
) -> None:
    """Measure a model on pieces it never saw: likelihood, validity, style, novelty, controls."""
    if len(models) > 2:
        raise UsageError(f"{len(models)} models are named; a report shows one or two side by side")
    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{output}: a report is a page; name it .html")
    from musicrnn.cli.workers import workers_from_options
    from musicrnn.evaluation import assess
    from musicrnn.evaluation.values import to_json

    studies, tunes = [], []
    with workers_from_options(jobs, cluster) as workers:
        for model in models:
            with console.status(model) as status:

                def progress(step: str, model: str = model, status: Status = status) -> None:
                    status.update(f"{model}: {step}")

                found, drawn = assess.assess(
                    model,
                    corpus=corpus or None,
                    samples=samples,
                    seed=seed,
                    split=split,
                    progress=progress,
                    workers=workers,
                )
            studies.append(found)
            tunes.append(drawn)
    if card:
        _keep(models, studies)
    if as_json:
        typer.echo(to_json(studies))
    elif markdown:
        from musicrnn.evaluation.headline import markdown as table_of

        typer.echo(table_of({found["name"]: found["headline"] for found in studies}))
    else:
        _show(studies)
    if output is not None:
        write_whole(output, assess.report(studies, tunes if sound else []))
        write_whole(output.with_suffix(".json"), to_json(studies) + "\n")
        console.print(f"written to {output} and {output.with_suffix('.json')}", markup=False)


def _keep(models: list[str], studies: list[dict[str, Any]]) -> None:
    from musicrnn.evaluation.publish import keep_report

    for model, found in zip(models, studies, strict=True):
        keep_report(model, found)


def _show(studies: list[dict[str, Any]]) -> None:
    from musicrnn.evaluation.headline import FIGURES, told

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for found in studies:
        table.add_column(found["name"], justify="right")
    for name, figure in FIGURES.items():
        values = [found["headline"][name] for found in studies]
        if not all(math.isnan(value) for value in values):
            table.add_row(figure.meaning, *(told(name, value) for value in values))
    console.print(table)
