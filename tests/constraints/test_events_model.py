"""From a bundle of events to files, as `musicrnn generate --format midi` goes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from musicrnn import midi, render
from musicrnn.cli.app import main
from musicrnn.errors import UsageError
from musicrnn.generation import load
from musicrnn.score import Note, Score
from tests.untrained_models import untrained_jazz, untrained_piano


@pytest.fixture(scope="module")
def piano(tmp_path_factory: pytest.TempPathFactory) -> str:
    return untrained_piano(tmp_path_factory.mktemp("models") / "piano")


@pytest.fixture(scope="module")
def jazz(tmp_path_factory: pytest.TempPathFactory) -> str:
    return untrained_jazz(tmp_path_factory.mktemp("models") / "jazz")


def test_piano_writes_files_as_asked(piano: str, tmp_path: Path) -> None:
    out = tmp_path / "tune.mid"
    main_ok("generate", "--model", piano, "--key", "D", "--bars", "4", "--seed", "3", "-o", out)
    assert midi.check(out) == []
    score = midi.read(out, strict=True)
    assert score.length == 16
    assert score.notes[-1].pitch % 12 == 2
    assert str(score.keys[0].key) == "D major"


def test_jazz_plays_over_the_chords(jazz: str, tmp_path: Path) -> None:
    out = tmp_path / "solo.mid"
    chords = "Dm7 G7 | Cmaj7"
    main_ok(
        "generate", "--model", jazz, "--chords", chords, "--bars", "4", "--seed", "1", "-o", out
    )
    score = midi.read(out, strict=True)
    assert [chord.text for chord in score.chords] == ["Dm7", "G7", "Cmaj7"] * 2
    assert score.length == 16


def test_chords_want_a_model_that_plays_over_them(
    piano: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["generate", "--chords", "Am7 D7 Gmaj7"])
    assert stopped.value.code == 1
    assert "musicrnn train FILES --recipe jazz" in capsys.readouterr().err
    with pytest.raises(UsageError, match="chords is for models of the kind jazz"):
        load(piano).generate(chords="Am7")


def test_a_scale_is_not_asked_of_what_plays_over_chords(jazz: str) -> None:
    with pytest.raises(UsageError, match="in_scale is for models of the kind"):
        load(jazz).generate(in_scale=1.0, bars=2)


def test_the_same_seed_writes_the_same_notes_and_the_prime_is_kept(piano: str) -> None:
    model = load(piano)
    prime = render.to_midi(Score.of([Note(Fraction(0), 62, Fraction(4))]))
    tunes = [model.generate(seed=5, bars=3, key="D", prime=prime) for _ in range(2)]
    assert tunes[0].score == tunes[1].score
    assert tunes[0].score.notes[0].onset == 0
    assert model.generate(seed=6, bars=3, key="D", prime=prime).score != tunes[0].score
    greedy = [model.generate(seed=seed, bars=2, greedy=True).score for seed in (1, 2)]
    assert greedy[0] == greedy[1]


def test_what_a_melody_has_not_is_refused(piano: str) -> None:
    with pytest.raises(UsageError, match="rhythm is for models of ABC"):
        load(piano).generate(rhythm="jig")
    with pytest.raises(UsageError, match=r"no file nowhere\.mid"):
        load(piano).generate(prime="nowhere.mid")


def main_ok(*arguments: object) -> None:
    """Run a command; its exit status must be 0."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert stopped.value.code == 0
