"""Random command lines of `generate`: no traceback, nothing without end, nothing ill formed.

    python -m benchmarks.command_lines [--lines 2000] [--seed 1] [--first 0] [--minutes 18]

Each line is run in a fork of this process, which has loaded the package; every so many, as
``--processes`` says, by an interpreter of its own. A line ends with 0 and well-formed music, or
with 1 or 2 and a message of ours on standard error, within `MOST_SECONDS` of the processor beside
those for loading the model. Line i of a seed is the same in every run, so that a long measurement
can be made in parts. What went wrong is printed with its line.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from musicrnn import abc, reading
from musicrnn.cli.app import main as command
from musicrnn.generation import load

MOST_SECONDS = 5.0
#: seconds of the processor, and on the clock, after which a line is killed
_GIVE_UP, _PATIENCE = 60, 1200.0

#: option → values that make sense, and others
VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "--key": (("D", "Am", "F# minor", "Gmix", "Abm", "C#"), ("H", "", "K:", "C\n", "x" * 500)),
    "--meter": (
        ("6/8", "4/4", "C|", "5/8", "7/8", "C", "4/1", "1/16", "32/16", "3/4"),
        ("0/4", "4/0", "99/8", "-1/2", "inf", "32/1", "none", "3+2/8"),
    ),
    "--rhythm": (("jig", "reel", "waltz", "slip jig", "air", "march"), ("", "odd", "\x1b[31m")),
    "--style": (("irish", "scottish"), ("x", "")),
    "--bars": (("8", "4,8", "1", "16", "64", "128", "3"), ("0", "-1", "x", "1000000", "8,8,8")),
    "--form": (
        ("AABB", "AB", "through", "ABACADAE", "AABBCCDD", "a", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("", "ZZZZ", "A" * 60, "A1"),
    ),
    "--pickup": (("1/8", "none", "any", "1/4", "0"), ("9/8", "x", "1/0", "1/1000")),
    "--unit": (("1/8", "1/16", "1/32", "1/1", "1/4"), ("0", "1/0", "1/3")),
    "--tempo": (("120", "3/8=110", "1/4=4", "999"), ("0", "1/0=1", "1e999")),
    "--instrument": (("whistle-D", "fiddle", "banjo"), ("organ", "")),
    "--lowest": (("D4", "62", "c"), ("-5", "H9", "200", "0", "127")),
    "--highest": (("B5", "E6", "127"), ("40", "x", "60", "D4")),
    "--in-scale": (("0", "1", "0.5", "0.99"), ("nan", "2")),
    "--syncopation": (("low", "high"), ("x",)),
    "--temperature": (("1", "2", "0.3", "1e-30", "1e30"), ("0", "-1", "nan", "inf")),
    "--top-k": (("1", "5", "99999999"), ("0",)),
    "--top-p": (("0.9", "1", "1e-9"), ("0", "2", "nan")),
    "--seed": (("1", "4294967295", "99999999999999999999"), ("-1", "x")),
    "--best-of": (("1", "2", "8"), ("0",)),
    "--prime": (
        ("|:G2G GAB|", "X:1\nK:D\nabc", "M:6/8\nK:D\n|:ABA FED|", "tune.abc", "tune.mid",
         "K:G\nL:1/8\nM:4/4\n", 'K:D\nM:4/4\nA2 (3BAG "Am" {g}f|', "[K:A]A2|", ""),
        ("X:1", "|||", "K:Q", "?", "nothing.abc", "no.abc", "|:" + "GAB cde|" * 2000, "\udcff",
         "...", "\x1b[2J"),
    ),
    "--bars-like": (("tune.abc", "tune.mid"), ("no.abc", "nothing.abc", "text.txt")),
    "--title": (("A", "x" * 3000, "É", "[b]x[/b]"), ("", "%", "a\nK:D", "\u202e", "\x1b]0;x\x07")),
    "--new": (("0", "3", "1"), ("-1",)),
    "--model": (("folk", ""), ("nothing", "/dev/null", "..", "chorale", "tune.abc")),
    "--format": (("abc",), ("midi", "text", "x")),
    "--chords": ((), ("Dm7 G7", "x", "")),
    "--length": ((), ("100", "0", "x")),
    "--backing": (("guitar", "piano", "none"), ("x",)),
    "-n": (("1", "2", "3"), ("0", "-1", "x")),
    "-o": (
        ("out.abc", "out.mid", "out/", "-", "out.txt", "out.rb", "a\nb.abc", "\udcff.abc", ""),
        ("out.xyz", "/nowhere/x.abc", "."),
    ),
    "--to": ((), ("abc", "mid,abc", "x", "")),
    "-j": ((), ("1", "0", "-1")),
}  # fmt: skip
FLAGS = ("--tonic-end", "--greedy", "--free", "--all", "--json", "--unconstrained", "--nonsense")

TUNE = "X:1\nT:Air\nR:jig\nM:6/8\nL:1/8\nK:D\n|:" + "DFA dAF|GBd gdB|" * 4 + "|\n"


def line(seed: int, number: int) -> list[str]:
    """Line `number` of a seed: one to five options and at times a flag or two."""
    choose = random.Random(f"{seed} {number}")
    words = []
    for name in choose.sample(list(VALUES), choose.randrange(1, 6)):
        sound, odd = VALUES[name]
        values = sound if sound and choose.random() < 0.9 else odd
        words += [name, choose.choice(values)]
    return words + choose.sample(FLAGS, choose.choice((0, 0, 0, 1, 1, 2)))


@dataclass(frozen=True)
class Ending:
    """How a line ended: its exit status, below 0 for a signal, seconds of the processor, words."""

    status: int
    seconds: float
    out: str
    err: str


def forked(words: list[str], folder: Path) -> Ending:
    """Run a line in a fork of this process."""
    out, err = folder.with_suffix(".out"), folder.with_suffix(".err")
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (_GIVE_UP, _GIVE_UP))
            os.chdir(folder)
            for stream, path in ((1, out), (2, err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
            command(["generate", *words])
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:  # noqa: BLE001 - this is what is sought
            sys.excepthook(*sys.exc_info())
            status = 99
        for stream_ in (sys.stdout, sys.stderr):
            if stream_ is not None:
                stream_.flush()
        os._exit(status)
    end = time.monotonic() + _PATIENCE
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    seconds = usage.ru_utime + usage.ru_stime
    texts = [path.read_bytes().decode(errors="replace") for path in (out, err)]
    return Ending(os.waitstatus_to_exitcode(status), seconds, texts[0], texts[1])


def in_process(words: list[str], folder: Path) -> Ending:
    """Run a line by an interpreter of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "musicrnn", "generate", *words],
        cwd=folder, capture_output=True, check=False, timeout=_PATIENCE,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    texts = [data.decode(errors="replace") for data in (done.stdout, done.stderr)]
    return Ending(done.returncode, seconds - 1.0, texts[0], texts[1])  # imports take a second


def fault(words: list[str], ending: Ending, folder: Path, loading: float) -> str:
    """What is wrong with the way a line ended; empty for nothing."""
    if "Traceback" in ending.err or ending.status not in (0, 1, 2):
        return f"exit {ending.status}: {ending.err[-600:]}"
    if ending.seconds - loading > MOST_SECONDS:
        return f"{ending.seconds - loading:.1f} s of the processor"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ending.err):
        return f"control characters in {ending.err!r}"
    if ending.status:
        ours = [row for row in ending.err.splitlines() if row.startswith("musicrnn: ")]
        if ending.status == 1 and len(ours) != 1:
            return f"{len(ours)} lines of ours: {ending.err!r}"
        return "" if ending.err.strip() else f"exit {ending.status} without a word"
    if "--free" in words or "--unconstrained" in words:
        return ""
    return ill_formed(words, ending.out, folder)


def ill_formed(words: list[str], out: str, folder: Path) -> str:
    """The first fault of what was printed or written."""
    if "--json" in words:
        out = "\n".join(item["text"] for item in json.loads(out) if item["format"] == "abc")
    texts = [out] if out.startswith("X:") else []
    for path in folder.rglob("*"):
        if path.name in ("tune.abc", "tune.mid", "no.abc", "text.txt") or not path.is_file():
            continue
        if path.suffix in (".abc", ".txt"):
            texts.append(path.read_text())
        elif path.suffix in (".mid", ".musicxml"):
            reading.read(path).pieces()
        if "musicrnn-" in path.name:
            return f"{path.name} is left"
    for text in texts:
        for finding in abc.check(text):
            if finding.severity == "error":
                return f"{finding}:\n{text[:1500]}"
    return ""


def furnish(folder: Path) -> None:
    """The files that lines name."""
    folder.mkdir()
    (folder / "tune.abc").write_text(TUNE)
    (folder / "no.abc").write_text("no music at all\n")
    (folder / "text.txt").write_text("words\n" * 40)
    abc_tune = reading.read(TUNE.encode()).pieces()[0]
    from musicrnn.render import to_midi

    (folder / "tune.mid").write_bytes(to_midi(abc.to_score(abc.parse_tune(str(abc_tune.content)))))


def main() -> None:
    """Print what went wrong, and how the lines ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long")
    parser.add_argument("--processes", type=int, default=50, help="one in so many, by itself")
    options = parser.parse_args()
    began = time.process_time()
    load().generate(seed=1, bars=2, best_of=1)
    loading = time.process_time() - began
    statuses: Counter[int] = Counter()
    slowest, wrong = 0.0, 0
    end = time.monotonic() + 60 * options.minutes
    for number in range(options.first, options.first + options.lines):
        if time.monotonic() > end:
            break
        words = line(options.seed, number)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "work"
            furnish(folder)
            plain = number % options.processes == 0 and "\0" not in "".join(words)
            ending = in_process(words, folder) if plain else forked(words, folder)
            try:
                problem = fault(words, ending, folder, loading)
            except Exception as error:  # noqa: BLE001 - what was written cannot be read
                problem = f"{type(error).__name__}: {error}"
        statuses[ending.status] += 1
        slowest = max(slowest, ending.seconds - loading)
        if problem:
            wrong += 1
            print(f"{number}: {shlex.join(words)[:400]}\n    {problem}", flush=True)
    print(
        f"{statuses.total()} lines of generate from {options.first} on, seed {options.seed}: "
        f"exit statuses {dict(statuses)}, {wrong} wrong, slowest {slowest:.1f} s of the processor"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
