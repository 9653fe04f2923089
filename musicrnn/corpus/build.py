"""Building a corpus: any number of files in, pieces and a report out.

    listing → blocks ──(workers)──> one result file a block → duplicates → split → pieces, report

Only the first step is spread over workers; the rest streams through the results in order. No
step holds more than a block in memory, but for 40 bytes a tune while duplicates are sought. A
build that was killed finds the blocks that are done and goes on; the outcome is the same bytes,
however often it was killed and however many workers there were.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from musicrnn.corpus import block_reader, sources
from musicrnn.corpus.block_reader import Job
from musicrnn.corpus.dedupe import first_occurrences
from musicrnn.corpus.report import ReportWriter
from musicrnn.corpus.rules import Manifest
from musicrnn.corpus.splitting import edges, part_of, place
from musicrnn.errors import CorpusError
from musicrnn.files import write_whole
from musicrnn.parallel.resumable import complete, workspace
from musicrnn.parallel.workers import Lost, Serial, Workers
from musicrnn.version import __version__

__all__ = ["DONE", "Progress", "build", "digest_of"]

#: The file whose presence says that a folder holds a finished corpus.
DONE = "corpus.json"

#: (blocks done, blocks in all, counts so far)
Progress = Callable[[int, int, Counter[str]], None]


def digest_of(manifest: Manifest) -> tuple[str, int]:
    """What decides a corpus, as hexadecimal digits, and the number of its blocks.

    It covers the manifest, name, size and time of every file, and the code that cleans.
    """
    digest = hashlib.blake2b(digest_size=8)
    digest.update(_stamped(manifest))
    count = 0
    for block in sources.blocks(_items(manifest)):
        digest.update(repr(block).encode())
        count += 1
    return digest.hexdigest(), count


def build(
    manifest: Manifest,
    folder: Path,
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> None:
    """Build the corpus into `folder`: pieces by part, ``report.json`` and ``corpus.json``.

    Raises `CorpusError` when a source is missing or not one piece is left.
    """
    digest, total = digest_of(manifest)
    with workspace(folder, DONE, "build") as work:
        paths = _read_blocks(manifest, work, total, workers or Serial(), progress)
        first, places = _duplicates(paths, work, manifest.split.seed)
        summary = _write_pieces(manifest, folder, paths, first, places)
        content = {
            "musicrnn": __version__,
            "name": manifest.name,
            "format": manifest.format,
            "digest": digest,
            "manifest": json.loads(manifest.to_json()),
            **summary,
        }
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        write_whole(folder / DONE, text.encode("utf-8", "replace"))


# --- the blocks ---------------------------------------------------------------------------


def _items(manifest: Manifest) -> Iterator[sources.Item]:
    for number, source in enumerate(manifest.sources):
        yield from sources.items(
            number, source, manifest.format, manifest.base, confined=manifest.confined
        )


def _read_blocks(
    manifest: Manifest, work: Path, total: int, workers: Workers, progress: Progress | None
) -> list[Path]:
    """The files of all blocks in order, those that are missing read now."""
    stamp = hashlib.blake2b(_stamped(manifest), digest_size=8).hexdigest()

    def isolate_crash(job: Job, _: Lost) -> Counter[str]:
        """Read each item of the block alone, and leave out those that crash."""
        reasons: dict[sources.Item, str] = {}
        for single, result in workers.map_isolated(block_reader.read_block, job.single()):
            single.path.unlink(missing_ok=True)
            if isinstance(result, Lost):
                reasons[single.block.items[0]] = result.why
        return block_reader.read_block(job, reasons)

    def report(done: int, counts: Counter[str]) -> None:
        if progress:
            progress(done, total, counts)

    jobs = (
        Job(block, manifest.sources, manifest.clean, manifest.format, str(work), stamp)
        for block in sources.blocks(_items(manifest))
    )
    paths, _ = complete(
        jobs,
        block_reader.read_block,
        counts_in=lambda path: Counter(block_reader.read_head(path)["counts"]),
        on_crash=isolate_crash,
        workers=workers,
        progress=report,
    )
    return paths


def _stamped(manifest: Manifest) -> bytes:
    """The code and the rules that decide the outcome; paths in them need not be UTF-8."""
    return f"{_stamp()} {manifest.to_json()}".encode("utf-8", "surrogatepass")


@cache
def _stamp() -> str:
    """A digest of the code that decides what a corpus holds."""
    package = Path(__file__).parents[1]
    digest = hashlib.blake2b(digest_size=8)
    files = [package / "piece.py"]
    for folder in ("abc", "corpus", "encodings", "midi", "musicxml", "score", "theory"):
        files += sorted((package / folder).rglob("*.py"))
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


# --- what is kept, and where it goes --------------------------------------------------------


def _duplicates(paths: list[Path], work: Path, seed: int) -> tuple[Any, Any]:
    """Of each record the number of the first like it, and its place in the split (NaN: out)."""
    fingerprints, places = work / "fingerprints.bin", work / "places.bin"
    with fingerprints.open("wb") as prints, places.open("wb") as at:
        for path in paths:
            head = block_reader.read_head(path)
            prints.write(head["fingerprints"])
            groups = head["groups"]
            here = [
                place(group, seed) if any(group) else np.nan
                for group in (groups[i : i + 16] for i in range(0, len(groups), 16))
            ]
            at.write(np.array(here, np.float64).tobytes())
    if not fingerprints.stat().st_size:
        raise CorpusError("there is nothing in the files of this corpus")
    return (
        first_occurrences(fingerprints, work / "first.bin"),
        np.memmap(places, np.float64, "r"),
    )


def _write_pieces(
    manifest: Manifest, folder: Path, paths: list[Path], first: Any, places: Any
) -> dict[str, Any]:
    """Write the pieces of each part and the report; counts and hashes of what was written."""
    kept = (first == np.arange(len(first))) & ~np.isnan(places)
    if not kept.any():
        raise CorpusError(_nothing_left(paths))
    bounds = edges(places[kept], manifest.split)
    number = 0
    with ReportWriter(folder, manifest.name) as report:
        for path in paths:
            for entry, line in block_reader.read_records(path):
                if "reason" in entry:
                    report.add(entry, "rejected" if entry["line"] else "unreadable")
                elif not kept[number]:
                    report.add({**entry, "of": int(first[number])}, "duplicate")
                else:
                    part = part_of(float(places[number]), bounds)
                    report.add({**entry, "split": part}, "kept", line)
                number += 1
    return report.summary()


def _nothing_left(paths: list[Path]) -> str:
    reasons: Counter[str] = Counter()
    example = ""
    for path in paths:
        for entry, _ in block_reader.read_records(path):
            reasons[entry["reason"]] += 1
            example = example or f"{entry['file']}:{entry['line']}: {entry['detail']}"
    listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
    return f"not one piece of this corpus is usable ({listed}); the first: {example}"
