"""``musicrnn evaluate``: is a model good, are its tunes valid, are they new?"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.status import Status
from rich.table import Table
from rich.text import Text

from musicrnn.cli.app import console, print_result, print_text
from musicrnn.cli.batch import say
from musicrnn.errors import MissingExtraError, UsageError
from musicrnn.files import write_whole

if TYPE_CHECKING:
    from musicrnn.evaluation.study import Study

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
    split: str = typer.Option(
        "test", "--split", help="The split to compare with: test or validation."
    ),
    style: str = typer.Option(
        "", "--style", help="Ask for the music of one tradition, and compare it with that one."
    ),
    seed: int = typer.Option(0, "--seed", min=0, help="Same seed, same figures."),
    sound: bool = typer.Option(True, "--sound/--no-sound", help="Put players into the report."),
    jobs: int = typer.Option(
        1, "-j", "--jobs", min=1, help="Processes that draw tunes and score pieces."
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
    """Measure a model: likelihood on pieces it never saw, validity, music, novelty, controls."""
    if len(models) > 2:
        raise UsageError(f"{len(models)} models are named; a report shows one or two side by side")
    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{output}: a report is a page; name it .html")
    from musicrnn.cli.workers import workers_from_options
    from musicrnn.evaluation import assess
    from musicrnn.evaluation.headline import as_json as json_of
    from musicrnn.evaluation.headline import headline
    from musicrnn.evaluation.headline import markdown as table_of

    studies, tunes = [], []
    with workers_from_options(jobs, cluster) as workers:
        for model in models:
            with console.status(Text(model)) as status:

                def progress(step: str, model: str = model, status: Status = status) -> None:
                    status.update(Text(f"{model}: {step}"))

                with warnings.catch_warnings(record=True) as remarks:
                    warnings.simplefilter("always", UserWarning)
                    study, drawn = assess.assess(
                        model,
                        corpus=corpus or None,
                        samples=samples,
                        seed=seed,
                        split=split,
                        style=style,
                        progress=progress,
                        workers=workers,
                    )
            for remark in remarks:
                if remark.category is UserWarning:
                    say(str(remark.message))
            studies.append(study)
            tunes.append(drawn)
    if card:
        _keep(models, studies)
    if as_json:
        print_text(json_of(studies))
    elif markdown:
        print_text(table_of({study.name: headline(study) for study in studies}))
    else:
        _show(studies)
    if output is not None:
        write_whole(output, assess.report(studies, tunes if sound else []))
        write_whole(output.with_suffix(".json"), json_of(studies) + "\n")
        console.print(f"written to {output} and {output.with_suffix('.json')}", markup=False)


def _keep(models: list[str], studies: list[Study]) -> None:
    from musicrnn.evaluation.publish import keep_report

    for model, study in zip(models, studies, strict=True):
        keep_report(model, study)


def _show(studies: list[Study]) -> None:
    from musicrnn.evaluation.headline import headline

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for study in studies:
        table.add_column(study.name, justify="right")
    table.add_column("real", justify="right")
    columns = [headline(study) for study in studies]
    for name in dict.fromkeys(name for column in columns for name in column):
        figures = [column.get(name) for column in columns]
        real = next((figure.real_said for figure in figures if figure and figure.real_said), "")
        cells = (figure.said if figure else "" for figure in figures)
        table.add_row(name, *cells, real)
    print_result(table)
    if any(study.music and not study.music.dances for study in studies):
        console.print(
            "whether the tunes can be told from real ones was not tried: "
            + str(MissingExtraError("the classifier", "evaluate")),
            markup=False,
        )
