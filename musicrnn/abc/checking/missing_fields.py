"""What a tune's header lacks, put there with its reason, and fields in words put into ABC's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from musicrnn.abc.syntax.fields import parse_meter
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Measure
from musicrnn.errors import MusicRNNError
from musicrnn.theory.dances import dance_of

__all__ = ["completed"]

_NAMES: Final = str.maketrans({"♯": "#", "♭": "b", "♮": ""})
#: bar length in quarter notes → metre; three quarters may be 6/8 as well
_METERS: Final = {
    Fraction(2): "2/4", Fraction(3): "3/4", Fraction(4): "4/4", Fraction(9, 2): "9/8",
    Fraction(5): "5/4", Fraction(6): "12/8", Fraction(7, 2): "7/8", Fraction(3, 2): "3/8",
}  # fmt: skip
#: last note → key without sharps and flats whose tonic it is
_WHITE: Final = {"A": "Am", "D": "Ddor", "G": "Gmix", "E": "Ephr"}
_METER_WORDS: Final = {"common": "C", "common time": "C", "cut": "C|", "cut time": "C|"}
_UNIT_WORDS: Final = {
    "eighth": "1/8", "eighth note": "1/8", "quaver": "1/8", "quarter": "1/4",
    "quarter note": "1/4", "crotchet": "1/4", "sixteenth": "1/16", "sixteenth note": "1/16",
}  # fmt: skip
_TEMPO: Final = re.compile(r"(?:.*?[^\d/])?(\d{2,3})\s*(?:bpm|beats per minute)?\.?", re.I)
#: what stands in brackets beside a key, and the spaces before it, all of them
_ASIDE: Final = re.compile(r"(?:(?<!\s)\s+)?\([^()]*\)")
_FRACTION: Final = re.compile(r"(?<!\d)\d+\s*/\s*\d+")
#: a group of three notes under one beam
_THREES: Final = re.compile(r"(?<![A-Ga-g\d'])[A-Ga-g]{3}(?=[ |])")


def completed(
    header: Sequence[tuple[str, str]], body: Sequence[str], remarks: list[str]
) -> list[str]:
    """The lines of a tune whose header is complete and in order: X, T, the others, K.

    `header` holds letters and values; what is added or changed is told in `remarks`.
    """
    fields = [(letter, _plain(letter, value.strip(), remarks)) for letter, value in header]
    letters = {letter for letter, _ in fields}
    if "X" not in letters:
        fields.insert(0, ("X", "1"))
        remarks.append("X:1 is put first")
    if "T" not in letters:
        fields.append(("T", "Untitled"))
        remarks.append("there was no title: T:Untitled")
    early = [line for line in body if re.match("[MLK]:", line)]
    given = letters | {line[0] for line in early}
    if "K" not in given:
        key = _key(body)
        fields.append(("K", key))
        remarks.append(f"there was no key: K:{key}, with no sharps or flats but those written")
    if "M" not in given:
        meter = _meter(fields, body)
        if meter:
            fields.append(("M", meter))
            remarks.append(f"there was no metre: M:{meter}, from the bars")
            if "L" not in given:
                fields.append(("L", "1/8"))
    last = [field for field in fields if field[0] == "K"]
    first = [field for letter in "XT" for field in fields if field[0] == letter]
    others = [field for field in fields if field[0] not in "XTK"]
    if [*first, *others, *last] != fields and {"X", "K"} <= letters:
        remarks.append("the header is put in order")
    return [f"{letter}:{value}" for letter, value in (*first, *others, *last)] + list(body)


def _plain(letter: str, value: str, remarks: list[str]) -> str:
    """A value in ABC's own way of writing it, where it can be known."""
    plain = value
    if letter == "K":
        plain = _ASIDE.sub("", value.translate(_NAMES)).replace("-", " ")
        plain = re.sub(r"^([A-G])\s*(sharp|flat)\b", _named_accidental, plain, flags=re.I)
    elif letter == "M" and not _is_meter(value):
        match = _FRACTION.search(value)
        plain = _METER_WORDS.get(value.lower(), match[0].replace(" ", "") if match else value)
    elif letter == "L" and not re.fullmatch(r"\d+(/\d+)?", value):
        match = re.search(r"1\s*/\s*\d+", value)
        plain = _UNIT_WORDS.get(value.lower(), match[0].replace(" ", "") if match else value)
    elif letter == "Q" and not re.match(r'\d+/\d+|"', value):
        match = _TEMPO.fullmatch(value)
        plain = f"1/4={match[1]}" if match else f'"{value}"'
    elif letter == "X" and not value.isdigit():
        digits = re.search(r"\d+", value)
        plain = digits[0] if digits else "1"
    if plain != value:
        remarks.append(f"{letter}:{value} is written as {letter}:{plain}")
    return plain


def _named_accidental(match: re.Match[str]) -> str:
    return match[1] + ("#" if match[2].lower() == "sharp" else "b")


def _is_meter(value: str) -> bool:
    try:
        parse_meter(value)
    except MusicRNNError:
        return False
    return True


def _key(body: Sequence[str]) -> str:
    """The key in which the notes sound as they are written, its tonic the last of them."""
    pitches = [
        pitch
        for measure in _measures("C", body)
        for event in measure.events
        for pitch in event.pitches
    ]
    last = pitches[-1].node if pitches else None
    return _WHITE.get(last.step.upper(), "C") if last else "C"


def _meter(fields: Sequence[tuple[str, str]], body: Sequence[str]) -> str:
    """The metre that most bars fill, "" where no two bars are alike."""
    given = dict(fields)
    lengths = Counter(
        measure.length for measure in _measures(given.get("K", "C"), body, given.get("L", "1/8"))
    )
    lengths.pop(Fraction(0), None)
    if not lengths:
        return ""
    length, count = lengths.most_common(1)[0]
    dance = dance_of(given.get("R", ""))
    if dance:
        fitting = [name for name in dance.meters if parse_meter(name).length == length]
        if fitting:
            return fitting[0]
    if length == 3 and len(_THREES.findall(" ".join(body))) > count / 2:
        return "6/8"
    return _METERS.get(length, "") if count > 1 or sum(lengths.values()) == 1 else ""


def _measures(key: str, body: Sequence[str], unit: str = "1/8") -> list[Measure]:
    """The measures of the first voice in free metre."""
    head = f"X:1\nT:\nM:none\nL:{unit}\nK:{key}\n"
    tunes = parse(head + "\n".join(body) + "\n").tunes
    voices = read_timeline(tunes[0]).voices if tunes else []
    return voices[0].measures if voices else []
