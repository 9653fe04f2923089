"""What a teacher of harmony would mark."""

import pytest

from musicrnn.abc import parse_tune, to_score
from musicrnn.errors import UsageError
from musicrnn.theory.four_voices import four_voices
from musicrnn.theory.voice_leading import Fault, chords, faults, nameless


def _faults(*voices: str, key: str = "C") -> list[Fault]:
    body = "\n".join(f"V:{name}\n{bars}" for name, bars in zip("SATB", voices, strict=True))
    names = "\n".join(
        f"V:{v} name={n}" for v, n in zip("SATB", ("Soprano", "Alto", "Tenor", "Bass"), strict=True)
    )
    tune = parse_tune(f"X:1\nT:Exercise\nM:4/4\nL:1/4\nK:{key}\n{names}\n{body}\n")
    return faults(four_voices(to_score(tune)))


def test_a_cadence_without_fault() -> None:
    assert _faults("c2B2|c4|]", "G2G2|G4|]", "E2D2|E4|]", "C,2G,,2|C,4|]") == []


def test_parallel_octaves_and_fifths_are_named_with_bar_and_voices() -> None:
    found = _faults("c2d2|c4|]", "G2A2|G4|]", "E2F2|E4|]", "C,2D,2|C,4|]")
    assert [str(fault) for fault in found if fault.bar == 1] == [
        "bar 1, beat 3, alto and bass: warning: parallel fifths, G4–C3 to A4–D3 [parallel-fifths]",
        "bar 1, beat 3, soprano and bass: warning: parallel octaves, C5–C3 to D5–D3"
        " [parallel-octaves]",
    ]


def test_a_repeated_chord_has_no_parallels() -> None:
    assert _faults("cccc|c4|]", "GGGG|G4|]", "EEEE|E4|]", "C,C,C,C,|C,4|]") == []


@pytest.mark.parametrize(
    ("voices", "code"),
    [
        (("c4|]", "E4|]", "G4|]", "C,4|]"), "crossing"),
        (("g4|]", "C4|]", "G,4|]", "C,4|]"), "spacing"),
        (("c4|]", "G4|]", "E4|]", "C,,4|]"), "range"),
        (("c4|]", "G4|]", "E4|]", "D,4|]"), "no-close"),
        (("d2B2|c4|]", "G2G2|G4|]", "F2B,2|C4|]", "G,,2G,,2|C,4|]"), "doubled-leading-note"),
        (("c2e2|e4|]", "G2G2|G4|]", "F,2B,2|C4|]", "C,2C,2|C,4|]"), "leap"),
        (("!fermata!c4|c4|]", "F4|E4|]", "D4|C4|]", "B,,4|C,4|]"), "dissonant-cadence"),
        (("c4|c2|]", "G4|G2|]", "E4|E2|]", "C,4|C,2|]"), "open-bar"),
    ],
)
def test_each_fault_has_its_code(voices: tuple[str, ...], code: str) -> None:
    assert code in {fault.code for fault in _faults(*voices)}


def test_a_suspension_under_a_fermata_may_resolve() -> None:
    voices = ("!fermata!c4|c4|]", "G4|G4|]", "F2E2|E4|]", "C,4|C,4|]")
    assert "dissonant-cadence" not in {fault.code for fault in _faults(*voices)}


def test_a_quarter_without_a_chord_is_counted() -> None:
    tune = parse_tune("X:1\nM:4/4\nL:1/4\nK:C\n[CEGc]2[CFGd]2|[B,DGf]2[CEGc]2|]\n")
    assert nameless(four_voices(to_score(tune))) == 2  # two quarters of C, F, G and D


def test_what_counts_as_a_chord() -> None:
    tune = parse_tune("X:1\nM:4/4\nL:1/4\nK:C\n[CEGc]2[DFAd]2|[CEGc]4|]\n")
    voices = four_voices(to_score(tune))
    assert chords(voices) == 3
    assert [fault.code for fault in faults(voices)].count("parallel-octaves") == 2


def test_music_in_two_voices_is_no_exercise_in_four() -> None:
    tune = parse_tune("X:1\nM:4/4\nL:1/4\nK:C\n[Cc]2[Dd]2|[Cc]4|]\n")
    with pytest.raises(UsageError, match="fewer than four voices"):
        four_voices(to_score(tune))
