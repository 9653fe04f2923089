"""Training on the terminal: a bar with rate and time left, a line for each epoch.

Everything goes to standard error. Where that is no terminal, the bar is left out.
"""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from musicrnn.errors import counted
from musicrnn.training.recipe import Recipe

__all__ = ["TrainingProgress"]

#: Seconds of steps that the time left is estimated from.
WINDOW = 60
#: After so many steps, the first of which are compiled, as many as `TIMED` say how long it takes.
WARM, TIMED = 20, 50


class _Rate(ProgressColumn):
    """Tokens a second since this process began, and the loss so far."""

    def render(self, task: Task) -> Text:
        rate, bits = task.fields.get("rate", 0.0), task.fields.get("bits", 0.0)
        return Text(f"{rate:,.0f} tokens/s · {bits:.3f} bits" if rate else "")


class TrainingProgress:
    """A `training.trainer.ProgressReporter` that draws with rich."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
            speed_estimate_period=WINDOW,
            refresh_per_second=4,
        )
        self._task = self._progress.add_task("", total=None)
        self._epochs = 0
        self._steps = self._left = 0
        self._tokens = 0
        self._began = self._warm = 0.0

    def begin(self, recipe: Recipe, parameters: int, epoch: int) -> None:
        self._epochs = recipe.training.epochs
        goes_on = f", going on at epoch {epoch + 1}" if epoch else ""
        self.console.print(
            f"{recipe.name}: {parameters:,} parameters, at most "
            f"{counted(self._epochs, 'epoch')}{goes_on}",
            highlight=False,
        )
        self._progress.start()

    def epoch(self, number: int, steps: int, done: int) -> None:
        # The bar runs over the whole run, so that the time left is the run's.
        self._progress.update(
            self._task,
            description=f"epoch {number + 1}/{self._epochs}",
            total=steps * self._epochs,
            completed=steps * number + done,
        )
        self._left = steps * (self._epochs - number) - done
        self._tokens, self._began = 0, time.monotonic()

    def step(self, tokens: int, bits: float) -> None:
        self._tokens += tokens
        rate = self._tokens / max(time.monotonic() - self._began, 1e-9)
        self._progress.update(self._task, advance=1, rate=rate, bits=bits)
        self._steps, self._left = self._steps + 1, self._left - 1
        if self._steps == WARM:
            self._warm = time.monotonic()
        elif self._steps == WARM + TIMED:
            minutes = (time.monotonic() - self._warm) / TIMED * self._left / 60
            if minutes > 1:
                self.console.print(f"about {minutes:.0f} minutes to go, at most", highlight=False)

    def epoch_done(self, line: dict[str, Any], better: bool) -> None:
        rate = self._tokens / max(time.monotonic() - self._began, 1e-9)
        parts = [
            f"epoch {line['epoch']:>3}",
            f"train {line['train_bits']:.3f}",
            f"validation {line['validation_bits']:.3f} bits",
            f"{rate:,.0f} tokens/s",
        ]
        if "well_formed" in line:
            parts.append(f"{100 * line['well_formed']:.0f} % of samples well formed")
        if better:
            parts.append("best so far")
        self.console.print("  ".join(parts), highlight=False, soft_wrap=True)

    def end(self) -> None:
        self._progress.stop()
