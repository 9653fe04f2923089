"""``musicrnn evaluate``: is a model good, are its tunes valid, are they new?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from musicrnn.cli.app import console
from musicrnn.errors import UsageError
from musicrnn.files import write_whole

app = typer.Typer()

#: headline figure → what it is, and whether it is a share
_SHOWN = {
    "bits_per_token": ("bits per token, held out", False),
    "best_ngram_bits_per_token": ("the same, best n-gram model", False),
    "bits_per_note": ("bits per written note", False),
    "calibration_error": ("calibration error", True),
    "well_formed_free": ("well formed, free samples", True),
    "well_formed_constrained": ("well formed, constrained samples", True),
    "controls_kept": ("wishes kept", True),
    "mean_distance": ("mean distance to held-out tunes", False),
    "mean_floor": ("mean distance of those among themselves", False),
    "longest_shared_bars": ("longest shared run in bars, samples", False),
    "longest_shared_bars_held_out": ("longest shared run in bars, held-out tunes", False),
    "copies": ("copies or variants of known tunes, samples", True),
    "copies_held_out": ("copies or variants of known tunes, held-out", True),
    "new": ("new notes, samples", True),
    "new_held_out": ("new notes, held-out tunes", True),
}


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
    as_json: bool = typer.Option(False, "--json", help="Print every figure as JSON."),
) -> None:
    """Measure a model on pieces it never saw: likelihood, validity, style, novelty, controls."""
    if len(models) > 2:
        raise UsageError(f"{len(models)} models are named; a report shows one or two side by side")
    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{output}: a report is a page; name it .html")
    from musicrnn import assessment

    studies, tunes = [], []
    for model in models:
        with console.status("") as status:
            found, drawn = assessment.assess(
                model,
                corpus=corpus or None,
                samples=samples,
                seed=seed,
                split=split,
                progress=lambda step, model=model: status.update(f"{model}: {step}"),  # type: ignore[misc]
            )
        studies.append(found)
        tunes.append(drawn)
    if as_json:
        typer.echo(_json(studies))
    else:
        _show(studies)
    if output is not None:
        write_whole(output, assessment.report(studies, tunes if sound else []))
        write_whole(output.with_suffix(".json"), _json(studies) + "\n")
        console.print(f"written to {output} and {output.with_suffix('.json')}", markup=False)


def _json(studies: list[dict[str, Any]]) -> str:
    """JSON without nan, which JSON lacks: undefined is null."""
    return json.dumps(_plain(studies), ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _show(studies: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for found in studies:
        table.add_column(found["name"], justify="right")
    for name, (text, share) in _SHOWN.items():
        values = [found["headline"][name] for found in studies]
        if not all(math.isnan(value) for value in values):
            table.add_row(text, *(_figure(value, share=share) for value in values))
    console.print(table)


def _figure(value: float, *, share: bool) -> str:
    if math.isnan(value):
        return "undefined"
    return f"{value:.1%}" if share else f"{value:.3f}"
