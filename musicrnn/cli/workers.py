"""``-j`` and ``--cluster``: who does the work, and how it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from musicrnn.cli.app import console
from musicrnn.parallel.workers import Pool, Serial, Workers

__all__ = ["progress_bar", "workers_from_options"]


@contextmanager
def workers_from_options(jobs: int, cluster: str = "") -> Iterator[Workers]:
    """This process, `jobs` processes of this machine, or a Ray cluster."""
    if cluster:
        from musicrnn.parallel.ray import connected

        with connected(cluster) as workers:
            yield workers
    else:
        yield Serial() if jobs <= 1 else Pool(jobs)


@contextmanager
def progress_bar(
    what: str, unit: str, describe: Callable[[Counter[str], float], str]
) -> Iterator[Callable[[int, int, Counter[str]], None]]:
    """A bar with what is done of all `unit`s, the time left, and what `describe` says.

    `describe` is given the counts so far and the seconds since the start. Where standard error
    is no terminal there is no bar.
    """
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[said]}", markup=False), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=None, said="")

        def show(done: int, total: int, counts: Counter[str]) -> None:
            said = describe(counts, bar.tasks[0].elapsed or 1.0)
            bar.update(task, completed=done, total=total, said=said)

        yield show
