"""The loss while a model is trained: a picture under the cell that grows with each epoch."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from musicrnn.errors import MissingExtraError

if TYPE_CHECKING:
    from musicrnn.training.recipe import Recipe

__all__ = ["LiveCurve", "loss_curve"]

_WIDTH, _HEIGHT = 640, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 34, 40
_TRAINING, _HELD_OUT = "#4477AA", "#c2410c"
#: Steps between two repaintings within an epoch; each is a message to the browser.
_EVERY = 20


class LiveCurve:
    """A `models.training.Reporter` that draws the loss under the cell as training goes on."""

    def __init__(self) -> None:
        try:
            from IPython.display import HTML, display
        except ImportError:
            raise MissingExtraError("a live loss curve", "notebook") from None
        self._html: Any = HTML
        self._display: Any = display
        self._handle: Any = None
        self._lines: list[dict[str, Any]] = []
        self._title = self._status = ""
        self._steps = self._done = self._epochs = 0

    def begin(self, recipe: Recipe, parameters: int, epoch: int) -> None:
        """Training starts: put the picture's place under the cell."""
        self._title = f"{recipe.name}, {parameters:,} parameters"
        self._epochs = recipe.training.epochs
        self._handle = self._display(self._html(self._picture()), display_id=True)

    def epoch(self, number: int, steps: int, done: int) -> None:
        """Epoch `number` (from 0) has `steps` steps, `done` of which are done."""
        self._steps, self._done = steps, done
        self._status = f"epoch {number + 1} of {self._epochs}"

    def step(self, tokens: int, bits: float) -> None:
        """One step is done; the epoch's mean is `bits` a token so far."""
        self._done += 1
        if self._done % _EVERY == 0:
            share = self._done / max(self._steps, 1)
            self._show(f"{self._status}, {share:.0%}, {bits:.3f} bits a token")

    def epoch_done(self, line: dict[str, Any], better: bool) -> None:
        """An epoch is over: a point more on the curve."""
        self._lines.append(line)
        self._show(self._status)

    def end(self) -> None:
        """Training stops."""
        self._show("")

    def _show(self, status: str) -> None:
        if self._handle is not None:
            self._handle.update(self._html(self._picture(status)))

    def _picture(self, status: str = "") -> str:
        return loss_curve(self._lines, title=self._title, status=status)


def loss_curve(lines: Sequence[dict[str, Any]], *, title: str = "", status: str = "") -> str:
    """An SVG of the loss over epochs from the lines of a training log.

    Each line has ``epoch``, ``train_bits`` and ``validation_bits``.
    """
    train = [(float(line["epoch"]), float(line["train_bits"])) for line in lines]
    held_out = [(float(line["epoch"]), float(line["validation_bits"])) for line in lines]
    axes = _Axes.around(train + held_out)
    body = [
        *axes.drawn(),
        axes.curve(train, _TRAINING),
        axes.curve(held_out, _HELD_OUT),
        _word(_LEFT, 20, title, weight="bold"),
        _word(_WIDTH - _RIGHT, 20, status or _best(held_out), anchor="end"),
        *_legend(),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" role="img" aria-label="Loss over epochs" '
        f'font-family="sans-serif" font-size="12" style="background:#fff">{"".join(body)}</svg>'
    )


def _best(points: Sequence[tuple[float, float]]) -> str:
    if not points:
        return ""
    epoch, bits = min(points, key=lambda point: point[1])
    return f"held-out best {bits:.3f} bits at epoch {epoch:g}"


class _Axes:
    """Epochs to the right, bits upwards, ticks at round numbers."""

    def __init__(self, last: float, low: float, high: float) -> None:
        self.last, self.low, self.high = last, low, high
        self.step = _round_step((high - low) / 6)

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]]) -> _Axes:
        """Axes that hold all points with some room."""
        bits = [bits for _, bits in points] or [0.0, 1.0]
        room = 0.1 * max(max(bits) - min(bits), 0.1)
        last = max((epoch for epoch, _ in points), default=1.0)
        return cls(max(last, 2.0), max(min(bits) - room, 0.0), max(bits) + room)

    def place(self, epoch: float, bits: float) -> tuple[float, float]:
        """Where a point lies, in pixels."""
        x = _LEFT + (epoch - 1) / (self.last - 1) * (_WIDTH - _LEFT - _RIGHT - 6)
        share = (bits - self.low) / (self.high - self.low)
        return x, _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def drawn(self) -> list[str]:
        """Grid lines with their numbers, and what the axes are."""
        parts = []
        tick = -(-self.low // self.step) * self.step
        while tick <= self.high:
            _, y = self.place(1, tick)
            parts.append(
                f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#e5e5e5" fill="none"/>'
            )
            parts.append(_word(_LEFT - 8, y + 4, f"{tick:.3g}", anchor="end"))
            tick += self.step
        every = max(1, round(_round_step(self.last / 8)))
        for epoch in sorted({1, *range(every, int(self.last) + 1, every)}):
            x, _ = self.place(epoch, self.low)
            parts.append(_word(x, _HEIGHT - _BOTTOM + 16, str(epoch), anchor="middle"))
        parts.append(_word((_LEFT + _WIDTH) / 2, _HEIGHT - 6, "epoch", anchor="middle"))
        return parts

    def curve(self, points: Sequence[tuple[float, float]], colour: str) -> str:
        """A line through the points, with a dot on each."""
        places = [self.place(*point) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places)
        return (
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<g fill="{colour}">{dots}</g>'
        )


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten at or above `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))


def _legend() -> list[str]:
    out = []
    for index, (colour, name) in enumerate(((_TRAINING, "training"), (_HELD_OUT, "held out"))):
        x = _LEFT + 90 * index
        out.append(f'<path d="M{x} {_HEIGHT - 10}h18" stroke="{colour}" stroke-width="3"/>')
        out.append(_word(x + 24, _HEIGHT - 6, name))
    return out


def _word(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{html.escape(text)}</text>"
    )
