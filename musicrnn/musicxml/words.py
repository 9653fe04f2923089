"""The words under the notes of MusicXML as the ``w:`` fields of ABC (2.1, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from musicrnn.abc.syntax.tree import Field, Node

__all__ = ["MOST_VERSES", "Words"]

MOST_VERSES = 30


@dataclass(slots=True)
class Words:
    """The words under the line of music that is being written: a token for each note."""

    notes: int = 0
    verses: dict[int, list[str]] = field(default_factory=dict)
    #: verse → whether its last syllable goes on: ``-`` within a word, ``_`` held, ``""`` not
    going: dict[int, str] = field(default_factory=dict)
    left_blank: int = 0

    def add(self, lyrics: Iterable[tuple[int, str, str]]) -> int:
        """One note more, with what is sung to it: verse, token, and how it goes on. Returns the
        number of syllables that no verse is left for."""
        self.notes += 1
        taken: set[int] = set()
        left_out = 0
        for number, token, going in lyrics:
            # Two syllables of one verse at one note: the second stands in the next verse.
            verse = next((v for v in range(number, MOST_VERSES + 1) if v not in taken), None)
            if verse is None:
                left_out += 1
                continue
            taken.add(verse)
            tokens = self.verses.setdefault(verse, [])
            tokens += ["*"] * (self.notes - 1 - len(tokens))
            if len(tokens) < self.notes:
                tokens.append(token)
                self.going[verse] = going
        for verse, tokens in self.verses.items():
            if len(tokens) < self.notes and self.going.get(verse):
                tokens.append("_")
        return left_out

    def lines(self) -> list[Node]:
        """The ``w:`` fields, and a fresh start for the next line.

        A line of music that nothing is sung to has its field too, or the next words would be taken
        for its own (5.1); `left_blank` counts such lines at the end of the voice so far.
        """
        lines: list[Node] = []
        if any(set(tokens) - {"_", "*"} for tokens in self.verses.values()):
            self.left_blank = 0
            # A word that goes on need not be held to the end of the line: it may never go on.
            endings = {verse: "*_" if going == "-" else "*" for verse, going in self.going.items()}
            written = {}
            for verse, tokens in self.verses.items():
                end = len(tokens)
                while end and tokens[end - 1] in endings.get(verse, "*"):
                    end -= 1
                if end:
                    written[verse] = tokens[:end]
            # A verse that only holds its last syllable would be one without words here.
            last = max(verse for verse, tokens in written.items() if set(tokens) - {"_", "*"})
            lines += (
                Field("w", " ".join(written.get(verse, ["*"]))) for verse in range(1, last + 1)
            )
        elif self.notes:
            self.left_blank += 1
            lines.append(Field("w", "*"))
        self.notes = 0
        self.verses = {verse: [] for verse, going in self.going.items() if going}
        return lines
