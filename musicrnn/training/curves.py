"""Loss curves as a picture: `loss.svg` of a run, several runs side by side, one growing live."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musicrnn.errors import UsageError
from musicrnn.files import write_whole
from musicrnn.render import plots

__all__ = ["draw", "loss_curve", "loss_curves"]

#: One line of a training log: ``epoch``, ``train_bits``, ``validation_bits`` and more
Line = Mapping[str, Any]
ROOM = 0.08  # of the height, left free below the lowest point


def draw(runs: Mapping[str, Sequence[Line]], path: Path) -> None:
    """Write `loss_curves` to `path`, an ``.svg`` or ``.png``.

    Raises `UsageError` for another extension, and `MissingExtraError` for a PNG without the
    ``score`` extra.
    """
    picture = loss_curves(runs)
    extension = path.suffix.lower()
    if extension == ".svg":
        write_whole(path, picture)
    elif extension == ".png":
        write_whole(path, _png(picture))
    else:
        raise UsageError(f"{path}: loss curves are drawn as .svg or .png")


def loss_curve(lines: Sequence[Line], *, title: str = "", status: str = "") -> str:
    """An SVG of one run's loss over epochs; `status` stands in the corner, else the best epoch."""
    return loss_curves({title: lines}, status=status)


def loss_curves(runs: Mapping[str, Sequence[Line]], *, status: str = "") -> str:
    """An SVG of bits per token over epochs, on the training split dashed and on the validation
    split drawn through.

    `runs` maps a name to the lines of its log. Of one run, its best epoch and the share of its
    latest samples that are well formed are named, and the name is the picture's title.
    """
    colours = list(plots.COLOURS)[:-1]  # the last, grey, is that of the key
    names = {colours[i % len(colours)]: name for i, name in enumerate(runs)}
    logs = dict(zip(names, runs.values(), strict=False))
    validation = {c: _points(lines, "validation_bits") for c, lines in logs.items()}
    training = {c: _points(lines, "train_bits") for c, lines in logs.items()}
    heights = [y for rows in (*validation.values(), *training.values()) for _, y in rows]
    low, high = min(heights, default=0.0), max(heights, default=1.0)
    last = max((x for rows in training.values() for x, _ in rows), default=2.0)
    plot = plots.lines(
        validation,
        dashed=training,
        label="Loss over epochs",
        x_label="epoch",
        counted=True,
        x_from=1,
        x_to=max(last, 2),
        y_from=max(low - ROOM * max(high - low, 0.1), 0.0),
    )
    alone = len(runs) == 1
    key = names if not alone else dict.fromkeys(names, "bits per token, validation split")
    lines = next(iter(runs.values()), [])
    return plots.standalone(
        plot,
        title=next(iter(runs)) if alone else "Validation loss of each run",
        note=status or (_best(lines) if alone else ""),
        key=key | {"run7 level": "the same, training split"},
    )


def _points(lines: Sequence[Line], name: str) -> list[tuple[float, float]]:
    pairs = [(float(line["epoch"]), float(line[name])) for line in lines]
    return [(epoch, bits) for epoch, bits in pairs if math.isfinite(bits)]


def _best(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    best = min(lines, key=lambda line: float(line["validation_bits"]))
    caption = f"best {best['validation_bits']:.3f} bits at epoch {best['epoch']:g}"
    shares = [line["well_formed"] for line in lines if "well_formed" in line]
    return caption + (f"; {shares[-1]:.0%} of samples well formed" if shares else "")


def _png(picture: str) -> bytes:
    from musicrnn.render.engraver_client import shared_worker
    from musicrnn.render.outlines import outlined

    answer = shared_worker()("rasterise", svg=outlined(picture), width=None)
    return base64.b64decode(answer["png"])
