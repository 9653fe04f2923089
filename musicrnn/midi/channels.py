"""Who plays on which of MIDI's sixteen channels.

A channel has one program, one pitch wheel and one set of controllers. So each part has its own,
and its microtones one for each shade of them. Where that is more than there are, equal
instruments share; where these are still too many they take turns, a program change each time one
enters; and where more sound at once than there are channels, further ports (meta event 21) hold
what is left, as sequencers write large orchestras.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from musicrnn.score import BEND_RANGE, ControlChange, Note, PitchBend, Score

__all__ = ["DRUM_CHANNEL", "Lane", "Turn", "bend_range", "lanes"]

#: Channel 10 (counted from 0: 9) belongs to percussion in General MIDI.
DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
#: An instrument that rests for so long (quarter notes) may leave its channel to another.
_LONG_REST = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """From `onset` (quarter notes) on, a lane plays on `channel` (0 … 15) of `port`."""

    onset: Fraction
    channel: int
    port: int = 0


@dataclass(slots=True)
class Lane:
    """The notes of one part that can share a channel: those with the same `cents`.

    `leads` says that it is the one that sets the channel's program and controllers. `turns` are
    in order; one alone is for the whole piece.
    """

    part: int
    cents: Fraction
    notes: list[Note]
    controls: list[ControlChange]
    bends: list[PitchBend]
    leads: bool = True
    turns: list[Turn] = field(default_factory=list)

    def phrases(self) -> list[tuple[Fraction, Fraction]]:
        """(onset, end) of each stretch of notes without a long rest."""
        return _joined((note.onset, note.end) for note in self.notes)


def lanes(score: Score) -> list[Lane]:
    """The lanes of all parts, in order, each with its turns; a part without notes has one too,
    which sets nothing."""
    all_lanes = list(_of_parts(score))
    for lane in all_lanes:
        lane.leads, lane.turns = False, [Turn(Fraction(0), 0)]
    playing = [lane for lane in all_lanes if lane.notes]
    drums = [lane for lane in playing if score.parts[lane.part].drums]
    melodic = [lane for lane in playing if not score.parts[lane.part].drums]
    _share(score, [[lane] for lane in melodic], _groups(score, melodic))
    kits = _groups(score, drums)
    if len(kits) < 2 or not _in_turn(kits, (DRUM_CHANNEL,)):
        for lane in drums:
            lane.leads, lane.turns = True, [Turn(Fraction(0), DRUM_CHANNEL)]
    return all_lanes


def bend_range(controls: Sequence[ControlChange]) -> int:
    """The semitones that the farthest bend moves, from a part's registered parameter 0."""
    reach, parameter = BEND_RANGE, [127, 127]
    for control in controls:
        if control.number in (100, 101):
            parameter[control.number - 100] = control.value
        elif control.number == 6 and parameter == [0, 0]:
            reach = max(control.value, 1)
    return reach


def _of_parts(score: Score) -> Iterator[Lane]:
    notes: dict[int, dict[Fraction, list[Note]]] = {index: {} for index in range(len(score.parts))}
    for note in score.notes:
        notes[note.part].setdefault(note.cents, []).append(note)
    controls: dict[int, list[ControlChange]] = {}
    for control in score.controls:
        controls.setdefault(control.part, []).append(control)
    bends: dict[int, list[PitchBend]] = {}
    for bend in score.bends:
        bends.setdefault(bend.part, []).append(bend)
    for part, by_cents in notes.items():
        for cents in sorted(by_cents, key=lambda cents: (cents != 0, cents)) or [Fraction(0)]:
            yield Lane(
                part, cents, by_cents.get(cents, []), controls.get(part, []), bends.get(part, [])
            )


def _groups(score: Score, lanes_of_kind: Sequence[Lane]) -> list[list[Lane]]:
    """The lanes that a channel could play together."""
    groups: dict[object, list[Lane]] = {}
    for lane in lanes_of_kind:
        part = score.parts[lane.part]
        controls = tuple((c.onset, c.number, c.value) for c in lane.controls)
        bends = tuple((bend.onset, bend.value) for bend in lane.bends)
        key = part.program, part.bank, lane.cents, controls, bends
        groups.setdefault(key, []).append(lane)
    return list(groups.values())


def _share(score: Score, own: list[list[Lane]], groups: list[list[Lane]]) -> None:
    """Give each melodic lane its turns: the first way that has channels enough."""
    for way in (own, groups):
        if len(way) <= len(_MELODIC_CHANNELS):
            _fixed(way)
            return
    if not _in_turn(groups, _MELODIC_CHANNELS):
        _fixed(groups)


def _fixed(groups: Sequence[Sequence[Lane]]) -> None:
    """A channel for each group from beginning to end, on as many ports as it takes."""
    for number, group in enumerate(groups):
        port, channel = divmod(number, len(_MELODIC_CHANNELS))
        for lane in group:
            lane.leads = lane is group[0]
            lane.turns = [Turn(Fraction(0), _MELODIC_CHANNELS[channel], port)]


def _in_turn(groups: Sequence[Sequence[Lane]], channels: Sequence[int]) -> bool:
    """Let each group have a channel for each of its phrases; whether there are enough.

    A group takes the channel that it had before, if that is free, else the one that has been
    free for longest.
    """
    phrases = sorted(
        (onset, end, number)
        for number, group in enumerate(groups)
        for onset, end in _joined(phrase for lane in group for phrase in lane.phrases())
    )
    free_from = dict.fromkeys(channels, Fraction(-1))
    had: dict[int, int] = {}
    turns: dict[int, list[Turn]] = {number: [] for number in range(len(groups))}
    for onset, end, number in phrases:
        free = [channel for channel in channels if free_from[channel] < onset]
        if not free:
            return False
        channel = had.get(number, -1)
        if channel not in free:
            channel = min(free, key=lambda channel: free_from[channel])
        had[number], free_from[channel] = channel, end
        turns[number].append(Turn(onset, channel))
    for number, group in enumerate(groups):
        for lane in group:
            lane.leads, lane.turns = lane is group[0], turns[number]
    return True


def _joined(stretches: Iterable[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """Notes or phrases, of one lane or of several, as the phrases that they make together."""
    phrases: list[tuple[Fraction, Fraction]] = []
    for onset, end in sorted(stretches):
        if phrases and onset - phrases[-1][1] < _LONG_REST:
            phrases[-1] = phrases[-1][0], max(phrases[-1][1], end)
        else:
            phrases.append((onset, end))
    return phrases
