"""Ranges of instruments, as their players read them.

Whistles and the piccolo sound an octave above what is written; these are written notes.
"""

from __future__ import annotations

from musicrnn.errors import UsageError

__all__ = ["INSTRUMENTS", "instrument_range"]

#: name → lowest and highest written note (MIDI numbers; 60 is middle C)
INSTRUMENTS: dict[str, tuple[int, int]] = {
    "whistle-D": (62, 83),  # D … b
    "whistle-C": (60, 81),
    "whistle-G": (67, 88),
    "flute": (60, 93),
    "flute-keyless": (62, 86),
    "recorder": (60, 86),
    "piccolo": (62, 96),
    "fiddle": (55, 83),  # first position: G, … b
    "viola": (48, 76),
    "mandolin": (55, 83),
    "banjo-tenor": (55, 81),
    "concertina": (55, 96),
    "accordion-BC": (59, 95),
    "melodeon-DG": (62, 86),
    "bagpipe": (67, 81),  # Great Highland: G … a
    "smallpipes": (67, 79),
    "uilleann-pipes": (62, 86),
    "oboe": (58, 88),
    "clarinet": (52, 88),
    "guitar": (52, 81),
    "harp": (48, 91),
    "voice-soprano": (60, 81),
    "voice-alto": (55, 76),
    "voice-tenor": (60, 79),  # written an octave up, as in songbooks
    "voice-bass": (40, 64),
    "piano": (48, 96),
}


def instrument_range(name: str) -> tuple[int, int]:
    """Lowest and highest written note. Raises `UsageError` for a name that is not in the table."""
    for known, notes in INSTRUMENTS.items():
        if known.lower() == name.strip().lower():
            return notes
    raise UsageError(f"no range for {name!r}; there are {', '.join(INSTRUMENTS)}")
