"""How many tunes are well formed, and which rules the others break.

The rules are those of `musicrnn.abc.check` in its strict form, gathered in groups; a tune is well
formed when it breaks none and came to its end by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from musicrnn import abc
from musicrnn.errors import AbcError
from musicrnn.evaluation.metrics import key_of
from musicrnn.score import Score

__all__ = ["GROUPS", "WellFormed", "broken_rules", "in_key", "well_formed"]

#: group of rules → the codes of `musicrnn.abc.codes` in it; every other code is "parse"
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
_GROUP_OF = {code: group for group, codes in GROUPS.items() for code in codes}


@dataclass(frozen=True)
class WellFormed:
    """`tunes` looked at, `share` of them well formed (nan for none), and for each group of rules
    the share of tunes that keep it."""

    tunes: int
    share: float
    kept: dict[str, float]


def broken_rules(text: str, *, complete: bool = True) -> set[str]:
    """The groups of rules that one tune breaks; `complete` says whether it came to its end."""
    try:
        faults = [each for each in abc.check(text, strict=True) if each.severity == "error"]
    except AbcError:  # past a limit of the reader
        return {"parse"}
    found = {_GROUP_OF.get(each.code, "parse") for each in faults}
    return found if complete else found | {"ended"}


def well_formed(texts: Sequence[str], complete: Sequence[bool] | None = None) -> WellFormed:
    """The shares over several tunes."""
    done = complete if complete is not None else [True] * len(texts)
    broken = [broken_rules(text, complete=end) for text, end in zip(texts, done, strict=True)]
    counts = Counter(group for groups in broken for group in groups)
    n = len(texts)
    return WellFormed(
        n,
        sum(not groups for groups in broken) / n if n else float("nan"),
        {group: 1 - counts[group] / n if n else float("nan") for group in GROUPS},
    )


def in_key(score: Score) -> float:
    """The share of notes that belong to the scale of the key; nan for no notes."""
    fifths = key_of(score).fifths
    scale = {(7 * (fifths + step)) % 12 for step in range(-1, 6)}
    pitches = [n.pitch % 12 for n in score.notes if not score.parts[n.part].drums]
    return sum(p in scale for p in pitches) / len(pitches) if pitches else float("nan")
