"""What a harmonization is given: the voices that stay, and those, or bars of them, to be written.

The given notes keep their times, finer than the model's grid of sixteenths too. A voice that is
given may be open in some bars (`rewrite`): there the model writes, and its notes join those around
them, a note that is held over the bar line among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from musicrnn.arranging.bars import parse_bars
from musicrnn.constraints.events.voices import VoicesConstraint
from musicrnn.constraints.events.voices_frame import Frame, GivenVoice
from musicrnn.errors import UsageError, counted
from musicrnn.score import Key, Meter, MeterChange, Note, Part, Score
from musicrnn.theory.four_voices import RANGES, REST, STEPS, VOICES, FourVoices, draw, voice_number
from musicrnn.theory.keyfinding import key_of
from musicrnn.theory.melody import BarLines
from musicrnn.theory.pitch import note_name
from musicrnn.tokens.voices import METERS, VoicesTokenizer

__all__ = ["Melody"]

#: Semitones by which a given voice may leave its range; beyond that the others have no room.
_LENIENCE = 5
#: Who leads, where several voices are given: the outer ones say most about the harmony.
_LEADS = (0, 3, 1, 2)
#: Four tokens to a sixteenth: what a draft may have is 20,000 (`sampling.sample`).
_MOST_QUARTERS = 1200

#: A stretch of time, in quarter notes.
_Span = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Melody:
    """What is to be harmonized: a score, the part of it that each given voice is, when such a voice
    is to be written all the same (`open`), and what the user should know."""

    score: Score
    parts: Mapping[int, int]
    remarks: tuple[str, ...] = ()
    open: Mapping[int, tuple[_Span, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, score: Score, voice: str = "", *, rewrite: str = "", voices: str = "") -> Melody:
        """The given voices of a score. `voice` names those of its parts in order
        (``"soprano,bass"``); without it parts are known by their names, and a single one is the
        soprano. `rewrite` names bars (``"3-4,8"``, 0 is a pickup) and `voices` those that are
        written anew in them, all if it names none; without bars, they are throughout.

        Raises `UsageError` where there is nothing to harmonize, or no voice could sing it.
        """
        if not score.notes:
            raise UsageError("there are no notes to harmonize")
        if score.length > _MOST_QUARTERS:
            raise UsageError(f"longer than {_MOST_QUARTERS} quarter notes; harmonize a part of it")
        parts = _given_parts(score, voice)
        if len(parts) == len(VOICES) and not (rewrite or voices):
            raise UsageError(
                "all four voices are given; name the bars to be written anew, or the voices"
            )
        remarks: list[str] = []
        if others := len(_sounding(score)) - len(parts):
            remarks.append(f"left out: {counted(others, 'other part')} with notes")
        lines = {}
        for number, part in parts.items():
            lines[number] = _one_line(score, part, remarks)
            _check_range(lines[number], number, remarks)
        meters = list(dict.fromkeys(str(change.meter) for change in score.meters if change.meter))
        if len(meters) > 1:
            remarks.append(f"the metre changes ({', '.join(meters)}); accents follow the first")
        elif meters and meters[0] not in METERS:
            remarks.append(f"the model knows no {meters[0]}; it takes the nearest metre")
        if score.chords:
            remarks.append("the chord symbols are left out: the harmony is new")
        notes = [note for line in lines.values() for note in line]
        melody = cls(replace(score, chords=()).with_notes(notes), parts, tuple(remarks))
        return replace(melody, open=_open(melody, rewrite, voices)) if rewrite or voices else melody

    @property
    def lead(self) -> int:
        """The voice that the others follow: one that stays, if there is any."""
        return min(self.parts, key=lambda voice: (voice in self.open, _LEADS.index(voice)))

    @property
    def steps(self) -> int:
        """Sixteenths to the end of the last note that is given."""
        end = max(note.end for note in self.score.notes)
        return max(1, round(end * STEPS))

    def frame(self) -> Frame:
        """The form that the other voices get."""
        score = self.score
        meter = next((c.meter for c in score.meters if c.meter), Meter(4, 4))
        key = key_of(score)
        return Frame(
            self.steps, meter, round(score.pickup * STEPS), _mode_of(key, self), self.lead,
            score.title,
        )  # fmt: skip

    def given(self) -> dict[int, GivenVoice]:
        """The given voices on the grid."""
        return {voice: self._on_grid(voice) for voice in self.parts}

    def _on_grid(self, voice: int) -> GivenVoice:
        pitches = np.full(self.steps, REST, np.int16)
        begins = np.zeros(self.steps, bool)
        draw([n for n in self.score.notes if n.part == self.parts[voice]], pitches, begins)
        fermatas = None
        if self.score.fermatas:
            marked = np.zeros(self.steps, bool)
            onsets = np.flatnonzero(begins)
            for time in self.score.fermatas:  # on the note that sounds then
                marked[onsets[onsets <= round(time * STEPS)][-1:]] = True
            fermatas = marked.tolist()
        line: list[int | None] = list(pitches.tolist())
        for start, end in self.open.get(voice, ()):
            for step in range(round(start * STEPS), min(round(end * STEPS), self.steps)):
                line[step] = None
        return GivenVoice(line, begins.tolist(), fermatas)

    def constraint(self, tokenizer: VoicesTokenizer, *, free: bool = False) -> VoicesConstraint:
        """What the other voices may sing. Raises `UsageError` where they have no room."""
        given = self.given()
        for step in range(self.steps):
            _check_room({voice: one.at(step) for voice, one in given.items()}, step, self)
        return VoicesConstraint(tokenizer, self.frame(), given, free=free)

    def finished(self, voices: FourVoices, program: int) -> Score:
        """The score with all four voices: what was given as it was, the others as written."""
        written = voices.to_score(program=program)
        source = self.score
        notes: list[Note] = []
        for voice in range(4):
            line = [note for note in written.notes if note.part == voice]
            if voice in self.parts:
                given = [n for n in source.notes if n.part == self.parts[voice]]
                line = _joined(given, line, self.open.get(voice, ()))
            notes += [replace(note, part=voice) for note in line]
        onsets = {(note.part, note.onset) for note in notes}
        home = {part: voice for voice, part in self.parts.items()}
        lyrics = [
            replace(syllable, part=home[syllable.part])
            for syllable in source.lyrics
            if syllable.part in home
        ]
        lyrics = [s for s in lyrics if s.part not in self.open or (s.part, s.onset) in onsets]
        spans = self.open.get(self.lead, ())
        fermatas = [time for time in source.fermatas if not _within(time, spans)]
        fermatas += [time for time in written.fermatas if _within(time, spans)]
        return Score.of(
            notes,
            parts=[Part(name.capitalize(), program) for name in VOICES],
            tempos=source.tempos,
            meters=source.meters or [MeterChange(Fraction(0), Meter(4, 4))],
            keys=source.keys or written.keys,
            title=source.title,
            length=source.length,
            pickup=source.pickup,
            lyrics=lyrics,
            fermatas=fermatas,
        )


# --- which voices are given ---------------------------------------------------------------------


def _given_parts(score: Score, voice: str) -> dict[int, int]:
    """Voice → the part of the score that is it; four parts without names are the voices from the
    highest down."""
    sounding = _sounding(score)
    if not sounding:
        raise UsageError("there are only drums, and no notes to harmonize")
    if voice:
        names = [name for name in voice.split(",") if name.strip()]
        numbers = [voice_number(name) for name in names]
        if len(set(numbers)) < len(numbers):
            raise UsageError(f"{voice}: one voice is named twice")
        if len(numbers) > len(sounding):
            raise UsageError(
                f"{voice}: the music has {counted(len(sounding), 'part')}, not {len(numbers)}"
            )
        return dict(zip(numbers, sounding, strict=False))
    if len(sounding) == 1:
        return {_named(score.parts[sounding[0]].name) or 0: sounding[0]}
    named = {number: part for part in sounding
             if (number := _named(score.parts[part].name)) is not None}  # fmt: skip
    if len(named) == len(sounding):
        return named
    if len(sounding) == len(VOICES):
        return dict(enumerate(sorted(sounding, key=lambda part: -_mean_pitch(score, part))))
    if len(sounding) > 4:
        raise UsageError(
            f"{len(sounding)} parts; four voices are written from one to three of them: "
            "name the melody alone, or take the other parts out"
        )
    raise UsageError(
        f"{len(sounding)} parts, and which voices they are is not said; "
        "name them in order, such as soprano,bass"
    )


def _sounding(score: Score) -> list[int]:
    """The parts that have notes, percussion left out."""
    return sorted({note.part for note in score.notes if not score.parts[note.part].drums})


def _mean_pitch(score: Score, part: int) -> float:
    pitches = [note.pitch for note in score.notes if note.part == part]
    return sum(pitches) / len(pitches)


def _named(name: str) -> int | None:
    """The voice that a part is called after."""
    lowered = name.strip().lower()
    for number, voice in enumerate(VOICES):
        if lowered.startswith(voice) or lowered == voice[0]:
            return number
    return None


def _open(melody: Melody, rewrite: str, voices: str) -> dict[int, tuple[_Span, ...]]:
    """Voice → when it is written although it is given. Raises `UsageError` for bars that are not
    there, and where nothing would stay or nothing is written."""
    names = [name for name in voices.split(",") if name.strip()]
    chosen = [voice_number(name) for name in names] if names else list(melody.parts)
    end = Fraction(melody.steps, STEPS)
    spans = _spans(melody.score, rewrite, end) if rewrite else ((Fraction(0), end),)
    open_ = {voice: spans for voice in chosen if voice in melody.parts}
    if not open_:
        raise UsageError(f"{voices}: not among the voices that are given; it is written anyway")
    if not rewrite and set(open_) == set(melody.parts):
        raise UsageError("nothing that is given would stay; name bars, or fewer voices")
    return open_


def _spans(score: Score, bars: str, end: Fraction) -> tuple[_Span, ...]:
    """When the bars that `bars` names sound, joined where they touch."""
    lines = BarLines(score)
    last = -int(-lines.number(end) // 1)
    spans: list[_Span] = []
    for first, to in sorted(parse_bars(bars, least=0 if score.pickup else 1)):
        if to > last:
            raise UsageError(
                f"there is no bar {max(first, last + 1)}: the music has {counted(last, 'bar')}"
            )
        start = max(lines.start(first - 1), Fraction(0))
        stop = min(lines.start(to), end)
        if spans and start <= spans[-1][1]:
            start, stop = spans[-1][0], max(spans.pop()[1], stop)
        spans.append((start, stop))
    return tuple(spans)


def _within(time: Fraction, spans: Sequence[_Span]) -> bool:
    return any(start <= time < end for start, end in spans)


def _joined(given: Sequence[Note], written: Sequence[Note], spans: Sequence[_Span]) -> list[Note]:
    """A voice that is as `written` during `spans` and as `given` elsewhere. What is written and
    held over the edge of a span is one note with what sounds there."""
    if not spans:
        return list(given)
    edges = [Fraction(0), *(edge for span in spans for edge in span)]
    closed = [*zip(edges[::2], [*edges[1::2], None], strict=True)]
    pieces = [piece for span in spans for piece in _cut(written, *span)]
    pieces += [piece for span in closed for piece in _cut(given, *span)]
    line: list[Note] = []
    for note, begins in sorted(pieces, key=lambda piece: piece[0].onset):
        last = line[-1] if line else None
        if last and not begins and last.end == note.onset and last.pitch == note.pitch:
            line[-1] = replace(last, duration=note.end - last.onset)
        else:
            line.append(note)
    return line


def _cut(
    notes: Sequence[Note], start: Fraction, end: Fraction | None
) -> Iterator[tuple[Note, bool]]:
    """What of the notes sounds from `start` to `end`, and whether it begins there."""
    for note in notes:
        onset = max(note.onset, start)
        stop = note.end if end is None else min(note.end, end)
        if onset < stop:
            yield replace(note, onset=onset, duration=stop - onset), note.onset >= start


def _one_line(score: Score, part: int, remarks: list[str]) -> list[Note]:
    """The notes of a part, one at a time: of a chord the highest."""
    line: list[Note] = []
    chords = 0
    for note in sorted(
        (n for n in score.notes if n.part == part), key=lambda n: (n.onset, -n.pitch)
    ):
        if line and note.onset == line[-1].onset:
            chords += 1
            continue
        if line and note.onset < line[-1].end:
            line[-1] = replace(line[-1], duration=note.onset - line[-1].onset)
        line.append(note)
    if chords:
        remarks.append(f"{chords} lower notes of chords are left out: a voice sings one at a time")
    return line


def _check_range(line: Sequence[Note], voice: int, remarks: list[str]) -> None:
    """Remark on notes outside of the voice's range. Raises `UsageError` where too many are."""
    low, high = min(n.pitch for n in line), max(n.pitch for n in line)

    def excess(number: int) -> int:
        return max(RANGES[number][0] - low, high - RANGES[number][1], 0)

    if not excess(voice):
        return
    span = f"from {note_name(low)} to {note_name(high)}"
    limits = f"{VOICES[voice]} ({note_name(RANGES[voice][0])} to {note_name(RANGES[voice][1])})"
    if excess(voice) <= _LENIENCE:
        remarks.append(f"the melody goes {span}, beyond the range of a {limits}")
        return
    fitting = [name for number, name in enumerate(VOICES) if not excess(number)]
    if fitting:
        raise UsageError(
            f"the melody goes {span}, too far for a {limits}; it is one for the "
            f"{' or '.join(fitting)}, or transpose it"
        )
    raise UsageError(f"the melody goes {span}, which no voice can sing; transpose it")


def _check_room(given: Mapping[int, int | None], step: int, melody: Melody) -> None:
    """Raise `UsageError` where the voices between or beyond those that are given have no room."""
    sung = [(voice, p) for voice in sorted(given) if (p := given[voice]) not in (None, REST)]
    bounds = [(-1, 127), *[(v, int(p)) for v, p in sung if p is not None], (4, 0)]
    for (upper, high), (lower, low) in pairwise(bounds):
        for voice in range(upper + 1, lower):
            lowest, highest = RANGES[voice]
            if max(low, lowest) > min(high, highest):
                bar = FourVoices(
                    np.zeros((0, 4), np.int16), np.zeros((0, 4), bool), np.zeros(0, bool),
                    melody.frame().meter, round(melody.score.pickup * STEPS),
                ).bar_of(step)  # fmt: skip
                name = VOICES[upper] if upper >= 0 else VOICES[lower]
                pitch = high if upper >= 0 else low
                raise UsageError(
                    f"bar {bar}: {note_name(pitch)} of the {name} leaves no room for the "
                    f"{VOICES[voice]}; transpose the melody"
                )


def _mode_of(key: Key, melody: Melody) -> Key:
    """The key, minor instead of its relative major where the melody ends on the minor's tonic and
    the source gives no mode (MIDI and MusicXML often give the signature alone)."""
    if key.mode != "major":
        return key
    bass = 3 in melody.parts
    part = melody.parts[3 if bass else melody.lead]
    last = max((n for n in melody.score.notes if n.part == part), key=lambda n: n.onset)
    if (last.pitch - key.pitch_class) % 12 == 9:
        return Key.of_signature(key.fifths, minor=True)
    return key
