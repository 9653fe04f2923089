"""Chord symbols as they sound: the pattern of the dance, and what ``%%MIDI`` asks for."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from musicrnn import abc
from musicrnn.errors import UsageError
from musicrnn.score import Meter, Score
from musicrnn.theory.backing import BACKINGS, backing_of, pattern_of, slots

GUITAR = BACKINGS["guitar"]


def tune(body: str, meter: str = "4/4", rhythm: str = "reel", extra: str = "") -> abc.ParsedTune:
    return abc.parse_tune(f"X:1\nT:x\nR:{rhythm}\nM:{meter}\nL:1/8\n{extra}K:G\n{body}\n")


def backed(parsed: abc.ParsedTune, name: str = "guitar") -> Score:
    return abc.to_score(parsed, backing=BACKINGS[name])


def sounds(score: Score) -> list[tuple[Fraction, list[int]]]:
    """Onset → what the accompaniment plays there."""
    found: dict[Fraction, list[int]] = {}
    for note in score:
        if note.part > 0:
            found.setdefault(note.onset, []).append(note.pitch)
    return sorted(found.items())


def test_a_reel_goes_bass_chord_bass_chord_with_the_fifth_in_turn() -> None:
    played = sounds(backed(tune('"G"G4 B4|"D"A8|]')))
    assert [onset for onset, _ in played] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert [notes for _, notes in played[:4]] == [[43], [50, 55, 59], [38], [50, 55, 59]]
    assert played[4] == (Fraction(4), [38])  # D in the bass
    assert played[6] == (Fraction(6), [45])  # and A, its fifth


def test_a_jig_has_the_chord_on_the_last_third_of_the_beat() -> None:
    played = sounds(backed(tune('"G"G3 B3|]', "6/8", "jig")))
    assert [onset for onset, _ in played] == [0, 1, Fraction(3, 2), Fraction(5, 2)]


@pytest.mark.parametrize(
    ("meter", "rhythm", "onsets"),
    [
        ("3/4", "waltz", [0, 1, 2]),
        ("2/4", "polka", [0, Fraction(1, 2), 1, Fraction(3, 2)]),
        ("9/8", "slip jig", [0, 1, Fraction(3, 2), Fraction(5, 2), 3, 4]),
        ("4/4", "hornpipe", [0, 1, 2, 3]),
        ("4/4", "swing", [0, 1, 2, 3]),
    ],
)
def test_each_dance_has_its_pattern(meter: str, rhythm: str, onsets: list[Fraction]) -> None:
    top, bottom = (int(number) for number in meter.split("/"))
    length = int(8 * Fraction(top, bottom))
    played = sounds(backed(tune(f'"G"G{length}|]', meter, rhythm)))
    assert [onset for onset, _ in played] == onsets


def test_every_pattern_fills_a_bar() -> None:
    for meter in (Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8), Meter(9, 8), Meter(5, 4)):
        for rhythm in ("reel", "jig", "waltz", "air", "swing", "Scotch reel", "no such dance"):
            found = slots(pattern_of(meter, rhythm))
            assert found[0].start == 0
            assert found[-1].start + found[-1].length == 1


def test_after_a_pickup_the_pattern_begins_on_the_bar() -> None:
    played = sounds(backed(tune('D2|"G"G8|"D"A6|]')))
    assert played[0] == (Fraction(1), [43])
    assert max(onset for onset, _ in played) < 8


def test_a_repeat_with_a_pickup_keeps_the_bar() -> None:
    played = dict(sounds(backed(tune('|:D2|"G"G8|"D"A6:|'))))
    for bar in (1, 9):
        assert played[Fraction(bar)] == [43]


def test_a_chord_in_mid_bar_has_its_root_in_the_bass() -> None:
    played = dict(sounds(backed(tune('"G"G4 "C"c4|]'))))
    assert played[Fraction(2)] == [36]


def test_a_bouzouki_leaves_out_the_third() -> None:
    played = sounds(backed(tune('"Em"E8|]'), "bouzouki"))
    assert {pitch % 12 for _, notes in played for pitch in notes} == {4, 11}


def test_the_instruments_are_on_their_programs() -> None:
    assert [part.program for part in backed(tune('"G"G8|]'), "piano").parts] == [0, 0]
    assert [part.program for part in backed(tune('"G"G8|]')).parts] == [0, 25]
    asked = "%%MIDI chordprog 46\n%%MIDI bassprog 32\n"
    parts = backed(tune('"G"G8|]', extra=asked)).parts
    assert [(part.name, part.program) for part in parts[1:]] == [("Chords", 46), ("Bass", 32)]


def test_volumes_are_those_of_the_tune() -> None:
    asked = "%%MIDI chordvol 30\n%%MIDI bassvol 99\n"
    score = backed(tune('"G"G8|]', extra=asked))
    assert {(n.pitch < 48, n.velocity) for n in score if n.part} == {(True, 99), (False, 30)}


def test_gchordoff_and_gchordon() -> None:
    body = '"G"G8|\n%%MIDI gchordoff\n"C"c8|\n%%MIDI gchordon\n"G"G8|]'
    onsets = [onset for onset, _ in sounds(backed(tune(body)))]
    assert onsets == [0, 1, 2, 3, 8, 9, 10, 11]


def test_without_symbols_nothing_is_added() -> None:
    parsed = tune("G8|]")
    assert backed(parsed) == abc.to_score(parsed)


def test_what_is_no_backing_is_refused() -> None:
    assert backing_of("none") is None
    with pytest.raises(UsageError, match="guitar, piano, bouzouki"):
        backing_of("kazoo")


#: what abc2midi is asked to play, each in its own way
PATTERNS = [
    ("4/4", "", '"G"G4 B4|"C"c4 e4|'),
    ("4/4", "%%MIDI gchord f2c2f2c2\n", '"G"G4 B4|"C"c4 e4|'),
    ("6/8", "", '"G"G3 B3|"D"A6|'),
    ("6/8", "%%MIDI gchord fzcfcc\n", '"G"G3 B3|"D"A6|'),
    ("3/4", "", '"Em"E2G2B2|"D"A6|'),
    ("9/8", "", '"G"G3 B3 d3|"D"A9|'),
    ("2/4", "%%MIDI gchord ghih\n", '"C"C2E2|"F"F4|'),
    ("4/4", "%%MIDI gchord b4z4\n", '"C"C8|"F"F4"G7"G4|'),
]


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed")
@pytest.mark.parametrize(("meter", "asked", "body"), PATTERNS)
def test_as_abc2midi_plays_it(meter: str, asked: str, body: str, tmp_path: Path) -> None:
    """The same moments, the same pitch classes, the bass in the same octave."""
    import mido

    parsed = tune(body, meter, "", asked)
    ours = {
        (note.onset, note.pitch % 12, note.pitch < 48)
        for note in abc.to_score(parsed, backing=BACKINGS["piano"])
        if note.part
    }
    (tmp_path / "t.abc").write_text(abc.write(parsed))
    subprocess.run(
        ["abc2midi", "t.abc", "-o", "t.mid"], cwd=tmp_path, check=True, capture_output=True
    )
    midi = mido.MidiFile(tmp_path / "t.mid")
    theirs = set()
    for track in midi.tracks[1:]:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity and message.channel != 0:
                onset = Fraction(now - 1, midi.ticks_per_beat)  # abc2midi begins one tick late
                theirs.add((onset, message.note % 12, message.note < 48))
    assert ours == theirs
