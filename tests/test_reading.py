"""What kind of file is this, and what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

import musicrnn
from musicrnn import abc, reading, render
from musicrnn.errors import AbcError, MidiError, TextError, UsageError

TUNE = "X:1\nT:Air\nM:3/4\nL:1/4\nK:D\nDFA|d3|]\n"
BOOK = TUNE + "\n" + TUNE.replace("X:1", "X:2").replace("Air", "Song")


def midi_bytes() -> bytes:
    return render.to_midi(abc.to_score(abc.parse_tune(TUNE)))


XML = b"<?xml version='1.0'?>\n<!DOCTYPE score-partwise>\n<score-partwise/>"


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (TUNE.encode(), "", "abc"),
        (TUNE.encode(), "tune.txt", "text"),
        (b"MThd....", "tune.abc", "midi"),
        (b"RIFF....RMID", "", "midi"),
        (XML, "tune.abc", "musicxml"),
        (b"\xef\xbb\xbf" + XML, "", "musicxml"),
        (b"PK\x03\x04", "", "musicxml"),
        (b"", "song.mxl", "musicxml"),
        (b"once upon a time", "story.txt", "text"),
    ],
)
def test_content_decides_then_the_name(data: bytes, name: str, kind: str) -> None:
    assert reading.kind_of(data, name) == kind


def test_a_book_is_its_tunes(tmp_path: Path) -> None:
    file = tmp_path / "book.abc"
    file.write_text(BOOK)
    tunes = musicrnn.read(file)
    assert [(tune.title, tune.key, tune.meter) for tune in tunes] == [
        ("Air", "D", "3/4"),
        ("Song", "D", "3/4"),
    ]
    assert [len(tune.score.notes) for tune in tunes] == [4, 4]


def test_a_midi_file_is_one_tune_with_its_title() -> None:
    (tune,) = musicrnn.read(midi_bytes())
    assert tune.format == "midi"
    assert [note.pitch for note in tune.score] == [62, 66, 69, 74]
    assert "K:D" in tune.text


def test_what_is_not_music_says_so_with_its_name() -> None:
    with pytest.raises(AbcError, match=r"song\.abc: there is no tune"):
        reading.read(b"hello", name="song.abc").pieces()
    with pytest.raises(MidiError, match=r"cut\.mid.*cut short"):
        reading.read(b"MThd\0\0\0\6", name="cut.mid").pieces()
    with pytest.raises(TextError, match="UTF-8"):
        reading.read(b"\xff\xfe\xfa", name="a.txt").pieces()
    with pytest.raises(UsageError, match="plain text has no notes"):
        _ = reading.read(b"hello", name="a.txt").score


def test_c_and_cut_time_are_kept_for_the_picture():
    text = "X:1\nT:t\nM:C\nL:1/4\nK:C\nCDEF|[M:C|]CDEF|[M:2/2]CDEF|]\n"
    music = reading.read(text.encode(), name="a.abc")
    assert "\nM:4/4\n" in music.pieces()[0].content
    (piece,) = music.pieces(signs=True)
    assert "\nM:C\n" in piece.content
    assert "[M:C|]" in piece.content
    assert "[M:2/2]" in piece.content
    assert piece.meter == "4/4"
