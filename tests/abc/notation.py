"""How the tests of ABC speak of music: a tune from a few words, its notes as text.

`heard("C2 ^F")` is ``"C4:2 F#4"``: names with octave (C4 is middle C), then the length in quarter
notes where it is not 1; chords joined by ``+``, rests as ``-``.
"""

from __future__ import annotations

from fractions import Fraction

from musicrnn import abc
from musicrnn.score import Score

_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def tune_text(
    body: str,
    *,
    M: str = "4/4",  # noqa: N803 (fields are called by their letters)
    L: str = "1/4",  # noqa: N803
    K: str = "C",  # noqa: N803
    more: str = "",
) -> str:
    """A whole tune around a body; `more` are further header lines."""
    unit = f"L:{L}\n" if L else ""
    meter = f"M:{M}\n" if M else ""
    return f"X:1\nT:Test\n{meter}{unit}{more}K:{K}\n{body}\n"


def score_of(body: str, **header: str) -> Score:
    """The score of such a tune."""
    return abc.to_score(abc.parse_tune(tune_text(body, **header)))


def heard(body: str, **header: str) -> str:
    """What sounds, in the order of onsets."""
    return spell(score_of(body, **header))


def spell(score: Score) -> str:
    """The notes of a score, part after part where there are several."""
    parts = []
    for part in range(len(score.parts)):
        words, now = [], Fraction(0)
        onsets = sorted({note.onset for note in score if note.part == part})
        for onset in onsets:
            if onset > now:
                words.append(_with_length("-", onset - now))
            notes = [note for note in score if note.onset == onset and note.part == part]
            words.append("+".join(_with_length(_name(n.pitch), n.duration) for n in notes))
            now = max(now, *(note.end for note in notes))
        parts.append(" ".join(words))
    return " / ".join(parts)


def fault_codes(text: str, *, strict: bool = False) -> list[str]:
    """The codes of all findings in a text but those that are merely informative."""
    return [d.code for d in abc.check(text, strict=strict) if d.severity != "info"]


def written(body: str, **header: str) -> str:
    """A body in canonical spelling."""
    return abc.write_body(abc.parse_tune(tune_text(body, **header)).body).removesuffix("\n")


def _name(pitch: int) -> str:
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def _with_length(name: str, length: Fraction) -> str:
    return name if length == 1 else f"{name}:{length}"
