"""Which voice of a file carries the melody, and why.

A voice is what one track plays on one channel with one program. Where the user does not say
which, each is judged by what melodies have in common (after D. Rizo et al., "A pattern
recognition approach for melody track selection in MIDI files", ISMIR 2006): they are sung or
played one note at a time, lie in the middle register, move, and are often named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import UsageError
from musicrnn.midi.reader import MidiFile
from musicrnn.score import Score
from musicrnn.theory.melody import Melody, resolution, skyline

__all__ = ["Choice", "Voice", "choose", "voices"]

Ints = NDArray[np.int64]

_DRUMS = 9
#: What a track's name says: words of a melody, and words of what is none.
_MELODY_WORDS = re.compile(
    "melody|melodie|lead|voice|voc|sing|solo|sopran|theme|tune|flute|violin i|violin 1"
)
_OTHER_WORDS = re.compile(
    "bass|drum|perc|pad|string|chord|guitar r|rhythm|accomp|left|tenor|alto|viola|cello"
    r"|viol\. ii|violin ii|harmony|backing"
)
#: General MIDI programs that accompany: basses, and the effects from 97 up.
_BASSES = range(32, 40)
_EFFECTS = range(96, 128)


@dataclass(frozen=True)
class Voice:
    """The notes of one track, channel and program: int64 arrays of one length, in ticks, in order
    of onset.

    `track` and `channel` count from 1, as sequencers do, and are those of the file; in a `Score`
    that was read from none, the track is the number of the part. `part` is the part's index in
    the score. `ticks` is the number of ticks in a quarter note (for time in frames it may be a
    fraction), `whole` how many there are up to the last onset of the piece.
    """

    track: int
    channel: int
    program: int
    name: str
    onsets: Ints
    ends: Ints
    pitches: Ints
    ticks: Fraction
    whole: int = 0
    part: int = 0

    @property
    def drums(self) -> bool:
        """Whether it is percussion, which has no pitch."""
        return self.channel == _DRUMS + 1

    @cached_property
    def melody(self) -> Melody:
        """The skyline of the voice."""
        ticks, scale = self.ticks.as_integer_ratio()
        onsets, ends = self.onsets, self.ends
        if scale > 1:
            onsets, ends = onsets * scale, ends * scale
        return skyline(onsets, ends, self.pitches, ticks)

    @cached_property
    def reasons(self) -> dict[str, float]:
        """What speaks for the voice (positive) or against it, each with its weight."""
        if self.drums or not len(self.onsets):
            return {"percussion": -10.0} if self.drums else {"no notes": -10.0}
        line = self.melody
        kept = len(line) / len(self.onsets)
        middle = int(self.pitches.sum()) / len(self.pitches)
        pitches = int(np.count_nonzero(np.bincount(line.pitches)))
        weights = {
            f"{kept:.0%} of it is one note at a time": 3.0 * kept,
            f"its mean pitch is {middle:.0f}": 2.0 * min(max((middle - 48) / 20, -1), 1),
            f"{len(line)} notes": min(len(line) / 100, 1.0),
            f"{pitches} pitches": min(pitches / 10, 1.0),
        }
        if len(line) > 1:
            leaps = np.abs(line.pitches[1:] - line.pitches[:-1])
            steps = np.count_nonzero(leaps <= 4) / len(leaps)
            weights[f"{steps:.0%} of its intervals are small"] = 1.5 * steps
            weights["repeats one pitch"] = -2.0 * np.count_nonzero(leaps == 0) / len(leaps)
        presence = self.presence
        weights[f"plays in {presence:.0%} of the bars"] = 4.0 * presence
        name = self.name.lower()
        if _MELODY_WORDS.search(name):
            weights[f"named {self.name!r}"] = 4.0
        elif _OTHER_WORDS.search(name):
            weights[f"named {self.name!r}"] = -3.0
        if self.program in _BASSES or self.program in _EFFECTS:
            weights[f"program {self.program + 1} accompanies"] = -3.0
        return weights

    @property
    def presence(self) -> float:
        """The share of the piece's bars (of four quarters) in which a note of it begins."""
        ticks, parts = self.ticks.as_integer_ratio()
        bars = self.onsets * parts // (4 * ticks)
        last = max(self.whole, self.onsets.item(-1)) * parts // (4 * ticks)
        return (int(np.count_nonzero(bars[1:] != bars[:-1])) + 1) / (last + 1)

    @property
    def score(self) -> float:
        """The sum of the reasons."""
        return sum(self.reasons.values())

    def __str__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"track {self.track}, channel {self.channel}{named}"


@dataclass(frozen=True)
class Choice:
    """The chosen voice, why in one line, and all voices from the best to the worst."""

    voice: Voice
    reason: str
    ranking: tuple[Voice, ...]


def voices(source: MidiFile | Score) -> tuple[Voice, ...]:
    """All voices of a file or a score that play notes, in order."""
    return tuple(_of_score(source) if isinstance(source, Score) else _of_file(source))


def choose(
    source: MidiFile | Score,
    *,
    track: int | str | None = None,
    channel: int | None = None,
    name: str | None = None,
) -> Choice:
    """The voice that is asked for by track, channel or (part of a) name, else the most melodic.

    A `track` that is text may also be ``"3:10"``, a track and a channel, or a name. Percussion is
    never chosen: it has no melody. Raises `UsageError` when there is no such voice, or no note
    that is not percussion.
    """
    if isinstance(track, str):
        track, channel, name = _asked(track, channel, name)
    available = voices(source)
    if not available:
        raise UsageError("there is no note in it, so there is no melody")
    specified = (track, channel, name) != (None, None, None)
    wanted = [
        voice
        for voice in available
        if (track is None or voice.track == track)
        and (channel is None or voice.channel == channel)
        and (name is None or name.lower() in voice.name.lower())
    ]
    if not wanted:
        raise UsageError("no such voice; there are " + "; ".join(str(voice) for voice in available))
    melodic = [voice for voice in wanted if not voice.drums]
    if not melodic:
        what = (
            f"{wanted[0]} is percussion" if specified else "there is nothing but percussion in it"
        )
        raise UsageError(f"{what}, which has no melody")
    if len(melodic) == 1:
        reason = "as asked" if specified else "the only voice"
        return Choice(melodic[0], f"{melodic[0]}: {reason}", tuple(wanted))
    ranking = tuple(sorted(wanted, key=lambda voice: -voice.score))
    best = ranking[0]
    strongest = sorted(best.reasons, key=lambda reason: -best.reasons[reason])[:3]
    return Choice(best, f"{best}: {', '.join(strongest)}", ranking)


def _asked(
    text: str, channel: int | None, name: str | None
) -> tuple[int | None, int | None, str | None]:
    """Track, channel and name out of ``3``, ``3:10`` or ``Guitar``."""
    number, colon, on = text.partition(":")
    if number.strip().isdecimal() and (not colon or on.strip().isdecimal()):
        return int(number), int(on) if colon else channel, name
    return None, channel, text


def _of_file(file: MidiFile) -> list[Voice]:
    of_file: list[Voice] = []
    tracks = list(zip(file.tracks, file.starts, strict=True))
    ends = [int(track.onsets[-1]) + start for track, start in tracks if len(track.onsets)]
    whole = max(ends, default=0)
    ticks = 1 / file.tick
    for number, (track, start) in enumerate(tracks, 1):
        if not len(track.voices):
            continue
        kinds, rows = [track.voices.item(0)], slice(None)
        one = bool((track.voices == kinds[0]).all())
        if not one:
            found, first = np.unique(track.voices, True)
            kinds = found[np.argsort(first)].tolist()
        for kind in kinds:
            rows = slice(None) if one else track.voices == kind
            channel, program = track.channel_and_program(kind)
            of_file.append(
                Voice(
                    number, channel + 1, program, track.name, track.onsets[rows] + start,
                    track.ends[rows] + start, track.pitches[rows], ticks, whole,
                    len(of_file),
                )
            )  # fmt: skip
    return of_file


def _of_score(score: Score) -> list[Voice]:
    notes = score.notes
    ticks = resolution(notes)
    rows = [(_ticks(n.onset, ticks), _ticks(n.duration, ticks), n.pitch, n.part) for n in notes]
    table = np.array(rows, np.int64).reshape(-1, 4)
    table[:, 1] = table[:, 0] + np.maximum(table[:, 1], 1)
    whole = int(table[-1, 0]) if len(table) else 0
    of_score = []
    for number, part in enumerate(score.parts):
        onsets, ends, pitches, _ = table[table[:, 3] == number].T
        if len(onsets):
            channel = part.channel or (_DRUMS + 1 if part.drums else 1)
            of_score.append(
                Voice(
                    part.track or number + 1, channel, part.program, part.name, onsets, ends,
                    pitches, Fraction(ticks), whole, number,
                )
            )  # fmt: skip
    return of_score


def _ticks(time: Fraction, ticks: int) -> int:
    return time.numerator * ticks // time.denominator
