"""The melody of an ABC tune as one who writes a part to it reads it: moment by moment.

A moment is a note that is struck, as written and not as repeats play it: what is written to it
then stands in the same bar, and goes through the same repeats and endings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

from musicrnn.abc.syntax.keys import read_key
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.tree import Field, ParsedTune
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Event, Measure, Pitch, Voice
from musicrnn.abc.transform import standalone
from musicrnn.arranging.implied import implied_triads
from musicrnn.errors import UsageError
from musicrnn.score import Key, Meter
from musicrnn.theory.accompaniment import chord_pitches
from musicrnn.theory.pitch import LETTERS, SEMITONES

__all__ = ["Melody", "Moment", "few", "melodic", "melody_of", "one_voice", "semitones_of"]

#: voices that a message names
_MOST_NAMED = 4
#: semitones by which each of the letters C D E F G A B is altered
Alterations = tuple[int, ...]
Triad = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A note of the melody, or a chord.

    `start` is its offset in the text, `bar` the index of its measure, `onset` (in quarter notes)
    counts from where a full bar would begin. `lowest` and `highest` are places on the staff
    (`7 · octave + letter`, C being 0), `shift` what clef and transposition add to their semitones;
    `altered` are the alterations that hold there. `weight` is 1 on the first beat and less off the
    beat. At a `rest` the melody pauses, `cadence` is the close of a section, `approach` the notes
    that lead to it. `held` notes go on from a tie, `tied` ones into the next. `triad` are the pitch
    classes of the chord, root first; `bass` is the one that a symbol wants lowest, −1 for any.
    """

    start: int
    bar: int
    onset: Fraction
    duration: Fraction
    lowest: int
    highest: int
    shift: int
    altered: Alterations
    weight: float = 1.0
    rest: bool = False
    cadence: bool = False
    approach: bool = False
    held: bool = False
    tied: bool = False
    triad: Triad = ()
    bass: int = -1

    def number(self, place: int) -> int:
        """The MIDI number of a place on the staff at this moment."""
        return semitones_of(place, self.altered) + self.shift


def semitones_of(place: int, altered: Alterations) -> int:
    """The MIDI number of a place on the staff under these alterations."""
    octave, letter = divmod(place, 7)
    return 12 * (octave + 1) + SEMITONES[LETTERS[letter]] + altered[letter]


@dataclass(frozen=True)
class Melody:
    """A tune of one voice, its measures and its moments."""

    tune: ParsedTune
    measures: tuple[Measure, ...]
    moments: tuple[Moment, ...]


def one_voice(text: str) -> tuple[ParsedTune, tuple[Measure, ...]]:
    """The first tune of ABC text with what its file header says for it, and its measures.

    Raises `UsageError` where it has no notes, or percussion alone, or more than one voice.
    """
    tunes = parse(text).tunes
    if not tunes:
        raise UsageError("there is no tune in this text; a tune has an X: and a K: line")
    tune = standalone(tunes[0])
    voices = read_timeline(tune).voices
    if len(voices) > 1:
        names = few([voice.name or voice.id for voice in voices])
        raise UsageError(
            f"the tune has {len(voices)} voices already ({names}); keep one of them first"
        )
    if not tune.key:
        raise UsageError("the tune has no K: line; its key ends the header (K:D)")
    (voice,) = melodic(voices)
    return tune, tuple(voice.measures)


def melodic(voices: Sequence[Voice]) -> list[Voice]:
    """The voices that have notes, percussion left out. Raises `UsageError` where there is none."""
    sounding = [voice for voice in voices if voice.sounds]
    if not sounding:
        raise UsageError("there is no melody: the tune has no notes")
    pitched = [voice for voice in sounding if not voice.percussion]
    if not pitched:
        raise UsageError("there is no melody: the tune has only percussion")
    return pitched


def few(names: Sequence[str]) -> str:
    """Names for a message, of many the first."""
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


def melody_of(text: str) -> Melody:
    """The first tune of ABC text as moments. Raises `UsageError` as `one_voice` does."""
    tune, measures = one_voice(text)
    key = next((m.state.key for m in measures if m.state and m.state.key), None)
    key = key or Key("C")
    named = list(_named(measures))
    moments = list(_moments(tune, measures))
    if named:
        moments = list(_with_named(moments, named, measures))
    else:
        moments = _with_implied(moments, measures, key)
    return Melody(tune, measures, tuple(_shaped(moments, measures)))


# --- notes to moments -------------------------------------------------------------------------


def _moments(tune: ParsedTune, measures: Sequence[Measure]) -> Iterator[Moment]:
    signatures = _signatures(tune)
    held = False
    for number, measure in enumerate(measures):
        offset = _missing(measures, number)
        altered = _in_bar(measure)
        for event in _first_layer(measure):
            if not event.pitches:
                held = False
                continue
            signature = next(s for start, s in reversed(signatures) if start <= event.start)
            alterations = tuple(
                int(_nearest(altered.get(letter, ()), event.start, signature.get(letter, 0)))
                for letter in LETTERS
            )
            ordered = sorted(event.pitches, key=lambda pitch: pitch.number)
            low, high = _place(ordered[0]), _place(ordered[-1])
            shift = ordered[0].number - semitones_of(
                low, _with(alterations, low % 7, int(ordered[0].altered))
            )
            tied = any(pitch.tie for pitch in event.pitches)
            yield Moment(
                event.start, number, event.onset + offset, event.duration, low, high, shift,
                alterations, _weight(event.onset + offset, event.duration, _meter(measure)),
                held=held, tied=tied,
            )  # fmt: skip
            held = tied


def _with(altered: Alterations, letter: int, value: int) -> Alterations:
    return (*altered[:letter], value, *altered[letter + 1 :])


def _place(pitch: Pitch) -> int:
    """Where a pitch is written: 7 · octave + letter, the octave as the text has it."""
    assert pitch.node is not None  # it was read from text
    return 7 * pitch.node.octave + LETTERS.index(pitch.node.step)


def _signatures(tune: ParsedTune) -> list[tuple[int, Mapping[str, Fraction]]]:
    """From which offset in the text on which signature holds."""
    signatures: list[tuple[int, Mapping[str, Fraction]]] = [(-1, {})]
    for item in (*tune.header, *tune.body):
        if isinstance(item, Field) and item.letter == "K":
            field = read_key(item.value)
            if field is not None and field.changes_key:
                signatures.append((item.start, field.signature))
    return signatures


def _in_bar(measure: Measure) -> dict[str, list[tuple[int, Fraction]]]:
    """Letter → where in the text the melody alters it, and how, within one measure."""
    alterations: dict[str, list[tuple[int, Fraction]]] = {}
    for event in measure.events:
        for pitch in event.pitches:
            if pitch.node is not None and pitch.altered.denominator == 1:
                alterations.setdefault(pitch.node.step, []).append((event.start, pitch.altered))
    return alterations


def _nearest(
    altered: Sequence[tuple[int, Fraction]], start: int, usual: Fraction | int
) -> Fraction | int:
    """How the melody last altered a letter before `start`, else how it will in the same bar."""
    before = [value for at, value in altered if at <= start]
    return before[-1] if before else altered[0][1] if altered else usual


def _first_layer(measure: Measure) -> list[Event]:
    """The events of a measure without those of overlaid voices (``&``)."""
    if not measure.layers:
        return measure.events
    first = min(start for _, start, _ in measure.layers)
    return [event for event in measure.events if event.start < first]


# --- where the beats and the pauses are -------------------------------------------------------


def _meter(measure: Measure) -> Meter | None:
    return measure.meter.meter if measure.meter else None


def _missing(measures: Sequence[Measure], number: int) -> Fraction:
    """What a pickup lacks of a full bar, in quarter notes; 0 for any other measure."""
    measure = measures[number]
    meter = _meter(measure)
    opens = number == 0 or measure.before.double
    if meter is None or not opens or measure.length >= meter.length:
        return Fraction(0)
    return meter.length - measure.length


def _weight(onset: Fraction, duration: Fraction, meter: Meter | None) -> float:
    """How much a note at `onset` counts: 1 on the first beat, 0.45 off the beat."""
    beat = meter.beat if meter else Fraction(1)
    if onset == 0:
        return 1.0
    if onset % beat == 0:
        return 0.85
    return 0.8 if duration >= beat else 0.45


def _shaped(moments: Sequence[Moment], measures: Sequence[Measure]) -> Iterator[Moment]:
    """The moments with pauses and cadences marked."""
    usual = median(moment.duration for moment in moments)
    last_of_bar = {moment.bar: place for place, moment in enumerate(moments)}
    closes = {
        last_of_bar[number]
        for number in last_of_bar
        if _closes(measures, number) or number == moments[-1].bar
    }
    for place, moment in enumerate(moments):
        meter = _meter(measures[moment.bar])
        beat = meter.beat if meter else Fraction(1)
        long = moment.duration >= max(2 * usual, beat)
        cadence = place in closes
        yield replace(
            moment,
            rest=long or cadence,
            cadence=cadence,
            approach=any(place + ahead in closes for ahead in (1, 2)) and not cadence,
        )


def _closes(measures: Sequence[Measure], number: int) -> bool:
    """Whether a section ends with a measure."""
    after = measures[number].after
    return after.double or after.ends > 0


# --- chords -----------------------------------------------------------------------------------


def _named(measures: Sequence[Measure]) -> Iterator[tuple[int, Fraction, Triad, int]]:
    """The chords that symbols name: measure, onset in it, pitch classes from the root up, bass."""
    for number, measure in enumerate(measures):
        for change in measure.changes:
            text = str(change.value)
            chord, whole = chord_pitches(text.partition("/")[0]), chord_pitches(text)
            if change.kind == "chord" and chord and whole:
                root = chord[0] % 12
                tones = sorted({(tone - root) % 12 for tone in (root, *chord[1])})
                triad = tuple((root + tone) % 12 for tone in tones)
                yield number, change.onset, triad, whole[0] % 12


def _with_named(
    moments: Sequence[Moment],
    named: Sequence[tuple[int, Fraction, Triad, int]],
    measures: Sequence[Measure],
) -> Iterator[Moment]:
    """The moments with the chords that symbols name, each until the next one."""
    named = sorted(named, key=lambda row: row[:2])
    places = [row[:2] for row in named]
    for moment in moments:
        onset = moment.onset - _missing(measures, moment.bar)
        before = bisect_right(places, (moment.bar, onset))
        if before:
            _, _, triad, bass = named[before - 1]
            yield replace(moment, triad=triad, bass=bass)
        else:
            yield moment


def _with_implied(moments: Sequence[Moment], measures: Sequence[Measure], key: Key) -> list[Moment]:
    """The moments with the chords that the melody implies, two to a bar of even beats."""
    spans: list[tuple[int, int]] = []
    for moment in moments:
        meter = _meter(measures[moment.bar])
        half = meter.length / 2 if meter and int(meter.length / meter.beat) % 2 == 0 else None
        spans.append((moment.bar, int(moment.onset // half) if half else 0))
    groups = sorted(set(spans))
    of_group: dict[tuple[int, int], list[Moment]] = {group: [] for group in groups}
    for moment, span in zip(moments, spans, strict=True):
        of_group[span].append(moment)
    sounding = [
        [
            (moment.number(place) % 12, float(moment.duration) * moment.weight)
            for moment in of_group[group]
            for place in {moment.lowest, moment.highest}
        ]
        for group in groups
    ]
    closing = [
        span == groups[-1] or (_closes(measures, span[0]) and span[0] != groups[at + 1][0])
        for at, span in enumerate(groups)
    ]
    triads = dict(zip(groups, implied_triads(key, sounding, closing), strict=True))
    return [
        replace(moment, triad=triads[span]) for moment, span in zip(moments, spans, strict=True)
    ]
