"""The card of a bundle: for people, what `config.json` says for programs."""

from __future__ import annotations

from typing import Any

from musicrnn.models.bundle import Bundle

__all__ = ["card"]


def card(bundle: Bundle, *, notes: str = "") -> str:
    """Markdown: what the model is, what it learned from, how, and what was measured.

    `notes` is further Markdown, put at the end.
    """
    config, training, figures = bundle.config, bundle.config.training, bundle.config.figures
    model = config.model
    layers = " + ".join(f"{model.cell.upper()} {units}" for units in model.units)
    rows = [
        ("Format", config.format),
        ("Network", f"{_input(model.embedding)} → {layers} → {len(bundle.vocabulary)} tokens"),
        ("Parameters", f"{bundle.parameters:,}"),
        ("Corpus", training.get("corpus")),
        ("Split", _split(training)),
        ("Went on from", training.get("from")),
        ("Recipe", training.get("recipe")),
        ("Seed", training.get("seed")),
        ("Epochs", training.get("epochs")),
        ("Training time", _duration(training.get("seconds"))),
        ("Held-out bits per token", figures.get("bits_per_token")),
        ("Training bits per token", figures.get("training_bits_per_token")),
        ("Unconstrained samples well formed", _percent(figures.get("well_formed"))),
    ]
    lines = [f"# {config.name}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows if value not in (None, "")]
    lines += [
        "",
        "A token is one character of the model text, or the end of a piece. The held-out figure is",
        "measured on pieces that training never saw, each from a state of zero, as they stand.",
    ]
    return "\n".join([*lines, *(["", notes.strip()] if notes else [])]) + "\n"


def _input(embedding: int | None) -> str:
    return f"embedding {embedding}" if embedding else "one-hot"


def _split(training: dict[str, Any]) -> str | None:
    if "pieces" not in training:
        return None
    return f"{training['pieces']:,} pieces to train on, {training['held_out_pieces']:,} held out"


def _duration(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds / 60:.0f} minutes"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.0f} %"
