"""What four voices may sing next: ranges, no crossing, full bars, a close on the tonic triad, given
voices as they are, no parallel fifths and octaves.

All but the last are certain: a pitch is offered only where the voices that have yet to sing this
step can still find theirs, between their neighbours and in their ranges. Parallels are refused as
long as a voice has another way. Pitches are, as in the tokens, those of C major or A minor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from musicrnn.constraints.events.controls import DEFAULT_BARS, EventControls
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.score import Key, Meter
from musicrnn.theory.four_voices import RANGES, REST, STEPS, FourVoices, four_voices
from musicrnn.tokens.voice_place import AHEAD, HEADER, REACH, Place, step_and_voice
from musicrnn.tokens.voices import METERS, VoicesTokenizer, normal_shift

__all__ = ["Frame", "GivenVoice", "Singing", "VoicesConstraint"]

BoolArray = npt.NDArray[np.bool_]

_PITCHES = 128
#: Steps that a last chord lasts where no voice says so: a half note.
_LAST_CHORD = 8
_TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 4, 7)}  # a minor piece may end on a major chord


@dataclass(frozen=True)
class GivenVoice:
    """A voice as it is to be: at each step its pitch (`REST`: silence, None: still to be written)
    and whether a note begins; and whether that note is under a fermata, None to leave that to the
    model."""

    pitches: Sequence[int | None]
    begins: Sequence[bool]
    fermatas: Sequence[bool] | None = None

    def at(self, step: int) -> int | None:
        """The pitch at a step; None where it is still to be written."""
        return self.pitches[step] if step < len(self.pitches) else None


@dataclass(frozen=True)
class Frame:
    """The form of a piece: its steps, metre, pickup (in steps), key, and which voice leads."""

    steps: int
    meter: Meter = field(default=Meter(4, 4))
    pickup: int = 0
    key: Key = field(default=Key("C"))
    lead: int = 0
    title: str = ""
    tempo: Fraction | None = None

    @property
    def minor(self) -> bool:
        """Whether the third of the key is minor."""
        return self.key.mode in ("minor", "aeolian", "dorian", "phrygian", "locrian")


@dataclass(slots=True)
class Singing:
    """One piece on its way (see `sampling.Constraint`)."""

    place: Place
    done: bool = False
    masked: bool = True
    checkpoint: int = 0  # one a step: tokens come in fours from the header on
    row: BoolArray | None = None  # what may come next, once it has been asked


class VoicesConstraint:
    """A `sampling.Constraint` on the tokens of `VoicesTokenizer`.

    `given` are voices, by number, that are sung as they are. With `free` only the number of steps
    and the given voices are kept.
    """

    def __init__(
        self,
        tokenizer: VoicesTokenizer,
        frame: Frame,
        given: Mapping[int, GivenVoice] | None = None,
        *,
        free: bool = False,
    ) -> None:
        self._tokenizer, self.frame, self._free = tokenizer, frame, free
        self._given = dict(given or {})
        self._shift = normal_shift(frame.key)
        self._size = len(tokenizer.vocabulary)
        self._ids = _Ids(tokenizer)
        self._ranges = [self._range(voice) for voice in range(4)]
        self.prefix = tuple(self._header())
        place = tokenizer.features.start()
        for token in self.prefix:
            place = tokenizer.features.after(place, token)
        self._first = Singing(
            place, masked=self._is_given(frame.lead, 0), checkpoint=place.read // 4
        )

    @classmethod
    def of(
        cls, tokenizer: VoicesTokenizer, controls: EventControls, *, free: bool = False
    ) -> VoicesConstraint:
        """The constraint for a new piece; a prime is what all four voices begin with.

        Raises `UsageError` for a prime that leaves no bar to write.
        """
        prime = None if controls.prime is None else four_voices(controls.prime)
        key = controls.key or (prime and prime.key) or Key("C")
        meter, pickup = (prime.meter, prime.pickup) if prime else (Meter(4, 4), 0)
        bar = int(meter.length * STEPS)
        kept = 0 if prime is None else (len(prime) - pickup) // bar * bar + pickup
        bars = controls.bars or max(DEFAULT_BARS, -(-kept // bar) + DEFAULT_BARS // 2)
        steps = bars * bar
        if kept >= steps:
            raise UsageError(f"the prime has {kept // bar} bars and {bars} are asked for in all")
        given = {}
        if prime is not None and kept:
            for voice in range(4):
                pitches = prime.pitches[:kept, voice].tolist()
                given[voice] = GivenVoice(pitches, prime.begins[:kept, voice].tolist())
        frame = Frame(steps, meter, pickup, key, tokenizer.lead, controls.title, controls.tempo)
        return cls(tokenizer, frame, given, free=free)

    def _given_pitch(self, voice: int, step: int) -> int | None:
        """What a voice is to sing at a step, as pitch in C major or A minor; None if it may
        choose."""
        given = self._given.get(voice)
        pitch = given.at(step) if given is not None else None
        return pitch if pitch is None or pitch == REST else pitch + self._shift

    def _is_given(self, voice: int, step: int) -> bool:
        return self._given_pitch(voice, step) is not None

    def _range(self, voice: int) -> BoolArray:
        allowed = np.zeros(_PITCHES, bool)
        lowest, highest = RANGES[voice]
        allowed[lowest + self._shift : highest + self._shift + 1] = True
        return allowed

    def _header(self) -> list[int]:
        nothing = np.zeros((0, 4))
        voices = FourVoices(
            nothing.astype(np.int16),
            nothing.astype(bool),
            np.zeros(0, bool),
            meter=_nearest_meter(self.frame.meter),
            pickup=self.frame.pickup,
            key=Key("A", "minor") if self.frame.minor else Key("C"),
        )
        return self._tokenizer.header(voices, self.frame.lead)

    # --- sampling.Constraint --------------------------------------------------------------

    def start(self, batch: int, generators: Sequence[np.random.Generator] = ()) -> list[Singing]:
        """The states after what is said of the piece as a whole."""
        return [copy(self._first) for _ in range(batch)]

    def mask(self, states: Sequence[Singing]) -> BoolArray:
        """(batch, V): what may come next."""
        return np.stack([self._row(state) for state in states])

    def advance(self, states: Sequence[Singing], ids: Sequence[int]) -> None:
        """Move each state over its token. Raises `UsageError` for one that its mask forbids."""
        for state, token in zip(states, ids, strict=True):
            if not self._row(state)[token]:
                name = self._tokenizer.vocabulary.tokens[token]
                raise UsageError(f"{name!r} cannot be sung here")
            self._move(state, int(token))

    def piece(self, state: Singing, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The piece that `ids` spell, in the key that was asked for."""
        voices = self.voices(ids)
        return Piece(
            "midi",
            voices.to_score(),
            title=self.frame.title,
            key=str(self.frame.key),
            meter=str(self.frame.meter),
        )

    def voices(self, ids: Sequence[int]) -> FourVoices:
        """The four voices that `ids`, drawn after `prefix`, spell."""
        voices = self._tokenizer.decode_voices([*self.prefix, *ids]).transposed(-self._shift)
        given = self._given.get(self.frame.lead)
        fermatas = voices.fermatas
        if given is not None and given.fermatas is None:
            fermatas = np.zeros(len(voices), bool)  # they were the model's own way to breathe
        return replace(
            voices,
            key=self.frame.key,
            meter=self.frame.meter,
            title=self.frame.title,
            tempo=self.frame.tempo,
            fermatas=fermatas,
        )

    # --- rows -----------------------------------------------------------------------------

    def _row(self, state: Singing) -> BoolArray:
        if state.row is None:
            state.row = self._allowed(state.place)
        return state.row

    def _move(self, state: Singing, token: int) -> None:
        state.row = None
        if token == self._tokenizer.end:
            state.done = True
            return
        state.place = place = self._tokenizer.features.after(state.place, token)
        step, voice = step_and_voice(place)
        state.masked = step >= self.frame.steps or self._is_given(voice, step)
        state.checkpoint = place.read // 4

    def _allowed(self, place: Place) -> BoolArray:
        row = np.zeros(self._size, bool)
        written = place.read - HEADER - AHEAD
        if written >= 4 * self.frame.steps:
            row[self._tokenizer.end] = True
            return row
        step, voice = step_and_voice(place)
        if step >= self.frame.steps:
            row[self._ids.over] = True
        elif self._is_given(voice, step):
            self._as_given(row, place, step, voice)
        else:
            self._freely(row, place, step, voice)
        return row

    def _as_given(self, row: BoolArray, place: Place, step: int, voice: int) -> None:
        given, pitch = self._given[voice], self._given_pitch(voice, step)
        assert pitch is not None  # the caller looked
        is_lead = voice == place.lead
        own = place.far if is_lead else place.voices[voice]
        if pitch == REST:
            row[self._ids.rest] = True
        elif not given.begins[step] and own.pitch == pitch:
            row[self._ids.hold] = True
        else:
            marks = [False]
            if is_lead:
                marks = [False, True] if given.fermatas is None else [given.fermatas[step]]
            for mark in marks:
                row[self._tokenizer.note_id(pitch, own.last, fermata=mark)] = True

    def _freely(self, row: BoolArray, place: Place, step: int, voice: int) -> None:
        """What a voice that is not given may do."""
        is_lead = voice == place.lead
        own = place.far if is_lead else place.voices[voice]
        ids = self._ids
        if self._free:
            row[ids.begin(own.last, np.ones(_PITCHES, bool), marks=is_lead)] = True
            row[ids.rest] = True
            row[ids.hold] = own.pitch != REST
            return
        pitches = self._pitches(place, step, voice)
        sounding = own.pitch != REST
        row[ids.hold] = sounding and pitches[own.pitch]
        if step > self.closing and row[ids.hold]:
            return  # the last chord stands
        moving = pitches.copy()
        if not is_lead:
            free = pitches & ~self._parallels(place, voice)
            if free.any() or row[ids.hold]:
                moving = free
            row[ids.rest] = self._may_rest(place, step)
        row[ids.begin(own.last, moving, marks=is_lead)] = True

    def _may_rest(self, place: Place, step: int) -> bool:
        """Others are silent only where the lead is."""
        return place.voices[place.lead].pitch == REST and step < self.closing

    def _pitches(self, place: Place, step: int, voice: int) -> BoolArray:
        """(128,): what the voice may sing so that every other voice still can."""
        if voice == place.lead:  # a bar ahead: the others follow
            sets = [self._open(other, step) for other in range(4)]
        else:
            sets = [
                _only(place.voices[other].pitch, self._open(other, step))
                if place.sung[other]
                else self._open(other, step)
                for other in range(4)
            ]
        pitches = _between(sets, voice)
        if step >= self.closing:
            pitches = self._one_third(pitches, place, voice)
        return pitches

    def _open(self, voice: int, step: int) -> BoolArray:
        """What a voice that has not sung this step yet may sing in it."""
        pitch = self._given_pitch(voice, step)
        if pitch is not None:
            return _only(pitch, self._ranges[voice])
        if step < self.closing:
            return self._ranges[voice]
        return self._ranges[voice] & (self._roots if voice == 3 else self._triad)

    @cached_property
    def closing(self) -> int:
        """The step from which on the last chord is sung."""
        frame = self.frame
        given = self._given.get(frame.lead)
        if given is not None and self._is_given(frame.lead, frame.steps - 1):
            onsets = [step for step in range(frame.steps) if given.begins[step]]
            last = onsets[-1] if onsets else 0
            return max(last, frame.steps - _LAST_CHORD)
        bar = int(frame.meter.length * STEPS)
        length = _LAST_CHORD if bar % _LAST_CHORD == 0 else bar
        return max(frame.steps - min(length, bar - frame.pickup), 0)

    @cached_property
    def tonic(self) -> int:
        """The pitch class of the last root, in C major or A minor.

        That of the key, unless the given lead ends on a note that its triad lacks: then the root
        of a triad that has it, as chorales in the church modes end.
        """
        own = (self.frame.key.pitch_class + self._shift) % 12
        given = self._given.get(self.frame.lead)
        sung = [pitch for pitch in given.pitches if pitch != REST] if given else []
        if given is None or not sung or sung[-1] is None or given.at(self.frame.steps - 1) is None:
            return own
        last = (sung[-1] + self._shift) % 12
        if (last - own) % 12 in _TRIADS["minor" if self.frame.minor else "major"]:
            return own
        for root in (0, 9, 2, 4, 7, 5):
            if (last - root) % 12 in (0, 7) or (last - root) % 12 == _third(root):
                return root
        return last

    @cached_property
    def _triad(self) -> BoolArray:
        major = self.tonic in (0, 5, 7) and not (self.frame.minor and self.tonic == 9)
        degrees = _TRIADS["major" if major else "minor"]
        return np.isin((np.arange(_PITCHES) - self.tonic) % 12, degrees)

    @cached_property
    def _roots(self) -> BoolArray:
        return np.asarray(np.arange(_PITCHES) % 12 == self.tonic)

    def _one_third(self, pitches: BoolArray, place: Place, voice: int) -> BoolArray:
        """The last chord has one third: not minor beside major, and not none if it can be."""
        degree = (np.arange(_PITCHES) - self.tonic) % 12
        sung = [
            (place.voices[other].pitch - self.tonic) % 12
            for other in range(4)
            if place.sung[other] and other != voice and place.voices[other].pitch != REST
        ]
        thirds = [d for d in sung if d in (3, 4)]
        if thirds:
            other = 7 - thirds[0]
            rest = pitches & (degree != other)
        else:
            left = [v for v in range(3) if not place.sung[v] and v not in self._given]
            rest = pitches & np.isin(degree, (3, 4)) if left == [voice] else pitches
        return rest if rest.any() else pitches

    def _parallels(self, place: Place, voice: int) -> BoolArray:
        """The pitches by which the voice would go in parallel fifths, octaves or unisons with one
        that has sung this step."""
        wrong = np.zeros(_PITCHES, bool)
        before = place.past[0] if place.past else (REST,) * 4
        own = before[voice]
        if own == REST:
            return wrong
        for other in range(4):
            now, then = place.voices[other].pitch, before[other]
            if other == voice or not place.sung[other] or REST in (now, then) or now == then:
                continue
            interval = (then - own if other < voice else own - then) % 12
            if interval in (0, 7):
                sign = -1 if other < voice else 1
                wrong |= (sign * (np.arange(_PITCHES) - now)) % 12 == interval
        wrong[own] = False
        return wrong


class _Ids:
    """The ids of what a voice does, for rows of many at once."""

    def __init__(self, tokenizer: VoicesTokenizer) -> None:
        vocabulary = tokenizer.vocabulary
        self.over, self.rest, self.hold = (vocabulary.id(t) for t in ("over", "rest", "hold"))
        self._moves = {
            mark: np.array([vocabulary.id(f"{d:+d}{mark}") for d in range(-REACH, REACH + 1)])
            for mark in ("", "^")
        }
        self._notes = {
            mark: {
                meaning.number: vocabulary.id(token)
                for token, meaning in zip(vocabulary.tokens, tokenizer.meanings, strict=True)
                if meaning.kind == "note" and meaning.fermata == bool(mark)
            }
            for mark in ("", "^")
        }

    def begin(self, last: int | None, pitches: BoolArray, *, marks: bool) -> list[int]:
        """The ids that begin a note at one of `pitches`, after the note `last`."""
        ids: list[int] = []
        for mark in ("", "^") if marks else ("",):
            for pitch in np.flatnonzero(pitches).tolist():
                if last is not None and abs(pitch - last) <= REACH:
                    ids.append(int(self._moves[mark][pitch - last + REACH]))
                elif pitch in self._notes[mark]:
                    ids.append(self._notes[mark][pitch])
        return ids


def _only(pitch: int, otherwise: BoolArray) -> BoolArray:
    """The set of one pitch; of a silent voice, whatever it could sing."""
    if pitch == REST:
        return otherwise
    alone = np.zeros(_PITCHES, bool)
    alone[pitch] = True
    return alone


def _between(sets: Sequence[BoolArray], voice: int) -> BoolArray:
    """What of its set `voice` may take so that voices above and below find theirs in order."""
    pitches = np.arange(_PITCHES)
    highest, lowest = _PITCHES, -1
    for above in sets[:voice]:
        reachable = np.flatnonzero(above & (pitches <= highest))
        highest = int(reachable[-1]) if len(reachable) else highest
    for below in reversed(sets[voice + 1 :]):
        reachable = np.flatnonzero(below & (pitches >= lowest))
        lowest = int(reachable[0]) if len(reachable) else lowest
    allowed = sets[voice] & (pitches <= highest) & (pitches >= lowest)
    # Given voices may leave no room: then the range yields, not the order.
    return allowed if allowed.any() else (pitches <= highest) & (pitches >= max(lowest, 24))


def _third(root: int) -> int:
    """Semitones of the third above a degree of C major."""
    return 4 if root in (0, 5, 7) else 3


def _nearest_meter(meter: Meter) -> Meter:
    """The metre that the tokens know and that counts most like this one."""
    known = [Meter(*map(int, name.split("/"))) for name in METERS]
    if meter in known:
        return meter
    return min(known, key=lambda other: (abs(other.length - meter.length), known.index(other)))
