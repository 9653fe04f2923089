"""`musicrnn play`, as a user meets it; without a sound device, with the one that drops sound."""

import io

import pytest

from musicrnn.cli import main
from musicrnn.render import to_midi
from musicrnn.score import Note, Score

pytestmark = pytest.mark.needs("miniaudio")
TUNE = "X:1\nT:Scale\nM:2/4\nL:1/16\nQ:1/4=400\nK:C\nCDEF|]\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scale.abc").write_text(TUNE)
    return tmp_path


def play(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["play", *arguments])
    return stopped.value.code or 0


def test_a_book_and_a_midi_file_are_played_to_their_end(here, capsys) -> None:
    (here / "book.abc").write_text(TUNE + "\n" + TUNE.replace("Scale", "Other"))
    (here / "song.mid").write_bytes(to_midi(Score.of([Note(0, 60, 1)], title="Song")))
    options = ["--silent", "--tempo", "400", "--transpose", "-2", "--program", "flute"]
    assert play("book.abc", "song.mid", *options) == 0
    assert [line for line in capsys.readouterr().err.splitlines() if line] == [
        "Scale", "Other", "Song",
    ]  # fmt: skip


def test_from_standard_input(here, capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TUNE.encode())))
    assert play("--silent") == 0
    assert "Scale" in capsys.readouterr().err


def test_without_a_sound_device_one_line_says_so(here, capfd, monkeypatch) -> None:
    import miniaudio

    def refuses(*_: object, **__: object) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -401)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", refuses)
    assert play("scale.abc") == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert "no sound device" in line


def test_without_miniaudio_the_extra_is_named(here, capsys, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "miniaudio", None)
    assert play("scale.abc") == 1
    assert "[play]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.abc"], "none.abc: No such file"),
        (["scale.abc", "--program", "flut"], "did you mean flute"),
        (["words.txt"], "plain text has no notes"),
        (["rest.abc"], "nothing to play"),
    ],
)
def test_what_cannot_be_played(here, capsys, arguments, message) -> None:
    (here / "words.txt").write_text("words")
    (here / "rest.abc").write_text("X:1\nK:C\nz4|]\n")
    assert play(*arguments, "--silent") == 1
    assert message in capsys.readouterr().err
