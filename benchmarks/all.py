"""Every ratio of the project in one run, and RESULTS.md made of them.

    python -m benchmarks.all --quick          the whole table, in less than twenty minutes
    python -m benchmarks.all --only reading   one group
    python -m benchmarks.all --write          RESULTS.md from the figures kept, nothing measured

Each row sets the time of this package beside that of what one would use instead, both in this
run, taking turns where they can: a figure in seconds says little on a shared machine, a ratio
does. What is measured is kept in ``benchmarks/figures.json``, group by group, with the machine and
the day; RESULTS.md is written from there, so that no figure in it is typed by hand. Longer tables,
with what was tried, are in ``benchmarks/history``, and RESULTS.md lists them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from musicrnn.files import write_whole
from musicrnn.version import __version__

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "figures.json"
PAGE = HERE / "RESULTS.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: `ours` and `other` in `unit`; `ratio` is above 1 where ours is the better."""

    what: str
    ours: float
    beside: str
    other: float
    unit: str
    ratio: float

    @classmethod
    def of_rates(cls, what: str, ours: float, beside: str, other: float, unit: str) -> Row:
        """Both are rates: more is better."""
        return cls(what, ours, beside, other, unit, ours / other)

    @classmethod
    def of_times(cls, what: str, ours: float, beside: str, other: float, unit: str = "s") -> Row:
        """Both are times: less is better."""
        return cls(what, ours, beside, other, unit, other / ours)


# --- the groups -----------------------------------------------------------------------------------


def reading(quick: bool) -> Iterator[Row]:
    """ABC, MIDI and MusicXML, tunes or files a processor second."""
    import logging

    from music21 import converter

    from benchmarks import abc_speed, midi_speed
    from musicrnn import abc, render
    from musicrnn.abc.syntax import parser
    from musicrnn.musicxml.reader import read_musicxml

    logging.disable(logging.CRITICAL)
    texts = abc_speed.tunes(40 if quick else 200)
    abc.check(texts[0])
    converter.parseData(texts[0], format="abc")
    parse = check = float("inf")
    for _ in range(3):
        again = abc_speed.seconds(lambda text: parser._read_book(text, None), texts)
        parse = min(parse, again)
        parser._parsed.cache_clear()
        check = min(check, abc_speed.seconds(abc.check, texts))
    music21 = abc_speed.seconds(partial(converter.parseData, format="abc"), texts)
    count = len(texts)
    yield Row.of_rates(
        "ABC, parse and check", count / check, "music21, parse", count / music21, "tunes/s"
    )
    yield Row.of_rates(
        "ABC, parse and check", count / check, "parse alone", count / parse, "tunes/s"
    )
    scores = dict[str, list[Any]]()
    for kind, score in midi_speed.scores():
        scores.setdefault(kind, []).append(score)
    with tempfile.TemporaryDirectory() as folder:
        for kind, pieces in scores.items():
            paths = []
            for number, score in enumerate(pieces[: 5 if quick else None]):
                path = Path(folder) / f"{kind}-{number}.mid"
                path.write_bytes(render.to_midi(score))
                paths.append(str(path))
            rates = midi_speed.rates(midi_speed.contestants(), paths)
            for ours, beside in (
                ("musicrnn: load (ticks)", "pretty_midi"),
                ("musicrnn: load and 90 values", "pretty_midi and 90 values"),
                ("musicrnn: load (ticks)", "symusic"),
            ):
                yield Row.of_rates(
                    f"MIDI, {kind}, {ours.removeprefix('musicrnn: ')}",
                    rates[ours], beside, rates[beside], "files/s",
                )  # fmt: skip
    corpus = Path(sys.modules["music21"].__file__ or "").parent / "corpus" / "bach"
    files = sorted(corpus.glob("bwv2*.mxl"))[: 8 if quick else 40]
    ours_seconds = _processor(lambda: [read_musicxml(path.read_bytes()) for path in files])
    other_seconds = _processor(
        lambda: [converter.parse(path, forceSource=True, storePickle=False) for path in files]
    )
    yield Row.of_rates(
        "MusicXML, four voices", len(files) / ours_seconds, "music21",
        len(files) / other_seconds, "files/s",
    )  # fmt: skip


def sampling(quick: bool) -> Iterator[Row]:
    """Characters a second from one set of weights."""
    from benchmarks import sampling as speed

    seconds = 0.5 if quick else 2.0
    made = speed.bundle()
    keras = speed.keras_loop(made, seconds)
    for batch in (1, 64):
        yield Row.of_rates(
            f"LSTM 1024, {batch} at once", speed.ours(made, batch, seconds),
            "Keras, one call a character", keras, "characters/s",
        )  # fmt: skip
    yield Row.of_rates(
        "LSTM 1024, one at a time", speed.ours(made, 1, seconds), "reading the weights once",
        speed.memory_limit(made, seconds), "characters/s",
    )  # fmt: skip


def constraint(quick: bool) -> Iterator[Row]:
    """What it costs that every tune is well formed, with the shipped model of folk tunes."""
    import numpy as np

    from benchmarks import constraint as measured
    from musicrnn.generation import load

    model = load("folk")
    for batch in (1, 64):
        free = measured.timed(model, measured.jigs(model, free=True), batch)[0]
        bound = measured.timed(model, measured.jigs(model), batch)[0]
        yield Row.of_rates(f"{batch} at once, constrained", bound, "free", free, "characters/s")
    times = measured.token_times(model, 64 if quick else 256) * 1e6
    for share, reported in ((50, 9.0), (99, 500.0)):
        yield Row.of_times(
            f"a token in the constraint, p{share}", float(np.percentile(times, share)),
            "a JSON grammar's mask, as reported", reported, "µs",
        )  # fmt: skip


def cold(quick: bool) -> Iterator[Row]:
    """Fresh processes: from the command to the result."""
    from benchmarks.cold_start import COMMANDS, GENERATE, SLOW
    from benchmarks.cold_start import seconds as process_seconds

    rounds = 2 if quick else 5
    best = {
        name: min(process_seconds(arguments)[1] for _ in range(rounds))
        for name, arguments in (COMMANDS | SLOW).items()
    }
    for beside in ("import numpy", "import music21", "import tensorflow"):
        yield Row.of_times(GENERATE, best[GENERATE], beside, best[beside], "processor s")
    with tempfile.TemporaryDirectory() as folder:
        tune = Path(folder) / "tune.abc"
        tune.write_text("X:1\nT:a\nM:4/4\nL:1/8\nK:D\n" + "DEFA d2fd|" * 8 + "\n")
        for extension in (".wav", ".svg"):
            target = Path(folder) / f"tune{extension}"
            spent = min(
                process_seconds(["-m", "musicrnn", "render", str(tune), "-o", str(target)])[1]
                for _ in range(rounds)
            )
            yield Row.of_times(
                f"render to {extension}", spent, "import music21", best["import music21"],
                "processor s",
            )  # fmt: skip


def training(quick: bool) -> Iterator[Row]:
    """Whole training steps beside stock Keras, and PyTorch where it is installed."""
    from benchmarks.training_speed import measured

    settings = [("lstm", [256], 16)] if quick else [("lstm", [1024], 64), ("gru", [1024], 64)]
    for cell, units, batch in settings:
        medians = measured(cell, units, batch, rounds=5, python=sys.executable)
        ours = max(
            (1 / medians[name][0] for name in ("ours-f32", "ours-bf16") if name in medians),
            default=0.0,
        )
        for other in ("keras-f32", "torch-f32"):
            if ours and other in medians:
                yield Row.of_rates(
                    f"{cell.upper()} {units[0]}, batch {batch}", ours, other,
                    1 / medians[other][0], "steps/s",
                )  # fmt: skip


def growth(quick: bool) -> Iterator[Row]:
    """Time for one unit of work, much beside little: 1 where it grows as the work does."""
    from benchmarks.slopes import SLOPES, grown

    for name in SLOPES:
        one = grown(name, quick)
        small, large = one.names
        yield Row.of_times(large, one.times[1], small, one.times[0], f"µs {one.slope.unit}")


#: name → (title, what measures it)
GROUPS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "reading": reading,
    "sampling": sampling,
    "constraint": constraint,
    "cold": cold,
    "training": training,
    "growth": growth,
}


def _processor(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


# --- what is kept, and the page made of it ------------------------------------------------------


def machine() -> str:
    """The processor, and the instructions that matter for matrix products."""
    flags = ""
    try:
        text = Path("/proc/cpuinfo").read_text()
        flags = text.partition("flags")[2].partition("\n")[0]
    except OSError:
        pass
    known = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
    have = [name for name in known if f" {name}" in flags]
    return f"{os.cpu_count()} × {platform.machine()} ({', '.join(have) or 'plain'})"


def page(figures: dict[str, Any]) -> str:
    """RESULTS.md: the ratios, and where the longer tables are."""
    lines = [
        "# Measured",
        "",
        "Ratios above 1 say that musicrnn is the better of the two; both were measured in one run.",
        "Made by `python -m benchmarks.all`. [What was measured at length](#at-length) comes after",
        "the ratios.",
    ]
    for name, group in figures.items():
        lines += [
            "",
            f"## {name.capitalize()}",
            "",
            f"{GROUPS[name].__doc__} {group['machine']}, {group['day']}, "
            f"musicrnn {group['version']}{', quick' if group['quick'] else ''}.",
            "",
            "| | musicrnn | beside | | ratio |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['what']} | {row['ours']:,.4g} {row['unit']} | {row['beside']} | "
            f"{row['other']:,.4g} {row['unit']} | **{row['ratio']:.2f}** |"
            for row in group["rows"]
        ]
    lines += [
        "",
        "## At length",
        "",
        "How each was taken, what was tried, and what did not help.",
        "",
    ]
    for path in sorted((HERE / "history").glob("*.md")):
        title, *rest = path.read_text("utf-8").splitlines()
        sections = [line[3:].partition(" (")[0] for line in rest if line.startswith("## ")]
        listed = f": {'; '.join(sections)}" if sections else ""
        lines.append(f"* [{title[2:]}](history/{path.name}){listed}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer inputs and rounds")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--write", action="store_true", help="write RESULTS.md, measure nothing")
    parser.add_argument("--group", choices=GROUPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.group:  # in a process of its own, so that no group finds another's imports
        json.dump([asdict(row) for row in GROUPS[options.group](options.quick)], sys.stdout)
        return
    figures = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    for name in () if options.write else options.only:
        command = [sys.executable, "-m", "benchmarks.all", "--group", name]
        ran = subprocess.run(
            [*command, *["--quick"] * options.quick], cwd=HERE.parent, stdout=subprocess.PIPE,
            check=True,
        )  # fmt: skip
        rows = json.loads(ran.stdout.splitlines()[-1])
        figures[name] = {
            "machine": machine(),
            "day": f"{datetime.now(UTC):%Y-%m-%d}",
            "version": __version__,
            "quick": options.quick,
            "rows": rows,
        }
        for row in rows:
            print(f"{row['what']:36} {row['ratio']:8.2f} × {row['beside']}", flush=True)
        write_whole(FIGURES, json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    write_whole(PAGE, page({name: figures[name] for name in GROUPS if name in figures}))


if __name__ == "__main__":
    main()
