"""`Score` → ABC that a musician would have written.

Metre, key and tempo are the score's own, or found; notes are spelled in the key, tied over bar
lines, beamed by the beat, with triplets where they are. Time is exact as long as every onset
lies on a binary or ternary subdivision of the quarter note; anything else (played MIDI) is first
moved to the nearest twelfth of a quarter.

A part whose notes overlap becomes as many voices as it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from musicrnn.errors import UsageError
from musicrnn.score import Key, Meter, Note, Score
from musicrnn.theory.keyfinding import find_key

__all__ = ["from_score"]

_LETTERS = "FCGDAEB"  # the line of fifths, from F (-1)
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MODE_SUFFIX = {
    "major": "", "ionian": "", "minor": "m", "aeolian": "m", "dorian": "dor",
    "mixolydian": "mix", "phrygian": "phr", "lydian": "lyd", "locrian": "loc",
}  # fmt: skip
#: lengths, in units of their own power of two, that one note head can have
_SINGLE_HEADS = (1, 2, 3, 4, 6, 7, 8, 12, 16)
#: played music is moved to this grid (per quarter note): sixteenths and triplet eighths lie on it
_GRID = 12
#: bars on one line of text
_BARS_A_LINE = 4


@dataclass(frozen=True, slots=True)
class _Event:
    """A rest (no pitches), a note or a chord within one bar of one voice."""

    onset: Fraction
    duration: Fraction
    pitches: tuple[int, ...]
    tied: bool = False  # into the next event

    @property
    def end(self) -> Fraction:
        return self.onset + self.duration


def from_score(
    score: Score,
    *,
    reference: int = 1,
    key: Key | None = None,
    unit: Fraction | None = None,
    pickup: Fraction | None = None,
) -> str:
    """One ABC tune, header and body, ended by a newline.

    `key` and `unit` (unit note length, in whole notes) override what the score says or what is
    found, and `pickup` (the length, in quarter notes, of an incomplete first bar) what it knows.
    Raises `UsageError` for a pickup that is no part of a bar.
    """
    score = _on_grid(score)
    pickup = score.pickup if pickup is None else pickup
    meter = _meter_at(score, Fraction(0))
    if not 0 <= pickup < meter.length:
        raise UsageError(f"a pickup of {pickup} quarter notes does not fit into a bar of {meter}")
    key = key or (score.keys[0].key if score.keys else find_key(score))
    voices = list(_voices(score))
    unit = unit or _unit_for(voices)
    bars = list(_bars(score, pickup))
    header = [f"X:{reference}", f"T:{score.title or 'Untitled'}", f"M:{meter}", f"L:{unit}"]
    if score.tempos:
        header.append(f"Q:{_tempo(score.tempos[0].qpm, meter)}")
    header.append(f"K:{_key_name(key)}")
    body = []
    for number, (part, events) in enumerate(voices, 1):
        if len(voices) > 1:
            name = score.parts[part].name.replace('"', "'")
            body.append(f"V:{number}" + (f' name="{name}"' if name else ""))
        if score.parts[part].program:
            body.append(f"%%MIDI program {score.parts[part].program}")
        writer = _VoiceWriter(score, key, unit, chords=number == 1)
        body += writer.lines(events, bars)
    return "\n".join([*header, *body, ""])


# --- time -------------------------------------------------------------------------------------


def _on_grid(score: Score) -> Score:
    """The score itself when its times can be written, else moved to the grid."""

    def writable(time: Fraction) -> bool:
        rest = time.denominator
        return _power_of_two(rest // 3 if rest % 3 == 0 else rest) and rest <= 96

    if all(writable(note.onset) and writable(note.duration) for note in score.notes):
        return score

    def near(time: Fraction) -> Fraction:
        return Fraction(round(time * _GRID), _GRID)

    notes = []
    for note in score.notes:
        onset, end = near(note.onset), near(note.end)
        notes.append(replace(note, onset=onset, duration=max(end - onset, Fraction(1, _GRID))))
    return replace(score.with_notes(notes), length=near(score.length))


def _power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def _meter_at(score: Score, time: Fraction) -> Meter:
    current = Meter(4, 4)
    for change in score.meters:
        if change.onset <= time and change.meter is not None:
            current = change.meter
    return current


def _bars(score: Score, pickup: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """(start, end) of every bar in quarter notes; a change of metre starts a new bar."""
    changes = [change.onset for change in score.meters if change.meter and change.onset > 0]
    start = Fraction(0)
    end = pickup or _meter_at(score, start).length
    while True:
        end = min([end, *(change for change in changes if start < change < end)])
        yield start, end
        if end >= score.length:
            return
        start, end = end, end + _meter_at(score, end).length


def _unit_for(voices: Sequence[tuple[int, Sequence[_Event]]]) -> Fraction:
    """1/8, or 1/16 where most notes are shorter than an eighth."""
    durations = sorted(event.duration for _, events in voices for event in events if event.pitches)
    median = durations[len(durations) // 2] if durations else Fraction(1)
    return Fraction(1, 16) if median < Fraction(1, 3) else Fraction(1, 8)


# --- voices -----------------------------------------------------------------------------------


def _voices(score: Score) -> Iterator[tuple[int, list[_Event]]]:
    """(part, events that follow one another without overlap), at least one."""
    sounding = sorted({note.part for note in score.notes}) or [0]
    for part in sounding:
        lines: list[list[_Event]] = []
        for event in _chords([note for note in score.notes if note.part == part]):
            for line in lines:
                if line[-1].end <= event.onset:
                    line.append(event)
                    break
            else:
                lines.append([event])
        for line in lines or [[]]:
            yield part, _with_rests(line, score.length)


def _chords(notes: Sequence[Note]) -> list[_Event]:
    """Notes that start and stop together, as one event each, in order."""
    together: dict[tuple[Fraction, Fraction], list[int]] = {}
    for note in notes:
        together.setdefault((note.onset, note.duration), []).append(note.pitch)
    return [
        _Event(onset, duration, tuple(sorted(set(pitches))))
        for (onset, duration), pitches in sorted(together.items())
    ]


def _with_rests(events: Sequence[_Event], length: Fraction) -> list[_Event]:
    filled: list[_Event] = []
    time = Fraction(0)
    for event in events:
        if event.onset > time:
            filled.append(_Event(time, event.onset - time, ()))
        filled.append(event)
        time = event.end
    if time < length:
        filled.append(_Event(time, length - time, ()))
    return filled


# --- spelling ---------------------------------------------------------------------------------


def spell(pitch: int, fifths: int) -> tuple[str, int, int]:
    """(letter, alteration, octave) of a MIDI pitch in a signature; octave 4 holds middle C.

    Of the spellings on the line of fifths, the one from three places flat of the signature's
    major tonic to eight places sharp of it: E flat to G sharp in C.
    """
    position = pitch * 7 % 12
    position += 12 * ((fifths + 8 - position) // 12)
    letter = _LETTERS[(position + 1) % 7]
    alteration = (position + 1) // 7
    octave = (pitch - alteration - _SEMITONES[letter]) // 12 - 1
    return letter, alteration, octave


def _key_name(key: Key) -> str:
    return key.tonic + _MODE_SUFFIX[key.mode]


def _tempo(qpm: Fraction, meter: Meter) -> str:
    """``1/4=120``, on the dotted beat of a compound metre; whole beats a minute."""
    beat = Fraction(3, 8) if meter.compound else Fraction(1, 4)
    return f"{beat}={round(qpm / (4 * beat))}"


def _length(duration: Fraction, unit: Fraction) -> str:
    """A duration in quarter notes as ABC's multiplier: ``""``, ``3``, ``/``, ``3/``, ``/4``."""
    multiple = duration / (4 * unit)
    top = "" if multiple.numerator == 1 else str(multiple.numerator)
    if multiple.denominator == 1:
        return top
    return f"{top}/" if multiple.denominator == 2 else f"{top}/{multiple.denominator}"


def _heads(duration: Fraction) -> list[Fraction]:
    """A binary duration as note heads to be tied, longest first."""
    smallest = Fraction(1, duration.denominator)
    units = int(duration / smallest)
    heads = []
    while units:
        head = max(size for size in _SINGLE_HEADS if size <= units)
        heads.append(head * smallest)
        units -= head
    return heads


class _VoiceWriter:
    """Writes the bars of one voice; holds what carries over from bar to bar."""

    def __init__(self, score: Score, key: Key, unit: Fraction, *, chords: bool) -> None:
        self.score = score
        self.key = key
        self.unit = unit
        self.symbols = list(score.chords) if chords else []
        self.keys = [change for change in score.keys if change.onset > 0]
        self.tempos = [change for change in score.tempos[1:] if chords]
        self.fermatas = frozenset(score.fermatas)
        self.altered: dict[tuple[str, int | None], int] = {}  # with None: in any octave

    def lines(
        self, events: Sequence[_Event], bars: Sequence[tuple[Fraction, Fraction]]
    ) -> list[str]:
        """The text lines of the whole voice, ``|`` between bars and ``|]`` at the end."""
        texts = []
        meter = _meter_at(self.score, Fraction(0))
        remaining = list(reversed(events))
        for start, end in bars:
            now = _meter_at(self.score, start)
            change = f"[M:{now}]" if now != meter else ""
            meter = now
            texts.append(change + self._bar(_take(remaining, end), now, start))
        lines = [
            " | ".join(texts[first : first + _BARS_A_LINE]) + " |"
            for first in range(0, len(texts), _BARS_A_LINE)
        ]
        lines[-1] += "]"
        return lines

    def _bar(self, events: Sequence[_Event], meter: Meter, start: Fraction) -> str:
        self.altered = {}
        beam = meter.beat * (2 if meter in (Meter(4, 4), Meter(2, 2)) and not meter.compound else 1)
        out: list[str] = []
        for group in _tuplets(_split_at_beats(events, start, meter.beat)):
            head = group[0]
            if out and (head.onset - start) % beam == 0:
                out.append(" ")
            ternary = not _power_of_two(head.duration.denominator)
            scale = Fraction(3, 2) if ternary else Fraction(1)
            scaled = [replace(event, duration=event.duration * scale) for event in group]
            # Tied heads of one event count each in a bracket.
            count = sum(len(_heads(event.duration)) for event in scaled)
            for event in scaled:
                out.append(self._changes(event.onset))
                if ternary and event is scaled[0]:
                    out.append("(3" if count == 3 else f"(3:2:{count}")
                out.append(self._event(event))
        return "".join(out)

    def _changes(self, time: Fraction) -> str:
        """Keys, tempos and chord symbols that have come due."""
        out = ""
        while self.keys and self.keys[0].onset <= time:
            self.key = self.keys.pop(0).key
            self.altered = {}
            out += f"[K:{_key_name(self.key)}]"
        while self.tempos and self.tempos[0].onset <= time:
            change = self.tempos.pop(0)
            out += f"[Q:{_tempo(change.qpm, _meter_at(self.score, time))}]"
        while self.symbols and self.symbols[0].onset <= time:
            out += '"' + self.symbols.pop(0).text.replace('"', "'") + '"'
        return out

    def _event(self, event: _Event) -> str:
        heads = _heads(event.duration)
        texts = []
        for i, head in enumerate(heads):
            tie = "-" if event.pitches and (event.tied or i < len(heads) - 1) else ""
            names = [self._name(pitch) for pitch in event.pitches]
            text = f"[{''.join(names)}]" if len(names) > 1 else (names[0] if names else "z")
            texts.append(text + _length(head, self.unit) + tie)
        fermata = "!fermata!" if event.pitches and event.onset in self.fermatas else ""
        return fermata + "".join(texts)

    def _name(self, pitch: int) -> str:
        letter, alteration, octave = spell(pitch, self.key.fifths)
        in_signature = (self.key.fifths + 6 - _LETTERS.index(letter)) // 7
        # Programs differ in whether an accidental reaches other octaves: be right for both.
        places = (letter, octave), (letter, None)
        plain = all(self.altered.get(place, in_signature) == alteration for place in places)
        accidental = "" if plain else _ACCIDENTALS[alteration]
        self.altered |= dict.fromkeys(places, alteration)
        if octave >= 5:
            return accidental + letter.lower() + "'" * (octave - 5)
        return accidental + letter + "," * (4 - octave)


def _take(remaining: list[_Event], end: Fraction) -> list[_Event]:
    """Pop the events before `end` off the reversed list; one that crosses is cut and tied."""
    taken = []
    while remaining and remaining[-1].onset < end:
        event = remaining.pop()
        if event.end > end:
            rest = replace(event, onset=end, duration=event.end - end)
            remaining.append(rest)
            event = replace(event, duration=end - event.onset, tied=bool(event.pitches))
        taken.append(event)
    return taken


def _split_at_beats(events: Sequence[_Event], start: Fraction, beat: Fraction) -> list[_Event]:
    """Cut what begins or ends off the binary grid at the beats, so that triplets close there."""
    out = []
    for event in events:
        at, tied = event, event.tied
        while True:
            next_beat = start + ((at.onset - start) // beat + 1) * beat
            binary = _power_of_two((at.onset - start).denominator) and _power_of_two(
                at.duration.denominator
            )
            if binary or at.end <= next_beat:
                out.append(replace(at, tied=tied))
                break
            first = replace(at, duration=next_beat - at.onset, tied=bool(at.pitches))
            out.append(first)
            at = replace(at, onset=next_beat, duration=at.end - next_beat)
    return out


def _tuplets(events: Sequence[_Event]) -> Iterator[list[_Event]]:
    """Single events, or runs of events that make up one triplet bracket.

    A bracket holds events whose lengths have a third in them until together they do not: after
    `_split_at_beats` that is at the beat at the latest. A binary length inside (a triplet quarter
    beside two triplet eighths has none) ends up in the bracket too.
    """
    run: list[_Event] = []
    for event in events:
        run.append(event)
        if _power_of_two(sum((each.duration for each in run), Fraction(0)).denominator):
            yield run
            run = []
    if run:
        yield run
