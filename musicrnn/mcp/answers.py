"""What a tool answers, and ABC from outside taken in: unwrapped, checked and repaired."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from musicrnn import abc
from musicrnn.abc.checking.unwrap import unwrap
from musicrnn.errors import FormatError

__all__ = ["Answer", "faults_in", "music_answer", "playable", "repaired"]

#: findings that an answer lists; a text with more is better written anew
_MOST_FINDINGS = 12


@dataclass(frozen=True)
class Answer:
    """What a tool gives: text for the reader, the same as `data` for programs, and pictures or
    sounds as (media type, bytes)."""

    texts: tuple[str, ...]
    data: dict[str, Any] = field(default_factory=dict)
    media: tuple[tuple[str, bytes], ...] = ()


def faults_in(text: str) -> list[str]:
    """What is wrong with a text, errors and warnings, a line each."""
    faults = [str(finding) for finding in abc.check(text) if finding.severity != "info"]
    more = len(faults) - _MOST_FINDINGS
    return [*faults[:_MOST_FINDINGS], f"and {more} more"] if more > 0 else faults


def repaired(text: str) -> tuple[str, list[str]]:
    """The tunes of a text, repaired, and what was changed."""
    if not faults_in(text):
        return text, []
    unwrapped = unwrap(text)
    repair = abc.fix(unwrapped.text)
    return repair.text, [*unwrapped.remarks, *(str(edit) for edit in repair.edits)]


def playable(text: str) -> tuple[str, list[str]]:
    """The same, for a tool that works on the tunes. Raises `FormatError` where they still have
    errors."""
    tune, changes = repaired(text)
    errors = [finding for finding in abc.check(tune) if finding.severity == "error"]
    if errors:
        more = f" and {len(errors) - 1} more errors" if len(errors) > 1 else ""
        raise FormatError(f"this is no valid ABC yet: {errors[0]}{more}; mend it and try again")
    return tune, changes


def music_answer(tune: str, changes: list[str]) -> Answer:
    """A tune, what was changed, and what is still wrong with it."""
    faults = faults_in(tune)
    report = []
    if changes:
        report.append("changes:\n" + "\n".join(changes))
    report.append("not valid yet:\n" + "\n".join(faults) if faults else "valid")
    data = {"abc": tune, "valid": not faults, "findings": faults, "changes": changes}
    return Answer((tune, "\n".join(report)), data)
