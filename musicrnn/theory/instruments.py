"""Instruments: their ranges, as their players read them, and their sounds in General MIDI.

Ranges are of written notes; whistles and the piccolo sound an octave above, the guitar and the
tenor's songbook one below.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from musicrnn.errors import UsageError, choices
from musicrnn.score import Key

__all__ = [
    "INSTRUMENTS", "PROGRAMS", "Instrument", "instrument_named", "instrument_range",
    "program_named", "refused_key",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instrument:
    """Lowest and highest written note (MIDI numbers; 60 is middle C), the General MIDI program
    that sounds like it, how many semitones above the written note it is `sounding`, and the
    least and the most sharps (flats count below 0) that its players are asked for."""

    lowest: int
    highest: int
    program: int
    sounding: int = 0
    sharps: tuple[int, int] = (-7, 7)


_OCTAVE = 12
#: name → instrument; General MIDI has one whistle (78), one reed organ that serves for the boxes
#: and one bagpipe
INSTRUMENTS: dict[str, Instrument] = {
    "whistle-D": Instrument(62, 83, 78, _OCTAVE, (0, 3)),  # D … b
    "whistle-C": Instrument(60, 81, 78, _OCTAVE, (-2, 1)),
    "whistle-G": Instrument(67, 88, 78, _OCTAVE, (-1, 2)),
    "flute": Instrument(60, 93, 73),
    "flute-keyless": Instrument(62, 86, 73, sharps=(0, 3)),
    "recorder": Instrument(60, 86, 74, _OCTAVE),
    "piccolo": Instrument(62, 96, 72, _OCTAVE),
    "fiddle": Instrument(55, 83, 40),  # first position: G, … b
    "viola": Instrument(48, 76, 41),
    "mandolin": Instrument(55, 83, 25),
    "banjo-tenor": Instrument(55, 81, 105, -_OCTAVE),
    "concertina": Instrument(55, 96, 23),
    "accordion-BC": Instrument(59, 95, 21),
    "melodeon-DG": Instrument(62, 86, 21, sharps=(0, 3)),
    "bagpipe": Instrument(67, 81, 109, sharps=(1, 3)),  # Great Highland: G … a
    "smallpipes": Instrument(67, 79, 109, sharps=(1, 3)),
    "uilleann-pipes": Instrument(62, 86, 109, sharps=(0, 3)),
    "oboe": Instrument(58, 88, 68),
    "clarinet": Instrument(52, 88, 71),
    "guitar": Instrument(52, 81, 24, -_OCTAVE),
    "harp": Instrument(48, 91, 46),
    "voice-soprano": Instrument(60, 81, 52),
    "voice-alto": Instrument(55, 76, 52),
    "voice-tenor": Instrument(60, 79, 52, -_OCTAVE),  # written an octave up, as in songbooks
    "voice-bass": Instrument(40, 64, 52),
    "piano": Instrument(48, 96, 0),
}

#: the programs of General MIDI 1 (sound set, MMA RP-003), from 0
PROGRAMS: tuple[str, ...] = (
    "acoustic grand piano", "bright acoustic piano", "electric grand piano", "honky-tonk piano",
    "electric piano 1", "electric piano 2", "harpsichord", "clavinet",
    "celesta", "glockenspiel", "music box", "vibraphone",
    "marimba", "xylophone", "tubular bells", "dulcimer",
    "drawbar organ", "percussive organ", "rock organ", "church organ",
    "reed organ", "accordion", "harmonica", "tango accordion",
    "nylon guitar", "steel guitar", "jazz guitar", "clean guitar",
    "muted guitar", "overdriven guitar", "distortion guitar", "guitar harmonics",
    "acoustic bass", "fingered bass", "picked bass", "fretless bass",
    "slap bass 1", "slap bass 2", "synth bass 1", "synth bass 2",
    "violin", "viola", "cello", "contrabass",
    "tremolo strings", "pizzicato strings", "orchestral harp", "timpani",
    "string ensemble 1", "string ensemble 2", "synth strings 1", "synth strings 2",
    "choir aahs", "voice oohs", "synth voice", "orchestra hit",
    "trumpet", "trombone", "tuba", "muted trumpet",
    "french horn", "brass section", "synth brass 1", "synth brass 2",
    "soprano sax", "alto sax", "tenor sax", "baritone sax",
    "oboe", "english horn", "bassoon", "clarinet",
    "piccolo", "flute", "recorder", "pan flute",
    "blown bottle", "shakuhachi", "whistle", "ocarina",
    "square lead", "sawtooth lead", "calliope lead", "chiff lead",
    "charang lead", "voice lead", "fifths lead", "bass and lead",
    "new age pad", "warm pad", "polysynth pad", "choir pad",
    "bowed pad", "metallic pad", "halo pad", "sweep pad",
    "rain", "soundtrack", "crystal", "atmosphere",
    "brightness", "goblins", "echoes", "sci-fi",
    "sitar", "banjo", "shamisen", "koto",
    "kalimba", "bagpipe", "fiddle", "shanai",
    "tinkle bell", "agogo", "steel drums", "woodblock",
    "taiko drum", "melodic tom", "synth drum", "reverse cymbal",
    "guitar fret noise", "breath noise", "seashore", "bird tweet",
    "telephone ring", "helicopter", "applause", "gunshot",
)  # fmt: skip

#: shorter names that people use; a fiddle is played on the better sound of the violin
_ALSO = {
    "fiddle": 40, "piano": 0, "guitar": 24, "strings": 48, "organ": 19, "bass": 32, "choir": 52,
    "voice": 52, "harp": 46, "horn": 60, "sax": 65, "bagpipes": 109, "concertina": 23,
    "mandolin": 25, "banjo": 105, "pipes": 109, "double bass": 43, "melodeon": 21, "drums": 118,
}  # fmt: skip


def program_named(name: str) -> int:
    """The General MIDI program, 0…127, of a number or a name: ``73``, ``flute``, ``whistle-D``.

    Raises `UsageError` for one that there is not, with the nearest that is.
    """
    plain = " ".join(name.lower().replace("_", " ").split())
    if plain.isdigit():
        if int(plain) > 127:
            raise UsageError(f"there is no General MIDI program {plain}: choose 0 to 127")
        return int(plain)
    names = {known.lower(): row.program for known, row in INSTRUMENTS.items()}
    names |= {known: number for number, known in enumerate(PROGRAMS)} | _ALSO
    if plain in names:
        return names[plain]
    within = [known for known in names if plain and plain in known.replace("-", " ").split()]
    if within:
        return names[within[0]]
    near = difflib.get_close_matches(plain, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "try flute, fiddle, harp, or a number 0 to 127"
    raise UsageError(f"there is no instrument {name!r}; {hint}")


def instrument_named(name: str) -> Instrument:
    """The row of that name. Raises `UsageError` for one that is not in the table."""
    for known, instrument in INSTRUMENTS.items():
        if known.lower() == name.strip().lower():
            return instrument
    raise UsageError(f"{name!r} is not an instrument; {choices(name, INSTRUMENTS)}")


def refused_key(instrument: str, key: Key) -> str:
    """Why an instrument is not played in a key; ``""`` where it is."""
    name = next(known for known in INSTRUMENTS if known.lower() == instrument.strip().lower())
    least, most = INSTRUMENTS[name].sharps
    if least <= key.fifths <= most:
        return ""
    keys = [str(Key(tonic, "major")) for tonic in _MAJORS if least <= _MAJORS[tonic] <= most]
    return f"a {name} does not play in {key}; it plays in {', '.join(keys)} and keys of their notes"


#: sharps of the major keys, flats below 0
_MAJORS = {"Bb": -2, "F": -1, "C": 0, "G": 1, "D": 2, "A": 3}


def instrument_range(name: str) -> tuple[int, int]:
    """Lowest and highest written note. Raises `UsageError` for a name that is not in the table."""
    instrument = instrument_named(name)
    return instrument.lowest, instrument.highest
