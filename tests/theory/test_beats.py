"""The beat of what was played without a click."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.abc.from_score import written
from musicrnn.score import Note, Score
from musicrnn.theory.beats import find_beats, has_grid, set_on_beats, steady_beats

F = Fraction
#: Quarters and eighths of a tune.
RHYTHM = [F(1), F(1), F(1, 2), F(1, 2), F(1), F(1), F(1, 2), F(1, 2), F(1), F(1)] * 6
PITCHES = [60, 62, 64, 65, 67, 65, 64, 62, 60, 67]


def tune() -> Score:
    at, notes = F(0), []
    for i, length in enumerate(RHYTHM):
        notes.append(Note(at, PITCHES[i % 10], length))
        at += length
    return Score.of(notes)


def live(score: Score, beat: float, seed: int = 1) -> Score:
    """The score played at `beat` seconds a quarter, a little unevenly, recorded at 120."""
    rng = np.random.default_rng(seed)

    def played(time: Fraction) -> Fraction:
        seconds = float(time) * beat + rng.normal(0, 0.008)
        return F(max(round(seconds * 2 * 480), 0), 480)

    return score.with_notes(
        replace(n, onset=(at := played(n.onset)), duration=max(played(n.end) - at, F(1, 480)))
        for n in score.notes
    )


def test_whether_there_is_a_grid() -> None:
    assert has_grid(tune())
    assert has_grid(live(tune(), 0.5))  # to a click at 120
    assert not has_grid(live(tune(), 0.6137))


def test_a_tempo_that_is_given_sets_the_notes_on_their_beats() -> None:
    score = live(tune(), 0.6137)
    found = set_on_beats(score, steady_beats(score, F(60 / 0.6137)))
    assert [(n.onset, n.pitch) for n in found] == [(n.onset, n.pitch) for n in tune()]
    assert [change.qpm for change in found.tempos] == [98]


@pytest.mark.parametrize(("share", "seed"), [(0.85, 1), (0.95, 2), (1.05, 3)])
def test_the_air_between_notes_is_no_rest(share: float, seed: int) -> None:
    score = live(tune(), 0.6137, seed)
    score = score.with_notes(replace(n, duration=n.duration * F(share)) for n in score.notes)
    text, _ = written(score)
    assert not set("zV") & set(text.split("K:")[1].rstrip(" |]\n0123456789z"))


def test_the_beat_is_found_and_the_abc_is_readable() -> None:
    score = live(tune(), 0.6137)
    beats = find_beats(score)
    assert beats is not None
    assert np.median(np.diff(beats)) == pytest.approx(0.6137, abs=0.02)
    text, said = written(score)
    assert "played without a click" in said
    assert "/4" not in text.split("K:")[1]
    assert len(abc.to_score(abc.parse_tune(text)).notes) == len(score.notes)
