"""What four voices may sing next: ranges, no crossing, full bars, a close on the tonic triad, given
voices as they are; a triad at the end of each line (under a fermata), no parallel fifths or
octaves.

All but the last two are certain: a pitch is offered only where the voices that have yet to sing
this step can still find theirs, between their neighbours and in their ranges. Parallels, and
dissonances under a fermata, are refused as long as a voice has another way. Pitches are, as in the
tokens, those of C major or A minor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from musicrnn.constraints.events.controls import DEFAULT_BARS, EventControls
from musicrnn.constraints.events.voices_frame import PITCHES, Close, Frame, GivenVoice, in_triad
from musicrnn.constraints.lines import BoolArray, Line, LineConstraint
from musicrnn.errors import UsageError, counted
from musicrnn.piece import Piece
from musicrnn.score import Key, Meter
from musicrnn.theory.four_voices import RANGES, REST, STEPS, FourVoices, four_voices
from musicrnn.tokens.voice_place import AHEAD, HEADER, REACH, Place, step_and_voice
from musicrnn.tokens.voices import METERS, VoicesTokenizer, normal_shift

__all__ = ["Singing", "VoicesConstraint"]


@dataclass(slots=True)
class Singing(Line):
    """One piece on its way; a checkpoint a step, since tokens come in fours from the header on."""

    place: Place
    row: BoolArray | None = None  # what may come next, once it has been asked


class VoicesConstraint(LineConstraint[Singing]):
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
        self._tokens = tokenizer.vocabulary.tokens
        self._ids = _Ids(tokenizer)
        whole = self._given_pitch(frame.lead, frame.steps - 1) is not None
        self._close = Close(frame, self._given[frame.lead] if whole else None, self._shift)
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
        bar = max(int(meter.length * STEPS), 1)
        kept = 0 if prime is None else (len(prime) - pickup) // bar * bar + pickup
        bars = controls.bars or max(DEFAULT_BARS, -(-kept // bar) + DEFAULT_BARS // 2)
        steps = bars * bar
        if kept >= steps:
            raise UsageError(
                f"the prime has {counted(kept // bar, 'bar')} and {bars} are asked for in all"
            )
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
        allowed = np.zeros(PITCHES, bool)
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
        row = np.zeros(len(self._tokens), bool)
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
            row[ids.begin(own.last, np.ones(PITCHES, bool), marks=is_lead)] = True
            row[ids.rest] = True
            row[ids.hold] = own.pitch != REST
            return
        pitches = self._pitches(place, step, voice)
        sounding = own.pitch != REST
        row[ids.hold] = sounding and pitches[own.pitch]
        if step > self._close.step and row[ids.hold]:
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
        return place.voices[place.lead].pitch == REST and step < self._close.step

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
        if voice != place.lead and place.marked and place.voices[place.lead].held == 1:
            pitches = in_triad(pitches, _classes(place), voice)
        if step >= self._close.step:
            given = [other for other in self._given if self._is_given(other, step)]
            pitches = self._close.with_one_third(pitches, place, voice, given)
        return pitches

    def _open(self, voice: int, step: int) -> BoolArray:
        """What a voice that has not sung this step yet may sing in it."""
        pitch = self._given_pitch(voice, step)
        if pitch is not None:
            return _only(pitch, self._ranges[voice])
        if step < self._close.step:
            return self._ranges[voice]
        return self._ranges[voice] & (self._close.roots if voice == 3 else self._close.triad)

    def _parallels(self, place: Place, voice: int) -> BoolArray:
        """The pitches by which the voice would go in parallel fifths, octaves or unisons with one
        that has sung this step."""
        wrong = np.zeros(PITCHES, bool)
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
                wrong |= (sign * (np.arange(PITCHES) - now)) % 12 == interval
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


def _classes(place: Place) -> set[int]:
    """The pitch classes that have been sung at this step."""
    sung = [voice.pitch for voice, done in zip(place.voices, place.sung, strict=True) if done]
    return {pitch % 12 for pitch in sung if pitch != REST}


def _only(pitch: int, otherwise: BoolArray) -> BoolArray:
    """The set of one pitch; of a silent voice, whatever it could sing."""
    if pitch == REST:
        return otherwise
    alone = np.zeros(PITCHES, bool)
    alone[pitch] = True
    return alone


def _between(sets: Sequence[BoolArray], voice: int) -> BoolArray:
    """What of its set `voice` may take so that voices above and below find theirs in order."""
    pitches = np.arange(PITCHES)
    highest, lowest = PITCHES, -1
    for above in sets[:voice]:
        reachable = np.flatnonzero(above & (pitches <= highest))
        highest = int(reachable[-1]) if len(reachable) else highest
    for below in reversed(sets[voice + 1 :]):
        reachable = np.flatnonzero(below & (pitches >= lowest))
        lowest = int(reachable[0]) if len(reachable) else lowest
    allowed = sets[voice] & (pitches <= highest) & (pitches >= lowest)
    # Given voices may leave no room: then the range yields, not the order.
    return allowed if allowed.any() else (pitches <= highest) & (pitches >= max(lowest, 24))


def _nearest_meter(meter: Meter) -> Meter:
    """The metre that the tokens know and that counts most like this one."""
    known = [Meter(*map(int, name.split("/"))) for name in METERS]
    if meter in known:
        return meter
    return min(known, key=lambda other: (abs(other.length - meter.length), known.index(other)))
