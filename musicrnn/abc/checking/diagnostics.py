"""What can be wrong with ABC text: one table of stable codes, and the diagnostics made from it.

A diagnostic says where (line and column from 1, as editors count), how bad, and, where there is
only one sensible way, how to mend it: a `Fix` is data, so that a program can apply it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from musicrnn.abc.checking.codes import RULES

__all__ = ["Diagnostic", "Edit", "Fix", "Reporter"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters `start`…`end` (offsets into the checked text) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend a fault: what it does, in words, and the edits that do it."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `severity` is ``"error"``, ``"warning"`` or ``"info"``; `line` and `column`
    count from 1, `length` is in characters, `start` is the offset into the text."""

    code: str
    severity: str
    message: str
    line: int
    column: int
    length: int
    fix: Fix | None = None
    file: str | None = None
    start: int = 0

    def strict(self) -> Diagnostic:
        """The same finding with a warning turned into an error."""
        return replace(self, severity="error") if self.severity == "warning" else self

    def __str__(self) -> str:
        place = f"{self.file}:" if self.file else ""
        return f"{place}{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]"


class Reporter:
    """Collects findings while text is read; offsets become lines and columns at the end."""

    def __init__(self, text: str, file: str | None = None) -> None:
        self.text = text
        self.file = file
        self._findings: list[tuple[int, int, str, str, Fix | None]] = []
        self._lines: list[int] | None = None
        self.pinned: tuple[int, int] | None = None  # where findings in expanded text are shown

    def report(
        self, code: str, start: int, end: int, *values: object, fix: Fix | None = None
    ) -> None:
        """Note that the rule `code` is broken at `start`…`end`; `values` fill its message."""
        if self.pinned is not None:  # a fix of text that a macro made would fix nothing
            (start, end), fix = self.pinned, None
        self._findings.append((start, end, code, RULES[code].message.format(*values), fix))

    def replace(
        self, code: str, start: int, end: int, text: str, title: str, *values: object
    ) -> None:
        """As `report`, with the fix that puts `text` in the place of `start`…`end`."""
        self.report(code, start, end, *values, fix=Fix(title, (Edit(start, end, text),)))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset into the text."""
        if self._lines is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._lines = starts
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def __len__(self) -> int:
        return len(self._findings)

    def codes(self) -> list[str]:
        """The codes of all findings, as they were made."""
        return [code for _, _, code, _, _ in self._findings]

    def diagnostics(self, first: int = 0) -> tuple[Diagnostic, ...]:
        """All findings, or those from the `first` on, in the order of the text."""
        made = []
        for start, end, code, message, fix in sorted(
            self._findings[first:], key=lambda finding: finding[:3]
        ):
            line, column = self.place(start)
            severity, length = RULES[code].severity, max(end - start, 1)
            made.append(
                Diagnostic(code, severity, message, line, column, length, fix, self.file, start)
            )
        return tuple(made)
