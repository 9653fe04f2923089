"""What this reader of ABC accepts at most; past it an `AbcError` says so.

The limits are far above any real tune book. They exist because ABC may come from strangers: they
bound memory and keep the time linear in the length of the input (a repeat bomb such as
``P:((((A9)9)9)9)9`` is nine characters a level).
"""

from __future__ import annotations

from typing import Final

#: characters in one text (a whole tune book)
TEXT: Final = 64_000_000
#: characters in one line
LINE: Final = 100_000
#: characters in one tune
TUNE: Final = 4_000_000
#: notes, rests and bar lines of one voice with all repeats played out
PLAYED: Final = 200_000
#: parts in a played-out ``P:`` field
PARTS: Final = 10_000
#: notes, chords and rests that one tune may hold as written
WRITTEN: Final = 400_000
#: voices of one tune
VOICES: Final = 64
#: characters that macros and continuations may make of one line
EXPANDED: Final = 100_000
#: the largest number in a note length (``A65536``, ``A/65536``)
LENGTH: Final = 65_536
#: the most notes that a tuplet may gather, and the largest number in ``(p:q:r``
TUPLET: Final = 64
#: the deepest broken rhythm (``A>>>>>>B``)
BROKEN: Final = 6
#: the largest number of a variant ending, and how often a section may be repeated
ENDING: Final = 99
