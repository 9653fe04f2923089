"""One notation for one dance, that of players of today.

Old books write one and the same reel in 2/4 with sixteenths, in cut time or in common time with
eighths; for who plays it these are one. A model that learns them apart has a third of the reels
for each, and whoever asks for a reel gets the third that happens to be written so.

- Reel, hornpipe, strathspey, fling, clog, barndance, walkaround and schottische stand in 4/4 with
  eighths as unit.
- Jig, slip jig, slide, polka, waltz and mazurka keep their metre, with eighths as unit. A jig in
  9/8 is a slip jig.

Nothing that sounds changes but the speed that a metre suggests. A bar of 2/4 becomes one of 4/4.
Other tunes stay as their book has them, and with ``notation = "source"`` in the manifest all do.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from musicrnn.abc.syntax import tree
from musicrnn.abc.transform import with_unit

__all__ = ["players"]

_IN_FOUR: Final = frozenset(
    {
        "reel", "hornpipe", "strathspey", "fling", "clog", "barndance", "walkaround",
        "schottische",
    }
)  # fmt: skip
_IN_EIGHTHS: Final = frozenset({"jig", "slip jig", "slide", "polka", "waltz", "mazurka"})

_EIGHTH: Final = Fraction(1, 8)


def players(
    fields: dict[str, str], body: Sequence[tree.Node]
) -> tuple[dict[str, str], Sequence[tree.Node]]:
    """Header (letter → value) and body as players of today write the dance that ``R:`` names."""
    rhythm, meter = fields["R"], fields["M"]
    if rhythm in _IN_FOUR and meter in ("2/4", "2/2", "4/4"):
        # Eight units to a bar, whichever they are called.
        body = _on_unit(fields, body, Fraction(meter) / 8)
        return fields | {"M": "4/4", "L": "1/8"}, body
    if rhythm in _IN_EIGHTHS:
        if (rhythm, meter) == ("jig", "9/8"):
            fields = fields | {"R": "slip jig"}
        return fields | {"L": "1/8"}, _on_unit(fields, body, _EIGHTH)
    return fields, body


def _on_unit(
    fields: dict[str, str], body: Sequence[tree.Node], unit: Fraction
) -> Sequence[tree.Node]:
    if Fraction(fields["L"]) == unit:
        return body
    header = tuple(tree.Field(letter, value) for letter, value in fields.items() if value)
    return with_unit(tree.ParsedTune(header, tuple(body)), unit).body
