"""A Score written as ABC reads back as the same notes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicrnn import abc
from musicrnn.abc.from_score import written
from musicrnn.errors import UsageError
from musicrnn.score import (
    SUSTAIN,
    ControlChange,
    Key,
    KeyChange,
    Lyric,
    Meter,
    MeterChange,
    Note,
    Part,
    PitchBend,
    Score,
    TempoChange,
)

COMMON = Meter(4, 4)


def line(*events: tuple[int, str], meter: Meter = COMMON, key: str = "C") -> Score:
    """A melody of (pitch, duration in quarter notes); pitch 0 is a rest."""
    notes, time = [], Fraction(0)
    for pitch, duration in events:
        if pitch:
            notes.append(Note(time, pitch, Fraction(duration)))
        time += Fraction(duration)
    return Score.of(
        notes,
        meters=[MeterChange(Fraction(0), meter)],
        keys=[KeyChange(Fraction(0), Key(key))],
        length=time,
    )


def sounding(score: Score) -> list[tuple[Fraction, Fraction, int]]:
    return [(note.onset, note.duration, note.pitch) for note in score.notes]


@pytest.mark.parametrize(
    ("score", "body"),
    [
        (line((60, "1"), (62, "1/2"), (64, "1/2"), (65, "2")), "C2DE F4 |]"),
        (line((60, "1/3"), (62, "1/3"), (64, "1/3"), (0, "3")), "(3CDEz6 |]"),
        (line((60, "2/3"), (62, "1/3"), (64, "3")), "(3:2:2C2DE6 |]"),
        (line((72, "3"), (74, "2"), (0, "3")), "c6d2- | d2z6 |]"),
        (line((66, "1"), (65, "1"), (66, "2"), key="G"), "F2=F2 ^F4 |]"),
        (line((60, "3/2"), (64, "3/2"), meter=Meter(6, 8)), "C3 E3 |]"),
        (line((60, "1/4"), (62, "1/4"), (64, "1/4"), (65, "1/4"), (0, "3")), "CDEFz12 |]"),
    ],
)
def test_spelling(score: Score, body: str) -> None:
    assert abc.from_score(score).splitlines()[-1] == body


def test_header_says_what_the_score_says() -> None:
    score = Score.of(
        [Note(Fraction(0), 69, Fraction(3, 2))],
        meters=[MeterChange(Fraction(0), Meter(6, 8))],
        keys=[KeyChange(Fraction(0), Key("A", "dorian"))],
        tempos=[TempoChange(Fraction(0), Fraction(180))],
        title="A tune",
    )
    header = abc.from_score(score).split("K:")[0]
    assert header == "X:1\nT:A tune\nM:6/8\nL:1/8\nQ:3/8=120\n"
    assert "K:Ador\n" in abc.from_score(score)


def test_the_key_is_found() -> None:
    scale = [62, 64, 66, 67, 69, 71, 73, 74]
    notes = [Note(Fraction(i), pitch, Fraction(1)) for i, pitch in enumerate(scale)]
    assert "\nK:D\n" in abc.from_score(Score.of(notes))


def test_overlapping_notes_become_voices() -> None:
    notes = [Note(Fraction(0), 60, Fraction(4)), Note(Fraction(1), 67, Fraction(1))]
    written = abc.from_score(Score.of(notes))
    assert "V:2" in written
    assert sounding(abc.to_score(abc.parse(written).tunes[0])) == sounding(Score.of(notes))


def test_played_music_is_moved_to_the_grid() -> None:
    played = [Note(Fraction(1, 97), 60, Fraction(95, 97)), Note(Fraction(96, 97), 62, Fraction(1))]
    read = abc.to_score(abc.parse(abc.from_score(Score.of(played))).tunes[0])
    assert sounding(read) == [(0, 1, 60), (1, 1, 62)]


def test_a_pickup_longer_than_a_bar() -> None:
    with pytest.raises(UsageError, match="does not fit into a bar of 4/4"):
        abc.from_score(line((60, "4")), pickup=Fraction(5))


durations = st.sampled_from(["1/4", "1/2", "3/4", "1", "3/2", "2", "1/3", "2/3", "3", "5/4"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.just(0) | st.integers(36, 96), durations), min_size=1, max_size=24),
    st.sampled_from([Meter(4, 4), Meter(6, 8), Meter(3, 4), Meter(5, 8), Meter(2, 4)]),
    st.sampled_from(["C", "F#", "Db", "G", "Bb"]),
)
def test_round_trip(events: list[tuple[int, str]], meter: Meter, key: str) -> None:
    score = line(*events, meter=meter, key=key)
    written = abc.from_score(score)
    assert sounding(abc.to_score(abc.parse(written).tunes[0])) == sounding(score), written


# --- what a MIDI file may hold -----------------------------------------------------------------


def again(score: Score) -> Score:
    """The score, written as ABC and read back; what is written is never wrong."""
    text, _ = written(score)
    assert not [fault for fault in abc.check(text, strict=True) if fault.severity == "error"]
    return abc.to_score(abc.parse_tune(text))


def test_drums_stay_drums_and_loudness_and_title_are_kept() -> None:
    notes = [Note(Fraction(i), 60, Fraction(1), 44 if i < 2 else 106) for i in range(4)]
    kit = [Note(Fraction(i), 36, Fraction(1, 2), 80, 1) for i in range(4)]
    score = Score.of(
        [*notes, *kit], parts=[Part("a", 40), Part("kit", drums=True)], title="Калинка"
    )
    read = again(score)
    assert [part.drums for part in read.parts] == [False, True]
    assert [note.velocity for note in read.notes if not note.part] == [44, 44, 106, 106]
    assert read.title == "Калинка"


def test_a_tempo_that_changes_while_a_note_is_held_changes_there() -> None:
    score = Score.of(
        [Note(Fraction(0), 60, Fraction(4))],
        tempos=[TempoChange(Fraction(0), Fraction(120)), TempoChange(Fraction(1), Fraction(60))],
    )
    read = again(score)
    assert sounding(read) == sounding(score)
    assert read.seconds(Fraction(4)) == score.seconds(Fraction(4)) == 3.5


def test_a_tempo_that_is_no_whole_number_is_counted_in_shorter_beats() -> None:
    score = Score.of(
        [Note(Fraction(0), 60, Fraction(4))], tempos=[TempoChange(Fraction(0), Fraction(185, 2))]
    )
    assert again(score).tempos[0].qpm == Fraction(185, 2)


def test_tempos_after_the_last_note_make_no_empty_bars() -> None:
    tempos = [TempoChange(Fraction(4 * i), Fraction(60 + i)) for i in range(300)]
    score = Score.of([Note(Fraction(0), 60, Fraction(4))], tempos=tempos, length=Fraction(1200))
    text, lost = written(score)
    assert len(text) < 200
    assert "quarter notes of silence at the end" in lost


def test_an_end_off_the_grid_is_moved_to_the_bar_line() -> None:
    score = Score.of([Note(Fraction(0), 60, Fraction(4))], length=Fraction(4) + Fraction(37, 480))
    assert "/40" not in written(score)[0]
    assert sounding(again(score)) == sounding(score)


def test_a_metre_that_changes_within_a_bar() -> None:
    score = Score.of(
        [Note(Fraction(2 * i), 64, Fraction(2)) for i in range(3)]
        + [Note(Fraction(6 + i), 66, Fraction(1)) for i in range(3)],
        meters=[MeterChange(Fraction(0), Meter(4, 4)), MeterChange(Fraction(6), Meter(3, 4))],
    )
    assert sounding(again(score)) == sounding(score)
    assert "[M:2/4]" in written(score)[0]


def test_a_hundred_notes_held_at_once_are_not_too_many_voices() -> None:
    held = [Note(Fraction(i, 8), 20 + i, Fraction(90 - i, 2)) for i in range(80)]
    kinds = [Note(Fraction(0), 60, Fraction(4), part=i) for i in range(70)]
    assert {n.pitch for n in again(Score.of(held)).notes} == set(range(20, 100))
    again(Score.of(kinds, parts=[Part(f"p{i}", i) for i in range(70)]))


def test_a_long_silence_is_a_rest_of_many_bars() -> None:
    score = Score.of([Note(Fraction(0), 60, Fraction(4)), Note(Fraction(80_000), 62, Fraction(4))])
    text, _ = written(score)
    assert text.count("Z999") == 20
    assert sounding(again(score)) == sounding(score)


def test_microtones_and_words() -> None:
    score = Score.of(
        [Note(Fraction(i), 60, Fraction(1), cents=Fraction(50 * (i % 2))) for i in range(4)],
        lyrics=[Lyric(Fraction(0), "Ro-"), Lyric(Fraction(1), "ses"), Lyric(Fraction(3), "red")],
    )
    text, lost = written(score)
    assert text.splitlines()[-2:] == ["C2^/C2 =C2^/C2 |]", "w: Ro- ses * red"]
    assert not lost
    assert again(score).notes == score.notes
    assert again(score).lyrics == score.lyrics


def test_each_playing_sings_the_next_verse() -> None:
    tune = abc.parse_tune("X:1\nT:t\nM:2/4\nL:1/4\nK:C\n|:C D:|\nw: one two\nw: red *\n")
    words = [(lyric.onset, lyric.text) for lyric in abc.to_score(tune).lyrics]
    assert words == [(0, "one"), (1, "two"), (2, "red")]


def test_what_abc_cannot_say_is_named() -> None:
    score = Score.of(
        [Note(Fraction(0), 60, Fraction(4))],
        controls=[ControlChange(Fraction(0), SUSTAIN, 127), ControlChange(Fraction(0), 7, 90)],
        bends=[PitchBend(Fraction(1), 300)],
    )
    assert written(score)[1] == (
        "not in the ABC as it was: 1 pedal movement, 1 other controller, 1 pitch bend"
    )


@pytest.mark.parametrize(
    "text",
    ["100 % mine", "a\\b", "R&amp;B", "ends with \\", 'so "called"', "A & B", "\u00e9t\u00e9"],
)
def test_titles_and_names_come_back(text: str) -> None:
    notes = (Note(Fraction(0), 60, Fraction(4)), Note(Fraction(0), 64, Fraction(4), part=1))
    score = Score(notes=notes, parts=(Part(text), Part("second")), title=text)
    again = abc.to_score(abc.parse_tune(abc.from_score(score)))
    assert (again.title, again.parts[0].name) == (text, text)


def test_words_of_notes_that_overlap_stand_under_their_own_voices() -> None:
    notes = [
        Note(Fraction(0), 60, Fraction(4)),
        Note(Fraction(1), 64, Fraction(1)),
        Note(Fraction(2), 65, Fraction(2)),
        Note(Fraction(4), 67, Fraction(4)),
    ]
    lyrics = [
        Lyric(n.onset, word, 0)
        for n, word in zip(notes, ("long", "a-", "bove", "end"), strict=True)
    ]
    text, lost = written(Score.of(notes, lyrics=lyrics))
    assert [line for line in text.splitlines() if line.startswith("w:")] == [
        "w: long end",
        "w: a- bove",
    ]
    assert lost == ""
    again = abc.to_score(abc.parse_tune(text))
    assert [(lyric.onset, lyric.text) for lyric in again.lyrics] == [
        (0, "long"), (1, "a-"), (2, "bove"), (4, "end"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pickup", "length", "end"), [(1, 8, 8), (3, 12, 12), (3, 14, 15), (2, 9, 10)]
)
def test_the_last_bar_is_full_or_completes_the_pickup(pickup: int, length: int, end: int) -> None:
    notes = [Note(Fraction(time), 60, Fraction(1)) for time in range(length)]
    score = Score.of(notes, meters=[MeterChange(Fraction(0), COMMON)], pickup=Fraction(pickup))
    text, lost = written(score)
    assert lost == ""
    assert abc.to_score(abc.parse_tune(text)).length == end


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_the_lowest_and_the_highest_notes_in_every_key(fifths: int) -> None:
    notes = [
        Note(Fraction(place), pitch, Fraction(1))
        for place, pitch in enumerate((0, 1, 11, 126, 127))
    ]
    key = KeyChange(Fraction(0), Key.of_signature(fifths))
    text, lost = written(Score.of(notes, keys=[key]))
    assert lost == ""
    assert [note.pitch for note in abc.to_score(abc.parse_tune(text))] == [0, 1, 11, 126, 127]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["a-", "b", "c"], "w: ab~c"), (["a", "b-"], "w: a~b-"), (["-", "--", "a-"], "w: a-"),
        (["*", "|", "a"], "w: a"), (["no-", "-", "el"], "w: noel"),
    ],
)  # fmt: skip
def test_several_syllables_at_one_note_are_one(words: list[str], line: str) -> None:
    notes = [Note(Fraction(0), 60, Fraction(2)), Note(Fraction(2), 62, Fraction(2))]
    lyrics = [Lyric(Fraction(place, 4), word, 0) for place, word in enumerate(words)]
    text, _ = written(Score.of(notes, lyrics=lyrics))
    assert text.splitlines()[-1] == line


def test_words_stand_under_the_note_that_began_last() -> None:
    """Also where notes are cut at beats and written as triplets."""
    third = Fraction(1, 3)
    onsets = [Fraction(0), 4 * third, Fraction(2), 10 * third, Fraction(4)]
    notes = [Note(a, 60, b - a) for a, b in zip(onsets, [*onsets[1:], Fraction(8)], strict=True)]
    lyrics = [Lyric(onset, word, 0) for onset, word in zip(onsets, "abcde", strict=True)]
    text, _ = written(Score.of(notes, lyrics=lyrics))
    again = abc.to_score(abc.parse_tune(text)).lyrics
    assert [(lyric.onset, lyric.text) for lyric in again] == list(zip(onsets, "abcde", strict=True))
