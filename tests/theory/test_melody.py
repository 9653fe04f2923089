"""The melodic line: what a listener would sing back, and what makes two tunes the same."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.score import Meter, MeterChange, Note, Part, Score
from musicrnn.theory.melody import STEP_LIMIT, BarLines, line, step_parts

F = Fraction


def fingerprint(score: Score) -> bytes:
    return line(score).fingerprint


def tune(pitches: list[int], lengths: list[F]) -> Score:
    onsets = [sum(lengths[:i], F(0)) for i in range(len(lengths))]
    return Score.of(Note(*note) for note in zip(onsets, pitches, lengths, strict=True))


tunes = st.lists(
    st.tuples(
        st.integers(48, 84), st.sampled_from([F(1, 4), F(1, 3), F(1, 2), F(3, 4), F(1), F(3)])
    ),
    max_size=30,
).map(lambda notes: tune([pitch for pitch, _ in notes], [length for _, length in notes]))


class TestLine:
    def test_a_single_voice_is_its_own_line(self) -> None:
        found = line(tune([60, 62, 64], [F(1, 2), F(1, 3), F(1)]))
        assert found.pitches.tolist() == [60, 62, 64]
        assert [found.time(tick) for tick in found.onsets] == [0, F(1, 2), F(5, 6)]
        assert [found.time(tick) for tick in found.durations] == [F(1, 2), F(1, 3), F(1)]

    def test_wild_denominators_do_not_overflow(self) -> None:
        primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61]
        found = line(tune([60 + i for i in range(len(primes))], [F(1, p) for p in primes]))
        assert found.pitches.tolist() == [60 + i for i in range(len(primes))]
        assert float(found.time(found.onsets[1])) == pytest.approx(0.5)
        assert (np.diff(found.onsets) > 0).all()

    def test_the_top_note_of_a_chord(self) -> None:
        chord = Score.of([Note(F(0), p, F(1)) for p in (60, 64, 67)] + [Note(F(1), 65, F(1))])
        assert line(chord).pitches.tolist() == [67, 65]

    def test_what_starts_under_a_held_note_is_accompaniment(self) -> None:
        held = Score.of([Note(F(0), 72, F(4)), *(Note(F(i), 48, F(1)) for i in range(1, 4))])
        assert line(held).pitches.tolist() == [72]

    def test_legato_overlap_keeps_both_notes(self) -> None:
        legato = Score.of([Note(F(0), 72, F(9, 8)), Note(F(1), 71, F(1))])
        assert line(legato).pitches.tolist() == [72, 71]
        assert line(legato).durations.sum() == 2 * line(legato).ticks

    def test_drums_are_left_out(self) -> None:
        drums = Score.of(
            [Note(F(0), 60, F(1)), Note(F(0), 81, F(1), part=1)],
            parts=[Part(), Part(drums=True)],
        )
        assert line(drums).pitches.tolist() == [60]

    def test_no_notes(self) -> None:
        empty = line(Score.of([]))
        assert len(empty) == 0
        assert empty.steps.shape == (0,)

    @given(tunes)
    def test_is_one_voice(self, score: Score) -> None:
        found = line(score)
        assert np.all(found.onsets[:-1] + found.durations[:-1] <= found.onsets[1:])
        assert np.all(found.durations > 0)


class TestSteps:
    def test_interval_and_length_ratio(self) -> None:
        steps = line(tune([60, 67, 55], [F(1), F(2), F(1, 2)])).steps
        assert [step_parts(int(step)) for step in steps] == [(7, 4), (-12, -8)]

    def test_the_ratios_of_notation_are_told_apart(self) -> None:
        ratios = [F(1), F(2), F(1, 2), F(3), F(1, 3), F(3, 2), F(2, 3), F(4), F(6)]
        classes = {
            step_parts(int(line(tune([60, 60], [F(1), ratio])).steps[0]))[1] for ratio in ratios
        }
        assert len(classes) == len(ratios)

    @given(tunes)
    def test_fit_their_range(self, score: Score) -> None:
        steps = line(score).steps
        assert np.all(steps > 0)
        assert np.all(steps < STEP_LIMIT)


class TestFingerprint:
    @given(tunes, st.integers(-12, 12), st.sampled_from([F(1, 3), F(1, 2), F(2), F(7)]))
    def test_ignores_key_title_and_unit_length(self, score: Score, up: int, factor: F) -> None:
        stretched = Score.of(
            replace(n, onset=n.onset * factor, duration=n.duration * factor) for n in score
        )
        other = replace(stretched.transposed(up), title="Renamed")
        assert fingerprint(other) == fingerprint(score)

    @pytest.mark.parametrize("at", range(4))
    def test_one_changed_note_changes_it(self, at: int) -> None:
        pitches = [62, 64, 66, 67]
        changed = [pitch + (i == at) for i, pitch in enumerate(pitches)]
        assert fingerprint(tune(pitches, [F(1)] * 4)) != fingerprint(tune(changed, [F(1)] * 4))

    def test_is_stable_from_version_to_version(self) -> None:
        assert fingerprint(tune([62, 66, 69], [F(1)] * 3)).hex() == STABLE


STABLE = "241a59cafdbde9162ac28dd93106df5c"


class TestBarLines:
    def test_counts_bars(self) -> None:
        score = Score.of([], meters=[MeterChange(F(0), Meter(6, 8))])
        assert BarLines(score).number(F(0)) == 0
        assert BarLines(score).number(F(15, 2)) == F(5, 2)

    def test_a_pickup_stands_before_bar_0(self) -> None:
        score = Score.of([], meters=[MeterChange(F(0), Meter(4, 4))], pickup=F(1, 2))
        assert BarLines(score).number(F(0)) == F(-1, 8)
        assert BarLines(score).number(F(9, 2)) == 1

    def test_a_change_of_metre_starts_a_bar(self) -> None:
        changes = [MeterChange(F(0), Meter(4, 4)), MeterChange(F(10), Meter(3, 4))]
        bars = BarLines(Score.of([], meters=changes))
        assert bars.number(F(10)) == 3
        assert bars.number(F(13)) == 4

    @given(tunes)
    def test_of_a_whole_melody_at_once(self, score: Score) -> None:
        changes = [MeterChange(F(1, 2), Meter(6, 8)), MeterChange(F(7, 2), Meter(2, 4))]
        measured = replace(score, meters=tuple(changes))
        melody, bars = line(measured), BarLines(measured)
        numbers = bars.numbers(melody)
        if len(melody):
            times = [*melody.onsets, melody.onsets[-1] + melody.spans[-1]]
            exact = [float(bars.number(melody.time(int(tick)))) for tick in times]
            assert numbers == pytest.approx(exact)
