"""One block of a build: read, clean, check, fingerprint, and write down what was found.

This is the part of a build that is spread over workers. A block's result is one file, written
whole, named by everything that decides its content; so whoever finds it there need not do the
block again, and two workers that do it at once write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musicrnn.corpus.dedupe import FINGERPRINT_BYTES
from musicrnn.corpus.record import Finding, Reader, explain
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Block, Item, read
from musicrnn.files import write_whole
from musicrnn.piece import line_of

__all__ = ["Job", "block_path", "lost", "read_head", "read_records", "reader_of", "work_off"]

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


def work_off(job: Job) -> Counter[str]:
    """Do one block; the counts say how many records were read and left out."""
    findings = [(item, found) for item in job.block.items for found in _findings(item, job)]
    return _write(job, findings)


def lost(job: Job, whys: dict[Item, str]) -> Counter[str]:
    """Do one block without the items that kill their worker, which are listed with the reason."""
    findings = [
        (item, found)
        for item in job.block.items
        for found in (
            [Finding(0, reason="crash", detail=whys[item])]
            if item in whys
            else _findings(item, job)
        )
    ]
    return _write(job, findings)


def _findings(item: Item, job: Job) -> Iterator[Finding]:
    """What is in one item; line 0 stands for the file as a whole, where nothing can be read."""
    source = job.sources[item.source]
    try:
        found = list(reader_of(job.format)(item, read(item), source, job.clean))
    except Exception as error:  # noqa: BLE001 - one bad file must not end a build of millions
        yield Finding(0, reason="unreadable", detail=explain(error))
    else:
        found = [_in_meter(finding, job.clean.meters) for finding in found]
        yield from found or [Finding(0, reason="empty", detail=f"no {job.format} piece in it")]


def _in_meter(finding: Finding, meters: tuple[str, ...]) -> Finding:
    """The finding, without its piece where the manifest does not want that metre."""
    if finding.piece is None or not meters or finding.piece.meter in meters:
        return finding
    detail = f"in {finding.piece.meter or 'no metre'}, wanted {', '.join(meters)}"
    return Finding(finding.line, finding.number, finding.title, reason="other-metre", detail=detail)


def _write(job: Job, findings: list[tuple[Item, Finding]]) -> Counter[str]:
    counts = Counter(read=len(findings), left_out=sum(not found.piece for _, found in findings))
    head = {
        "records": len(findings),
        "counts": counts,
        "fingerprints": b"".join(found.fingerprint or _NOTHING for _, found in findings).hex(),
        "groups": b"".join(found.group or _NOTHING for _, found in findings).hex(),
    }
    lines = [json.dumps(head) + "\n"]
    for item, found in findings:
        entry: dict[str, Any] = {
            "source": job.sources[item.source].name,
            "file": item.name,
            "line": found.line,
            "number": found.number,
            "title": found.title,
        }
        if not found.piece:
            entry |= {"reason": found.reason, "detail": found.detail}
        if found.mended:
            entry["mended"] = list(found.mended)
        if found.source_meter:
            entry["meter_in_source"] = found.source_meter
        lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
        lines.append(line_of(found.piece) if found.piece else "\n")
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
