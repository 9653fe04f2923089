"""Loss curves as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musicrnn.errors import MissingExtraError
from musicrnn.files import replaced

__all__ = ["draw"]


def draw(runs: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> None:
    """Draw bits per token over epochs, training dashed and held-out drawn through.

    `runs` maps a name to the lines of its log; the extension of `path` decides the format. With
    one run and a measured share of well formed samples, that share is drawn too. Raises
    `MissingExtraError` without matplotlib.
    """
    try:
        # The object interface alone: pyplot would keep figures and look for a display.
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("drawing loss curves", "train") from error
    # Text stays text, and the identifiers do not depend on the run.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "musicrnn"}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        axes = figure.add_subplot(
            xlabel="epoch", ylabel="bits per token", title=_title(list(runs.values()))
        )
        for i, (name, lines) in enumerate(runs.items()):
            epochs = [line["epoch"] for line in lines]
            style: dict[str, Any] = {"color": f"C{i}", "marker": "o", "markersize": 3}
            axes.plot(epochs, [line["train_bits"] for line in lines], "--", alpha=0.6, **style)
            axes.plot(epochs, [line["validation_bits"] for line in lines], label=name, **style)
        axes.plot([], [], "--", color="gray", label="on the training side")
        if len(runs) == 1:
            _draw_shares(axes, next(iter(runs.values())))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        with replaced(path) as temporary:
            metadata = {"Date": None} if path.suffix == ".svg" else None
            figure.savefig(temporary, metadata=metadata)


def _draw_shares(axes: Any, lines: Sequence[Mapping[str, Any]]) -> None:
    measured = [(line["epoch"], line["well_formed"]) for line in lines if "well_formed" in line]
    if not measured:
        return
    other = axes.twinx()
    other.set_ylabel("share of samples well formed")
    other.set_ylim(0, 1.02)
    other.plot(*zip(*measured, strict=True), ":", color="C2", marker="s", markersize=3)
    axes.plot([], [], ":", color="C2", label="samples well formed")


def _title(logs: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    if len(logs) != 1 or not logs[0]:
        return "held-out loss of each run"
    best = min(logs[0], key=lambda line: float(line["validation_bits"]))
    return f"held-out best {best['validation_bits']:.3f} bits at epoch {best['epoch']}"
