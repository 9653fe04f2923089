"""The ABC in a text that a language model, a mail or a web page wrote around it.

What such texts have beside music: code fences and markdown, paragraphs, typographic quotation
marks and accidentals (``F♯``), headers without ``X:`` or ``K:`` or in words (``Key: D major``),
empty lines inside a tune, chord names without quotation marks. `unwrap` takes the tunes out and
writes them plainly; every change is told in words. It does not repair the music: that is `fixer`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from musicrnn.abc.checking.checker import check
from musicrnn.abc.checking.missing_fields import completed

__all__ = ["Unwrapped", "unwrap"]


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The tunes as ABC text, and what was done to find them, a sentence each."""

    text: str
    remarks: tuple[str, ...]


#: characters that word processors, phones and web pages put in place of plain ones
_PLAIN: Final = str.maketrans({
    "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
    "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\t": " ",
    "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "′": "'",
    "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "¦": "|", "｜": "|", "：": ":", "⁄": "/",
    "𝄆": "|:", "𝄇": ":|", "𝄂": "|]", "𝄁": "||", "𝄀": "|",
})  # fmt: skip
_FENCE: Final = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)|\Z)", re.M | re.S)
_TAG: Final = re.compile(
    r"</?(?:pre|code|abc|div|p|b|i|em|strong|span)(?:\s[^<>\n]{0,200})?>", re.I
)
_BREAK: Final = re.compile(r"<br\s*/?>", re.I)
#: a field, perhaps in a list, quoted or in bold
_FIELD: Final = re.compile(
    r"[ ]*(?:[-*+>•][ ]+|\d+[.)][ ]+)?[*_`]{0,3}([A-Za-z])[*_`]{0,3}:[*_`]{0,3}[ ]?"
    r"(.*?)[*`]{0,3}"
)
#: headers in words → field
_WORDS: Final = {
    "title": "T", "name": "T", "tune": "T", "composer": "C", "key": "K", "key signature": "K",
    "meter": "M", "metre": "M", "time": "M", "time signature": "M", "tempo": "Q", "rhythm": "R",
    "type": "R", "note length": "L", "default note length": "L", "unit note length": "L",
    "default length": "L", "unit length": "L",
}  # fmt: skip
_WORDED: Final = re.compile(
    r"[ ]*(?:[-*+>•][ ]+)?[*_]{0,3}(" + "|".join(sorted(_WORDS, key=len, reverse=True))
    + r")[*_]{0,3}:[*_]{0,3}[ ]*(.*?)[*_]{0,3}", re.I,
)  # fmt: skip
#: the spaces before something, all of them: tried from each of them on, a line of nothing else
#: would take the square of its length
_BEFORE_IT: Final = r"(?:(?<![ ])[ ]+)?"
#: "Bar 3:", "12." before the music of a line
_NUMBERED: Final = re.compile(
    rf"{_BEFORE_IT}(?:(?:bars?|measures?)[ ]*)?(?<!\d)\d+(?:-\d+)?[:.)][ ]+(?=\S)", re.I
)
#: "A:" or "A part:" before it
_LABELLED: Final = re.compile(
    rf"{_BEFORE_IT}(?:(?:part|section)[ ]+[A-D]|[A-D](?:[ ]+(?:part|section))?)[ ]*:[ ]+"
    r"(?=[|\[A-Ga-gz(\"])",
    re.I,
)
_REMARK: Final = re.compile(r"(?<![ ])[ ]+//[ ]+[A-Za-z].*")
_ACCIDENTALS: Final = {"♯": "^", "♭": "_", "♮": "=", "#": "^", "𝄪": "^^", "𝄫": "__"}
_NAMES: Final = str.maketrans({"♯": "#", "♭": "b", "♮": "", "𝄪": "##", "𝄫": "bb"})
_AFTER: Final = re.compile(r"([A-Ga-g])([♯♭♮#𝄪𝄫])")
_BEFORE: Final = re.compile(r"[♯♭♮#𝄪𝄫](?=[A-Ga-g])")
#: a chord name that no notes are spelled like
_QUALITY: Final = r"(?:maj7?|min7?|m7?|7|dim7?|aug|sus[24]?|add9)"
_BRACKETED: Final = re.compile(rf"\[([A-G][#b♯♭]?{_QUALITY}(?:/[A-G][#b♯♭]?)?)\]")
_BARE: Final = re.compile(
    r"(?<![A-Za-z\"^_=!])([A-G][#b♯♭]?(?:maj7?|min7?|m7?|dim7?|sus[24]))(?=[ ])"
)
#: what of a line is not notes: chord symbols, marks, inline fields
_ASIDE: Final = re.compile(r'"[^"\n]*"|![^!\n ]*!|\[[A-Za-z]:[^\]\n]{0,1000}\]|%.*')
_NOTES: Final = frozenset("ABCDEFGabcdefgxyzZ")
#: the share of other letters from which a line is prose
_PROSE: Final = 0.25
_ONE_LINE: Final = re.compile(r"(?<=\S)[ ]+(?=[A-Z]:[ ]?[^|:\s])")
_KEY_AND_MUSIC: Final = re.compile(
    r"(K:[ ]?[A-Ga-g][#b♯♭]?[ ]?"
    r"(?:m(?:aj(?:or)?|in(?:or)?|ix(?:olydian)?)?|dor(?:ian)?|phr\w*|lyd\w*)?)"
    r"[ ]+(?=[|\[A-Ga-gz(\"^_=uvHLMPST~.{!].{0,1000}\|)",
    re.I,
)


#: how a book of ABC begins
_BEGINS: Final = re.compile(r"\s*(?:%|[A-Za-z]:)")
_DECORATED: Final = "list marks, numbers, labels and remarks are left out"
_NO_TUNE: Final = frozenset({"no-tune", "empty-tune", "missing-key"})


def unwrap(text: str) -> Unwrapped:
    """The tunes in `text`, whatever stands around them; ABC that is plain already stays as it is.

    A text with fewer faults as it stands, and one without music, is given back unchanged. Lines
    that are neither music nor fields are left out.

    >>> plain = unwrap("Sure! A tune:\\n```abc\\nX:1\\nT:Air\\nM:3/4\\nK:D\\nD2 F♯2 A2|]\\n```")
    >>> print(plain.text)
    X:1
    T:Air
    M:3/4
    K:D
    D2 ^F2 A2|]
    <BLANKLINE>
    >>> plain.remarks[0]
    'taken out of the text around it'
    """
    faults = _faults(text)
    if not faults and _BEGINS.match(text):
        return Unwrapped(text, ())
    remarks: list[str] = []
    plain = _plain(text.replace("\r\n", "\n").replace("\r", "\n"), remarks)
    plain = _without_fences(plain, remarks)
    lines = list(_split_fields(plain.split("\n"), remarks))
    tunes = [_tune(lines, remarks) for lines in _tunes(lines)]
    whole = "\n".join("\n".join(tune) + "\n" for tune in tunes if tune)
    if not whole or _faults(whole) > faults:
        return Unwrapped(text, ())
    return Unwrapped(whole, tuple(dict.fromkeys(remarks)))


def _without_tags(text: str) -> str:
    from html import unescape  # its table of entities takes long to import

    return unescape(_TAG.sub("", _BREAK.sub("\n", text)))


def _faults(text: str) -> int:
    """How much is wrong with a text; not to be a tune at all is more than anything else."""
    codes = [one.code for one in check(text) if one.severity != "info"]
    return len(codes) + len(text) * len(_NO_TUNE.intersection(codes))


def _plain(text: str, remarks: list[str]) -> str:
    if "\n" not in text and "\\n" in text:
        text = text.replace("\\n", "\n").replace('\\"', '"').strip('"')
        remarks.append(r"\n is read as the end of a line")
    plain = _without_tags(text) if re.search("[<&]", text) else text
    plain = plain.translate(_PLAIN).replace("…", "...")
    if plain != text:
        remarks.append("typographic characters are written plainly")
    return plain


def _without_fences(text: str, remarks: list[str]) -> str:
    """What stands in fences, if that is music."""
    text = re.sub(r"(```\w*)[ ]+(?=[A-Z]:)", r"\1\n", text)
    text = re.sub(r"(?<=\S)[ ]*```[ ]*$", "\n```", text, flags=re.M)
    inside = [match[1] for match in _FENCE.finditer(text) if _has_music(match[1])]
    if not inside:
        return re.sub(r"^[ \t]*(?:```|~~~)[^\n]*$", "", text, flags=re.M)
    remarks.append("taken out of the text around it")
    return "\n".join(inside)


def _has_music(text: str) -> bool:
    return any(_is_music(line) or line.startswith(("X:", "K:")) for line in text.split("\n"))


def _split_fields(lines: list[str], remarks: list[str]) -> Iterator[str]:
    """The lines, each field on one of its own."""
    for line in lines:
        if re.match(r"[ ]*X:", line) and re.search(r"[ ]K:", line):
            remarks.append("each field is given its own line")
            header, separated, music = _KEY_AND_MUSIC.sub(r"\1\n", line, count=1).partition("\n")
            yield from _ONE_LINE.sub("\n", header).split("\n")
            if separated:
                yield music
        else:
            yield line


def _tunes(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each tune: it begins with X:, or where the text does."""
    tune: list[str] = []
    for line in lines:
        field = _FIELD.fullmatch(line.rstrip(" "))
        if field and field[1] == "X" and any(map(_is_music, tune)):
            yield tune
            tune = []
        tune.append(line)
    yield tune


def _tune(lines: list[str], remarks: list[str]) -> list[str]:
    """One tune in plain ABC: header in order, then music without empty lines; empty where there
    is no music."""
    header: list[tuple[str, str]] = []
    body: list[str] = []
    left_out: list[str] = []
    named = {field[1] for line in lines if (field := _FIELD.fullmatch(line.rstrip(" ")))}
    in_text = False
    for line in lines:
        if line.startswith("%%begin") or in_text:
            in_text = not line.startswith("%%end")
            (body if any(letter == "K" for letter, _ in header) else left_out).append(line)
            continue
        worded = _WORDED.fullmatch(line.rstrip(" "))
        field = _FIELD.fullmatch(line.rstrip(" "))
        if worded and not body and _WORDS[worded[1].lower()] not in named:
            header.append((_WORDS[worded[1].lower()], worded[2]))
            remarks.append(f"{worded[1]}: is written as {header[-1][0]}:")
        elif field and not (_LABELLED.match(line) and body):
            letter, value = field.groups()
            if not line.strip().startswith(f"{letter}:"):
                remarks.append(_DECORATED)
            over = any(known == "K" for known, _ in header)
            if body or over:
                body.append(
                    line.strip() if line.strip()[:2] == f"{letter}:" else f"{letter}:{value}"
                )
            else:
                header.append((letter, value))
        elif line.startswith("%"):
            body.append(line)
        elif (music := _music(line, remarks)) is not None:
            body.append(music)
        elif line.strip():
            left_out.append(line.strip())
    if not any(map(_is_music, body)):
        return []
    if left_out:
        first = left_out[0] if len(left_out[0]) <= 40 else left_out[0][:37] + "..."
        remarks.append(f"left out as no music: {first!r}" + (
            f" and {len(left_out) - 1} more lines" if len(left_out) > 1 else ""))  # fmt: skip
    return completed(header, body, remarks)


def _music(line: str, remarks: list[str]) -> str | None:
    """The line as plain music, None where it is none."""
    bare = _REMARK.sub("", _LABELLED.sub("", _NUMBERED.sub("", line))).strip().strip("`").strip()
    decorated = bare != line.strip()
    parts = re.split(r'("[^"]*")', bare)
    parts[1::2] = [symbol.translate(_NAMES) for symbol in parts[1::2]]
    parts[::2] = [_quoted(part) for part in parts[::2]]
    named = "".join(parts)
    if named.count('"') > bare.count('"'):
        remarks.append("chord names are put in quotation marks")
    parts = re.split(r'("[^"]*")', named)
    parts[::2] = [_accidentals(part) for part in parts[::2]]
    music = "".join(parts)
    if not _is_music(music):
        return None
    if decorated:
        remarks.append(_DECORATED)
    if re.search("[♯♭♮#]", bare):
        remarks.append("accidentals are written as ^, _ and =")
    return music


def _quoted(part: str) -> str:
    """Chord names in brackets or bare, as symbols."""
    part = _BRACKETED.sub(lambda match: f'"{match[1].translate(_NAMES)}"', part)
    return _BARE.sub(lambda match: f'"{match[1].translate(_NAMES)}"', part)


def _accidentals(part: str) -> str:
    part = _AFTER.sub(lambda match: _ACCIDENTALS[match[2]] + match[1], part)
    return _BEFORE.sub(lambda match: _ACCIDENTALS[match[0]], part)


def _is_music(line: str) -> bool:
    """Whether a line is music rather than words: by its letters, and what else stands there."""
    bare = _ASIDE.sub(" ", line)
    letters = [c for c in bare if c.isalpha()]
    notes = sum(c in _NOTES for c in letters)
    if not notes or len(letters) - notes > _PROSE * len(letters):
        return False
    return "|" in bare or bool(re.search(r"[A-Ga-gz][,']*\d|[A-Ga-gz]{3}|^\s*[A-Ga-g]\s*$", bare))
