"""Words under the notes (``w:``, ABC 2.1, section 5): how many notes a line of words wants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax.tree import Bar, Chord, Field, Note, ParsedTune

__all__ = ["check_lyrics", "syllables", "verses"]

#: ``-``, ``_`` and ``*`` take a note each, ``\-`` and ``~`` do not; ``|`` waits for the next bar
_TOKEN: Final = re.compile(r"\||\*|_|-|(?:\\-|[^\s|*_-])+")


def syllables(value: str) -> list[str]:
    """What a line of words puts under each note: a syllable, ``_`` (held), ``*`` (nothing), and
    ``|`` where it waits for the next bar.

    A hyphen directly after a syllable ends it; one more holds it for another note.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(value):
        token = match[0]
        before = value[match.start() - 1 : match.start()]
        if token == "-" and found and found[-1] not in ("|", "*") and before not in ("-", " "):
            found[-1] += "-"
        elif token == "-":
            found.append("_")
        else:
            found.append(token.replace("\\-", "-").replace("~", " "))
    return found


def check_lyrics(tune: ParsedTune, reporter: Reporter) -> None:
    """Report lines of words that have more syllables than the music above them has notes."""
    for field, bars in _under(tune):
        wanted, bar = 0, 0
        room = sum(bars)
        for token in syllables(field.value):
            if token != "|":
                wanted += 1
            else:
                bar += 1
                wanted = max(wanted, sum(bars[:bar]))
        if wanted > room:
            reporter.report("too-many-words", field.start, field.end, wanted, room)


def verses(tune: ParsedTune) -> dict[int, list[str]]:
    """Where a note or chord stands in the text → its syllable in each verse, as `syllables` gives
    them; nothing for notes that no words stand under."""
    found: dict[int, list[str]] = {}
    bars: list[list[int]] = [[]]
    fresh, verse = False, 0
    for node in tune.body:
        if isinstance(node, (Note, Chord)):
            if fresh:
                bars, fresh, verse = [[]], False, 0
            bars[-1].append(node.start)
        elif isinstance(node, Bar) and not fresh and bars[-1]:
            bars.append([])
        elif isinstance(node, Field) and node.letter == "w":
            starts = [start for bar in bars for start in bar]
            at = bar_number = 0
            for token in syllables(node.value):
                if token == "|":
                    bar_number += 1
                    at = max(at, sum(map(len, bars[:bar_number])))
                elif at < len(starts):
                    sung = found.setdefault(starts[at], [])
                    sung += [""] * (verse - len(sung)) + [token]
                    at += 1
            fresh, verse = True, verse + 1
        elif isinstance(node, Field) and node.letter == "V":
            bars, fresh, verse = [[]], False, 0
    return found


def _under(tune: ParsedTune) -> Iterator[tuple[Field, list[int]]]:
    """Each ``w:`` field, and how many notes each bar of the music above it holds."""
    bars = [0]
    fresh = False  # whether words came since the last music
    for node in tune.body:
        if isinstance(node, (Note, Chord)):
            if fresh:
                bars, fresh = [0], False
            bars[-1] += 1
        elif isinstance(node, Bar) and not fresh and bars[-1]:
            bars.append(0)
        elif isinstance(node, Field) and node.letter == "w":
            yield node, bars
            fresh = True
        elif isinstance(node, Field) and node.letter == "V":
            bars, fresh = [0], False
