"""Work that a kill cannot undo: tasks with a file each, in a folder that goes when all are done.

A task's result is one file, written whole and named by everything that decides its content.
Whoever finds it there need not do the task again, and two workers that do it at once write the
same bytes. So a run that was killed goes on where it stopped, and nothing is lost or doubled.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from musicrnn.errors import UsageError
from musicrnn.files import locked, remove_temporary_files
from musicrnn.parallel.workers import Lost, Serial, Workers

__all__ = ["FileTask", "Progress", "complete", "workspace"]

#: A folder that is ours alone, whatever else lies beside it: it is removed at the end.
_WORK = ".musicrnn-work"

#: (tasks done, counts so far)
Progress = Callable[[int, "Counter[str]"], None]


class FileTask(Protocol):
    """A task that knows the file of its result."""

    @property
    def path(self) -> Path:
        """The file, named by all that decides what is in it."""
        ...


Task = TypeVar("Task", bound=FileTask)


@contextmanager
def workspace(folder: Path, done: str, what: str) -> Iterator[Path]:
    """The folder for the tasks' files inside `folder`, which one process may use at a time.

    `done` is the file that says that the whole is finished: it is removed first, and the block is
    to write it last. A block that ends without an exception leaves no task files behind. Raises
    `UsageError` when another process holds `folder`, and where the tasks' folder is a link, which
    leads to somebody else's; `what` names such work.
    """
    work = folder / _WORK
    if work.is_symlink():
        raise UsageError(f"{work}: a link, and no folder of musicrnn's; remove it")
    work.mkdir(parents=True, exist_ok=True)
    with locked(folder, what):
        for place in (folder, work):
            remove_temporary_files(place)
        (folder / done).unlink(missing_ok=True)
        yield work
        shutil.rmtree(work, ignore_errors=True)


def complete(
    tasks: Iterable[Task],
    run: Callable[[Task], Counter[str]],
    *,
    counts_in: Callable[[Path], Counter[str]],
    on_crash: Callable[[Task, Lost], Counter[str]],
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> tuple[list[Path], Counter[str]]:
    """Run every task whose file is missing; all files in the order of the tasks, and all counts.

    `run` writes a task's file and returns its counts, `counts_in` reads those of a file that
    stands already, and `on_crash` decides about a task that took its worker down: it returns the
    counts, or raises.
    """
    paths: list[Path] = []
    counts: Counter[str] = Counter()
    done = 0

    def missing() -> Iterator[Task]:
        nonlocal done
        for task in tasks:
            paths.append(task.path)
            if task.path.exists():
                counts.update(counts_in(task.path))
                done += 1
            else:
                yield task

    for task, result in (workers or Serial()).map(run, missing()):
        counts.update(on_crash(task, result) if isinstance(result, Lost) else result)
        done += 1
        if progress:
            progress(done, counts)
    return paths, counts
