"""Reading what a command was given, and going on when one file of many fails."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from musicrnn.cli.app import console, fail, os_error
from musicrnn.errors import (
    FormatError,
    MissingExtraError,
    MusicRNNError,
    UsageError,
    counted,
    install_command,
)
from musicrnn.files import read_at_most, read_limited
from musicrnn.reading import Music

if TYPE_CHECKING:
    from musicrnn.corpus import Corpus

__all__ = [
    "MOST_FINDINGS", "MOST_OF_THE_NOTES", "STDIN", "FileBatch", "all_notes", "display_name",
    "left_out", "naming", "read", "read_bytes", "refuse_overwriting", "say", "say_faults",
]  # fmt: skip

#: the name by which standard input is given, and the one it has in messages
STDIN = "-"
STDIN_NAME = "<stdin>"


#: Bytes of one file, or of standard input, that are read at most.
MOST_BYTES = 1 << 28

#: So many findings of one file are printed; a line of brackets has tens of thousands.
MOST_FINDINGS = 1000

#: So many faults of a corpus's files are printed.
FAULTS_SHOWN = 20

#: Below this share of the notes, what is learned is named, and what would learn the rest.
MOST_OF_THE_NOTES = 0.98


def all_notes() -> str:
    """What would learn all the notes."""
    return (
        "for all of them: --recipe piano-performance, or band for several instruments "
        f"({install_command('midi-tokens')})"
    )


def read_bytes(file: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises OSError or `UsageError`."""
    if file == STDIN:
        if sys.stdin is None:
            raise UsageError(f"{STDIN_NAME} is closed; name a file")
        data = read_at_most(sys.stdin.buffer, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UsageError(f"{STDIN_NAME}: more than {MOST_BYTES >> 20} MiB; send less at once")
        return data
    if Path(file).is_dir():
        raise UsageError(f"{file} is a folder; name the files in it: {file.rstrip('/')}/*")
    return read_limited(file, MOST_BYTES)


def refuse_overwriting(output: str, files: Iterable[str], hint: str = "") -> None:
    """Raise `UsageError` where `output` is one of the `files` that are read, by whatever name."""
    target = Path(output)
    if output in ("", STDIN) or not target.is_file():
        return
    if any(file != STDIN and Path(file).is_file() and target.samefile(file) for file in files):
        raise UsageError(f"{output}: would be written over itself; give another name by -o{hint}")


def left_out(file: str, count: int) -> str:
    """What is said in place of the findings beyond `MOST_FINDINGS`, of `count` in all."""
    more = count - MOST_FINDINGS
    return f"{display_name(file)}: and {more:,} more; all of them: --json"


def display_name(file: str) -> str:
    """The name of a file in messages."""
    return STDIN_NAME if file == STDIN else file


def read(file: str, *, qpm: Fraction | None = None) -> Music:
    """What is in a file of any kind, or in standard input; what was wrong with it, and what ABC
    cannot say of it, is printed. `qpm` is that of `Music`. Raises OSError or `UsageError`."""
    return Music(read_bytes(file), display_name(file), say, qpm)


def say(line: str) -> None:
    """One line on standard error."""
    console.print(f"musicrnn: {line}", markup=False, highlight=False, soft_wrap=True)


def say_written(path: Path | str) -> None:
    """That a file is there now."""
    say(f"wrote {path}")


def say_tunes_written(tunes: int, folder: Path | str) -> None:
    """That a folder holds so many tunes more."""
    say(f"wrote {counted(tunes, 'tune')} to {folder}")


def say_faults(corpus: Corpus) -> None:
    """What was wrong with the files of a corpus, a line for each of the first: files of which
    nothing could be read, and what was mended in MIDI files."""
    if corpus.format != "midi" and not corpus.info["counts"]["unreadable"]:
        return
    lines = []
    for entry in corpus.report["pieces"]:
        if entry["outcome"] == "unreadable":
            lines.append(f"{entry['file']}: {entry.get('detail', 'cannot be read')}")
        elif corpus.format == "midi":
            lines += [f"{entry['file']}: {fault}" for fault in entry.get("mended", ())]
    for line in lines[:FAULTS_SHOWN]:
        say(line)
    if len(lines) > FAULTS_SHOWN:
        say(
            f"{counted(len(lines) - FAULTS_SHOWN, 'more fault')} in {corpus.folder / 'report.json'}"
        )


@contextmanager
def naming(file: str, tune: str | int = "") -> Iterator[None]:
    """Errors in the block that do not say where they arose get the file put before them, and which
    `tune` of it is meant."""
    try:
        yield
    except MissingExtraError:
        raise
    except MusicRNNError as error:
        if isinstance(error, FormatError) and error.file is not None:
            raise
        place = f"tune {tune}: " if isinstance(tune, int) else f"{tune}: " * bool(tune)
        raise UsageError(f"{display_name(file)}: {place}{error}") from None


class FileBatch:
    """Runs one step a file, keeps the failures, and ends with the right exit status.

    >>> batch = FileBatch()
    >>> for name in ("one.abc", "", "two.abc"):
    ...     with batch.step():
    ...         if not name:
    ...             raise UsageError("a file without a name")
    >>> batch.failures
    ['a file without a name']
    """

    def __init__(self) -> None:
        self.failures: list[str] = []

    @contextmanager
    def step(self) -> Iterator[None]:
        """Errors of ours, and files that cannot be read or written, are kept for the end."""
        try:
            yield
        except MusicRNNError as error:
            self.failures.append(str(error))
        except OSError as error:
            self.failures.append(os_error(error))
        except MemoryError:
            self.failures.append("there is not enough memory for this file")

    def finish(self, total: int) -> None:
        """Print every failure, and exit with 1 if there was one."""
        for failure in self.failures:
            fail(failure)
        if self.failures and total > 1:
            console.print(
                f"musicrnn: {len(self.failures)} of {total} files failed; the others are done",
                markup=False,
                highlight=False,
            )
        if self.failures:
            raise typer.Exit(1)
