"""One spelling for rhythm and title, however a source writes them.

These values are conditions that a model learns and that a user asks for, so ``Reel``, ``REEL``
and ``reel`` must be one word. Keys and metres are spelled by
`musicrnn.abc` itself: ``C|`` and ``2/2`` are the same there, and so are ``D Major`` and ``D``.
"""

from __future__ import annotations

import re
import unicodedata

from musicrnn.theory.dances import spell_rhythm

__all__ = ["rhythm_of_title", "spell_title"]

#: words in a title that name its rhythm, tried in this order on the title's words
_TITLE_WORDS = (
    "strathspey", "hornpipe", "slip jig", "jig", "reel", "minuet", "gavotte", "waltz", "march",
    "quick step", "quickstep", "polka", "schottische", "mazurka", "allemande", "clog", "air",
)  # fmt: skip

_KIND_AT_END = re.compile(r"\s+--\s+[\w ]+$")  # "Speed the Plough -- Reel", as in Ryan's


def rhythm_of_title(title: str) -> str:
    """The rhythm that a word of the title names, or ``""``: the metre alone would be a guess."""
    words = f" {re.sub(r'[^a-z]+', ' ', title.lower())} "
    return next((spell_rhythm(kind) for kind in _TITLE_WORDS if f" {kind} " in words), "")


def spell_title(title: str) -> str:
    """A title in one line, composed characters, without quotes or, at its end, the kind of tune
    and a full stop; a title all in capitals is put in title case.
    """
    plain = " ".join(unicodedata.normalize("NFC", title).split())
    plain = _KIND_AT_END.sub("", plain.replace('"', ""))
    if not plain.endswith(".."):
        plain = plain.rstrip(".,;:")
    if len(plain) > 3 and plain.isupper():
        plain = " ".join(word.capitalize() for word in plain.split(" "))
    return plain
