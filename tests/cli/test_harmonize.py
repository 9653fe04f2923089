"""``musicrnn harmonize`` as it is typed, with the model that ships."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from musicrnn import abc, midi
from musicrnn.midi.writer import to_midi
from musicrnn.score import Note, Part, Score

LINE = "X:1\nT:Line\nM:4/4\nL:1/4\nK:C\ncdef|e2c2|]\n"
BOOK = (
    LINE + "\nX:2\nT:Too wide\nM:4/4\nL:1/4\nK:C\nC,,c'''C,,c'''|]\n\nX:3\nT:Low\nL:1/1\nK:C\nc|]\n"
)


def run(*arguments: str, given: str = LINE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "musicrnn", "harmonize", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_melody_on_standard_input_comes_out_in_four_voices() -> None:
    ran = run("-", "--seed", "3")
    assert ran.returncode == 0, ran.stderr
    tune = abc.parse_tune(ran.stdout)
    assert abc.check(ran.stdout) == []
    assert len(abc.to_score(tune).parts) == 4
    assert "chorale: seed 3" in ran.stderr
    assert run("-", "--seed", "3").stdout == ran.stdout


def test_a_midi_file_of_the_alto_becomes_tracks_of_an_organ(tmp_path: Path) -> None:
    alto = abc.to_score(abc.parse_tune(LINE.replace("cdef|e2c2", "GGAA|G2G2")))
    (tmp_path / "alto.mid").write_bytes(to_midi(alto))
    written = tmp_path / "four.mid"
    options = ("--voice", "alto", "--sound", "organ", "-o", str(written))
    ran = run(str(tmp_path / "alto.mid"), *options)
    assert ran.returncode == 0, ran.stderr
    score = midi.read(written.read_bytes())
    assert [part.name for part in score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert [n.pitch for n in score.notes if n.part == 1] == [n.pitch for n in alto.notes]
    assert {part.program for part in score.parts} == {19}


def test_of_a_book_every_tune_is_set_and_what_cannot_be_is_named() -> None:
    ran = run("-", "--seed", "1", given=BOOK)
    assert ran.returncode == 1
    assert [tune.title for tune in abc.parse(ran.stdout).tunes] == ["Line", "Low"]
    assert "Too wide: the melody goes from C2 to C8, which no voice can sing" in ran.stderr


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (Score.of([], parts=[Part("Nothing")]), "there are no notes to harmonize"),
        (
            Score.of(
                [Note(Fraction(k), 60 + k % 12, Fraction(1), part=k) for k in range(40)],
                parts=[Part(f"Track {k}") for k in range(40)],
            ),
            "40 parts; four voices are written from one to three of them",
        ),
        (
            Score.of([Note(Fraction(0), 36, Fraction(1))], parts=[Part("Drums", drums=True)]),
            "there are only drums",
        ),
    ],
    ids=["no notes", "40 tracks", "drums"],
)
def test_what_cannot_be_harmonized_is_one_line(tmp_path: Path, score: Score, said: str) -> None:
    (tmp_path / "it.mid").write_bytes(to_midi(score))
    ran = run(str(tmp_path / "it.mid"))
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert said in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def test_bars_of_a_chorale_are_written_anew() -> None:
    whole = run("-", "--seed", "3").stdout
    ran = run("-", "--seed", "4", "--rewrite", "2", "--voices", "alto,tenor", given=whole)
    assert ran.returncode == 0, ran.stderr
    before, after = (abc.to_score(abc.parse_tune(text)) for text in (whole, ran.stdout))
    for part in range(4):
        old, new = (
            [n for n in score.notes if n.part == part and (n.onset < 4 or part in (0, 3))]
            for score in (before, after)
        )
        assert old == new
    assert run("-", "--rewrite", "9", given=whole).stderr.count("\n") == 1


def test_a_metre_that_changes_is_remarked_on_and_kept() -> None:
    ran = run("-", given="X:1\nM:4/4\nL:1/4\nK:C\ncdef|[M:3/4]edc|[M:4/4]B2B2|c4|]\n")
    assert ran.returncode == 0
    assert "the metre changes (4/4, 3/4); accents follow the first" in ran.stderr
    assert ran.stdout.count("[M:3/4]") == 4
