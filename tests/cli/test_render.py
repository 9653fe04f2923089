"""`musicrnn render`, as a user meets it."""

import io
from fractions import Fraction

import mido
import numpy as np
import pytest
import soundfile

from musicrnn import midi
from musicrnn.cli import main
from musicrnn.render import performed, to_midi
from musicrnn.score import Note, Score

TUNE = "X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|]\n"
BOOK = TUNE + "\nX:2\nT:Other\nM:3/4\nL:1/4\nK:G\nGAB|]\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scale.abc").write_text(TUNE)
    return tmp_path


def run(*arguments):
    """The exit status of the command."""
    with pytest.raises(SystemExit) as stopped:
        main(["render", *map(str, arguments)])
    return stopped.value.code or 0


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_midi_and_wav_beside_the_file(here):
    assert run("scale.abc") == 0
    assert names(here) == ["scale.abc", "scale.mid", "scale.wav"]
    assert mido.MidiFile(here / "scale.mid").length == pytest.approx(4.0)
    samples, _ = soundfile.read(here / "scale.wav")
    assert np.abs(samples).max() > 0.3


def test_the_extension_or_to_decides(here):
    assert run("scale.abc", "-o", "out.flac", "--to", "ogg,mp3") == 0
    assert names(here) == ["out.flac", "out.mp3", "out.ogg", "scale.abc"]
    assert soundfile.info(here / "out.flac").format == "FLAC"


@pytest.mark.parametrize(
    "arguments", [(), ("--to", "mid"), ("--to", "musicxml,mid"), ("--to", "wav")]
)
def test_nothing_is_written_of_a_tune_without_notes(here, capsys, arguments):
    (here / "rests.abc").write_text("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nz4|]\n")
    assert run("rests.abc", *arguments) == 1
    assert names(here) == ["rests.abc", "scale.abc"]
    assert "there is nothing to play" in capsys.readouterr().err


def test_all_files_of_a_tune_are_made_before_one_is_written(here):
    assert run("scale.abc", "--to", "mid,abc") != 0  # scale.abc would be written over itself
    assert names(here) == ["scale.abc"]


@pytest.mark.needs("score")
def test_pictures(here):
    assert run("scale.abc", "--to", "svg,png,pdf,musicxml", "-o", "pictures/") == 0
    begins = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "musicxml": b"<?xml"}
    for extension, begin in begins.items():
        assert (here / "pictures" / f"scale.{extension}").read_bytes().startswith(begin)


def test_each_tune_of_a_book_has_its_own_files(here):
    (here / "book.abc").write_text(BOOK)
    assert run("book.abc", "--to", "mid") == 0
    assert names(here) == ["book-1.mid", "book-2.mid", "book.abc", "scale.abc"]


def test_the_head_of_a_book_holds_for_its_tunes(here):
    (here / "book.abc").write_text("M:3/4\nL:1/4\n\nX:1\nT:a\nK:C\nCDE|]\n")
    assert run("book.abc", "--to", "mid") == 0
    signatures = [m for m in mido.MidiFile(here / "book.mid") if m.type == "time_signature"]
    assert [(m.numerator, m.denominator) for m in signatures] == [(3, 4)]


def test_tempo_and_instrument(here):
    assert run("scale.abc", "--to", "mid", "--tempo", "1/2=120", "--program", 73) == 0
    file = mido.MidiFile(here / "scale.mid")
    assert file.length == pytest.approx(2.0)
    assert {m.program for m in file if m.type == "program_change"} == {73}


def test_from_standard_input_to_standard_output(here, monkeypatch, capfdbinary):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TUNE.encode())))
    assert run("-", "-o", "-", "--to", "mid") == 0
    # nothing else stands there
    assert capfdbinary.readouterr().out == to_midi(performed(TUNE))


def test_a_midi_file_sounds_and_is_not_written_over(here):
    data = to_midi(Score.of([Note(Fraction(0), 60, Fraction(4))]))
    (here / "song.mid").write_bytes(data)
    assert run("song.mid") == 0
    assert (here / "song.mid").read_bytes() == data
    assert (here / "song.wav").exists()
    assert run("song.mid", "--to", "mid") == 1


def test_bad_files_do_not_take_the_good_ones_down(here, capsys):
    (here / "empty.abc").write_text("")
    (here / "noise.mid").write_bytes(b"MThd\0\0")
    assert run("empty.abc", "missing.abc", "noise.mid", "scale.abc") == 1
    assert names(here) == ["empty.abc", "noise.mid", "scale.abc", "scale.mid", "scale.wav"]
    said = capsys.readouterr().err
    for name in ("empty.abc", "missing.abc", "noise.mid"):
        assert name in said
    assert "3 of 4 files failed" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scale.abc", "--to", "doc"], "doc: no such format"),
        (["scale.abc", "-o", "x.doc"], "no such format"),
        (["scale.abc", "--tempo", "fast"], "write for example 1/4=120 or 120"),
        (["scale.abc", "--tempo", "0"], "'0' is not a tempo"),
        (["scale.abc", "--soundfont", "scale.abc"], "not a SoundFont"),
        (["scale.abc", "--synthesizer", "organ"], "choose auto, midirenderer, fluidsynth"),
        (["scale.abc", "scale.abc", "-o", "x.wav"], "for a folder"),
        (["scale.abc", "-o", "no/such/x.wav"], "No such file"),
    ],
)
def test_one_line_that_says_how_to_mend_it(here, capsys, arguments, message):
    assert run(*arguments) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("musicrnn: ") - said.count("musicrnn: wrote") == 1
    assert not list(here.glob("*.wav"))


def test_an_instrument_a_program_by_name_and_a_straight_hornpipe(here):
    hornpipe = TUNE.replace("K:C", "R:hornpipe\nK:C").replace("L:1/4", "L:1/8")
    (here / "hornpipe.abc").write_text(hornpipe)
    options = ["hornpipe.abc", "--to", "mid", "-o"]
    assert run(*options, "whistle.mid", "--instrument", "whistle-D", "--straight") == 0
    straight = midi.read(here / "whistle.mid")
    assert straight.parts[0].program == 78
    assert straight.notes[0].pitch == 72  # whistles sound an octave above what is written
    assert straight.notes[1].onset == Fraction(1, 2)
    assert run(*options, "flute.mid", "--program", "Flute") == 0
    flute = midi.read(here / "flute.mid")
    assert flute.parts[0].program == 73
    assert flute.notes[1].onset == Fraction(2, 3)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--program", "flut", "did you mean flute"), ("--program", "200", "0 to 127"),
     ("--instrument", "kazoo", "kazoo")],
)  # fmt: skip
def test_instruments_that_there_are_not(here, capsys, option, value, message):
    assert run("scale.abc", option, value) == 1
    assert message in capsys.readouterr().err
    assert names(here) == ["scale.abc"]
