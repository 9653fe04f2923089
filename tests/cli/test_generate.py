"""``musicrnn generate`` and ``complete`` as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from musicrnn import abc
from tests.constraints.helpers import untrained

ASKED = ["--key", "D", "--meter", "6/8", "--rhythm", "jig", "--form", "AB", "--bars", "2"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models") / "untrained"
    untrained().save(folder)
    return str(folder)


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "musicrnn", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_tunes_go_to_standard_output_and_messages_elsewhere(model: str) -> None:
    ran = run("generate", "--model", model, "-n", "3", "--seed", "7", *ASKED)
    assert ran.returncode == 0, ran.stderr
    assert abc.check(ran.stdout, strict=True) == []
    assert [tune.number for tune in abc.parse(ran.stdout).tunes] == ["1", "2", "3"]
    assert "seed 7" in ran.stderr
    again = run("generate", "--model", model, "-n", "3", "--seed", "7", *ASKED)
    assert again.stdout == ran.stdout


def test_nothing_heavy_is_imported(model: str) -> None:
    code = (
        "import sys; from musicrnn.cli import main\n"
        f"try: main(['generate', '--model', {model!r}, '--bars', '4'])\n"
        "except SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'music21', 'pretty_midi', 'scipy', 'pandas', 'verovio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("[]\n")


def test_files_of_any_kind(model: str, tmp_path: Path) -> None:
    command = ["generate", "--model", model, "--seed", "1", *ASKED]
    assert run(*command, "-o", str(tmp_path / "a.mid")).returncode == 0
    assert run(*command, "-n", "2", "-o", str(tmp_path / "book.abc")).returncode == 0
    assert run(*command, "-n", "2", "-o", f"{tmp_path}/many/", "--to", "abc,mid").returncode == 0
    assert (tmp_path / "a.mid").read_bytes().startswith(b"MThd")
    assert len(abc.parse((tmp_path / "book.abc").read_text()).tunes) == 2
    assert sorted(path.name for path in (tmp_path / "many").iterdir()) == [
        "untrained-1-0001.abc",
        "untrained-1-0001.mid",
        "untrained-1-0002.abc",
        "untrained-1-0002.mid",
    ]


def test_json_says_how_to_get_it_again(model: str) -> None:
    ran = run("generate", "--model", model, "--seed", "5", "--json", "-n", "2", *ASKED)
    tunes = json.loads(ran.stdout)
    assert [tune["index"] for tune in tunes] == [0, 1]
    assert {tune["seed"] for tune in tunes} == {5}
    assert tunes[0]["key"] == "D"
    assert tunes[0]["logprob"] < 0


def test_candidates_free_tunes_and_primes(model: str, tmp_path: Path) -> None:
    command = ["generate", "--model", model, "--seed", "1"]
    every = run(*command, "--best-of", "3", "--all", *ASKED)
    assert every.stdout.count("X:1\n") == 3
    free = run(*command, "--free", *ASKED)
    assert free.returncode == 0
    assert "error" in free.stderr
    primed = run(*command, "--prime", "DFA dAF|", *ASKED)
    assert "\nDFA dAF|" in primed.stdout
    file = tmp_path / "mine.abc"
    file.write_text("X:1\nT:Mine\nM:6/8\nL:1/8\nK:D\n|:DFA dAF|d3 d2e:|\n")
    assert "T:Mine\n" in run(*command, "--prime", str(file)).stdout
    assert "K:G\n" in run(*command, "--bars-like", str(file), "--key", "G").stdout


def test_gaps_are_filled(model: str) -> None:
    tune = "X:1\nT:t\nM:6/8\nL:1/8\nK:D\n|:DFA dAF|?|d3 d2e|?:|\n"
    ran = run("complete", "-", "--model", model, "--seed", "1", given=tune)
    assert ran.returncode == 0, ran.stderr
    assert "?" not in ran.stdout
    assert abc.check(ran.stdout, strict=True) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--key", "H"], "'H' is not a key"),
        (["--bars", "many"], "write one, or one a part"),
        (["-n", "2", "-o", "x.wav"], "give a folder"),
        (["--to", "mid"], "-o DIR/"),
        (["--prime", "DFA dAFA|", *ASKED], "the prime is already wrong"),
        (["--format", "text"], "wants a --model"),
    ],
)
def test_an_error_is_one_line(model: str, arguments: list[str], message: str) -> None:
    chosen = [] if "--format" in arguments else ["--model", model]
    ran = run("generate", *chosen, *arguments)
    assert ran.returncode == 1
    assert ran.stdout == ""
    errors = [line for line in ran.stderr.splitlines() if line.startswith("musicrnn: ")]
    assert len(errors) == 1
    assert message in errors[0]
