"""Words under the notes (``w:``, ABC 2.1, section 5): how many notes a line of words wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax.text import decode_escapes
from musicrnn.abc.syntax.tree import Bar, Chord, Field, Note, ParsedTune

__all__ = ["check_lyrics", "spell_syllable", "spell_words", "syllables", "verses"]

#: ``-``, ``_`` and ``*`` take a note each, ``\-`` and ``~`` do not; ``|`` waits for the next bar
_TOKEN: Final = re.compile(r"\||\*|_|-|(?:\\-|[^\s|*_-])+")
#: a space that is written as ``~``; ``\\~n`` is a letter
_SPACE: Final = re.compile(r"(?<!\\)~")
#: what means something in ``w:`` → how it is written as a character
_SPELLED: Final = str.maketrans(
    {sign: f"\\u{ord(sign):04x}" for sign in "*|_~\\"} | {sign: f"\\{sign}" for sign in "-&%"}
)


def syllables(value: str) -> list[str]:
    """What the value of a ``w:`` puts under each note: a syllable, its escapes decoded, ``_``
    (held), ``*`` (nothing), and ``|`` where it waits for the next bar.

    A hyphen directly after a syllable ends it; one more holds it for another note.
    """
    tokens: list[str] = []
    for match in _TOKEN.finditer(value):
        token = match[0]
        before = value[match.start() - 1 : match.start()]
        if token == "-" and tokens and tokens[-1] not in ("|", "*") and before not in ("-", " "):
            # The syllable that is held may stand some notes before: Al-_-le.
            place = next((i for i in range(len(tokens) - 1, -1, -1) if tokens[i] != "_"), 0)
            if tokens[place] not in ("|", "*", "_") and not tokens[place].endswith("-"):
                tokens[place] += "-"
        elif token == "-":
            tokens.append("_")
        else:
            tokens.append(decode_escapes(_SPACE.sub(" ", token).replace("\\-", "-")))
    return tokens


def spell_syllable(text: str) -> str:
    """A syllable as it stands in ``w:``, so that `syllables` has it back; empty where it is a mere
    sign that ``w:`` has another use for."""
    text = " ".join(text.split())
    return "" if text in ("|", "*", "_") else text.translate(_SPELLED).replace(" ", "~")


def spell_words(tokens: Iterable[str]) -> str:
    """The value of a ``w:`` line with these tokens, as `syllables` gives them; none is ``*``."""
    words = []
    for token in tokens:
        if token in ("", "*", "_"):
            words.append(token or "*")
        else:
            goes_on = "-" if len(token) > 1 and token.endswith("-") else ""
            words.append((spell_syllable(token.removesuffix(goes_on)) or "*") + goes_on)
    return " ".join(words)


def check_lyrics(tune: ParsedTune, reporter: Reporter) -> None:
    """Report lines of words that have more syllables than the music above them has notes."""
    for field, bars, _ in _under(tune):
        wanted, bar = 0, 0
        room = sum(map(len, bars))
        for token in syllables(field.value):
            if token != "|":
                wanted += 1
            else:
                bar += 1
                wanted = max(wanted, sum(map(len, bars[:bar])))
        if wanted > room:
            reporter.report("too-many-words", field.start, field.end, wanted, room)


def verses(tune: ParsedTune) -> dict[int, list[str]]:
    """Where a note or chord stands in the text → its syllable in each verse, as `syllables` gives
    them; nothing for notes that no words stand under."""
    texts: dict[int, list[str]] = {}
    for field, bars, verse in _under(tune):
        starts = [start for bar in bars for start in bar]
        at = bar_number = 0
        for token in syllables(field.value):
            if token == "|":
                bar_number += 1
                at = max(at, sum(map(len, bars[:bar_number])))
            elif at < len(starts):
                sung = texts.setdefault(starts[at], [])
                sung += [""] * (verse - len(sung)) + [token]
                at += 1
    return texts


@dataclass(slots=True)
class _Sung:
    """The notes of a voice since its last words, by bar, and how many verses they have so far."""

    bars: list[list[int]]
    verses: int = 0


def _under(tune: ParsedTune) -> Iterator[tuple[Field, list[list[int]], int]]:
    """Each ``w:`` field, where the notes of each bar of its voice since the words before stand in
    the text (5.1), and the number of its verse, from 0."""
    voices: dict[str, _Sung] = {}
    voice = voices.setdefault("", _Sung([[]]))
    for node in tune.body:
        if isinstance(node, (Note, Chord)):
            if voice.verses:
                voice.bars, voice.verses = [[]], 0
            voice.bars[-1].append(node.start)
        elif isinstance(node, Bar) and not voice.verses and voice.bars[-1]:
            voice.bars.append([])
        elif isinstance(node, Field) and node.letter == "w":
            yield node, voice.bars, voice.verses
            voice.verses += 1
        elif isinstance(node, Field) and node.letter == "V":
            name = next(iter(node.value.split()), "")
            voice = voices.setdefault(name, _Sung([[]]))
