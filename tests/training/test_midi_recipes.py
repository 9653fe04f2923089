"""The recipes of MIDI, a few steps of each on real tunes, and music out of what they made."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from musicrnn import abc, midi, render
from musicrnn.cli import main
from musicrnn.midi.melody_check import check_melody
from musicrnn.models.bundle import Bundle
from musicrnn.score import Part, Score
from tests.training.helpers import TUNES

pytestmark = pytest.mark.needs("tensorflow", "keras")

#: The shipped recipes but for their length: what is drawn is not meant to be good.
FEW_STEPS = ["--epochs", "2", "--set", "training.samples_every=0"]


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert not ended.value.code


def score_of(*numbers: int) -> Score:
    """Some of the tunes as the tracks of one file."""
    scores = [abc.to_score(abc.parse_tune(TUNES[number])) for number in numbers]
    notes = (replace(note, part=part) for part, score in enumerate(scores) for note in score)
    return Score.of(
        notes,
        parts=[Part(f"tune {number}") for number in numbers],
        meters=scores[0].meters,
        keys=scores[0].keys,
    )


def written(folder: Path, model: Path, *asked: object) -> Score:
    out = folder / "tune.mid"
    run("generate", "--model", model, "--format", "midi", "--seed", "1", *asked, "-o", out)
    return midi.read(out, strict=True)


def test_djmodel_learns_one_file_and_plays_over_chords(tmp_path, capfd):
    file, out = tmp_path / "cooleys.mid", tmp_path / "run"
    file.write_bytes(render.to_midi(score_of(1)))
    run("train", file, "--recipe", "djmodel", *FEW_STEPS, "--output", out)
    assert "the last 10% of each piece is held out instead" in capfd.readouterr().err
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert lines[1]["train_bits"] < lines[0]["train_bits"]
    card = Bundle.load(out).card
    assert "the last 10% of each piece held out" in card
    assert "by heart" in card
    chords = "Dm7 G7 Cmaj7 Cmaj7"
    score = written(tmp_path, out, "--chords", chords, "--bars", 8)
    assert [symbol.text for symbol in score.chords][:3] == chords.split()[:3]
    assert score.length == 32
    melody = score.with_notes([note for note in score.notes if note.part == 0])
    assert check_melody(melody, strict=True) == []


def test_djmodel_takes_the_tracks_it_is_told(tmp_path):
    folder, out = tmp_path / "files", tmp_path / "run"
    folder.mkdir()
    for name, numbers in (("one", (0, 1)), ("two", (2, 3))):
        (folder / f"{name}.mid").write_bytes(render.to_midi(score_of(*numbers)))
    tracks = ["--melody-track", 3, "--chord-track", "tune"]
    run("train", folder, "--recipe", "djmodel", *FEW_STEPS, *tracks, "--output", out)
    bundle = Bundle.load(out)
    assert bundle.config.tokenizer["melody_track"] == 3
    assert bundle.config.training["pieces"] == 2
    score = written(tmp_path, out, "--bars", 2)
    assert score.length == 2 * score.meters[0].meter.length


@pytest.mark.parametrize("recipe", ["jazz", "piano"])
def test_a_folder_of_tunes_makes_a_model(recipe, tmp_path):
    folder, out = tmp_path / "tunes", tmp_path / "run"
    folder.mkdir()
    for number in range(len(TUNES)):
        (folder / f"{number}.mid").write_bytes(render.to_midi(score_of(number)))
    run("train", folder, "--recipe", recipe, *FEW_STEPS, "--output", out)
    assert Bundle.load(out).config.training["held_out_pieces"] == 1
    score = written(tmp_path, out, "--key", "D", "--bars", 4)
    assert score.length == 16
    assert str(score.keys[0].key) == "D major"
    melody = score.with_notes([note for note in score.notes if note.part == 0])
    assert check_melody(melody, strict=True) == []


def test_the_metre_of_a_model_is_that_of_its_files(tmp_path):
    file, out = tmp_path / "kesh.mid", tmp_path / "run"
    file.write_bytes(render.to_midi(score_of(0)))
    run("train", file, "--recipe", "djmodel", *FEW_STEPS, "--output", out)
    score = written(tmp_path, out, "--bars", 2, "--chords", "G D7")
    assert str(score.meters[0].meter) == "6/8"
    assert score.length == 2 * Fraction(3)


@pytest.mark.needs("miditok")
@pytest.mark.parametrize("recipe", ["band", "piano-performance"])
def test_files_of_many_voices_make_a_model(recipe, tmp_path):
    """Two tunes at once, one of them with a note longer than any token."""
    folder, out = tmp_path / "files", tmp_path / "run"
    folder.mkdir()
    for number in range(len(TUNES)):
        score = score_of(number, (number + 1) % len(TUNES))
        held = replace(score.notes[0], duration=Fraction(20))
        (folder / f"{number}.mid").write_bytes(
            render.to_midi(score.with_notes([held, *score.notes[1:]]))
        )
    small = ["model.units=[8]", "model.embedding=4", "training.length=64", "training.batch=2"]
    run(
        "train", folder, "--recipe", recipe, *FEW_STEPS, "--output", out,
        *(word for value in small for word in ("--set", value)),
    )  # fmt: skip
    assert Bundle.load(out).config.training["share_of_notes"] == 1
    assert written(tmp_path, out, "--bars", 2).notes
