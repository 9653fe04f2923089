"""The form of a tune as a line of its model text: what is to come, before the first note.

A network that is told how many bars each section has, and whether it is repeated, knows at every
bar how far it is from the next cadence (see `abc_place`), where one that has to count, or has not
made up its mind, ends a part where the grammar will not have it. The line stands before the key
and is in no tune that anybody reads:

>>> with_form("T:Air\\nM:2/4\\nL:1/8\\nK:C\\n|:cdef|gfed:|\\nc4|]\\n")
'T:Air\\nM:2/4\\nL:1/8\\nP:2r 1\\nK:C\\n|:cdef|gfed:|\\nc4|]\\n'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from musicrnn.tokens.abc_place import Form, form_of, pickups_of

__all__ = ["form_line", "with_form", "without_form", "without_pickups"]

#: a form that is longer says little and costs much
_MOST_SECTIONS = 8
_KEY = re.compile(r"^K:", re.MULTILINE)
_PICKUP = re.compile(r"/\d+")
_LINE = re.compile(r"^P:[^\n]*\n", re.MULTILINE)


def form_line(form: Form, pickups: Sequence[int] = ()) -> str:
    """The value of ``P:`` for a form: ``8r 16``, and with pickups in half unit notes ``8r/2 16``;
    empty for none and for too many sections."""
    if len(form) > _MOST_SECTIONS or not all(bars for bars, _ in form):
        return ""
    lengths = [*pickups, *[0] * len(form)]
    return " ".join(
        f"{bars}{'r' * repeated}{f'/{pickup}' if pickup else ''}"
        for (bars, repeated), pickup in zip(form, lengths, strict=False)
    )


def without_pickups(line: str) -> str:
    """The value of ``P:`` without them."""
    return _PICKUP.sub("", line)


def with_form(text: str, *, pickups: bool = False) -> str:
    """A model text with the form of its tune before the key; as it was where it has none."""
    line = form_line(form_of(text), pickups_of(text) if pickups else ())
    return _KEY.sub(f"P:{line}\nK:", text, count=1) if line else text


def without_form(text: str) -> str:
    """A model text without that line."""
    key = _KEY.search(text)
    end = key.start() if key else len(text)
    return _LINE.sub("", text[:end]) + text[end:]
