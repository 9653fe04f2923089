"""Writing the voices that a melody lacks: a soprano in, a chorale out.

>>> tune = load("chorale").harmonize("X:1\\nL:1/4\\nK:G\\nG|GAB>c|dBA2|]")  # doctest: +SKIP
>>> tune.save("chorale.pdf")                                             # doctest: +SKIP

What is given is sung as it stands: its notes, ties and words are those of the source, to the
note. It enters the model a bar ahead of the other voices (`tokens.voices`), so these know where
the melody goes. Several drafts are drawn, and the best kept: the one with the fewest faults of
voice leading and beats on which no chord is heard, and of those the likeliest.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

import numpy as np

from musicrnn.constraints.events.voices import VoicesConstraint
from musicrnn.constraints.events.voices_frame import Frame, GivenVoice
from musicrnn.errors import UsageError
from musicrnn.generation.options import SamplingOptions
from musicrnn.generation.protocol import WritingModel
from musicrnn.generation.tune import Melodic, Tune
from musicrnn.piece import Piece
from musicrnn.reading import Music, names_music, read
from musicrnn.sampling import Sample, sample
from musicrnn.score import Key, Meter, MeterChange, Note, Part, Score
from musicrnn.theory.four_voices import (
    CHOIR,
    RANGES,
    REST,
    STEPS,
    VOICES,
    FourVoices,
    draw,
    voice_number,
)
from musicrnn.theory.keyfinding import find_key
from musicrnn.theory.voice_leading import faults, nameless
from musicrnn.tokens.voices import METERS, VoicesTokenizer

__all__ = ["MODEL", "SOUNDS", "TEMPERATURE", "Melody", "harmonizations", "score_of"]

#: The shipped model of four voices.
MODEL = "chorale"

#: What harmony is drawn with if nothing else is asked: a chorale bears less daring than a tune.
TEMPERATURE = 0.6

#: How many drafts there are to choose from.
DRAFTS = 8

#: What a harmonization is sung or played on: General MIDI programs.
SOUNDS = {"choir": CHOIR, "organ": 19, "strings": 48, "piano": 0}
#: Semitones by which a given voice may leave its range; beyond that the others have no room.
_LENIENCE = 5
#: Who leads, where several voices are given: the outer ones say most about the harmony.
_LEADS = (0, 3, 1, 2)
_MOST_QUARTERS = 4000


@dataclass(frozen=True)
class Melody:
    """What is to be harmonized: a score, the part of it that each given voice is, and what the
    user should know."""

    score: Score
    parts: Mapping[int, int]
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, score: Score, voice: str = "") -> Melody:
        """The given voices of a score. `voice` names those of its parts in order
        (``"soprano,bass"``); without it parts are known by their names, and a single one is the
        soprano.

        Raises `UsageError` where there is nothing to harmonize, or no voice could sing it.
        """
        if not score.notes:
            raise UsageError("there are no notes to harmonize")
        if score.length > _MOST_QUARTERS:
            raise UsageError(f"longer than {_MOST_QUARTERS} quarter notes; harmonize a part of it")
        parts = _given_parts(score, voice)
        remarks: list[str] = []
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
        melody = cls(score.with_notes(notes), parts, tuple(remarks))
        return replace(melody, score=replace(melody.score, chords=()))

    @property
    def lead(self) -> int:
        """The voice that the others follow."""
        return next(voice for voice in _LEADS if voice in self.parts)

    @property
    def steps(self) -> int:
        """Sixteenths to the end of the last note that is given."""
        end = max(note.end for note in self.score.notes)
        return max(1, round(end * STEPS))

    def frame(self) -> Frame:
        """The form that the other voices get."""
        score = self.score
        meter = next((c.meter for c in score.meters if c.meter), Meter(4, 4))
        key = score.keys[0].key if score.keys else find_key(score)
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
            marked[[s for f in self.score.fermatas if (s := round(f * STEPS)) < self.steps]] = True
            fermatas = (marked & begins).tolist()
        return GivenVoice(pitches.tolist(), begins.tolist(), fermatas)

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
        notes = [note for note in written.notes if note.part not in self.parts]
        home = {part: voice for voice, part in self.parts.items()}
        notes += [replace(note, part=home[note.part]) for note in source.notes]
        lyrics = [replace(one, part=home[one.part]) for one in source.lyrics if one.part in home]
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
            fermatas=source.fermatas,
        )


def harmonizations(
    model: WritingModel, melody: Melody, n: int, *, sound: str = "choir", options: Mapping[str, Any]
) -> Iterator[Tune]:
    """`n` harmonizations by `model`, as they are made; `options` are those of `SamplingOptions`.

    Raises `UsageError` for a model that does not write four voices, or an unknown sound.
    """
    if model.tokenizer.name != VoicesTokenizer.name:
        raise UsageError(f"the model {model.name!r} does not write four voices; choose {MODEL}")
    if sound not in SOUNDS:
        raise UsageError(f"no sound {sound!r}; choose {', '.join(SOUNDS)}")
    usual = {"best_of": DRAFTS, "temperature": TEMPERATURE}
    how = SamplingOptions(**(usual | dict(options)))
    seed = secrets.randbelow(2**32) if how.seed is None else how.seed
    constraint = melody.constraint(cast("VoicesTokenizer", model.tokenizer), free=how.free)
    for number in range(n):
        drafts = _drafts(model, how, seed, number, constraint)
        ranked = sorted(drafts, key=lambda draft: (draft[0], -draft[2].logprob))
        for _, voices, drawn in ranked if how.every else ranked[:1]:
            score = melody.finished(voices, SOUNDS[sound])
            key, meter = str(constraint.frame.key), str(constraint.frame.meter)
            yield Tune(
                Piece("midi", score, title=score.title, key=key, meter=meter),
                model=model.name,
                rules=model.rules,
                seed=seed,
                index=number,
                logprob=drawn.logprob,
                tokens=len(drawn.ids),
                constrained_steps=drawn.cut,
            )


def _drafts(
    model: WritingModel, how: SamplingOptions, seed: int, number: int, constraint: VoicesConstraint
) -> list[tuple[int, FourVoices, Sample]]:
    """The drafts of one harmonization, each with its weight."""
    generators = [
        np.random.default_rng([seed, number, j] if j else [seed, number])
        for j in range(how.best_of or 1)
    ]
    drawn = sample(
        model.engine, how.sampler(), generators, end=model.tokenizer.end, constraint=constraint
    )
    voices = [constraint.voices(one.ids) for one in drawn]
    return [(_weight(v), v, one) for v, one in zip(voices, drawn, strict=True)]


def _weight(voices: FourVoices) -> int:
    """How heavy a draft weighs: its faults, parallels five times, and the beats without a chord."""
    counts = Counter(fault.code for fault in faults(voices))
    parallels = counts["parallel-fifths"] + counts["parallel-octaves"]
    return counts.total() + 4 * parallels + nameless(voices)


# --- what is given ------------------------------------------------------------------------------


def score_of(music: Melodic) -> Score:
    """The notes of music in any form."""
    if isinstance(music, Score):
        return music
    if isinstance(music, Tune):
        return music.score
    if isinstance(music, str) and not names_music(music):
        return Music(music.encode()).score
    return Music(music).score if isinstance(music, bytes) else read(music).score


def _given_parts(score: Score, voice: str) -> dict[int, int]:
    """Voice → the part of the score that is it."""
    sounding = sorted({note.part for note in score.notes if not score.parts[note.part].drums})
    if not sounding:
        raise UsageError("there are only drums, and no notes to harmonize")
    if voice:
        names = [name for name in voice.split(",") if name.strip()]
        numbers = [voice_number(name) for name in names]
        if len(set(numbers)) < len(numbers):
            raise UsageError(f"{voice}: one voice is named twice")
        if len(numbers) > len(sounding):
            raise UsageError(f"{voice}: the music has {len(sounding)} part(s), not {len(numbers)}")
        return dict(zip(numbers, sounding, strict=False))
    if len(sounding) == 1:
        return {_named(score.parts[sounding[0]].name) or 0: sounding[0]}
    named = {number: part for part in sounding
             if (number := _named(score.parts[part].name)) is not None}  # fmt: skip
    if len(named) == len(sounding):
        if len(named) == 4:
            raise UsageError("all four voices are given; name those to keep, such as soprano")
        return named
    if len(sounding) > 4:
        raise UsageError(
            f"{len(sounding)} parts; four voices are written from one to three of them: "
            "name the melody alone, or take the other parts out"
        )
    raise UsageError(
        f"{len(sounding)} parts, and which voices they are is not said; "
        "name them in order, such as soprano,bass"
    )


def _named(name: str) -> int | None:
    """The voice that a part is called after."""
    lowered = name.strip().lower()
    for number, voice in enumerate(VOICES):
        if lowered.startswith(voice) or lowered == voice[0]:
            return number
    return None


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
    span = f"from {_name(low)} to {_name(high)}"
    limits = f"{VOICES[voice]} ({_name(RANGES[voice][0])} to {_name(RANGES[voice][1])})"
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
                    f"bar {bar}: {_name(pitch)} of the {name} leaves no room for the "
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


def _name(pitch: int) -> str:
    letters = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return f"{letters[pitch % 12]}{pitch // 12 - 1}"
