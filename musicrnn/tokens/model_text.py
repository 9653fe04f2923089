"""The text of an ABC tune as a character model reads and writes it.

The header stands in one fixed order, so that title, rhythm, metre, unit length and key can be
given as conditions, each knowing the ones before it; the reference number means nothing and is
left out. Every line ends with a newline and no line is empty:

    T:The Kesh
    R:jig
    M:6/8
    L:1/8
    K:G
    |:G2G GAB|A2A ABd|…

>>> to_model_text("X:12\\nT:Air\\nL:1/8\\nM:3/4\\nR:waltz\\nQ:1/4=90\\nK:D\\nd2 f2 a2|]\\n")
'T:Air\\nR:waltz\\nM:3/4\\nL:1/8\\nK:D\\nd2 f2 a2|]\\n'
>>> from_model_text('T:Air\\nK:D\\nd4|]\\n')
'X:1\\nT:Air\\nK:D\\nd4|]\\n'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = [
    "MODEL_FIELDS",
    "fields_of",
    "from_model_text",
    "header_of",
    "split_header",
    "to_model_text",
]

#: The header fields of model text, in their order.
MODEL_FIELDS = ("T", "R", "M", "L", "K")
_FIELD = re.compile(r"([A-Za-z]):(.*)")


def fields_of(*, style: bool, form: bool) -> tuple[str, ...]:
    """The header fields for a model that knows traditions by name (``O:irish``, after the rhythm),
    or the `form` of a tune (``P:8r 16``: eight bars repeated, then sixteen; before the key)."""
    letters = ["T", "R", *("O" * style), "M", "L", *("P" * form), "K"]
    return tuple(letters)


def split_header(text: str) -> tuple[list[tuple[str, str]], str]:
    """The header's (letter, value) pairs in the order found, and the body.

    The header ends with the first ``K:`` line (ABC 2.1 §2.2.2) or before the first line that is
    no field.
    """
    fields: list[tuple[str, str]] = []
    lines = text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        field = _FIELD.match(line)
        if not field:
            return fields, "".join(lines[i:])
        fields.append((field[1], field[2].strip()))
        if field[1] == "K":
            return fields, "".join(lines[i + 1 :])
    return fields, ""


def header_of(text: str) -> dict[str, str]:
    """Letter → value of the header; the first of several (the main title)."""
    fields: dict[str, str] = {}
    for letter, value in split_header(text)[0]:
        fields.setdefault(letter, value)
    return fields


def to_model_text(tune: str, letters: Sequence[str] = MODEL_FIELDS) -> str:
    """The model text of one tune in canonical spelling: the fields `letters` in their order, then
    the body."""
    _, body = split_header(tune)
    fields = header_of(tune)
    header = "".join(f"{letter}:{fields[letter]}\n" for letter in letters if letter in fields)
    lines = "".join(f"{line.rstrip()}\n" for line in body.splitlines() if line.strip())
    return header + lines


def from_model_text(text: str) -> str:
    """A complete tune: ``X:1`` first, a newline at the end."""
    fields, body = split_header(text)
    header = "".join(f"{letter}:{value}\n" for letter, value in (("X", "1"), *fields))
    return header + body + "\n" * (body != "" and not body.endswith("\n"))
