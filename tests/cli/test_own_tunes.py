"""``musicrnn harmony``, ``vary``, ``set`` and practice by ``render``, bad input included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from musicrnn import abc, midi
from musicrnn.arranging.bars import share_kept
from musicrnn.cli.app import main
from tests.constraints.helpers import untrained

JIG = """X:1
T:A jig
R:jig
M:6/8
L:1/8
K:D
|:dfe edB|AFA def|gfg efg|fed cBA|dfe edB|AFA def|gfe dBc|d3 d3:|
"""
BOOK = f"{JIG}\n{JIG.replace('X:1', 'X:2').replace('A jig', 'Another')}"
SILENT = "X:1\nT:Rest\nM:4/4\nL:1/4\nK:C\nz4|]\n"
DUET = "X:1\nT:Two\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|]\nV:2\nEFGA|]\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models") / "untrained"
    untrained().save(folder)
    return str(folder)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name, text in (("jig", JIG), ("book", BOOK), ("silent", SILENT), ("duet", DUET)):
        Path(f"{name}.abc").write_text(text)
    Path("words.txt").write_text("no music")

    def go(*arguments: str) -> tuple[int, str, str]:
        status = 0
        try:
            main(list(arguments))
        except SystemExit as stop:
            status = int(stop.code or 0)
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


def test_harmony(run: Run) -> None:
    status, out, _ = run("harmony", "jig.abc", "--place", "below", "--instrument", "fiddle")
    assert status == 0
    assert abc.check(out, strict=True) == []
    assert 'V:2 name="Fiddle"' in out
    assert run("harmony", "jig.abc", "--bass", "-o", "bass.mid")[0] == 0
    assert {note.part for note in midi.read(Path("bass.mid"))} == {0, 1}
    status, out, _ = run("harmony", "book.abc")
    assert [tune.title for tune in abc.parse(out).tunes] == ["A jig", "Another"]


def test_variations(run: Run, model: str) -> None:
    asked = ["--closeness", "0.6", "--keep", "1-2", "--seed", "3", "--model", model]
    status, out, said = run("vary", "jig.abc", *asked)
    assert status == 0
    assert share_kept(JIG, out) == pytest.approx(0.6, abs=0.05)
    assert "|:dfe edB|AFA def|" in out
    assert "seed 3" in said
    assert "of the notes kept" in said
    assert run("vary", "jig.abc", *asked)[1] == out
    run("vary", "jig.abc", "-n", "2", "--seed", "1", "--model", model, "-o", "two.abc")
    assert len(abc.parse(Path("two.abc").read_text()).tunes) == 2


def test_ornaments(run: Run) -> None:
    status, out, _ = run("vary", "jig.abc", "--ornaments", "--seed", "2", "--keep", "1-4")
    assert status == 0
    assert out != JIG
    assert out.startswith(JIG[: JIG.index("cBA|") + 4])


def test_sets(run: Run, model: str) -> None:
    status, out, said = run(
        "set", "--rhythm", "jig", "--meter", "6/8", "--form", "AB", "--bars", "4", "-n", "2",
        "--keys", "G,D", "--seed", "1", "--model", model,
    )  # fmt: skip
    assert status == 0
    assert [tune.key for tune in abc.parse(out).tunes] == ["G", "D"]
    assert "seed 1" in said
    assert (
        run("set", "jig.abc", "book.abc", "-o", "all/", "--to", "abc,mid", "--times", "2")[0] == 0
    )
    book = abc.parse(Path("all/set.abc").read_text())
    assert [tune.number for tune in book.tunes] == ["1", "2", "3"]
    once = len(abc.to_score(abc.parse_tune(JIG)).notes)
    assert len(midi.read(Path("all/set.mid")).notes) == 3 * 2 * once


def test_practice(run: Run) -> None:
    status, _, _ = run(
        "render", "jig.abc", "-o", "slow.mid", "--tempo", "100", "--loop", "3-4", "--times", "3",
        "--from-tempo", "50%", "--to-tempo", "100%", "--count-in", "1", "--click",
    )  # fmt: skip
    assert status == 0
    played = midi.read(Path("slow.mid"))
    assert [round(change.qpm, 3) for change in played.tempos] == [50, 75, 100]
    assert [change.onset for change in played.tempos] == [0, 9, 15]
    status, _, said = run("render", "jig.abc", "-o", "x.mid", "--mute", "melody")
    assert (status, "nothing is left to hear" in said) == (1, True)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("harmony silent.abc", "silent.abc: there is no melody"),
        ("harmony duet.abc", "duet.abc: the tune has 2 voices already (1, 2)"),
        ("harmony words.txt", "plain text has no notes"),
        ("harmony jig.abc --bass --place above", "leave --place out"),
        ("harmony jig.abc --instrument tuba", "'tuba'"),
        ("harmony jig.abc -o jig.abc", "would be written over itself"),
        ("harmony missing.abc", "No such file"),
        ("vary jig.abc --closeness 2", "a closeness of 2.0 makes no sense"),
        ("vary jig.abc --keep 40", "there is no bar 40: the tune has 8 bars"),
        ("vary jig.abc --keep 1-7 --closeness 0.3", "the bars to keep hold"),
        ("vary jig.abc --ornaments --closeness 0.5", "leave --closeness out"),
        ("vary silent.abc", "there is no melody"),
        ("vary duet.abc", "2 voices already"),
        ("vary book.abc --keep 40", "book.abc: tune 1: there is no bar 40"),
        ("set jig.abc --rhythm polka", "there is no polka in these files"),
        ("set jig.abc -n 9", "a set of 9 tunes wants as many; there is 1"),
        ("set jig.abc --keys D", "leave the files out"),
        ("set jig.abc -o set.txt", "a set is not written as set.txt"),
        ("set --rhythm tango", "'tango'"),
        ("set -n 3 --keys D,G", "a set of 3 tunes wants 3 keys, not 2"),
        ("render jig.abc -o a.mid --loop 3-40", "there is no bar 40"),
        ("render jig.abc -o a.mid --from-tempo slow", "'slow' is no share of the tempo"),
        ("render jig.abc -o a.mid --from-tempo 70% --to-tempo 90%", "wants several --times"),
        ("render jig.abc -o a.mid --mute drums", "'drums' cannot be muted"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, command: str, said: str) -> None:
    status, out, err = run(*command.split())
    assert (status, out) == (1, "")
    assert said in err
    assert err.startswith("musicrnn: ")
    assert len(err.splitlines()) == 1
