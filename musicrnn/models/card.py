"""The card of a bundle: for people, what `config.json` says for programs."""

from __future__ import annotations

from typing import Any

from musicrnn.errors import one_line
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig

__all__ = ["card"]

_TOKENS = {
    "abc": "one character of the model text",
    "midi": "one value of the melody",
    "text": "one character",
}
#: The same for tokenizers that differ from what is usual for their format.
_TOKENS_OF = {
    "voices": "what one voice does in one sixteenth",
    "remi": "one property of a note, bar or instrument",
    "performance": "one event of a recording",
}
#: What a card says where nobody has chosen a licence for the weights.
_WEIGHTS_LICENCE = "none chosen: whoever trained them decides, within that of the data"
#: What `TrainingConfig.keep` means for the reader of a card.
_KEPT = {
    "best": (
        "Training was stopped by the validation figure; the test figure is measured on pieces that",
        "nothing saw before.",
    ),
    "last": (
        "The weights are those of the last epoch, whatever the validation figure was by then: the",
        "model was meant to learn its pieces by heart.",
    ),
}


def card(bundle: Bundle) -> str:
    """Markdown: what the model is, what it learned from, how, and what was measured."""
    config, training, figures = bundle.config, bundle.config.training, bundle.config.figures
    model = config.model
    layers = " + ".join(f"{model.cell.upper()} {units}" for units in model.units)
    if model.attention:
        layers += f" → attention over {model.attention} steps"
    rows = [
        ("Format", config.format),
        ("Network", f"{_input(model.embedding)} → {layers} → {len(bundle.vocabulary)} tokens"),
        ("Parameters", f"{bundle.parameters:,}"),
        ("Corpus", training.get("corpus")),
        ("Licence of the data", training.get("licence") or "not known; ask whoever made it"),
        ("Licence of the weights", training.get("weights_licence") or _WEIGHTS_LICENCE),
        ("Split", _split(training)),
        ("Went on from", training.get("from")),
        ("Recipe", training.get("recipe")),
        ("Seed", training.get("seed")),
        ("Epochs", training.get("epochs")),
        ("Training time", _duration(training.get("seconds"))),
        ("Test bits per token", _with_count(figures, "test_bits_per_token", "test_pieces")),
        ("Validation bits per token", figures.get("bits_per_token")),
        ("Training bits per token", figures.get("training_bits_per_token")),
        ("Unconstrained samples well formed", _well_formed(figures)),
    ]
    lines = [f"# {config.name}", "", "| | |", "|---|---|"]
    # What a configuration says may hold line breaks and bars, which a table has not.
    cells = [
        (name, one_line(str(value)).replace("|", "/"))
        for name, value in rows
        if value not in (None, "")
    ]
    lines += [f"| {name} | {value} |" for name, value in cells]
    lines += [
        "",
        f"A token is {_token(config)}, or the end of a piece.",
        *_KEPT.get(str(training.get("settings", {}).get("keep")), _KEPT["best"]),
        "Each piece is predicted from a state of zero, as it stands.",
    ]
    return "\n".join(lines) + "\n"


def _token(config: BundleConfig) -> str:
    return _TOKENS_OF.get(config.tokenizer.get("name", ""), _TOKENS[config.format])


def _input(embedding: int | None) -> str:
    return f"embedding {embedding}" if embedding else "one-hot"


def _split(training: dict[str, Any]) -> str | None:
    if "pieces" not in training:
        return None
    if "held_out" in training:
        return (
            f"{training['held_out']} held out ({training['pieces']} in all, too few to spare one)"
        )
    return (
        f"{training['pieces']:,} pieces to train on, "
        f"{training.get('held_out_pieces', 0):,} for validation"
    )


def _duration(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds / 60:.0f} minutes"


def _with_count(figures: dict[str, Any], name: str, count: str) -> str | None:
    pieces = f" ({figures[count]} pieces)" if count in figures else ""
    return f"{figures[name]}{pieces}" if name in figures else None


def _well_formed(figures: dict[str, Any]) -> str | None:
    if "well_formed" not in figures:
        return None
    of = f" of {figures['samples']}" if "samples" in figures else ""
    return f"{100 * figures['well_formed']:.0f} %{of}"
