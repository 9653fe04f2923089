"""``musicrnn models``: what is installed, and what a model is."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.table import Table

from musicrnn.cli.app import console, print_result, print_text
from musicrnn.errors import UsageError, one_line
from musicrnn.models import bundle as bundles
from musicrnn.models.bundle import Bundle

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List and describe models.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

#: heading → the figure under it; bits per token, the fewer the better
_BITS = {"validation bits": "bits_per_token", "test bits": "test_bits_per_token"}
_JSON = typer.Option(False, "--json", help="Print JSON to standard output.")


@app.command("list")
def list_(as_json: bool = _JSON) -> None:
    """List the models that come with the package."""
    known = [bundles.read_config(name) for name in bundles.names()]
    if as_json:
        print_text(json.dumps([config.to_dict() for config in known], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "format", "network", "learned from", *_BITS):
        table.add_column(heading)
    for config in known:
        units = " + ".join(f"{config.model.cell.upper()} {units}" for units in config.model.units)
        table.add_row(
            config.name,
            config.format,
            units,
            str(config.training.get("corpus", "")),
            *(str(config.figures.get(figure, "")) for figure in _BITS.values()),
        )
    print_result(table)


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
        print_text(json.dumps(content, ensure_ascii=False, indent=1))
        return
    # A stranger's card may hold anything; control characters are not for the terminal.
    card = "\n".join(one_line(line) for line in bundle.card.split("\n"))
    print_text(card or f"{bundle.config.name}: {bundle.parameters:,} parameters", nl=not card)


@app.command()
def export(
    model: str = typer.Argument(help="A training run, or a model by name or folder."),
    out: Path | None = typer.Option(
        None, "-o", "--output", help="Write a bundle to this folder, measured anew."
    ),
    hub: Path | None = typer.Option(
        None, "--hub", help="Folder in the layout of model hubs: card with metadata, safetensors."
    ),
    onnx: Path | None = typer.Option(None, "--onnx", help="File of the network as an ONNX graph."),
    license: str = typer.Option(
        "", "--license", "--licence", help="With --hub: the licence, as hubs write it (mit)."
    ),
    name: str | None = typer.Option(
        None, "--name", help="With --output: another name than the recipe's."
    ),
    samples: int = typer.Option(
        256,
        "--samples",
        min=0,
        help="With --output: free samples whose share well formed the card states.",
    ),
    full: bool = typer.Option(False, "--full", help="With --output: keep float32; twice the size."),
) -> None:
    """Export a model: as a bundle (weights in half precision, measured on the test split), as a
    folder for a model hub, as an ONNX graph. Nothing is sent anywhere."""
    if not (out or hub or onnx):
        raise UsageError("say what to write: -o FOLDER, --hub FOLDER or --onnx FILE")
    if license and not hub:
        raise UsageError("--license is for a hub's card: give --hub FOLDER as well")
    source: str | Path = model
    if out:
        from musicrnn.evaluation.publish import publish

        bundle = publish(model, out, name=name, samples=samples, half=not full)
        print_text(bundle.card, nl=False)
        source = out
    if hub:
        from musicrnn.models.hub import export as to_hub

        entries = to_hub(source, hub, license=license)
        _say(f"wrote {hub}, licence {entries['license']}")
        if entries["license"] == "unknown":
            _say("nobody has chosen a licence for the weights: --license mit, cc-by-4.0, …")
    if onnx:
        from musicrnn.files import write_whole
        from musicrnn.models.onnx_graph import to_onnx

        write_whole(onnx, to_onnx(Bundle.load(source)))
        _say(f"wrote {onnx}")


def _say(line: str) -> None:
    console.print(f"musicrnn: {line}", markup=False, highlight=False, soft_wrap=True)
