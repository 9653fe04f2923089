"""``musicrnn chords`` from the outside: one line and status 1 for what cannot be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicrnn import midi
from musicrnn.cli.app import main
from tests.arranging.test_chords import JIG, REEL, WALTZ, symbols


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return int(stopped.value.code or 0), out.out, out.err


@pytest.fixture
def jig(tmp_path: Path) -> Path:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    return path


def test_on_standard_output(jig: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "chords", jig)
    assert status == 0
    assert symbols(out)[0] == "D"
    assert jig.read_text() == JIG


def test_several_files_into_a_folder(
    jig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reel.abc").write_text(REEL)
    status, _, _ = run(capsys, "chords", jig, tmp_path / "reel.abc", "-o", f"{tmp_path}/out/")
    assert status == 0
    assert symbols((tmp_path / "out" / "reel.abc").read_text())[0] == "Am"


def test_as_midi_the_chords_sound(
    jig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, _ = run(capsys, "chords", jig, "-o", tmp_path / "x.mid")
    assert status == 0
    assert [part.program for part in midi.read((tmp_path / "x.mid").read_bytes()).parts] == [0, 25]
    status, _, _ = run(capsys, "chords", jig, "-o", tmp_path / "y.mid", "--backing", "none")
    assert len(midi.read((tmp_path / "y.mid").read_bytes()).parts) == 1


def test_a_midi_file_comes_out_as_abc_with_chords(
    jig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "convert", jig, "-o", tmp_path / "plain.mid")
    status, out, _ = run(capsys, "chords", tmp_path / "plain.mid")
    assert status == 0
    assert symbols(out)[0] == "D"


BAD = {
    "rests": ("X:1\nT:x\nM:4/4\nL:1/4\nK:C\nz4|z4|]\n", "no melody"),
    "voices": ("X:1\nT:x\nM:4/4\nK:C\nV:1\nC8|]\nV:2\nE8|]\n", "2 voices at once"),
    "german": (WALTZ.replace("GBd", '"H7"GBd', 1), "'H7' is no chord symbol"),
    "empty": ("", "no tune"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, why = BAD[name]
    path = tmp_path / f"{name}.abc"
    path.write_text(text)
    status, _, err = run(capsys, "chords", path, "--keep", "-o", tmp_path / "out.abc")
    assert status == 1
    assert why in err
    assert str(path.name) in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out.abc").exists()


@pytest.mark.parametrize(
    "options",
    [["--per", "week"], ["--backing", "kazoo"], ["--model", "nowhere"], ["-o", "x.docm"]],
)
def test_bad_options(
    options: list[str], jig: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(jig.parent)
    status, _, err = run(capsys, "chords", jig, *options)
    assert status == 1
    assert err.startswith("musicrnn: ")


def test_nothing_is_written_over_itself(jig: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "chords", jig, "-o", jig)
    assert status == 1
    assert "over itself" in err
    assert jig.read_text() == JIG


def test_one_bad_file_does_not_take_the_others_down(
    jig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.abc").write_text(BAD["rests"][0])
    status, out, err = run(capsys, "chords", tmp_path / "bad.abc", jig)
    assert status == 1
    assert symbols(out)[0] == "D"
    assert "1 of 2 files failed" in err


def test_a_recipe_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.training.test_chord_training import songs

    (tmp_path / "songs.abc").write_text("\n".join(songs(20)))
    status, _, err = run(
        capsys, "train", tmp_path / "songs.abc", "--recipe", "chords", "--set", "model.units=[16]",
        "--epochs", 2, "-o", tmp_path / "run",
    )  # fmt: skip
    assert status == 0
    assert "of the beats right on tunes held out" in err
    (tmp_path / "jig.abc").write_text(JIG)
    status, out, _ = run(capsys, "chords", tmp_path / "jig.abc", "--model", tmp_path / "run")
    assert status == 0
    assert symbols(out)
