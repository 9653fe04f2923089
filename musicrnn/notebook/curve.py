"""The loss while a model is trained: a picture under the cell that grows with each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicrnn.errors import MissingExtraError
from musicrnn.training.curves import loss_curve

if TYPE_CHECKING:
    from musicrnn.training.recipe import Recipe

__all__ = ["LiveCurve"]

#: Steps between two repaintings within an epoch; each is a message to the browser.
_EVERY = 20


class LiveCurve:
    """A `training.trainer.ProgressReporter` that draws the loss below the cell during training."""

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
