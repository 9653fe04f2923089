"""Every kind of file that is met in the wild, as a commented listing of its bytes."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from musicrnn import midi as reading
from musicrnn.errors import MidiError
from musicrnn.midi import reader
from musicrnn.midi.writer import to_midi
from musicrnn.score import SUSTAIN, ControlChange, Key, Meter, Note, Part, PitchBend, Score
from tests.midi.listing import header, midi, track

#: One quarter note, middle C.
C4 = """
00 90 3C 50   # on, channel 1, C4, velocity 80
60 80 3C 00   # 96 ticks later: off
"""
END = "00 FF 2F 00  # end of track"


def notes(score: Score) -> list[tuple[Fraction, int, Fraction]]:
    return [(note.onset, note.pitch, note.duration) for note in score]


def codes(data: bytes) -> set[str]:
    return {diagnostic.code for diagnostic in reading.check(data)}


def test_a_plain_file() -> None:
    data = midi("""
        "MThd" 00 00 00 06   # header of 6 bytes
        00 01                # type 1
        00 02                # two tracks
        00 60                # 96 ticks a quarter note
        "MTrk" 00 00 00 26   # the conductor's track: 38 bytes
        00 FF 03 03 "Air"    # its name is the title
        00 FF 58 04 06 03 24 08   # 6/8
        00 FF 59 02 02 00    # two sharps, major
        00 FF 51 03 0A 2C 2B # 666,667 microseconds a quarter note: 90 a minute
        00 FF 01 02 "D7"     # a chord symbol
        00 FF 2F 00          # end of track
        "MTrk" 00 00 00 1E   # the player's track: 30 bytes
        00 FF 04 04 "harp"   # an instrument's name, which is passed over
        00 C0 2E             # program 47, the harp
        00 90 3E 50          # D4 on
        30 3E 00             # half a quarter later: off, as velocity 0 with running status
        00 42 60             # F#4 on, velocity 96
        81 40 80 42 40       # off, 192 ticks later: a number of two bytes
        00 FF 2F 00          # end of track
    """)
    score = reading.read(data, strict=True)
    assert score.title == "Air"
    assert [str(change.meter) for change in score.meters] == ["6/8"]
    assert [change.key for change in score.keys] == [Key("D")]
    assert [change.qpm for change in score.tempos] == [90]
    assert [(chord.onset, chord.text) for chord in score.chords] == [(0, "D7")]
    assert score.parts == (Part("", 46),)
    assert score.notes == (
        Note(Fraction(0), 62, Fraction(1, 2), 80),
        Note(Fraction(1, 2), 66, Fraction(2), 96),
    )


# --- the table of the wild ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("division", "ticks", "seconds"),
    [
        ("E7 28", "00 81 48", 5.0),  # −25 frames a second × 40: 1,000 ticks a second
        ("E8 04", "00 60", 1.0),  # −24 × 4: 96 ticks a second
        ("E2 50", "00 92 60", 1.0),  # −30 × 80: 2,400 ticks a second
        ("E3 50", "00 92 60", 1.001),  # −29 means 29.97 × 80: 2,397.6 ticks a second
    ],
)
def test_smpte_division_gives_the_true_seconds(division: str, ticks: str, seconds: float) -> None:
    if division == "E7 28":
        ticks = "00 A7 08"  # 5,000 ticks
    delta = ticks.removeprefix("00 ")
    data = header(1, division=division) + track(f"""
        00 FF 51 03 03 D0 90   # a tempo, which has no meaning in frames
        00 90 3C 50            # C4 on
        {delta} 80 3C 00       # off
        {END}
    """)
    score = reading.read(data)
    assert score.seconds(score.notes[0].end) == pytest.approx(seconds, abs=1e-9)
    assert {"smpte", "smpte-tempo"} <= codes(data)


def test_a_division_that_is_no_frame_rate_is_refused() -> None:
    data = header(1, division="FF 28") + track(C4 + END)  # −1 frame a second
    with pytest.raises(MidiError, match="byte 12: time division 0xff28 is no frame rate"):
        reading.read(data)


def test_division_0_is_refused() -> None:
    with pytest.raises(MidiError, match="0 ticks a quarter note"):
        reading.read(header(1, division="00 00") + track(C4 + END))


def test_type_2_patterns_follow_one_another() -> None:
    data = header(2, kind=2) + track(C4 + END) + track(C4.replace("3C", "40") + END)
    score = reading.read(data)
    assert notes(score) == [(Fraction(0), 60, Fraction(1)), (Fraction(1), 64, Fraction(1))]
    assert "type-2" in codes(data)


def test_type_5_is_refused() -> None:
    with pytest.raises(MidiError, match="byte 8: MIDI file type 5; there are types 0, 1 and 2"):
        reading.read(header(1, kind=5) + track(C4 + END))


def test_a_hanging_note_lasts_to_the_next_note_of_its_channel() -> None:
    data = header() + track("""
        00 90 3C 50   # C4 on, never released
        60 90 40 50   # E4 on
        60 80 40 00   # E4 off
        60 FF 2F 00   # end of track at 288 ticks
    """)
    assert notes(reading.read(data)) == [
        (Fraction(0), 60, Fraction(1)),
        (Fraction(1), 64, Fraction(1)),
    ]
    assert codes(data) == {"hanging-note"}
    with pytest.raises(MidiError, match="1 note is never released"):
        reading.read(data, strict=True)


def test_a_key_struck_twice_and_released_once_does_not_drone() -> None:
    """On 60 at 0, on 60 at 240, off 60 at 480, then eight more notes: both end at 480."""
    eighths = "".join("00 90 40 50  81 70 80 40 00" for _ in range(8))
    data = header(division="01 E0") + track(
        "00 90 3C 50  81 70 90 3C 50  81 70 80 3C 00" + eighths + END
    )
    first = [note for note in reading.read(data) if note.pitch == 60]
    assert [(note.onset, note.end) for note in first] == [
        (Fraction(0), Fraction(1)),
        (Fraction(1, 2), Fraction(1)),
    ]


def test_a_data_byte_above_127_is_clipped_and_the_notes_after_it_are_read() -> None:
    # A volume of 200, and a program 256.
    scale = "".join(f"00 90 {pitch:02X} 50  60 80 {pitch:02X} 00" for pitch in range(60, 68))
    data = header() + track("00 B0 07 C8 " + scale + "00 C0 FF" + scale + END)
    score, warnings = reading.read_with_warnings(data)
    assert [note.pitch for note in score] == [*range(60, 68)] * 2
    assert [(c.number, c.value) for c in score.controls if not c.part] == [(7, 127)]
    assert [part.program for part in score.parts] == [0, 127]
    assert [warning.code for warning in warnings] == ["clipped"]


def test_values_of_8_bits_in_a_row_are_clipped() -> None:
    data = header() + track("00 B0 07 C8  00 0A C8  00 90 90 50  60 80 90 00" + C4 + END)
    assert notes(reading.read(data)) == [(0, 127, 1), (1, 60, 1)]
    assert codes(data) == {"clipped"}


@pytest.mark.parametrize(
    ("listing", "end"),
    [
        ("00 90 3C 50  B0 00 FF 2F 00", 4),  # alone, and the track goes on for 64 quarters
        ("00 90 3C 50  60 90 40 50  60 80 40 00  B0 00 FF 2F 00", 1),  # the next note ends it
        ("00 90 3C 50  A0 00 90 3C 50  60 80 3C 00 00 FF 2F 00", 4),  # its key, 43 quarters later
        ("00 90 3C 50  60 FF 2F 00", 1),  # the track ends first
    ],
)
def test_what_is_never_released_does_not_drone(listing: str, end: int) -> None:
    assert reading.read(header() + track(listing)).notes[0].end == end


def test_a_program_change_in_another_track_holds_for_the_channel() -> None:
    """The first track sets all instruments; the tracks after it only play."""
    data = header(3) + track("00 C0 28  00 C1 49  81 40 C0 30" + END)
    for channel in (0, 1):
        on, off = f"9{channel} 3C 50", f"8{channel} 3C 00"
        data += track(f"00 {on} 60 {off} 60 {on} 60 {off}" + END)
    assert [part.program for part in reading.read(data).parts] == [40, 48, 73]


def test_the_own_track_is_right_about_its_program_at_one_moment() -> None:
    one = "00 C0 {program} 00 90 3C 50 60 80 3C 00" + END
    data = header(2) + track(one.format(program="18")) + track(one.format(program="21"))
    assert [part.program for part in reading.read(data).parts] == [24, 33]


def test_pedal_volume_bend_and_bank_are_read() -> None:
    data = header(division="01 E0") + track("""
        00 B0 00 08   # bank 8, the more significant byte
        00 B0 20 02   # and the less significant one
        00 C0 05      # program 6 of that bank
        00 B0 07 64   # volume 100
        00 B0 40 7F   # pedal down
        00 90 3C 50   # C4 on
        78 80 3C 00   # off at 120
        00 E0 00 60   # bent up half way
        8E 08 B0 40 00  # pedal up at 1920
        00 FF 2F 00   # end of track
    """)
    score = reading.read(data, strict=True)
    assert score.parts == (Part("", 5, bank=8 * 128 + 2),)
    assert score.controls == (
        ControlChange(Fraction(0), 7, 100),
        ControlChange(Fraction(0), SUSTAIN, 127),
        ControlChange(Fraction(4), SUSTAIN, 0),
    )
    assert score.bends == (PitchBend(Fraction(1, 4), 4096),)
    assert reading.read(to_midi(score)) == score


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("utf-8", "Þórr 音"),
        ("cp932", "ドラゴン 序曲"),
        ("cp932", "雪"),
        ("cp932", "第1番 Op.5"),
        ("cp932", "ﾄﾗｯｸ1"),
        ("cp1251", "Калинка моя"),
        ("cp1251", "Їхав козак"),
        ("cp1251", "ВАЛЬС"),
        ("cp1252", "L’été – “ici”"),
        ("cp1252", "Sträußchen"),
        ("koi8-r", "Калинка моя"),
        ("cp1252", "Für Elise"),
        ("cp1252", "It’s a façade"),
        ("cp1252", "Ça à été"),
    ],
)
def test_a_title_is_read_in_its_encoding(encoding: str, title: str) -> None:
    name = title.encode(encoding)
    event = b"\x00\xff\x03" + bytes([len(name)]) + name
    body = event + midi(C4 + END)
    data = header() + b"MTrk" + len(body).to_bytes(4, "big") + body
    assert reading.read(data).title == title


@pytest.mark.parametrize("doubled", [b"MTrk", b"MTrk\x00\x00\x00\x0c"])
def test_a_doubled_track_header_loses_nothing(doubled: bytes) -> None:
    data = header() + doubled + track(C4 + END)
    assert notes(reading.read(data)) == [(Fraction(0), 60, Fraction(1))]
    assert codes(data) == {"doubled-header"}


def test_words_are_read_as_lyrics() -> None:
    data = header() + track(
        '00 FF 05 03 "Ro-" 00 90 3C 50 60 80 3C 00 00 FF 05 03 "ses" 00 90 3E 50 60 80 3E 00' + END
    )
    assert [(lyric.onset, lyric.text) for lyric in reading.read(data).lyrics] == [
        (0, "Ro-"), (1, "ses"),
    ]  # fmt: skip


def test_equal_pitches_end_first_in_first_out() -> None:
    data = header() + track("""
        00 90 3C 50   # C4 on
        60 90 3C 50   # C4 on again
        60 80 3C 00   # the first ends at 192
        60 80 3C 00   # the second at 288
        00 FF 2F 00   # end of track
    """)
    assert notes(reading.read(data, strict=True)) == [
        (Fraction(0), 60, Fraction(2)),
        (Fraction(1), 60, Fraction(2)),
    ]


def test_tempo_and_metre_hold_for_all_tracks_wherever_they_stand() -> None:
    data = (
        header(2)
        + track(C4 + END)
        + track("""
        60 FF 51 03 0F 42 40      # at the first quarter: a million microseconds, 60 a minute
        00 FF 58 04 03 02 18 08   # and 3/4
        00 FF 2F 00               # end of track
    """)
    )
    score = reading.read(data, strict=True)
    assert [(change.onset, change.qpm) for change in score.tempos] == [(Fraction(1), 60)]
    assert [(change.onset, change.meter) for change in score.meters] == [(Fraction(1), Meter(3, 4))]
    assert score.seconds(Fraction(2)) == 1.5


def test_tempo_0_is_left_out() -> None:
    data = header() + track("00 FF 51 03 00 00 00  # no time at all a quarter note" + C4 + END)
    score = reading.read(data)
    assert score.tempos == ()
    assert score.seconds(score.length) == 0.5
    assert codes(data) == {"bad-meta"}


@pytest.mark.parametrize(
    ("event", "meter"),
    [
        ("00 FF 58 02 03 02", "3/4"),  # without the metronome's bytes
        ("00 FF 58 01 03", None),  # without a denominator
        ("00 FF 58 00", None),
        ("00 FF 58 04 00 02 18 08", None),  # 0/4
        ("00 FF 58 04 04 FF 18 08", None),  # 4/2^255
    ],
)
def test_a_short_time_signature(event: str, meter: str | None) -> None:
    data = header() + track(event + C4 + END)
    score = reading.read(data)
    assert [str(change.meter) for change in score.meters] == ([meter] if meter else [])
    assert codes(data) == (set() if meter else {"bad-meta"})


def test_foreign_chunks_are_skipped() -> None:
    data = (
        header()
        + midi('"XFIH" 00 00 00 04 "abcd"  # as Yamaha writes')
        + track(C4 + END)
        + midi('"XFKM" 00 00 00 00')
    )
    assert notes(reading.read(data, strict=True)) == [(Fraction(0), 60, Fraction(1))]
    assert codes(data) == {"foreign-chunk"}


def test_running_status_after_sysex() -> None:
    data = header() + track("""
        00 90 3C 50         # C4 on
        00 F0 03 43 10 F7   # system exclusive, which cancels the running status
        60 3C 00            # … but it goes on: C4 off
        00 FF 2F 00         # end of track
    """)
    assert notes(reading.read(data)) == [(Fraction(0), 60, Fraction(1))]
    assert codes(data) == {"running-status", "not-kept"}


@pytest.mark.parametrize("announced", [0, 1, 3, 200])
def test_another_number_of_tracks_than_announced(announced: int) -> None:
    data = header(announced) + track(C4 + END) * 2
    assert len(reading.read(data).notes) == 2
    assert codes(data) == {"track-count"}


# --- what else the issue of reading holds ------------------------------------------------------


def test_a_riff_container_is_opened() -> None:
    inside = header() + track(C4 + END)
    data = (
        midi('"RIFF"')
        + (len(inside) + 12 + 14).to_bytes(4, "little")
        + midi('"RMID" "DISP" 05 00 00 00 01 00 00 00 41 00  # an odd length and its padding')
        + midi('"data"')
        + len(inside).to_bytes(4, "little")
        + inside
    )
    assert notes(reading.read(data, strict=True)) == [(Fraction(0), 60, Fraction(1))]
    assert codes(data) == {"riff"}


def test_notes_of_no_length_get_a_tick() -> None:
    data = header() + track("""
        00 99 24 50   # channel 10: bass drum on
        00 89 24 00   # off at once, as drum machines write
        60 FF 2F 00   # end of track
    """)
    score = reading.read(data, strict=True)
    assert notes(score) == [(Fraction(0), 36, Fraction(1, 96))]
    assert score.parts[0].drums
    assert score.length == 1


def test_a_type_0_file_has_a_part_for_each_channel_and_program() -> None:
    data = header(1, kind=0) + track("""
        00 C0 28      # channel 1: violin
        00 C1 2A      # channel 2: cello
        00 90 45 50   # A4 on the violin
        00 91 2D 50   # A2 on the cello
        60 80 45 00
        00 81 2D 00
        00 C0 49      # channel 1: flute
        00 90 45 50   # A4 on the flute
        60 80 45 00
        00 FF 2F 00   # end of track
    """)
    score = reading.read(data, strict=True)
    assert [part.program for part in score.parts] == [40, 42, 73]
    assert [(note.pitch, note.part) for note in score] == [(45, 1), (69, 0), (69, 2)]


def test_all_notes_off_releases_its_channel() -> None:
    data = header() + track("""
        00 90 3C 50   # C4 on channel 1
        00 91 40 50   # E4 on channel 2
        60 B0 7B 00   # all notes off, channel 1
        60 81 40 00   # E4 off
        00 FF 2F 00   # end of track
    """)
    assert notes(reading.read(data, strict=True)) == [
        (Fraction(0), 60, Fraction(1)),
        (Fraction(0), 64, Fraction(2)),
    ]


@pytest.mark.parametrize("kept", range(23, 35))
def test_a_truncated_track_is_read_as_far_as_it_goes(kept: int) -> None:
    data = (header() + track(C4 + C4 + END))[:kept]
    score = reading.read(data)
    assert score.notes == () or score.notes[0].pitch == 60
    assert "truncated" in codes(data)
    with pytest.raises(MidiError):
        reading.read(data, strict=True)


def test_what_stands_before_damage_is_kept() -> None:
    data = header() + track(C4 + "00 90 3C 90 90 90  # status bytes where data should be" + END)
    assert notes(reading.read(data)) == [(Fraction(0), 60, Fraction(1))]
    assert "damaged" in codes(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "an empty file"),
        (b"MThd", "cut short"),
        (b"X:1\nT:a tune in ABC\nK:C\nCDEF|]\n", "not a MIDI file: it does not begin with MThd"),
        (midi('"MThd" 00 00 00 02 00 01') + bytes(10), "a header of 2 bytes"),
        (header(0), "no track"),
        (midi('"RIFF" 10 00 00 00 "RMID" "fact" 00 00 00 00'), "not a MIDI file"),
    ],
)
def test_what_is_no_midi_file_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(MidiError, match=message):
        reading.read(data)
    assert codes(data) == {"unreadable"}


def test_a_file_without_notes_is_an_empty_score() -> None:
    score, warnings = reading.read_with_warnings(header() + track(END), strict=True)
    assert score.notes == ()
    assert [warning.code for warning in warnings] == ["no-notes"]


def test_the_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    far = header(division="00 01") + track("FF FF FF 7F 90 3C 50  # 2²⁸ − 1 quarters later" + END)
    with pytest.raises(MidiError, match="longer than"):
        reading.read(far)
    monkeypatch.setattr(reader.events, "MAX_NOTES", 1)
    monkeypatch.setattr(reader.events, "MOST_BYTES", 0)  # no short file holds so many notes
    with pytest.raises(MidiError, match="more than 1 note"):
        reading.read(header() + track(C4 + C4 + END))
    monkeypatch.setattr(reader.chunks, "MAX_BYTES", 20)
    with pytest.raises(MidiError, match="limit"):
        reading.read(header() + track(C4 + END))


def test_the_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"no")
    with pytest.raises(MidiError, match=r"song\.mid:byte 0: not a MIDI file"):
        reading.read(path)


def test_chord_symbols_and_rehearsal_marks() -> None:
    letters = track("""
        00 FF 06 01 "A"   # rehearsal marks
        60 FF 06 01 "B"
        00 FF 01 01 "G"   # a text: a chord
        00 FF 2F 00
    """)
    score = reading.read(header() + letters)
    assert [(chord.onset, chord.text) for chord in score.chords] == [(Fraction(1), "G")]


def test_mido_reads_the_same_notes() -> None:
    data = header() + track(C4 + C4.replace("3C", "40") + END)
    theirs = [
        message
        for message in mido.MidiFile(file=io.BytesIO(data)).tracks[0]
        if message.type == "note_on" and message.velocity
    ]
    assert [note.pitch for note in reading.read(data)] == [message.note for message in theirs]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (header(2) + track(C4 + END) + bytes(3) + track(C4 + END), "trailing-bytes"),
        (header(2) + track(C4 + END) + b"junk!\x00\x01" + track(C4 + END), "trailing-bytes"),
        (header(2) + b"MTrk\0\0\0\4" + midi(C4 + END) + track(C4 + END), "track-length"),
        (header(2) + b"MTrk\0\0\0\0" + midi(C4 + END) + track(C4 + END), "track-length"),
        (header(2) + b"MTrk\0\0\1\0" + midi(C4 + END) + track(C4 + END), "track-length"),
        (header(2) + track(C4 + END) + b"MTrk\0\0\0\3" + midi(C4 + END), "track-length"),
    ],
    ids=["zeros between", "junk between", "too short", "no length", "too long", "last too short"],
)
def test_no_track_is_lost_to_a_wrong_length(file: bytes, code: str) -> None:
    assert notes(reading.read(file)) == [(Fraction(0), 60, Fraction(1))] * 2
    assert codes(file) == {code}
    with pytest.raises(MidiError):
        reading.read(file, strict=True)


def test_notes_struck_where_the_track_ends_last_as_long_as_the_others() -> None:
    eighths = "".join("00 90 40 50  30 80 40 00" for _ in range(8))
    data = header() + track(eighths + "00 90 3C 50  00 90 43 50" + END)
    last = [note for note in reading.read(data) if note.onset == 4]
    assert [(note.pitch, note.duration) for note in last] == [
        (60, Fraction(1, 2)),
        (67, Fraction(1, 2)),
    ]


def text_event(kind: str, text: str, time: str = "00") -> str:
    return f'{time} FF {kind} {len(text):02X} "{text}" '


def test_texts_that_a_score_has_no_place_for_are_named() -> None:
    texts = text_event("02", "(c)1999") + text_event("06", "Verse") + text_event("06", "Coda")
    data = header(2) + track(texts + C4 + END) + track(text_event("01", "hello") + C4 + END)
    _, warnings = reading.read_with_warnings(data, strict=True)
    assert [(w.code, w.track, w.message) for w in warnings] == [
        ("not-kept", 1, "a conversion leaves out 1 copyright notice"),
        ("not-kept", 1, "a conversion leaves out 2 markers"),
        ("not-kept", 2, "a conversion leaves out 1 text"),
    ]


def test_words_and_chord_symbols_of_one_file_are_both_read() -> None:
    data = header() + track(
        text_event("01", "Am") + text_event("05", "la") + C4 + text_event("01", "G7") + C4 + END
    )
    score = reading.read(data)
    assert [(chord.onset, chord.text) for chord in score.chords] == [(0, "Am"), (1, "G7")]
    assert [(lyric.onset, lyric.text) for lyric in score.lyrics] == [(0, "la")]
    assert codes(data) == set()
