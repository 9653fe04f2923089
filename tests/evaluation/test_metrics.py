"""Each metric on a tune short enough to count by hand, or with muspy's value for it.

The values marked muspy were computed with muspy 0.5.0 from the same notes.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from musicrnn.evaluation import metrics
from musicrnn.score import Key, KeyChange, Meter, MeterChange, Note, Part, Score

F = Fraction
NO_PICKUP = F(0)


def tune(pitches: list[int], *, pickup: Fraction = NO_PICKUP, key: str = "D") -> Score:
    """Eighths in 4/4."""
    notes = [Note(F(i, 2), pitch, F(1, 2)) for i, pitch in enumerate(pitches)]
    return Score.of(
        notes,
        meters=[MeterChange(F(0), Meter(4, 4))],
        keys=[KeyChange(F(0), Key(key))],
        pickup=pickup,
    )


SCALE = [62, 64, 66, 67, 69, 71, 73, 74]
EMPTY = Score.of([])


@pytest.mark.parametrize("metric", metrics.NUMBERS.values(), ids=lambda metric: metric.__name__)
def test_undefined_is_nan_and_never_an_error(metric: object) -> None:
    value = metric(EMPTY)  # type: ignore[operator]
    assert math.isnan(value) or metric in {metrics.number_of_notes, metrics.length_in_bars}


@pytest.mark.parametrize("metric", metrics.HISTOGRAMS.values(), ids=lambda m: m.__name__)
def test_no_notes_have_no_histogram(metric: object) -> None:
    assert metric(EMPTY) == Counter()  # type: ignore[operator]


class TestHistograms:
    def test_degrees_do_not_depend_on_the_key(self) -> None:
        in_d = metrics.degrees(tune(SCALE))
        in_g = metrics.degrees(tune([pitch + 5 for pitch in SCALE], key="G"))
        assert in_d == in_g
        assert in_d["1"] == 2

    def test_intervals(self) -> None:
        found = metrics.intervals(tune([62, 66, 64, 64, 90]))
        assert found == {4: 1, -2: 1, 0: 1, 13: 1}

    def test_durations(self) -> None:
        notes = [Note(F(0), 60, F(1, 2)), Note(F(1), 60, F(1)), Note(F(2), 60, F(1, 3))]
        assert metrics.durations(Score.of(notes)) == {"1": 2, "1/3": 1}

    def test_bar_rhythms_leave_out_the_pickup(self) -> None:
        score = tune([69, *SCALE, *SCALE], pickup=F(1, 2))
        assert metrics.bar_rhythms(score) == {"0 1/8 1/4 3/8 1/2 5/8 3/4 7/8": 2}

    @pytest.mark.parametrize(
        ("first", "middle", "last", "shape"),
        [
            (60, 65, 60, "convex"),
            (60, 55, 60, "concave"),
            (60, 64, 67, "ascending"),
            (67, 64, 60, "descending"),
            (60, 60, 60, "horizontal"),
            (60, 60, 67, "horizontal-ascending"),
            (60, 60, 55, "horizontal-descending"),
            (60, 67, 67, "ascending-horizontal"),
            (67, 60, 60, "descending-horizontal"),
        ],
    )
    def test_contours(self, first: int, middle: int, last: int, shape: str) -> None:
        assert metrics.contours(tune([first, *[middle] * 30, last])) == {shape: 1}

    def test_phrase_ends(self) -> None:
        phrase = [62] * 31 + [69]
        assert metrics.phrase_ends(tune(phrase + [62] * 32)) == {"5": 1, "1": 1}

    def test_a_pickup_leads_into_its_phrase(self) -> None:
        phrase = [69, *[62] * 30, 64]  # one eighth before the bar line, and one short at the end
        assert metrics.phrase_ends(tune(phrase * 2, pickup=F(1, 2))) == {"2": 2}


class TestNumbers:
    def test_tonic_ending(self) -> None:
        assert metrics.tonic_ending(tune([69, 74])) == 1
        assert metrics.tonic_ending(tune([74, 69])) == 0

    def test_length(self) -> None:
        assert metrics.length_in_bars(tune(SCALE * 3)) == 3
        assert metrics.number_of_notes(tune(SCALE * 3)) == 24

    def test_parts(self) -> None:
        a, b = SCALE * 4, SCALE[::-1] * 4
        assert metrics.part_similarity(tune(a + a)) == 1
        assert metrics.part_similarity(tune(a + b)) == 0
        assert metrics.neighbour_similarity(tune(a + b)) == pytest.approx(6 / 7)
        half_changed = SCALE[:4] + [50] * 4
        assert metrics.part_similarity(tune(SCALE + half_changed)) == pytest.approx(4 / 12)

    def test_a_lag_beyond_the_tune_is_undefined(self) -> None:
        assert math.isnan(metrics.part_similarity(tune(SCALE), 5))

    @pytest.mark.parametrize(
        ("metric", "muspy"),
        [
            (metrics.pitch_range, 16),
            (metrics.pitch_class_entropy, 2.827819531114783),
            (metrics.scale_consistency, 0.875),
            (metrics.polyphony, 1.0),
        ],
        ids=lambda value: getattr(value, "__name__", ""),
    )
    def test_as_muspy(self, metric: object, muspy: float) -> None:
        score = tune([*SCALE, 58, 62, 66, 69, 62, 64, 66, 70])
        assert metric(score) == pytest.approx(muspy)  # type: ignore[operator]

    def test_polyphony_counts_only_what_sounds(self) -> None:
        notes = [Note(F(0), 60, F(2)), Note(F(1), 64, F(1)), Note(F(5), 60, F(1))]
        assert metrics.polyphony(Score.of(notes)) == pytest.approx(4 / 3)  # muspy too

    def test_groove(self) -> None:
        bar = [Note(F(i), 60, F(1)) for i in range(4)]
        other = [Note(4 + F(i), 60, F(2)) for i in (0, 2)]
        score = Score.of(bar + other, meters=[MeterChange(F(0), Meter(4, 4))])
        assert metrics.groove_consistency(score) == pytest.approx(1 - 2 / 4)
        assert metrics.groove_consistency(score, grid=96) == pytest.approx(
            0.9791666666666666
        )  # muspy

    def test_drums_have_no_pitch(self) -> None:
        drums = Score.of([Note(F(0), 40, F(1))], parts=[Part(drums=True)])
        assert math.isnan(metrics.pitch_range(drums))

    @pytest.mark.parametrize(
        ("counts", "bits"), [((1, 1, 1, 1), 2.0), ((1, 1, 2), 1.5), ((5,), 0.0)]
    )
    def test_entropy_of_a_textbook(self, counts: tuple[int, ...], bits: float) -> None:
        assert metrics.entropy(Counter(dict(enumerate(counts)))) == pytest.approx(bits)


def test_measuring_changes_nothing_with_transposition() -> None:
    rng = np.random.default_rng(0)
    score = tune(rng.integers(55, 80, 64).tolist())
    moved = Score.of(
        [Note(n.onset, n.pitch + 3, n.duration) for n in score],
        meters=score.meters,
        keys=[KeyChange(F(0), Key("F"))],
    )
    for metric in (*metrics.NUMBERS.values(), *metrics.HISTOGRAMS.values()):
        assert metric(moved) == pytest.approx(metric(score), nan_ok=True)
