"""One spelling for rhythm and title, however a source writes them.

These values are conditions that a model learns and that a user asks for, so ``Reel``, ``REEL``
and ``reel`` must be one word. Keys and metres are spelled by
`musicrnn.abc` itself: ``C|`` and ``2/2`` are the same there, and so are ``D Major`` and ``D``.
"""

from __future__ import annotations

import re
import unicodedata

from musicrnn.theory.dances import spell_rhythm

__all__ = ["infer_rhythm", "spell_title"]

#: words in a title that name its rhythm, tried in this order on the title's words
_TITLE_WORDS = (
    "strathspey", "hornpipe", "slip jig", "jig", "reel", "minuet", "gavotte", "waltz", "march",
    "quick step", "quickstep", "polka", "schottische", "mazurka", "allemande", "clog", "air",
)  # fmt: skip

#: what a tune of that metre most often is, where nothing else says it
_BY_METER = {
    "6/8": "jig",
    "9/8": "slip jig",
    "12/8": "slide",
    "3/4": "waltz",
    "3/8": "waltz",
    "2/4": "polka",
    "4/4": "reel",
    "2/2": "reel",
    "3/2": "hornpipe",
    "6/4": "jig",
    "9/4": "slip jig",
}

_KIND_AT_END = re.compile(r"\s+--\s+[\w ]+$")  # "Speed the Plough -- Reel", as in Ryan's


def infer_rhythm(title: str, meter: str) -> str:
    """The rhythm that the title names, else the one that is usual in that metre, else ``""``."""
    words = f" {re.sub(r'[^a-z]+', ' ', title.lower())} "
    for kind in _TITLE_WORDS:
        if f" {kind} " in words:
            return spell_rhythm(kind)
    return _BY_METER.get(meter, "")


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
