"""What a command does when a file is hostile, the machine fails or somebody presses Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TUNE = "X:1\nT:Air\nM:4/4\nL:1/8\nK:D\n" + "D2 F2 A2 d2|f2 d2 A2 F2|" * 4 + "|\n"


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "musicrnn", *words]


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | environment,
    )  # fmt: skip


def assert_one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("musicrnn: ")
    return lines[0]


@pytest.mark.parametrize("unit", ["0", "1(9/8", "1/0", "-1/8"])
def test_a_unit_that_is_none_is_an_error_of_one_line(tmp_path: Path, unit: str) -> None:
    text = f"X:1\nM:6/8\nL:{unit}\nK:D\n|:ABA FED|?|d3 d3:|\n"
    (tmp_path / "gap.abc").write_text(text)
    assert_one_line(run(tmp_path, "complete", "gap.abc"))


@pytest.mark.parametrize(
    "words",
    [("convert", "a.abc", "-o", "a.abc"), ("convert", "a.abc", "-o", "./sub/../a.abc"),
     ("fix", "a.abc", "-o", "link.abc")],
)  # fmt: skip
def test_nothing_is_written_over_what_it_was_read_from(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.abc").write_text(TUNE)
    (tmp_path / "link.abc").symlink_to("a.abc")
    assert "over itself" in assert_one_line(run(tmp_path, *words))
    assert (tmp_path / "a.abc").read_text() == TUNE


def test_a_file_name_gives_the_terminal_no_orders(tmp_path: Path) -> None:
    line = assert_one_line(run(tmp_path, "check", "no\x1b[31m\nsuch.abc"))
    assert r"no\x1b[31m\nsuch.abc" in line


@pytest.mark.parametrize("command_", ["check", "fix", "novelty"])
def test_nothing_in_a_file_gives_the_terminal_orders(tmp_path: Path, command_: str) -> None:
    text = TUNE.replace("T:Air", "T:Air\x1b]0;x\x07").replace("D2 F2", "D2 \x1b[31m F9", 1)
    (tmp_path / "a.abc").write_text(text)
    done = run(tmp_path, command_, *(["--diff"] if command_ == "fix" else []), "a.abc")
    assert r"\x1b" in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def on_a_terminal(folder: Path, *words: str) -> bytes:
    """What a command prints where its standard output is a terminal."""
    ours, theirs = os.openpty()
    with subprocess.Popen(command(*words), cwd=folder, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # on Linux the end of a terminal is an error
            pass
        process.wait(60)
    os.close(ours)
    return b"".join(parts)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no terminals to open here")
def test_a_tune_gives_a_terminal_no_orders_and_goes_into_a_pipe_as_it_is(tmp_path: Path) -> None:
    title = "\x1b]0;mine\x07\x9b31m\u202e é\xa0x"
    text = TUNE.replace("T:Air", f"T:{title}").replace("\n", "\r\n")
    (tmp_path / "a.abc").write_bytes(text.encode())
    shown = on_a_terminal(tmp_path, "fix", "a.abc")
    assert rb"T:\x1b]0;mine\x07\x9b31m\u202e" in shown
    assert "é\xa0x\r\r\n".encode() in shown  # the terminal adds one of the two
    piped = subprocess.run(command("fix", "a.abc"), cwd=tmp_path, capture_output=True, check=True)
    assert f"T:{title}".encode() in piped.stdout


def test_a_name_with_brackets_is_no_tag(tmp_path: Path) -> None:
    (tmp_path / "a[-x] [bold] :cat:.abc").write_text(TUNE)
    done = run(tmp_path, "corpus", "info", "a[-x] [bold] :cat:.abc")
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, "check", "a[-x] [bold] :cat:.abc")
    assert done.stdout.startswith("a[-x] [bold] :cat:.abc:"), done


def test_without_a_home_the_cache_is_among_the_temporary_files(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(TUNE)
    found = run(
        tmp_path, "corpus", "info", "book.abc", "--json",
        HOME="/dev/null", XDG_CACHE_HOME="", MUSICRNN_CACHE="", TMPDIR=str(tmp_path),
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert (tmp_path / f"musicrnn-{os.getuid()}" / "corpora").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_memory_that_is_short_is_said_in_one_line(tmp_path: Path) -> None:
    words = "exec " + " ".join(command("generate", "--seed", "1"))
    little = ["sh", "-c", f"ulimit -v 200000; {words}"]
    done = subprocess.run(little, capture_output=True, text=True, check=False)
    assert "memory" in assert_one_line(done)
    enough = ["sh", "-c", f"ulimit -v 600000; {words}"]
    done = subprocess.run(enough, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_two_builds_do_not_work_in_one_folder(tmp_path: Path) -> None:
    from musicrnn.files import locked

    (tmp_path / "book.abc").write_text(TUNE)
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out", "build"):
        line = assert_one_line(run(tmp_path, "corpus", "build", "book.abc", "-o", "out"))
    assert "another build is at work there" in line


def test_no_block_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(TUNE)
    for name in ("out", "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / "out" / ".musicrnn-work").symlink_to(tmp_path / "mine")
    line = assert_one_line(run(tmp_path, "corpus", "build", "book.abc", "-o", "out"))
    assert ".musicrnn-work: a link" in line
    assert not list((tmp_path / "mine").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_build_with_workers_stops_and_goes_on(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    (tmp_path / ".env").write_text("mine")
    for i in range(300):
        (tmp_path / f"{i}.abc").write_text(TUNE.replace("X:1", f"X:{i}").replace("F2", "EF", i % 7))
    words = command("corpus", "build", str(tmp_path), "-o", str(tmp_path / "out"), "-j", "2")
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    while not (tmp_path / "out").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate()
    assert process.returncode == status, errors.decode()
    assert b"Traceback" not in errors
    assert run(tmp_path, *words[3:]).returncode == 0
    assert (tmp_path / ".env").read_text() == "mine"
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.parametrize("name", ["check", "fix"])
def test_of_thousands_of_findings_the_first_thousand_are_printed(tmp_path: Path, name: str) -> None:
    text = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\n" + "(" * 1500 + "\n"
    (tmp_path / "many.abc").write_text(text)
    done = run(tmp_path, name, "many.abc")
    said = done.stdout + done.stderr
    assert 990 <= said.count("unclosed-slur") <= 1000
    assert "many.abc: and 50" in said


def test_short_memory_is_known_in_a_group_of_errors_too() -> None:
    from musicrnn.cli.app import is_out_of_memory

    inner = ExceptionGroup("inner", [ValueError("x"), RuntimeError("can't start new thread")])
    assert is_out_of_memory(ExceptionGroup("outer", [KeyError("y"), inner]))
    assert not is_out_of_memory(ExceptionGroup("outer", [KeyError("y")]))


def test_an_output_that_has_not_all_characters_gets_escapes(tmp_path: Path) -> None:
    (tmp_path / "日本.abc").write_text(TUNE.replace("F2", "F9"))
    done = run(tmp_path, "check", "日本.abc", PYTHONIOENCODING="ascii")
    assert done.stdout.startswith(r"\u65e5\u672c.abc:"), done


@pytest.mark.skipif(os.name != "posix", reason="closes a stream by the shell")
def test_without_standard_input_it_is_said(tmp_path: Path) -> None:
    words = ["sh", "-c", '"$@" <&-', "sh", *command("check", "-")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert assert_one_line(done) == "musicrnn: <stdin> is closed; name a file"


@pytest.mark.needs("score")
@pytest.mark.parametrize(
    "words",
    ["render a.abc --to svg,wav --soundfont own.sf2 -o out/",
     "generate -n 24 -j 2 --seed 1 -o out/", "corpus build a.abc -o out -j 2", "check a.abc"],
)  # fmt: skip
def test_no_module_is_imported_from_where_the_user_is(tmp_path: Path, words: str) -> None:
    from musicrnn.render import find_soundfont

    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "a.abc").write_text("".join(TUNE.replace("X:1", f"X:{i}") + "\n" for i in range(9)))
    (stranger / "own.sf2").write_bytes(find_soundfont().read_bytes())
    for name in ("musicrnn", "numpy", "random", "json", "struct", "multiprocessing", "verovio"):
        mark = f"open({str(tmp_path / 'run')!r}, 'a').write({name!r})\nraise ImportError\n"
        (stranger / f"{name}.py").write_text(mark)
    # As an installed command is started: from a script that lies elsewhere.
    script = tmp_path / "bin" / "command.py"
    script.parent.mkdir()
    script.write_text("from musicrnn.__main__ import run\nif __name__ == '__main__':\n    run()\n")
    done = subprocess.run(
        [sys.executable, str(script), *words.split()], cwd=stranger, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert not (tmp_path / "run").exists(), (tmp_path / "run").read_text()
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
