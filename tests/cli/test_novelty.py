"""``musicrnn novelty``, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from musicrnn import abc
from musicrnn.cli.app import main
from musicrnn.midi.writer import to_midi

HEAD = "X:{}\nT:{}\nM:4/4\nL:1/8\nK:{}\n"
BODY = "D2FA dAFA|G2Bd gdBG|A2ce aece|f2df ecAc|d4 A4|B2AG FEDE|FAdf edcA|d6 z2|]\n"
UP_A_TONE = "E2GB eBGB|A2ce aecA|B2df bfdf|g2eg fdBd|e4 B4|c2BA GFEF|GBeg fedB|e6 z2|]\n"
TWO_VOICES = (
    f"{HEAD.format(1, 'Over', 'D')}V:1 name=Descant\n"
    + "c'2b2 g'2e'2|a2f2 d'2c'2|" * 4
    + f"\nV:2 name=Ground\n{BODY}"
)
OTHER = "A6 B2|c4 d4|e2c2 A4|G8|E2E2 F2G2|A4 c4|B2A2 G2B2|A8|]\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Tunes to compare with."""
    path = tmp_path / "known.abc"
    path.write_text(
        f"{HEAD.format(1, 'The Known', 'D')}{BODY}\n{HEAD.format(2, 'Two', 'Am')}{OTHER}"
    )
    return path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], book: Path) -> Run:
    def go(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["novelty", "--corpus", str(book), *map(str, arguments)])
        shown = capsys.readouterr()
        return int(stop.value.code or 0), shown.out, shown.err

    return go


def test_a_copy_in_another_key_is_named(run: Run, tmp_path: Path) -> None:
    song = tmp_path / "song.abc"
    song.write_text(HEAD.format(1, "My Own Tune", "E") + UP_A_TONE)
    code, out, _ = run(song)
    assert code == 0
    assert "a copy or variant of The Known" in out
    assert "0% new" in out
    assert "bar   1  E ^G B e B ^G B" in out
    assert "| bar   1  D ^F A d A ^F A" in out


def test_a_new_tune_is_new(run: Run, tmp_path: Path) -> None:
    song = tmp_path / "song.abc"
    song.write_text(HEAD.format(1, "New", "C") + "CEDF EGFA|GBAc Bdce|dBcA BGAF|GEFD C4|]\n")
    _, out, _ = run(song)
    assert "100% new" in out
    assert "copy" not in out


def test_a_known_tune_is_heard_in_the_bass(run: Run, tmp_path: Path) -> None:
    song = tmp_path / "two.mid"
    song.write_bytes(to_midi(abc.to_score(abc.parse_tune(TWO_VOICES))))
    code, out, _ = run(song, "--json")
    whole, descant, ground = json.loads(out)
    assert code == 0
    assert [row["voice"] for row in (whole, descant, ground)] == [None, "Descant", "Ground"]
    assert (whole["copy_of"], descant["copy_of"]) == (None, None)
    assert ground["copy_of"].startswith("The Known")
    assert "two.mid, Ground" in run(song)[1]


def test_the_bass_of_a_known_piece_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "two.mid").write_bytes(to_midi(abc.to_score(abc.parse_tune(TWO_VOICES))))
    song = tmp_path / "song.abc"
    song.write_text(HEAD.format(1, "My Own Tune", "E") + UP_A_TONE)
    with pytest.raises(SystemExit):
        main(["novelty", "--corpus", str(tmp_path / "known"), str(song)])
    assert "a copy or variant of" in (out := capsys.readouterr().out)
    assert "Ground" in out


def test_json(run: Run, tmp_path: Path) -> None:
    song = tmp_path / "song.abc"
    song.write_text(f"{HEAD.format(1, 'One', 'E')}{UP_A_TONE}\n{HEAD.format(2, 'Mute', 'C')}z8|]\n")
    code, out, _ = run(song, "--json")
    copied, mute = json.loads(out)
    assert code == 0
    assert copied["copy_of"].startswith("The Known")
    assert copied["nearest"][0]["passages"][0]["bars"] == pytest.approx(7.75, abs=0.3)
    assert mute["new"] is None
    assert mute["nearest"] == []


def test_a_file_that_holds_no_tune(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.abc"
    empty.write_text("nothing\n")
    code, _, err = run(empty)
    assert code == 1
    assert "there is no tune in it" in err


def test_a_model_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["novelty", "song.abc", "--model", "nobody"])
    assert "there is no model or folder" in capsys.readouterr().err
