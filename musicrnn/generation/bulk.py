"""Tunes by the hundred thousand: the same tunes as one by one, made by many workers.

Tune i of seed s does not depend on which worker makes it, so the numbers are cut into chunks, the
tasks of `musicrnn.parallel.resumable`. At the end the chunks become

    tunes.abc      the tunes in order, an empty line between (not for MIDI)
    tunes.jsonl    one line a tune: number, seed, likelihood, what the checker found, shared bars,
                   and for MIDI the notes
    tunes.parquet  if asked for: the same with the tune itself, as a table
    bulk.json      model, seed, what was asked for, counts, SHA-256 of the files
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Unpack

from musicrnn.errors import ModelError, UsageError
from musicrnn.files import replaced, write_whole
from musicrnn.generation.model import BLOCK, load
from musicrnn.generation.options import GenerateOptions, SamplingOptions
from musicrnn.generation.parquet import TuneTable
from musicrnn.generation.remote import ModelRef, loaded_model
from musicrnn.generation.tune import Tune
from musicrnn.novelty.index import Index
from musicrnn.parallel.resumable import complete, workspace
from musicrnn.parallel.workers import Lost, Workers
from musicrnn.piece import score_to_json
from musicrnn.score import Score
from musicrnn.version import __version__

__all__ = ["CHUNK", "DONE", "generate"]

#: Tunes of one task: a few seconds of work, and one block of the engine, since the last bits
#: of its sums depend on how many tunes are computed at once.
CHUNK = BLOCK
DONE = "bulk.json"

#: (tunes made, tunes in all, counts so far)
Progress = Callable[[int, int, Counter[str]], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tunes `first` … `first` + `count` − 1 of one request; `options` is JSON of `stream`'s."""

    model: ModelRef
    seed: int
    first: int
    count: int
    options: str
    novelty: bool
    folder: str

    @property
    def path(self) -> Path:
        """The file of the result."""
        wanted = (self.model.digest, self.seed, self.first, self.count, self.options, self.novelty)
        key = hashlib.blake2b(repr(wanted).encode(), digest_size=8).hexdigest()
        return Path(self.folder) / f"tunes-{self.first:010}-{key}.jsonl"


def generate(
    model: str | os.PathLike[str],
    n: int,
    folder: Path,
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
    novelty: bool = True,
    parquet: bool = False,
    **options: Unpack[GenerateOptions],
) -> dict[str, Any]:
    """Make `n` tunes of `model` in `folder`; returns what ``bulk.json`` says.

    `options` are those of `Model.stream`, as plain values. With `novelty`, each tune says the
    most bars it shares with a tune that the model learned from, where the model can tell; with
    `parquet` there is ``tunes.parquet`` too. Raises `MissingExtraError` without pyarrow,
    `UsageError` and `ModelError` as `Model.stream` does.
    """
    if n < 1:
        raise UsageError("the number of tunes is at least 1")
    loaded = load(model)
    how, asked = SamplingOptions.split(options)
    seed = how.seed
    if seed is None:
        raise UsageError("many tunes need a seed, so that an interrupted run can go on")
    drawn_as = how.changed() | asked
    drawn_as.pop("seed", None)
    drawn = json.dumps(drawn_as, sort_keys=True)
    loaded.constraint(loaded.controls(**asked))  # says what makes no sense before work
    with workspace(folder, DONE, "run of this") as work:
        request = Chunk(ModelRef.of(loaded), seed, 0, n, drawn, novelty, str(work))

        def report(_: int, counts: Counter[str]) -> None:
            if progress:
                progress(counts["tunes"], n, counts)

        paths, counts = complete(
            _chunks(request),
            make,
            counts_in=_counts_in,
            on_crash=_give_up,
            workers=workers,
            progress=report,
        )
        summary = {
            "musicrnn": __version__,
            "model": loaded.name,
            "weights": request.model.digest,
            "seed": seed,
            "options": drawn_as,
            "counts": dict(sorted(counts.items())),
            "files": _join(paths, folder, loaded.format.extension, parquet=parquet),
        }
        write_whole(folder / DONE, json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    return summary


# --- chunks -------------------------------------------------------------------------------


def _chunks(request: Chunk) -> Iterator[Chunk]:
    for first in range(0, request.count, CHUNK):
        count = min(CHUNK, request.count - first)
        yield Chunk(
            request.model, request.seed, first, count, request.options, request.novelty,
            request.folder,
        )  # fmt: skip


def _counts_in(path: Path) -> Counter[str]:
    return _counts(list(_lines([path])))


def _give_up(chunk: Chunk, crash: Lost) -> NoReturn:
    numbers = f"{chunk.first + 1} to {chunk.first + chunk.count}"
    raise ModelError(f"tunes {numbers} could not be made: {crash.why}; start it again")


def make(chunk: Chunk) -> Counter[str]:
    """Make the tunes of one chunk and write them down; counts of what the checks found."""
    worker = loaded_model(chunk.model)
    options = json.loads(chunk.options)
    tunes = worker.model.stream(chunk.count, first=chunk.first, seed=chunk.seed, **options)
    lines = [_described(tune, worker.index if chunk.novelty else None) for tune in tunes]
    write_whole(chunk.path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return _counts(lines)


def _described(tune: Tune, index: Index | None) -> dict[str, Any]:
    content = tune.piece.content
    wrong = [fault.code for fault in tune.diagnostics() if fault.severity == "error"]
    return {
        "index": tune.index,
        "seed": tune.seed,
        "logprob": round(tune.logprob, 6),
        "tokens": tune.tokens,
        "complete": tune.complete,
        "wrong": wrong,
        "shared_bars": None if index is None else index.shared_bars(tune.score),
        "content": score_to_json(content) if isinstance(content, Score) else content,
    }


def _counts(lines: list[dict[str, Any]]) -> Counter[str]:
    return Counter(
        tunes=len(lines),
        tokens=sum(line["tokens"] for line in lines),
        well_formed=sum(line["complete"] and not line["wrong"] for line in lines),
    )


# --- the outcome --------------------------------------------------------------------------


def _join(paths: list[Path], folder: Path, extension: str, *, parquet: bool) -> dict[str, Any]:
    """All chunks in order as the files of the outcome; their sizes and hashes."""
    book = f"tunes{extension}" if extension != ".mid" else ""
    names = [name for name in ("tunes.jsonl", book, "tunes.parquet" * parquet) if name]
    with ExitStack() as stack:
        unfinished = {name: stack.enter_context(replaced(folder / name)) for name in names}
        # Within the renaming, so that files are whole before they are renamed.
        files = {
            name: stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            for name, path in unfinished.items()
            if name != "tunes.parquet"
        }
        table = stack.enter_context(TuneTable(unfinished["tunes.parquet"])) if parquet else None
        for line in _lines(paths):
            if table:
                table.add(line)
            if book:
                files[book].write(("\n" if line["index"] else "") + line.pop("content"))
            files["tunes.jsonl"].write(json.dumps(line, ensure_ascii=False) + "\n")
    return {name: _described_file(folder / name) for name in names}


def _described_file(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _lines(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield from map(json.loads, file)
