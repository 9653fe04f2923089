"""``musicrnn check``, ``fix`` and ``convert`` as they are typed, bad input included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from musicrnn import abc, midi
from musicrnn.cli.app import main

GOOD = "X:1\nT:Good\nM:6/8\nL:1/8\nK:D\n|:D2E FGA|B3 A3:|\n"
SHORT = "X:1\nT:Short\nM:6/8\nL:1/8\nK:D\n|:D2E FGA|B3 A2:|\n"
UNDECIDED = "X:1\nT:Long\nM:6/8\nL:1/8\nK:D\nDEF GAB|ABc defg|d3 A3|]\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder with a few files; gives status, output and messages."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", GOOD), ("short", SHORT), ("long", UNDECIDED)):
        Path(f"{name}.abc").write_text(text)

    def go(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        shown = capsys.readouterr()
        return int(stop.value.code or 0), shown.out, shown.err

    return go


# --- check ------------------------------------------------------------------------------------


def test_nothing_wrong(run: Run) -> None:
    assert run("check", "--strict", "good.abc") == (0, "good.abc: nothing wrong\n", "")


def test_what_is_wrong_is_shown_where_it_stands(run: Run) -> None:
    status, out, _ = run("check", "long.abc")
    lines = out.splitlines()
    assert status == 1
    assert lines[0] == (
        "long.abc:6:9: error: bar 2 has 7 eighths, the metre 6/8 wants 6 [bar-length]"
    )
    assert lines[1:3] == ["  DEF GAB|ABc defg|d3 A3|]", "          ^^^^^^^^"]


def test_a_long_line_is_shown_in_part(run: Run) -> None:
    Path("wide.abc").write_text(GOOD.replace("|:", "|:" + "D2E FGA|" * 200 + "D|"))
    _, out, _ = run("check", "wide.abc")
    assert max(map(len, out.splitlines())) < 130


def test_json_is_for_programs(run: Run) -> None:
    status, out, _ = run("check", "--json", "long.abc", "good.abc")
    (found,) = json.loads(out)
    assert status == 1
    assert (found["file"], found["line"], found["code"]) == ("long.abc", 6, "bar-length")


def test_midi_is_checked_too(run: Run) -> None:
    run("convert", "good.abc", "-o", "good.mid")
    Path("cut.mid").write_bytes(Path("good.mid").read_bytes()[:-9])
    assert run("check", "good.mid")[0] == 0
    status, out, _ = run("check", "--strict", "cut.mid")
    assert status == 1
    assert "truncated" in out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.abc", b""),
        ("binary.abc", bytes(range(256)) * 40),
        ("nokey.abc", b"X:1\nT:No key\nM:4/4\nL:1/8\nCDEF|]\n"),
        ("meter.abc", GOOD.replace("6/8", "4/0").encode()),
        ("key.abc", GOOD.replace("K:D", "K:H").encode()),
        ("long-line.abc", GOOD.encode() + b"A" * 5_000_000),
        ("nothing.mid", b""),
        ("cut.mid", b"MThd\0\0\0\6\0\1"),
    ],
)
def test_bad_input_is_one_line_and_no_traceback(run: Run, name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    status, out, err = run("check", name)
    assert status == 1
    assert name in out + err
    assert "Traceback" not in out + err


def test_one_bad_file_does_not_stop_the_others(run: Run) -> None:
    status, out, err = run("check", "missing.abc", "good.abc")
    assert (status, out) == (1, "good.abc: nothing wrong\n")
    assert "musicrnn: missing.abc: No such file or directory" in err
    assert "1 of 2 files failed" in err


# --- fix --------------------------------------------------------------------------------------


def test_fix_prints_the_tune_and_says_what_it_did(run: Run) -> None:
    status, out, err = run("fix", "short.abc")
    assert status == 0
    assert abc.check(out, strict=True) == []
    assert "short.abc:6:" in err


def test_fix_in_place(run: Run) -> None:
    assert run("fix", "--in-place", "short.abc", "good.abc")[0] == 0
    assert abc.check(Path("short.abc").read_text()) == []
    assert Path("good.abc").read_text() == GOOD


def test_diff_writes_nothing(run: Run) -> None:
    _, out, _ = run("fix", "--diff", "short.abc")
    assert out.startswith("--- short.abc\n+++ short.abc (repaired)\n")
    assert Path("short.abc").read_text() == SHORT


def test_what_only_a_person_can_decide_is_left(run: Run) -> None:
    status, out, err = run("fix", "long.abc")
    assert (status, out) == (1, UNDECIDED)
    assert "left alone" in err


def test_several_files_want_a_place(run: Run) -> None:
    status, _, err = run("fix", "short.abc", "good.abc")
    assert status == 1
    assert "--in-place" in err


# --- convert ----------------------------------------------------------------------------------


def test_transposing(run: Run) -> None:
    status, out, _ = run("convert", "good.abc", "--key", "G")
    assert status == 0
    assert "K:G\n" in out
    assert "|:G2A Bcd|e3 d3:|" in out


def test_to_midi_and_back(run: Run) -> None:
    run("convert", "good.abc", "-o", "there.mid")
    run("convert", "there.mid", "-o", "back.abc")
    notes = [n.pitch for n in midi.read("there.mid")]
    back = abc.to_score(abc.parse(Path("back.abc").read_text()).tunes[0])
    assert [n.pitch for n in back] == notes
    assert len(notes) == 14


def midi_file(*events: object, ticks: int = 480) -> bytes:
    """A file of one track, from mido's messages."""
    import io

    import mido

    out = io.BytesIO()
    mido.MidiFile(tracks=[mido.MidiTrack(events)], ticks_per_beat=ticks).save(file=out)
    return out.getvalue()


def test_midi_to_midi_keeps_pedal_and_bends_and_says_what_is_left_out(run: Run) -> None:
    from mido import Message

    Path("in.mid").write_bytes(
        midi_file(
            Message("sysex", data=(0x7E, 0x7F, 0x09, 0x01)),
            Message("control_change", control=64, value=127),
            Message("note_on", note=60, velocity=90),
            Message("aftertouch", value=40, time=100),
            Message("pitchwheel", pitch=2048),
            Message("polytouch", note=60, value=40, time=100),
            Message("pitchwheel", pitch=0),
            Message("note_off", note=60, time=280),
            Message("control_change", control=64, value=0, time=1440),
        )
    )
    status, _, err = run("convert", "in.mid", "-o", "out.mid", "--semitones", "2")
    assert status == 0
    score = midi.read("out.mid")
    assert [(note.pitch, note.onset, note.duration, note.velocity) for note in score] == [
        (62, 0, 1, 90)
    ]
    assert [(c.number, c.value, c.onset) for c in score.controls] == [(64, 127, 0), (64, 0, 4)]
    bends = [(bend.value, 480 * bend.onset) for bend in score.bends]
    assert bends[-2:] == [(2048, 100), (0, 200)]
    left_out = "in.mid: left out: 2 messages of aftertouch, 1 message system exclusive (track 1)"
    assert left_out in err
    for name, said in (("out.wav", False), ("out.svg", False), ("out.musicxml", True)):
        _, _, err = run("render", "in.mid", "-o", name)
        assert (left_out in err) == said, name
    for more in (("--to", "mid"), ("--to", "wav", "--tempo", "90")):  # written anew
        _, _, err = run("render", "in.mid", "-o", f"anew.{more[1]}", *more)
        assert err.count(left_out) == 1
    _, out, err = run("convert", "in.mid", "-o", "-")
    assert out.startswith("X:1\n")
    assert "2 messages of aftertouch" in err
    assert "pedal movements" in err


def test_the_tempo_of_what_was_played_without_a_click_can_be_given(run: Run) -> None:
    from mido import Message

    events: list[object] = []
    for i in range(24):  # quarters at 96 a minute, hurried a little, in a file that counts 120
        wait = 120 if i else 0
        late = (0, 3, -4, 5)[i % 4]
        events += [
            Message("note_on", note=60 + i % 8, velocity=80, time=wait + late),
            Message("note_off", note=60 + i % 8, time=480 - late),
        ]
    Path("played.mid").write_bytes(midi_file(*events))
    status, out, _ = run("convert", "played.mid", "--tempo", "96")
    assert status == 0
    tune = abc.parse_tune(out)
    score = abc.to_score(tune)
    assert score.tempos[0].qpm == 96
    assert [note.onset for note in score.notes] == list(range(24))
    status, _, err = run("convert", "played.mid", "--tempo", "5")
    assert status == 2
    assert "--tempo" in err


@pytest.mark.needs("score")
def test_to_musicxml_and_back(run: Run) -> None:
    assert run("convert", "good.abc", "-o", "there.musicxml")[0] == 0
    status, out, _ = run("convert", "there.musicxml")
    assert status == 0
    assert len(abc.to_score(abc.parse(out).tunes[0]).notes) in (7, 14)


def test_books_are_split_and_merged(run: Run) -> None:
    run("convert", "good.abc", "short.abc", "-o", "book.abc")
    assert [tune.number for tune in abc.parse(Path("book.abc").read_text())] == ["1", "2"]
    run("convert", "book.abc", "-o", "apart/")
    assert sorted(path.name for path in Path("apart").iterdir()) == [
        "001-good.abc",
        "002-short.abc",
    ]
    assert "T:Short" in run("convert", "book.abc", "--number", "2")[1]


def test_repeats_written_out(run: Run) -> None:
    out = run("convert", "good.abc", "--repeats", "expand")[1]
    assert out.endswith("D2E FGA|B3 A3|D2E FGA|B3 A3|]\n")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["good.abc", "--key", "H"], "not a key"),
        (["good.abc", "--key", "Dm"], "name a major key"),
        (["good.abc", "--unit", "0/8"], "not a note length"),
        (["good.abc", "--voice", "2"], "no voice"),
        (["good.abc", "--number", "x"], "--number"),
        (["good.abc", "--number", "9"], "no tune has the number 9"),
        (["good.abc", "-o", "tune.xyz"], ".xyz"),
        (["good.abc", "-o", "nowhere/tune.abc"], "nowhere"),
    ],
)
def test_what_makes_no_sense_is_said(run: Run, arguments: list[str], word: str) -> None:
    status, _, err = run("convert", *arguments)
    assert status == 1
    assert word in err
    assert "Traceback" not in err
