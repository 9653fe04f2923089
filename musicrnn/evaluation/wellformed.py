"""How many pieces are well formed, and which rules the others break.

The rules of a tune are those of `musicrnn.abc.check`, those of a melody of events are those of
`musicrnn.midi.melody_check`, both in their strict form and gathered in groups. A piece is well
formed when it breaks none and came to its end by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from musicrnn import abc
from musicrnn.errors import AbcError, MusicRNNError
from musicrnn.score import Score

__all__ = ["GROUPS", "MELODY_GROUPS", "WellFormed", "broken_rules", "well_formed"]

#: group of rules → the codes of `musicrnn.abc.checking.codes` in it; every other code is "parse"
GROUPS: dict[str, tuple[str, ...]] = {
    "bars": ("bar-length", "bar-incomplete", "overlay-length", "voice-lengths"),
    "repeats": ("repeat-unclosed", "ending-unpaired", "ending-unrepeated", "bad-ending"),
    "final bar": ("no-final-bar",),
    "header": (
        "no-tune", "field-order", "missing-number", "missing-title", "missing-key", "bad-number",
        "repeated-field", "field-place", "unknown-field", "bad-meter", "bad-unit", "bad-tempo",
        "bad-key",
    ),
    "parse": (),
    "ended": (),
}  # fmt: skip
#: the same for the codes of `musicrnn.midi.diagnostics`; every other code is "file"
MELODY_GROUPS: dict[str, tuple[str, ...]] = {
    "notes": ("no-notes",),
    "bars": ("bar-incomplete",),
    "one line": ("overlap",),
    "range": ("range",),
    "at rest": ("unresolved",),
    "file": (),
    "ended": (),
}
_GROUP_OF = {code: group for group, codes in GROUPS.items() for code in codes}
_MELODY_GROUP_OF = {code: group for group, codes in MELODY_GROUPS.items() for code in codes}


@dataclass(frozen=True)
class WellFormed:
    """`tunes` looked at, `share` of them well formed (nan for none), and for each group of rules
    the share of tunes that keep it."""

    tunes: int
    share: float
    kept: dict[str, float]


def broken_rules(content: str | Score, *, complete: bool = True) -> set[str]:
    """The groups of rules that a tune (ABC) or a melody (a score) breaks; `complete` says whether
    it came to its end."""
    groups = _of_melody(content) if isinstance(content, Score) else _of_tune(content)
    return groups if complete else groups | {"ended"}


def _of_tune(text: str) -> set[str]:
    try:
        faults = [fault for fault in abc.check(text, strict=True) if fault.severity == "error"]
    except AbcError:  # past a limit of the reader
        return {"parse"}
    return {_GROUP_OF.get(fault.code, "parse") for fault in faults}


def _of_melody(score: Score) -> set[str]:
    """What is wrong with the notes, and with the file that holds them once it is read again."""
    from musicrnn import midi, render
    from musicrnn.midi.melody_check import check_melody

    groups = {
        _MELODY_GROUP_OF.get(fault.code, "file") for fault in check_melody(score, strict=True)
    }
    try:
        findings = midi.check(render.to_midi(score))
    except MusicRNNError:
        return groups | {"file"}
    return groups | {"file" for finding in findings if finding.severity != "info"}


def well_formed(
    contents: Sequence[str | Score], complete: Sequence[bool] | None = None
) -> WellFormed:
    """The shares over several pieces of one format."""
    done = complete if complete is not None else [True] * len(contents)
    broken = [
        broken_rules(content, complete=end) for content, end in zip(contents, done, strict=True)
    ]
    counts = Counter(group for groups in broken for group in groups)
    n = len(contents)
    melodies = n > 0 and isinstance(contents[0], Score)
    return WellFormed(
        n,
        sum(not groups for groups in broken) / n if n else float("nan"),
        {
            group: 1 - counts[group] / n if n else float("nan")
            for group in (MELODY_GROUPS if melodies else GROUPS)
        },
    )
