"""What is said of sixty wrong inputs: to the terminal, from Python, and on the page.

Each message is one line that names what is wrong and says what would be right; the terminal's exit
status is 1, or 2 where the command itself could not be read. Nothing is written, nothing is drawn.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import musicrnn
from musicrnn import render
from musicrnn.cli import main
from musicrnn.errors import MusicRNNError, UsageError, install_command

TUNE = "X:1\nT:Air\nM:4/4\nL:1/8\nK:D\n" + "D2 F2 A2 d2|f2 d2 A2 F2|" * 4 + "|\n"

#: the words after ``musicrnn`` → exit status, and what the last line on standard error holds
TERMINAL: list[tuple[str, int, str]] = [
    ("sing", 2, "there is no command 'sing'; there are generate, "),
    ("generat", 2, "there is no command 'generat'; did you mean generate?"),
    ("recipes lst", 2, "No such command 'lst'. Did you mean 'list'?"),
    ("generate --kye D", 2, "No such option: --kye (Possible options: --key"),
    ("generate jig", 2, "generate takes options only, not 'jig'; did you mean --rhythm jig?"),
    ("generate something", 2, "not 'something'; try musicrnn help generate"),
    ("generate --instrument 'tin whistle'", 1, "did you mean whistle-D?"),
    ("generate --rhythm 'slow reel'", 1, "did you mean slow air?"),
    ("render", 2, "Missing argument 'FILE...'"),
    ("complete air.abc air.abc", 2, "complete takes one FILE, not 2; try musicrnn help complete"),
    (
        "train a.abc b.abc",
        2,
        "train takes one CORPUS, not 2; name a folder, or put a glob in quotes",
    ),
    ("convert air.abc --number 9", 1, "no tune has the number 9; the numbers are: 1"),
    ("serve --host nowhere.invalid", 1, "cannot listen on nowhere.invalid:8000 ("),
    ("mcp folder", 2, "mcp takes options only, not 'folder'; try musicrnn help mcp"),
    ("train", 1, "say what to learn from: musicrnn train FILE-OR-FOLDER"),
    ("set --rhythm polonaise", 1, "'polonaise' is not a rhythm; did you mean polka?"),
    ("convert air.abc --unit 1/7", 1, "a unit note length is 1/1, 1/2, 1/4, 1/8 … 1/512, not 1/7"),
    ("check --voice-leading air.abc", 1, "air.abc: fewer than four voices sound"),
    ("render air.abc --soundfont nofile.sf2", 1, "nofile.sf2: no such SoundFont"),
    ("render air.abc --paper A9", 1, "no paper is called 'A9': choose A4 or letter"),
    ("generate --seed x", 2, "Invalid value for '--seed': Input should be a valid integer"),
    ("generate -n 0", 2, "should be greater than or equal to 1"),
    ("generate --key H", 1, "key: 'H' is not a key; did you mean B?"),
    ("generate --key 'D mjor'", 1, "key: 'D mjor' is not a key; did you mean D major?"),
    ("generate --key Z", 1, "write for example D, Am, F# minor or D dorian"),
    ("generate --meter 4/0", 1, "meter: "),
    ("generate --rhythm rel", 1, "rhythm: 'rel' is not a rhythm; did you mean reel?"),
    ("generate --rhythm opera", 1, "rhythm: 'opera' is not a rhythm; there are "),
    (
        "generate --style irsh",
        1,
        "style: 'irsh' is not a tradition known here; did you mean irish?",
    ),
    ("generate --instrument flut", 1, "'flut' is not an instrument; did you mean flute?"),
    ("generate --bars x", 1, "bars: 'x' is not a number of bars"),
    ("generate --form AAAB", 1, "a part is played once or twice in a row"),
    ("generate --lowest B5 --highest C4", 1, "musicrnn: "),
    ("generate --rhythm jig --meter 4/4", 1, "a jig is in 6/8"),
    ("generate --model flok", 1, "there is no model or folder 'flok'; did you mean folk?"),
    ("generate --format tab", 1, "--format tab"),
    ("generate --temperature 0", 1, "temperature"),
    ("generate --chords Hmaj7", 1, "musicrnn: "),
    ("generate --prime nofile.abc", 1, "prime: there is no file nofile.abc"),
    ("generate -o x.docx", 1, "x.docx: its ending (.docx) says no kind of file"),
    ("generate -o x", 1, "x: its ending (it has none) says no kind of file"),
    ("generate -n 3 -o x.wav", 1, "3 tunes do not fit into x.wav; give a folder: -o DIR/"),
    ("generate --to mid", 1, "give one: -o DIR/"),
    ("generate --to docx -o out/", 1, "out/tune.docx: its ending (.docx) says no kind of file"),
    ("complete air.abc", 1, "there is no gap to fill; write |?| for a bar, or ... at the end"),
    ("complete nofile.abc", 1, "nofile.abc: No such file or directory"),
    ("complete air.abc -o air.abc", 1, "would be written over itself"),
    ("complete air.abc --rewrite Q", 1, "has no section 'Q'"),
    ("render notes.txt", 1, "plain text has no notes"),
    ("render air.abc --to docx", 1, "--to docx: no such format"),
    ("render air.abc --synthesizer organ", 1, "organ"),
    ("check nofile.abc", 1, "nofile.abc: No such file or directory"),
    ("check .", 1, "is a folder; name the files in it"),
    ("convert air.abc --key Q", 1, "'Q' is not a key"),
    ("convert air.abc --number x", 1, "--number x: write numbers and ranges such as 3,7-9"),
    ("fix air.abc air.abc", 1, "several files: repair them --in-place"),
    ("train README.md", 1, "README.md: the ending .md is unknown"),
    ("train fokl", 1, "there is no corpus, file, folder or glob 'fokl'; did you mean folk?"),
    ("train air.abc --recipe flok", 1, "there is no recipe 'flok'; did you mean folk?"),
    ("compare nowhere", 1, "nowhere: there is no such folder"),
    ("render air.abc --instrument whistle", 1, "did you mean whistle-D?"),
    ("jam --osc 4560", 1, "'4560' is no address: write HOST:PORT; Sonic Pi is localhost:4560"),
    ("help generat", 2, "there is no command 'generat'; did you mean generate?"),
    ("evaluate folk -o report.pdf", 1, "report.pdf: a report is a page; name it .html"),
    ("corpus info empty", 1, "empty: there is no music in this folder"),
]

#: what is called → what the `UsageError` says
PYTHON: list[tuple[str, Callable[[musicrnn.Model], Any], str]] = [
    ("bars='x'", lambda folk: folk.generate(bars="x"), "bars: 'x' is not a number of bars"),
    ("key=5", lambda folk: folk.generate(key=5), "key: 5 is not text"),
    ("meter=(6, 8)", lambda folk: folk.generate(meter=(6, 8)), "meter: (6, 8)"),
    ("temperature='hot'", lambda folk: folk.generate(temperature="hot"), "temperature is 'hot'"),
    ("seed=1.5", lambda folk: folk.generate(seed=1.5), "seed is 1.5; it must be a whole number"),
    ("kye='D'", lambda folk: folk.generate(kye="D"), "there is no control 'kye'; did you mean key"),
    ("n=-1", lambda folk: folk.generate(-1), "cannot be below 0"),
    ("complete('hello')", lambda folk: folk.complete("hello"), "there is no gap to fill"),
    ("rewrite a part", lambda folk: folk.rewrite(TUNE, "Q"), "has no section 'Q'"),
    ("load(5)", lambda folk: musicrnn.load(5), "a model is a name or a folder, not 5"),
    ("read text", lambda folk: musicrnn.read(TUNE), "a file is a path or bytes; of text, give"),
    ("generate('jig')", lambda folk: folk.generate("jig"), "is a whole number, not 'jig'"),
    ("generate(2.5)", lambda folk: folk.generate(2.5), "is a whole number, not 2.5"),
    ("key=''", lambda folk: folk.generate(key=""), "'' is not a key; write for example D"),
    ("complete(None)", lambda folk: folk.complete(None), "a tune is ABC text or a Tune, not None"),
    ("rewrite 5", lambda folk: folk.rewrite(5, "A"), "a tune is ABC text or a Tune, not 5"),
    ("a section 5", lambda folk: folk.rewrite(TUNE, 5), "a section is a letter such as 'B'"),
    ("vary('a')", lambda folk: folk.vary(TUNE, "a"), "closeness is a share from 0 to 1, not 'a'"),
    ("a tempo in words", lambda folk: _tune().practice(from_tempo="fast"), "a tempo is a share"),
    ("sound of text", lambda folk: render.to_audio(TUNE), "to_audio wants a Score"),
    ("train settings", lambda folk: musicrnn.train("folk", settings=["a"]), "settings are a dict"),
    ("train epochs", lambda folk: musicrnn.train("folk", epochs="x"), "epochs is a whole number"),
    ("train seed", lambda folk: musicrnn.train("folk", seed=-1), "the seed is -1; it must be 0"),
    ("samples", lambda folk: musicrnn.evaluate("folk", samples="x"), "samples is a whole number"),
    ("examples", lambda folk: folk.examples("x"), "examples wants pieces"),
    ("save as docx", lambda folk: musicrnn.read(TUNE.encode())[0].save("x.docx"), "'.docx'"),
    ("examples of nothing", lambda folk: folk.examples([]), "there is no piece"),
    ("evaluate a split", lambda folk: musicrnn.evaluate(folk, split="train"), "split is 'train'"),
    ("a corpus's split", lambda folk: _split(), "a corpus has no part 'trian'"),
]

#: an address of the page → status, and what its message holds
PAGE: list[tuple[str, int, str]] = [
    ("/api/tune?key=H", 400, "did you mean B?"),
    ("/api/tune?rhythm=rel", 400, "did you mean reel?"),
    ("/api/tune?nonsense=1", 422, "nonsense"),
    ("/api/tune?temperature=99", 422, "temperature"),
    ("/api/tune?model=flok", 400, "model"),
]


def _tune() -> Any:
    return musicrnn.read(TUNE.encode())[0]


def _split() -> None:
    next(musicrnn.Corpus.open("dinosaurs").pieces("trian"))


def test_there_are_sixty() -> None:
    assert len(TERMINAL) + len(PYTHON) + len(PAGE) >= 60


@pytest.fixture(scope="module")
def folk() -> musicrnn.Model:
    return musicrnn.load("folk")


@pytest.mark.parametrize(("words", "status", "message"), TERMINAL, ids=lambda case: str(case)[:40])
def test_terminal(
    words: str,
    status: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "air.abc").write_text(TUNE)
    (tmp_path / "notes.txt").write_text("no notes\n")
    (tmp_path / "README.md").write_text("# Read\n")
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as end:
        main(shlex.split(words))
    shown = capfd.readouterr()
    lines = shown.err.strip().splitlines()
    assert end.value.code == status, shown.err
    assert message in lines[-1]
    assert "Traceback" not in shown.err
    assert shown.out == ""
    if status == 1:
        assert len(lines) == 1, lines
        assert lines[0].startswith("musicrnn: ")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("call", "message"), [pytest.param(*case[1:], id=case[0]) for case in PYTHON]
)
def test_python(
    call: Callable[[musicrnn.Model], Any], message: str, folk: musicrnn.Model, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MusicRNNError) as raised:
        call(folk)
    assert isinstance(raised.value, UsageError)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "--" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_missing_part_names_the_pip_of_the_environment_that_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = tmp_path / ".venv"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.prefix", str(environment))
    monkeypatch.setattr("sys.base_prefix", "/usr")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    folder = "Scripts" if os.name == "nt" else "bin"
    assert install_command("web").startswith(f"{Path('.venv', folder, 'pip')} install ")
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    assert install_command("web").startswith("pip install ")
