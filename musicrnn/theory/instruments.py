"""Ranges and sounds of instruments, as their players read and hear them.

Whistles and the piccolo sound an octave above what is written; these are written notes.
"""

from __future__ import annotations

from musicrnn.errors import UsageError
from musicrnn.score import Key

__all__ = ["INSTRUMENTS", "instrument_program", "instrument_range", "refused_key"]

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


#: instruments of few keys: the least and the most sharps (flats count below 0) that players ask of
#: them
_SHARPS: dict[str, tuple[int, int]] = {
    "whistle-D": (0, 3),
    "whistle-C": (-2, 1),
    "whistle-G": (-1, 2),
    "flute-keyless": (0, 3),
    "melodeon-DG": (0, 3),
    "bagpipe": (1, 3),
    "smallpipes": (1, 3),
    "uilleann-pipes": (0, 3),
}


#: the General MIDI sound (from 0) that comes nearest
_PROGRAMS: dict[str, int] = {
    "whistle-D": 74, "whistle-C": 74, "whistle-G": 74, "flute": 73, "flute-keyless": 73,
    "recorder": 74, "piccolo": 72, "fiddle": 110, "viola": 41, "mandolin": 25, "banjo-tenor": 105,
    "concertina": 21, "accordion-BC": 21, "melodeon-DG": 21, "bagpipe": 109, "smallpipes": 109,
    "uilleann-pipes": 109, "oboe": 68, "clarinet": 71, "guitar": 24, "harp": 46,
    "voice-soprano": 52, "voice-alto": 52, "voice-tenor": 52, "voice-bass": 52, "piano": 0,
}  # fmt: skip


def refused_key(instrument: str, key: Key) -> str:
    """Why an instrument is not played in a key; ``""`` where it is."""
    name = _known(instrument)
    least, most = _SHARPS.get(name, (-7, 7))
    if least <= key.fifths <= most:
        return ""
    keys = [str(Key(tonic, "major")) for tonic in _MAJORS if least <= _MAJORS[tonic] <= most]
    return f"a {name} does not play in {key}; it plays in {', '.join(keys)} and keys of their notes"


#: sharps of the major keys, flats below 0
_MAJORS = {"Bb": -2, "F": -1, "C": 0, "G": 1, "D": 2, "A": 3}


def instrument_range(name: str) -> tuple[int, int]:
    """Lowest and highest written note. Raises `UsageError` for a name that is not in the table."""
    return INSTRUMENTS[_known(name)]


def instrument_program(name: str) -> int:
    """The General MIDI program, from 0. Raises `UsageError` as `instrument_range`."""
    return _PROGRAMS[_known(name)]


def _known(name: str) -> str:
    for known in INSTRUMENTS:
        if known.lower() == name.strip().lower():
            return known
    raise UsageError(f"no instrument {name!r} is known; there are {', '.join(INSTRUMENTS)}")
