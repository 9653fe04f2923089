"""The report of a build: what came in, what was left out and why, tune by tune.

``report.json`` is one JSON object; its last member ``pieces`` has one entry a line, so that it
is written as a stream and may be read as one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from musicrnn.corpus.splitting import PARTS
from musicrnn.files import replaced

__all__ = ["ReportWriter"]


class ReportWriter:
    """Writes ``report.json`` and the pieces of each part (``train.jsonl``, …) side by side.

    All files appear when the block ends well; an exception leaves none of them.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._stack = ExitStack()
        self._number = 0
        self._counts: Counter[str] = Counter()
        self._parts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._mended = self._renoted = 0
        self._sources: dict[str, Counter[str]] = {}
        self._hashes = {part: hashlib.sha256() for part in PARTS}
        self._bytes: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._report = self._open("report.json.entries")
        self._pieces = {part: self._open(f"{part}.jsonl") for part in PARTS}
        return self

    def _open(self, name: str) -> IO[bytes]:
        temporary = self._stack.enter_context(replaced(self._folder / name))
        return self._stack.enter_context(temporary.open("wb"))

    def add(self, entry: dict[str, Any], outcome: str, line: str = "") -> None:
        """One record: its entry; ``kept``, ``duplicate``, ``rejected``, or, for a file of which
        nothing could be read, ``unreadable``; and the line of its piece."""
        separator = ",\n" if self._number else ""
        text = json.dumps({"id": self._number, "outcome": outcome, **entry}, ensure_ascii=False)
        self._report.write((separator + text).encode())
        self._number += 1
        self._counts[outcome] += 1
        source = self._sources.setdefault(entry["source"], Counter())
        source[outcome] += 1
        self._mended += outcome == "kept" and "mended" in entry
        self._renoted += outcome == "kept" and "meter_in_source" in entry
        if "reason" in entry:
            self._reasons[entry["reason"]] += 1
        elif outcome == "kept":
            data = line.encode()
            part = entry["split"]
            self._parts[part] += 1
            self._pieces[part].write(data)
            self._hashes[part].update(data)
            self._bytes[part] += len(data)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None:
            self._join()

    def _join(self) -> None:
        """The counts before the entries, though they are known only after them."""
        entries = self._folder / "report.json.entries"
        head = json.dumps({"corpus": self._name, **self.summary()}, ensure_ascii=False, indent=1)
        with replaced(self._folder / "report.json") as temporary, temporary.open("wb") as out:
            out.write(head.removesuffix("\n}").encode() + b',\n "pieces": [\n')
            with entries.open("rb") as file:
                while part := file.read(1 << 20):
                    out.write(part)
            out.write(b"\n]}\n")
        entries.unlink()

    def summary(self) -> dict[str, Any]:
        """The counts, for each source and in all.

        ``found`` = kept + duplicate + rejected pieces; ``unreadable`` counts files.
        """

        def row(counts: Counter[str]) -> dict[str, int]:
            outcomes = {name: counts[name] for name in ("kept", "duplicate", "rejected")}
            return {
                "found": sum(outcomes.values()), **outcomes, "unreadable": counts["unreadable"]
            }  # fmt: skip

        return {
            "counts": row(self._counts),
            "parts": {part: self._parts[part] for part in PARTS},
            "sources": {name: row(counts) for name, counts in self._sources.items()},
            "mended": self._mended,
            "in_another_metre_than_the_source": self._renoted,
            "reasons": dict(sorted(self._reasons.items(), key=lambda item: (-item[1], item[0]))),
            "files": {
                f"{part}.jsonl": {
                    "pieces": self._parts[part],
                    "bytes": self._bytes[part],
                    "sha256": self._hashes[part].hexdigest(),
                }
                for part in PARTS
            },
        }
