"""What a Sonic Pi program plays, by a recorder that stands in for Sonic Pi."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from musicrnn.render.sonic_pi import DRUMS, OTHER_DRUM
from musicrnn.score import Score

RECORDER = Path(__file__).with_name("sonic_pi_recorder.rb")

#: voice, seconds, pitch with its cents or the sample, seconds that it sounds, amp
Played = tuple[int, Fraction, Fraction | str, Fraction, float]


def recorded(programs: Sequence[Path]) -> list[list[tuple[Played, str]]]:
    """What each program plays, in order of time, and on which synth."""
    command = ["ruby", "-W", str(RECORDER), *map(str, programs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # Ruby warns of nothing
    return [
        sorted(
            (
                (voice, Fraction(at), _sounding(what, synth), Fraction(length), amp),
                synth or "",
            )
            for voice, at, what, length, amp, synth in played
        )
        for played in json.loads(done.stdout)
    ]


def _sounding(what: str, synth: str | None) -> Fraction | str:
    return what if synth is None else Fraction(what)


def expected(score: Score) -> list[Played]:
    """The same as the score has it."""
    clock = score.clock()
    voices = sorted({note.part for note in score.notes})
    return sorted(
        (
            voices.index(note.part),
            clock.exact(note.onset),
            *_as_heard(score, note.part, note.pitch + note.cents / 100),
            *(
                (Fraction(0),)
                if score.parts[note.part].drums
                else (clock.exact(note.end) - clock.exact(note.onset),)
            ),
            note.velocity / 100,
        )
        for note in score.notes
    )


def _as_heard(score: Score, part: int, pitch: Fraction) -> tuple[Fraction | str]:
    if score.parts[part].drums:
        return (DRUMS.get(int(pitch), OTHER_DRUM),)
    return (pitch,)
