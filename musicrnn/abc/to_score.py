"""A tune as it sounds: `to_score` plays out repeats and joins ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from operator import itemgetter
from typing import Final, TypeVar

from musicrnn.abc.checking.lyrics import verses
from musicrnn.abc.playing import VoicePlayer, resolution_of
from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.syntax.parser import parse_tune
from musicrnn.abc.syntax.places import with_places
from musicrnn.abc.syntax.tree import Note as Written
from musicrnn.abc.syntax.tree import ParsedTune, require_tune
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Timeline, Voice
from musicrnn.errors import want
from musicrnn.score import (
    DEFAULT_QPM,
    ChordSymbol,
    Key,
    KeyChange,
    Lyric,
    MeterChange,
    Note,
    Part,
    Place,
    Score,
    TempoChange,
)  # fmt: skip
from musicrnn.theory.accompaniment import PIANIST, accompanied
from musicrnn.theory.backing import Backing
from musicrnn.theory.dances import usual_tempo

__all__ = ["play", "score_of_text", "to_score"]

T = TypeVar("T")

ZERO: Final = Fraction(0)


def to_score(
    tune: ParsedTune,
    *,
    ornaments: bool = False,
    accompaniment: bool = False,
    backing: Backing | None = None,
) -> Score:
    """The notes of a tune in quarter notes, repeats played out, ties joined.

    Plain, the score holds the notes as written, which is what one measures and compares. With
    `ornaments` it is played: grace notes take time from their note, rolls and trills are their
    notes, staccato notes are short, and each is as loud as its dynamic, its hairpin and its place
    in the bar make it (`loudness`). With `accompaniment` chord symbols sound in a part of their
    own (they are in `Score.chords` either way): at the piano, or played by `backing` in the
    pattern of the dance, and as the tune's ``%%MIDI gchord``, ``chordprog`` and so on have it.

    Raises AbcError where the tune, played out, passes `limits.PLAYED`.
    """
    require_tune(tune, "to_score")
    want(backing, (Backing, type(None)), "backing wants a Backing")
    timeline = read_timeline(with_places(tune))
    player = backing or PIANIST if accompaniment or backing else None
    return play(timeline, tune.title, ornaments=ornaments, backing=player)


def play(
    timeline: Timeline,
    title: str = "",
    *,
    ornaments: bool = False,
    backing: Backing | None = None,
) -> Score:
    """As `to_score`, for a tune whose timeline is read already."""
    resolution = resolution_of(timeline, ornaments=ornaments)
    players = [
        VoicePlayer(voice, part, resolution, ornaments=ornaments, qpm=_qpm(timeline))
        for part, voice in enumerate(timeline.voices)
    ]
    words = verses(timeline.tune) if timeline.tune else {}
    for player in players:
        player.words = words
        player.play(timeline.parts)
    first = players[0] if players else None
    sounds = sorted(
        (sound for player in players for sound in player.sounds), key=itemgetter(*range(6))
    )
    ends = [sound[0] + sound[2] for sound in sounds]
    end = max([*(player.time for player in players), *ends], default=0)
    quarters = _quarters(resolution)
    places = _Places(timeline.tune)
    score = Score(
        notes=tuple(
            Note(quarters(onset), pitch, quarters(ticks), velocity, part, cents, places(node, bar))
            for onset, pitch, ticks, velocity, part, cents, node, bar in sounds
        ),
        parts=tuple(_part(voice) for voice in timeline.voices) or (Part(),),
        tempos=tuple(_tempos(timeline, players)),
        meters=tuple(_meters(timeline, first)),
        keys=tuple(_keys(timeline, first)),
        chords=tuple(_chords(players)),
        title=title,
        length=quarters(end),
        pickup=_pickup(first.voice) if first else ZERO,
        fermatas=tuple(sorted({quarters(at) for player in players for at in player.fermatas})),
        lyrics=tuple(
            Lyric(quarters(at), text, part)
            for at, text, part in sorted(word for player in players for word in player.lyrics)
        ),
    )
    leads = next((player for player in players if player.chords), None)
    if backing is None or leads is None:
        return score
    rhythm = timeline.tune.rhythm if timeline.tune else ""
    commands = sorted(leads.commands, key=lambda command: command.onset)
    return accompanied(score, backing, rhythm=rhythm, bars=leads.bars, commands=commands)


def _qpm(timeline: Timeline) -> Fraction:
    """The tempo at which a tune begins, in quarters a minute: its own, or that of its dance."""
    usual = usual_tempo(timeline.tune.rhythm) if timeline.tune else None
    return timeline.qpm or (Fraction(usual) if usual else DEFAULT_QPM)


def _quarters(resolution: int) -> Callable[[int], Fraction]:
    """Ticks to quarter notes; the same few times come again and again."""
    return lru_cache(maxsize=4096)(lambda ticks: Fraction(ticks, resolution))


class _Places:
    """Where each written note stands, worked out once however often it is played."""

    def __init__(self, tune: ParsedTune | None) -> None:
        self._tune = tune if tune and tune.line_starts else None
        self._known: dict[int, Place] = {}

    def __call__(self, node: Written | None, bar: int) -> Place | None:
        if node is None or self._tune is None:
            return None
        place = self._known.get(id(node))
        if place is None:
            line, column = self._tune.place(node)
            place = self._known[id(node)] = Place(line, column, bar, node.start, node.end)
        return place


def _pickup(voice: Voice) -> Fraction:
    """The length of an incomplete first bar."""
    first = voice.measures[0]
    full = first.meter.length if first.meter else None
    return first.length if full and first.length < full else ZERO


def _part(voice: Voice) -> Part:
    return Part(voice.name or voice.id, voice.program or 0, voice.percussion)


def _chords(players: Sequence[VoicePlayer]) -> list[ChordSymbol]:
    """The chord symbols of the first voice that has any, in the order of their onsets (those over
    an overlay are read after the others of its bar)."""
    symbols = next((player.chords for player in players if player.chords), [])
    return sorted(symbols, key=lambda symbol: symbol.onset)


def _tempos(timeline: Timeline, players: Sequence[VoicePlayer]) -> list[TempoChange]:
    tempos: dict[Fraction, Fraction] = {ZERO: timeline.qpm} if timeline.qpm else {}
    for player in players:
        for onset, change in player.changes:
            if change.kind == "tempo" and isinstance(change.value, Fraction):
                tempos[onset] = change.value
    return [TempoChange(onset, qpm) for onset, qpm in _news(sorted(tempos.items()))]


def _meters(timeline: Timeline, player: VoicePlayer | None) -> list[MeterChange]:
    meters = {ZERO: timeline.meter}
    for onset, change in player.changes if player else ():
        if change.kind == "meter" and isinstance(change.value, MeterField):
            meters[onset] = change.value
    return [
        MeterChange(onset, meter.meter if meter else None)
        for onset, meter in _news(sorted(meters.items(), key=lambda item: item[0]))
        if onset or meter
    ]


def _keys(timeline: Timeline, player: VoicePlayer | None) -> list[KeyChange]:
    keys = {ZERO: timeline.key} if timeline.key else {}
    for onset, change in player.changes if player else ():
        if change.kind == "key" and isinstance(change.value, Key):
            keys[onset] = change.value
    changes = _news(sorted(keys.items(), key=lambda item: item[0]))
    return [KeyChange(onset, key) for onset, key in changes]


def _news(changes: Iterable[tuple[Fraction, T]]) -> Iterator[tuple[Fraction, T]]:
    """The changes that change something."""
    last: object = None
    for onset, value in changes:
        if value != last:
            yield onset, value
        last = value


def score_of_text(text: str) -> Score:
    """The notes of the one tune in ABC text. Raises AbcError where there is none, or more."""
    return to_score(parse_tune(text))
