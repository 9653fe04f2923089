"""Practice: the loop is the bars asked for, the ladder of tempos exact, the count on the beat."""

from __future__ import annotations

import io
from fractions import Fraction

import mido
import pytest

from musicrnn.arranging.practice import Practice, bar_times, practised
from musicrnn.arranging.sequence import in_a_row
from musicrnn.errors import UsageError
from musicrnn.midi.writer import to_midi
from musicrnn.render import accompany, performed
from musicrnn.score import Meter, MeterChange, Note, Part, Score

F = Fraction
#: sixteen bars and a pickup to each section; bar 9 is the first of the second section
JIG = """X:1
T:A jig
R:jig
M:6/8
L:1/8
K:D
|:A|d3 f3|e3 d3|c3 e3|d3 A3|d3 f3|e3 d3|c3 e3|d3 d2:|
|:g|"D"f3 a3|"G"g3 f3|"A"e3 g3|"D"f3 d3|f3 a3|g3 f3|"A"e3 c3|"D"d3 d2:|
"""
REEL = "X:1\nT:A reel\nM:4/4\nL:1/4\nQ:1/4=100\nK:G\nGABc|dcBA|GBdB|G4|]\n"


def onsets(midi: bytes, *, drums: bool = False) -> list[float]:
    """When notes start, in seconds, as a sequencer reads the file."""
    found, time = [], 0.0
    for message in mido.MidiFile(file=io.BytesIO(midi)):
        time += message.time
        if message.type == "note_on" and message.velocity and (message.channel == 9) == drums:
            found.append(time)
    return found


def test_the_ladder_of_tempos_is_exact_to_the_millisecond() -> None:
    how = Practice(times=4, from_tempo=F(70, 100), to_tempo=F(1))
    midi = to_midi(practised(performed(REEL), how, abc=REEL))
    expected, time = [], 0.0
    for share in (0.7, 0.8, 0.9, 1.0):
        beat = 60 / (100 * share)
        expected += [time + beat * quarter for quarter in range(13)]
        time += 16 * beat
    assert onsets(midi) == pytest.approx(expected, abs=0.001)


def test_a_loop_is_the_bars_of_the_text() -> None:
    played = practised(performed(JIG), Practice(loop="9-16", times=2), abc=JIG)
    pitches = [note.pitch for note in played.notes]
    once = [79, 78, 81, 79, 78, 76, 79, 78, 74, 78, 81, 79, 78, 76, 73, 74, 74]
    assert pitches == once * 2
    # The pickup comes back in the bar that lacks it: twice eight bars of three quarters.
    assert played.notes[len(once)].onset == 24
    assert played.pickup == F(1, 2)


def test_a_loop_with_a_pickup_and_full_bars_comes_back_on_the_beat() -> None:
    played = practised(performed(JIG), Practice(loop="9-10", times=2), abc=JIG)
    assert played.notes[0].onset == 0
    assert played.notes[5].onset == 9  # the pickup of a fourth bar


def test_a_loop_of_what_has_no_text_is_the_bars_heard() -> None:
    score = performed(REEL)
    played = practised(score, Practice(loop="2-3"))
    assert [note.pitch for note in played.notes] == [74, 72, 71, 69, 67, 71, 74, 71]


def test_when_bars_are_played_first() -> None:
    endings = "X:1\nM:2/4\nL:1/4\nK:C\n|:G|CD|1E:|2GA||Bc|]\n"
    assert bar_times(endings) == [(1, 0, 1), (1, 1, 3), (2, 3, 4), (3, 7, 9), (4, 9, 11)]
    assert bar_times(performed(REEL)) == [(n + 1, 4 * n, 4 * n + 4) for n in range(4)]


def test_repeats_within_a_loop_are_played() -> None:
    endings = "X:1\nM:2/4\nL:1/4\nK:C\n|:CD|1EF:|2GA||Bc|]\n"
    played = practised(performed(endings), Practice(loop="1-3"), abc=endings)
    assert [note.pitch for note in played.notes] == [60, 62, 64, 65, 60, 62, 67, 69]


def test_counting_in() -> None:
    midi = to_midi(practised(performed(REEL), Practice(count_in=1), abc=REEL))
    assert onsets(midi, drums=True) == pytest.approx([0, 0.6, 1.2, 1.8], abs=0.001)
    assert onsets(midi)[0] == pytest.approx(2.4, abs=0.001)


def test_a_pickup_is_counted_in_before_its_bar_is_over() -> None:
    played = practised(performed(JIG), Practice(count_in=1, click=True), abc=JIG)
    clicks = [note for note in played.notes if played.parts[note.part].drums]
    melody = [note for note in played.notes if not played.parts[note.part].drums]
    assert [note.onset for note in clicks[:4]] == [0, F(3, 2), 3, F(9, 2)]
    assert (melody[0].onset, melody[1].onset) == (F(5, 2), 3)
    assert [note.pitch for note in clicks[:4]] == [76, 77, 76, 77]


def test_the_click_goes_through_all_passes() -> None:
    how = Practice(loop="9-10", times=3, click=True)
    played = practised(performed(JIG), how, abc=JIG)
    clicks = [note.onset for note in played.notes if played.parts[note.part].drums]
    first = F(1, 2)  # after the pickup
    assert clicks == [first + F(3, 2) * n for n in range(len(clicks))]


def test_muting() -> None:
    score = accompany(performed(JIG))
    backing = practised(score, Practice(mute="melody"), abc=JIG)
    melody = practised(score, Practice(mute="backing"), abc=JIG)
    assert {note.part for note in backing.notes} == {1}
    assert {note.part for note in melody.notes} == {0}
    with pytest.raises(UsageError, match="nothing is left to hear"):
        practised(performed(REEL), Practice(mute="melody"), abc=REEL)


def test_tunes_in_a_row_change_on_the_bar_line() -> None:
    jig, reel = performed(JIG), performed(REEL)
    row = in_a_row([reel, jig, reel])
    assert [str(change.meter) for change in row.meters] == ["4/4", "6/8", "4/4"]
    # the jig's pickup is the last eighth of the reel's last bar
    assert row.notes[13].onset == F(31, 2)
    assert row.notes[12].end == F(31, 2)
    assert [change.onset for change in row.meters] == [0, 16, 16 + jig.length]


def test_parts_that_are_alike_are_one() -> None:
    one = Score.of([Note(F(0), 60, F(4))], parts=[Part("A")])
    two = Score.of([Note(F(0), 62, F(4), part=1)], parts=[Part("A"), Part("B", 40)])
    row = in_a_row([one, two, one])
    assert row.parts == (Part("A"), Part("B", 40))
    assert [note.part for note in row.notes] == [0, 1, 0]


def test_metres_that_change() -> None:
    meters = [MeterChange(F(0), Meter(3, 4)), MeterChange(F(3), Meter(2, 4))]
    score = Score.of([Note(F(0), 60, F(7))], meters=meters)
    played = practised(score, Practice(click=True))
    high = [n.onset for n in played.notes if n.part == 1 and n.pitch == 76]
    assert high == [0, 3, 5]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"loop": "9-40"}, "there is no bar 40: the tune has 16 bars"),
        ({"loop": "9-16,3"}, "a loop is one row of bars"),
        ({"loop": "b"}, "'b' names no bars"),
        ({"loop": "4-2"}, "'4-2' names no bars"),
        ({"times": 0}, "0 times makes no sense"),
        ({"from_tempo": F(0)}, "0% of the tempo cannot be practised"),
        ({"count_in": 20}, "20 bars to count in"),
        ({"mute": "drums"}, "'drums' cannot be muted"),
    ],
)
def test_what_makes_no_sense(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        practised(performed(JIG), Practice(**options), abc=JIG)  # type: ignore[arg-type]
