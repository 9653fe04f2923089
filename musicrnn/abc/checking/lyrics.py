"""Words under the notes (``w:``, ABC 2.1, section 5): how many notes a line of words wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax import limits
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
    if "w" not in tune.letters:
        return
    for words, line, _ in _under(tune):
        wanted = bar = 0
        room = len(line.starts)
        for token in syllables(words.value):
            if token != "|":
                wanted += 1
            else:
                wanted = max(wanted, line.end_of(bar))
                bar += 1
        if wanted > room:
            reporter.report("too-many-words", words.start, words.end, wanted, room)


def verses(tune: ParsedTune) -> dict[int, list[str]]:
    """Where a note or chord stands in the text → its syllable in each verse, as `syllables` gives
    them; nothing for notes that no words stand under. A verse that is shorter than its line is
    empty where it has no word. More verses than any music repeats are left out."""
    texts: dict[int, list[str]] = {}
    for words, line, verse in _under(tune):
        if verse >= limits.ENDING:
            continue
        at = bar = 0
        for token in syllables(words.value):
            if token == "|":
                at = max(at, line.end_of(bar))
                bar += 1
            elif at < len(line.starts):
                sung = texts.setdefault(line.starts[at], [])
                sung += [""] * (verse - len(sung)) + [token]
                at += 1
        for start in line.starts if verse else ():
            if sung := texts.get(start, []):
                sung += [""] * (verse + 1 - len(sung))
    return texts


@dataclass(slots=True)
class _Line:
    """Where the notes of a voice since its last words stand in the text, how many of them each bar
    line has before it, and how many verses they have so far."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    verses: int = 0

    def end_of(self, bar: int) -> int:
        """How many notes stand before the end of a bar, counted from 0."""
        return self.ends[bar] if bar < len(self.ends) else len(self.starts)


def _under(tune: ParsedTune) -> Iterator[tuple[Field, _Line, int]]:
    """Each ``w:`` field, the notes of its voice since the words before (5.1), and the number of its
    verse, from 0."""
    voices: dict[str, _Line] = {}
    name = ""
    line = voices.setdefault(name, _Line())
    for node in tune.body:
        if isinstance(node, (Note, Chord)):
            if line.verses:
                line = voices[name] = _Line()
            line.starts.append(node.start)
        elif isinstance(node, Bar) and not line.verses:
            if len(line.starts) > (line.ends[-1] if line.ends else 0):
                line.ends.append(len(line.starts))
        elif isinstance(node, Field) and node.letter == "w":
            yield node, line, line.verses
            line.verses += 1
        elif isinstance(node, Field) and node.letter == "V":
            name = next(iter(node.value.split()), "")
            line = voices.setdefault(name, _Line())
