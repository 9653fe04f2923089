"""Score → MIDI: exact ticks, one meaning, the same bytes each time."""

import io
from fractions import Fraction

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import midi
from musicrnn.errors import RenderError, UsageError
from musicrnn.render import restyled, to_midi
from musicrnn.score import (
    SUSTAIN,
    ChordSymbol,
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

SCALE = Score.of(
    [Note(Fraction(i), pitch, Fraction(1)) for i, pitch in enumerate((62, 64, 66, 67))],
    parts=[Part("fiddle", 40)],
    tempos=[TempoChange(Fraction(0), Fraction(90))],
    meters=[MeterChange(Fraction(0), Meter(6, 8))],
    keys=[KeyChange(Fraction(0), Key("D", "dorian"))],
    chords=[ChordSymbol(Fraction(0), "Dm7")],
    title="A scale",
)


def played(data: bytes) -> list[tuple[Fraction, int, Fraction, int]]:
    """(onset, pitch, duration, channel) as another program finds them, in quarter notes."""
    file = mido.MidiFile(file=io.BytesIO(data))
    notes = []
    for track in file.tracks:
        now, sounding = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on":
                sounding.setdefault(message.note, []).append(now)
            elif message.type == "note_off":
                start = sounding[message.note].pop(0)
                ticks = file.ticks_per_beat
                length = Fraction(now - start, ticks)
                notes.append((Fraction(start, ticks), message.note, length, message.channel))
    return sorted(notes)


def test_the_conducting_track_says_tempo_metre_key_title_and_chords():
    first, fiddle = mido.MidiFile(file=io.BytesIO(to_midi(SCALE))).tracks
    said = {message.type: message for message in first}
    assert said["track_name"].name == "A scale"
    assert said["set_tempo"].tempo == round(60e6 / 90)
    assert (said["time_signature"].numerator, said["time_signature"].denominator) == (6, 8)
    assert said["key_signature"].key == "Am"  # no sharps or flats, third minor
    assert said["text"].text == "Dm7"
    assert fiddle.name == "fiddle"
    assert next(m for m in fiddle if m.type == "program_change").program == 40


def test_same_score_same_bytes():
    assert to_midi(SCALE) == to_midi(SCALE)


times = st.fractions(min_value=0, max_value=64, max_denominator=12)
lengths = st.fractions(min_value=Fraction(1, 12), max_value=8, max_denominator=12)


@given(
    st.lists(
        st.tuples(times, st.integers(0, 127), lengths),
        unique_by=lambda note: note[1],  # one note a pitch, so that no two of a pitch overlap
    )
)
def test_every_note_comes_back_exact(wanted):
    score = Score.of(Note(onset, pitch, length) for onset, pitch, length in wanted)
    assert [note[:3] for note in played(to_midi(score))] == sorted(wanted)


def test_a_repeated_note_ends_before_it_begins_again():
    twice = Score.of([Note(Fraction(0), 60, Fraction(1)), Note(Fraction(1), 60, Fraction(1))])
    assert [note[2] for note in played(to_midi(twice))] == [1, 1]


def test_septuplets_and_triplets_together_are_still_exact():
    lengths = [Fraction(1, 3), Fraction(1, 7), Fraction(1, 11)]
    score = Score.of(Note(Fraction(i), 60, length) for i, length in enumerate(lengths))
    assert [note[2] for note in played(to_midi(score))] == lengths


def test_voices_have_channels_of_their_own_and_drums_the_tenth():
    parts = [Part(str(i), i) for i in range(15)] + [Part("kit", drums=True)]
    score = Score.of([Note(Fraction(0), 60, Fraction(1), part=i) for i in range(16)], parts=parts)
    channels = [channel for *_, channel in played(to_midi(score))]
    assert sorted(channels) == list(range(16))
    assert channels.count(9) == 1


def test_more_parts_than_channels_share_by_instrument():
    notes = [Note(Fraction(0), 60 + i, Fraction(1), part=i) for i in range(20)]
    score = Score.of(notes, parts=[Part(program=i % 4) for i in range(20)])
    assert len({channel for *_, channel in played(to_midi(score))}) == 4


@pytest.mark.parametrize("together", [True, False])
def test_more_instruments_than_channels_take_turns_or_further_ports(together):
    notes = [
        Note(Fraction(0 if together else 4 * i), 60 + i, Fraction(1), part=i) for i in range(20)
    ]
    score = Score.of(notes, parts=[Part(f"player {i}", program=i) for i in range(20)])
    data = to_midi(score)
    ports = {
        m.port
        for t in mido.MidiFile(file=io.BytesIO(data)).tracks
        for m in t
        if m.is_meta and m.type == "midi_port"
    }
    assert ports == ({0, 1} if together else set())
    assert midi.read(data) == score


def test_microtones_sound_by_a_bend_on_a_channel_of_their_own():
    score = Score.of(
        [Note(Fraction(i), 60 + i, Fraction(1), cents=50 * (i % 2)) for i in range(4)],
        parts=[Part("ney", 73)],
    )
    (track,) = mido.MidiFile(file=io.BytesIO(to_midi(score))).tracks[1:]
    bent = {message.channel for message in track if message.type == "pitchwheel"}
    assert [m.pitch for m in track if m.type == "pitchwheel"] == [2048]  # of 8192 for two semitones
    assert [m.channel in bent for m in track if m.type == "note_on"] == [False, True] * 2
    assert midi.read(to_midi(score)) == score
    assert midi.read(to_midi(score.transposed(2))) == score.transposed(2)


def test_controllers_bends_words_and_banks_come_back():
    score = Score.of(
        [Note(Fraction(i), 60, Fraction(1)) for i in range(4)],
        parts=[Part("song", 5, bank=129)],
        controls=[ControlChange(Fraction(1, 3), SUSTAIN, 127), ControlChange(Fraction(2), 7, 90)],
        bends=[PitchBend(Fraction(1), 100), PitchBend(Fraction(2), 0)],
        lyrics=[Lyric(Fraction(0), "Ró-"), Lyric(Fraction(1), "sa")],
        title="Þórr 音",
    )
    assert midi.read(to_midi(score)) == score


def test_a_closing_rest_is_kept():
    score = Score.of([Note(Fraction(0), 60, Fraction(1))], length=Fraction(4))
    assert mido.MidiFile(file=io.BytesIO(to_midi(score))).length == pytest.approx(2.0)


def test_what_midi_cannot_say_is_left_out_or_refused():
    odd = Score.of(
        [Note(Fraction(0), 60, Fraction(1))],
        meters=[MeterChange(Fraction(0), Meter(5, 6)), MeterChange(Fraction(1), None)],
        title="Þórr 音",
    )
    file = mido.MidiFile(file=io.BytesIO(to_midi(odd)))
    assert file.tracks[0].name.encode("latin-1").decode() == "Þórr 音"  # mido reads Latin-1
    assert not [message for message in file.tracks[0] if message.type == "time_signature"]
    with pytest.raises(RenderError, match="pitch 130"):
        to_midi(Score.of([Note(Fraction(0), 130, Fraction(1))]))


def test_another_tempo_and_instrument():
    other = restyled(SCALE, qpm=200, program=73)
    assert other.tempos == (TempoChange(Fraction(0), Fraction(200)),)
    assert other.parts == (Part("fiddle", 73),)
    with pytest.raises(UsageError, match="tempo of 0"):
        restyled(SCALE, qpm=0)
    with pytest.raises(UsageError, match="program 128"):
        restyled(SCALE, program=128)
