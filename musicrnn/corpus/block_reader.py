"""One block of a build: read, clean, check, fingerprint, and write down the records.

This is the part of a build that is spread over workers, as tasks of
`musicrnn.parallel.resumable`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musicrnn.corpus.dedupe import FINGERPRINT_BYTES
from musicrnn.corpus.record import Reader, Record, explain
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Block, Item, read
from musicrnn.files import write_whole
from musicrnn.piece import line_of

__all__ = ["Job", "block_path", "read_block", "read_head", "read_records", "reader_of"]

_NOTHING = bytes(FINGERPRINT_BYTES)


@dataclass(frozen=True, slots=True)
class Job:
    """One block and all that a worker needs to know to do it."""

    block: Block
    sources: tuple[Source, ...]
    clean: Clean
    format: str
    folder: str
    stamp: str

    @property
    def path(self) -> Path:
        """The file that holds the block's result."""
        return block_path(Path(self.folder), self.block, self.stamp)

    def single(self) -> list[Job]:
        """The same work, each item in a job of its own, to find the one that kills workers."""
        return [replace(self, block=Block(self.block.index, (item,))) for item in self.block.items]


def block_path(folder: Path, block: Block, stamp: str) -> Path:
    """Where a block's result lies; `stamp` names rules and code, the items name themselves."""
    key = hashlib.blake2b(f"{stamp} {block}".encode(), digest_size=8).hexdigest()
    return folder / f"block-{block.index:06}-{key}.jsonl"


def reader_of(format: str) -> Reader:  # noqa: A002 - the term of the design
    """The function that reads items of a format."""
    if format == "abc":
        from musicrnn.corpus.abc_reader import read_abc

        return read_abc
    if format == "midi":
        from musicrnn.corpus.midi_reader import read_midi

        return read_midi
    from musicrnn.corpus.text_reader import read_text

    return read_text


def read_block(job: Job, crashes: Mapping[Item, str] | None = None) -> Counter[str]:
    """Read one block; the counts say how many records were read and left out.

    `crashes` are items that take a worker down, with the reason: they are listed and not read.
    """
    records = [
        (item, record)
        for item in job.block.items
        for record in (
            [Record(0, reason="crash", detail=crashes[item])]
            if crashes and item in crashes
            else _records(item, job)
        )
    ]
    return _write(job, records)


def _records(item: Item, job: Job) -> Iterator[Record]:
    """What is in one item; line 0 stands for the file as a whole, where nothing can be read."""
    source = job.sources[item.source]
    try:
        records = list(reader_of(job.format)(item, read(item), source, job.clean))
    except Exception as error:  # noqa: BLE001 - one bad file must not end a build of millions
        yield Record(0, reason="unreadable", detail=explain(error))
    else:
        records = [_in_meter(record, job.clean.meters) for record in records]
        yield from records or [Record(0, reason="empty", detail=f"no {job.format} piece in it")]


def _in_meter(record: Record, meters: tuple[str, ...]) -> Record:
    """The record, without its piece where the manifest does not want that metre."""
    if record.piece is None or not meters or record.piece.meter in meters:
        return record
    detail = f"in {record.piece.meter or 'no metre'}, wanted {', '.join(meters)}"
    return Record(record.line, record.number, record.title, reason="other-metre", detail=detail)


def _write(job: Job, records: list[tuple[Item, Record]]) -> Counter[str]:
    counts = Counter(read=len(records), left_out=sum(not record.piece for _, record in records))
    head = {
        "records": len(records),
        "counts": counts,
        "fingerprints": b"".join(record.fingerprint or _NOTHING for _, record in records).hex(),
        "groups": b"".join(record.group or _NOTHING for _, record in records).hex(),
    }
    lines = [json.dumps(head) + "\n"]
    for item, record in records:
        entry: dict[str, Any] = {
            "source": job.sources[item.source].name,
            "file": item.name,
            "line": record.line,
            "number": record.number,
            "title": record.title,
        }
        if not record.piece:
            entry |= {"reason": record.reason, "detail": record.detail}
        if record.mended:
            entry["mended"] = list(record.mended)
        if record.source_meter:
            entry["meter_in_source"] = record.source_meter
        lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
        lines.append(line_of(record.piece) if record.piece else "\n")
    write_whole(job.path, "".join(lines))
    return counts


def read_head(path: Path) -> dict[str, Any]:
    """Counts, fingerprints and groups (bytes) of one block's result."""
    with path.open(encoding="utf-8") as file:
        head: dict[str, Any] = json.loads(file.readline())
    head["fingerprints"] = bytes.fromhex(head["fingerprints"])
    head["groups"] = bytes.fromhex(head["groups"])
    return head


def read_records(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """(report entry, line of the piece or a newline) of each record of one block's result."""
    with path.open(encoding="utf-8", newline="\n") as file:
        file.readline()
        for entry in file:
            yield json.loads(entry), file.readline()
