"""A second voice: the melody untouched, bars that add up, in range, in the key, no crossing."""

from __future__ import annotations

import re

import pytest

from musicrnn import abc
from musicrnn.arranging.second_voice import second_voice
from musicrnn.errors import UsageError
from musicrnn.generation.tune import read
from musicrnn.theory.instruments import instrument_range

JIG = """X:1
T:A jig
R:jig
M:6/8
L:1/8
K:D
|:A|d2f efe|d2f e2A|[1d2f edc|d3 d2:|[2AFD E2C|D3 D2||
|:g|{a}fed ~e3|(3efg fe>dc|B2A- A2F|"D"D3 D2:|
"""
AIR = "X:2\nT:Air\nM:3/4\nL:1/4\nK:Am\nE|A^Gc|B2A|e>dc|B^G E|A2-A|A2|]\nw:sing me a song\n"
TUNES = {"jig": JIG, "air": AIR}


def voices(text: str) -> list[abc.Voice]:
    return abc.read_timeline(abc.parse_tune(text)).voices


@pytest.mark.parametrize("place", ["auto", "below", "above", "bass"])
@pytest.mark.parametrize("name", TUNES)
def test_bars_add_up_and_nothing_is_wrong(name: str, place: str) -> None:
    made = second_voice(TUNES[name], place=place)
    assert [d for d in abc.check(made, strict=True) if d.severity != "info"] == []
    melody, other = voices(made)
    assert [m.length for m in other.measures] == [m.length for m in melody.measures]
    assert [m.after.ends for m in other.measures] == [m.after.ends for m in melody.measures]
    score = abc.to_score(abc.parse_tune(made))
    assert {note.part for note in score} == {0, 1}


@pytest.mark.parametrize("name", TUNES)
def test_the_melody_is_untouched(name: str) -> None:
    made = second_voice(TUNES[name])
    body = abc.write_body(abc.parse_tune(TUNES[name]).body)
    assert f'V:1 name="Melody"\n{body}V:2 name=' in made


@pytest.mark.parametrize(("place", "way"), [("below", -1), ("above", 1), ("bass", -1)])
def test_voices_do_not_cross(place: str, way: int) -> None:
    score = abc.to_score(abc.parse_tune(second_voice(JIG, place=place)))
    for mine in [note for note in score if note.part == 1]:
        for theirs in [note for note in score if note.part == 0]:
            if theirs.onset <= mine.onset < theirs.end:
                assert (mine.pitch - theirs.pitch) * way >= 0


@pytest.mark.parametrize("instrument", ["fiddle", "whistle-D", "viola"])
def test_the_range_of_an_instrument(instrument: str) -> None:
    low, high = instrument_range(instrument)
    made = second_voice(JIG, place="below" if instrument != "whistle-D" else "above",
                        instrument=instrument)  # fmt: skip
    other = [note.pitch for note in abc.to_score(abc.parse_tune(made)) if note.part == 1]
    assert other
    assert low <= min(other) <= max(other) <= high
    assert re.search(rf'V:2 name="{instrument}"', made, re.IGNORECASE)


def test_thirds_and_sixths_in_the_key() -> None:
    scale = "X:1\nT:Scale\nM:4/4\nL:1/4\nK:G\nGABc|defg|gfed|cBAG|]\n"
    score = abc.to_score(abc.parse_tune(second_voice(scale, place="below")))
    melody = [note.pitch for note in score if note.part == 0]
    other = [note.pitch for note in score if note.part == 1]
    sizes = [(a - b) % 12 for a, b in zip(melody, other, strict=True)]
    assert sum(size in (3, 4, 8, 9) for size in sizes) >= 12
    assert {pitch % 12 for pitch in other} <= {0, 2, 4, 6, 7, 9, 11}


def test_a_note_that_the_melody_raises_is_raised_in_the_second_voice() -> None:
    minor = "X:1\nT:Minor\nM:4/4\nL:1/4\nK:Am\nA^GBe|e^GBA|]\n"
    for place in ("below", "above"):
        score = abc.to_score(abc.parse_tune(second_voice(minor, place=place)))
        assert not any(note.pitch % 12 == 7 for note in score)  # no G natural beside G sharp


def test_chord_symbols_are_followed() -> None:
    text = 'X:1\nT:Chords\nM:4/4\nL:1/4\nK:C\n"C"c2 "F"c2|"Am"c2 "C"c2|]\n'
    score = abc.to_score(abc.parse_tune(second_voice(text, place="below")))
    other = [note.pitch % 12 for note in score if note.part == 1]
    for pitch, chord in zip(other, ({0, 4, 7}, {5, 9, 0}, {9, 0, 4}, {0, 4, 7}), strict=True):
        assert pitch in chord
    bass = abc.to_score(abc.parse_tune(second_voice(text, place="bass")))
    assert [n.pitch % 12 for n in bass if n.part == 1] == [0, 5, 9, 0]


def test_a_seed_gives_another_part_and_the_same_again() -> None:
    assert second_voice(JIG, seed=3) == second_voice(JIG, seed=3)
    assert len({second_voice(JIG, seed=seed) for seed in range(8)}) > 1


def test_of_a_tune() -> None:
    (tune,) = read(JIG.encode())
    made = tune.second_voice("below", instrument="fiddle")
    assert made.title == "A jig"
    assert len(made.score.parts) == 2
    assert made.score.parts[1].program == 40


@pytest.mark.parametrize(
    ("text", "place", "instrument", "said"),
    [
        ("X:1\nT:Rest\nM:4/4\nK:C\nz4|]\n", "auto", "", "there is no melody"),
        ("no tune at all", "auto", "", "there is no tune"),
        ("X:1\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|\nV:2\nEFGA|\n", "auto", "", "2 voices already"),
        (JIG, "beside", "", "no second voice is 'beside'"),
        (JIG, "below", "tuba", "'tuba' is not an instrument|no instrument 'tuba'"),
        (JIG, "below", "piccolo", ""),
        (JIG.replace("D", "D,,").replace("A", "A,,"), "below", "whistle-G", ""),
    ],
)
def test_what_cannot_be_done(text: str, place: str, instrument: str, said: str) -> None:
    if said:
        with pytest.raises(UsageError, match=said):
            second_voice(text, place=place, instrument=instrument)
    else:  # few notes are in range: the others are rests
        assert "V:2" in second_voice(text, place=place, instrument=instrument)


def test_a_note_that_is_held_is_held_in_both_voices() -> None:
    text = "X:1\nT:Held\nM:4/4\nL:1/4\nK:G\nGABc|dB!fermata!A2|GAHB2|G4|]\n"
    made = second_voice(text, place="below")
    assert made.partition("V:2")[2].count("fermata") + made.partition("V:2")[2].count("H") == 2
    assert [d for d in abc.check(made, strict=True) if d.severity != "info"] == []


def test_a_voice_begins_with_what_the_header_says() -> None:
    text = "X:1\nT:Change\nM:2/4\nL:1/8\nK:A\nc2cA|AcA2::\nL:1/16\neaga faga|A4A4:|\n"
    made = second_voice(text, place="below")
    assert made.partition("V:2")[2].splitlines()[1] == "L:1/8"
    assert [d for d in abc.check(made, strict=True) if d.severity != "info"] == []
    melody, other = voices(made)
    assert [m.length for m in other.measures] == [m.length for m in melody.measures]
