"""Mutated inputs for every reader, and random command lines of `generate`.

    python benchmarks/mutations.py [--inputs 100000] [--lines 200] [--seed 1]

A reader may return or raise an error of ours; anything else is a traceback for the user. None may
take longer than `MOST_SECONDS`. A command line of `generate` ends with 0 and well-formed ABC, or
with 1 or 2 and a message. The two are run in this process; what went wrong is printed with its
input.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import signal
import struct
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from musicrnn import abc, midi
from musicrnn.corpus import manifest
from musicrnn.errors import MusicRNNError
from musicrnn.models.config import BundleConfig
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.render import to_midi
from musicrnn.tokens.vocabulary import Vocabulary
from musicrnn.training.recipe import Recipe

MOST_SECONDS = 5.0

TUNE = (
    'X:1\nT:The "Kesh"\nR:jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:Gmix\nV:1 clef=treble\nP:A2B\n'
    '|:"G"~G2G (GAB)|A>B<A {c}[ABd]/2|[1 e-e^d (3gdd z2:|[2 T!roll!edB dBA\\\n'
    "|[K:D][M:4/4]d4- d2 x2|w:la-la _ * la\n[L:1/16]c'',,8&e8|]\n"
)
XML = (
    '<?xml version="1.0"?><score-partwise version="4.0"><work><work-title>A</work-title></work>'
    '<part-list><score-part id="P1"><part-name>P</part-name></score-part></part-list><part id="P1">'
    '<measure number="1"><attributes><divisions>2</divisions><key><fifths>1</fifths></key>'
    "<time><beats>3</beats><beat-type>4</beat-type></time></attributes><harmony><root>"
    '<root-step>C</root-step></root><kind>major</kind></harmony><direction><sound tempo="90"/>'
    "</direction><note><pitch><step>C</step><alter>1</alter><octave>4</octave></pitch>"
    '<duration>4</duration><tie type="start"/></note><backup><duration>2</duration></backup><note>'
    "<rest/><duration>2</duration></note></measure></part></score-partwise>"
)
RECIPE = Recipe("x").to_toml()
MANIFEST = (
    'name = "m"\nformat = "abc"\n[split]\nseed = 1\ntrain = 0.9\nvalidation = 0.05\ntest = 0.05\n'
    '[clean]\nleast_bars = 4\n[[source]]\nname = "s"\npath = "x.abc"\npackage = ""\n'
    'rhythms = [{ first = 1, last = 2, rhythm = "jig" }]\n'
)
#: what makes numbers and texts go wrong
ODD = (
    b"0", b"-1", b"1e999", b"inf", b"nan", b"9" * 300, b"\0", b"\xff", b"\xef\xbb\xbf", b"/0", b"(",
    b"[", b"{", b"((((((((", b"\n", b"\r", b"1(9/8", b"\xc2\xb2", b"\xe2\x80\xa8", b"../",
    b":|", b"::",
)  # fmt: skip


def mutated(data: bytes, choose: random.Random) -> bytes:
    """The bytes with a few things replaced, removed, doubled, or something odd put in."""
    out = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 4, 8))):
        place = choose.randrange(len(out) + 1)
        kind = choose.randrange(6)
        if kind == 0 and place < len(out):
            out[place] = choose.randrange(256)
        elif kind == 1:
            del out[place : place + choose.choice((1, 1, 4, 40))]
        elif kind == 2:
            out[place:place] = out[place : place + choose.choice((1, 8, 80))]
        elif kind == 3:
            out[place : place + choose.randrange(3)] = choose.choice(ODD)
        elif kind == 4:
            other = choose.randrange(len(out) + 1)
            out[place:place] = out[other : other + 8]
        elif place + 4 <= len(out):
            struct.pack_into(">I", out, place, choose.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
    return bytes(out)


def packed(text: bytes) -> bytes:
    """The same as an .mxl."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>',
        )
        archive.writestr("a.xml", text)
    return out.getvalue()


def readers(scratch: Path) -> dict[str, tuple[bytes, Callable[[bytes], Any]]]:
    """name → (what is mutated, what reads it)"""

    def in_file(name: str, read: Callable[[str], Any]) -> Callable[[bytes], Any]:
        def run(data: bytes) -> Any:
            (scratch / name).write_bytes(data)
            return read(str(scratch / name))

        return run

    tune = TUNE.encode()
    score = abc.to_score(abc.parse_tune(TUNE))
    config = json.dumps(BundleConfig("x", "abc", {}, Recipe("x").model, "").to_dict()).encode()

    def scores(data: bytes) -> Any:
        return [abc.to_score(tune) for tune in abc.parse(abc.decode(data)).tunes]

    def tokens(data: bytes) -> Any:
        return Vocabulary.from_json(data.decode("utf-8", "replace"))

    def configured(data: bytes) -> Any:
        try:
            values = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return BundleConfig.from_dict(values) if isinstance(values, dict) else None

    return {
        "abc check": (tune, lambda data: abc.check(abc.decode(data))),
        "abc fix": (tune, lambda data: abc.fix(abc.decode(data)[:2000])),
        "abc score": (tune, scores),
        "midi": (to_midi(score), midi.read),
        "musicxml": (XML.encode(), read_musicxml),
        "mxl": (packed(XML.encode()), read_musicxml),
        "recipe": (RECIPE.encode(), in_file("r.toml", Recipe.load)),
        "manifest": (MANIFEST.encode(), in_file("m.toml", manifest.load)),
        "vocabulary": (Vocabulary("ABC|").to_json().encode(), tokens),
        "configuration": (config, configured),
    }  # fmt: skip


class TooSlowError(Exception):
    """A reader ran past the limit."""


def _too_slow(_: int, __: FrameType | None) -> None:
    raise TooSlowError


def fuzz(inputs: int, choose: random.Random, only: list[str]) -> int:
    """Give every reader its share of the inputs; how many went wrong."""
    wrong = 0
    signal.signal(signal.SIGALRM, _too_slow)
    with tempfile.TemporaryDirectory() as scratch:
        known = readers(Path(scratch))
        known = {name: known[name] for name in only or known}
        for name, (data, read) in known.items():
            outcomes: Counter[str] = Counter()
            slowest, began = 0.0, time.monotonic()
            for _ in range(inputs // len(known)):
                broken = mutated(data, choose)
                start = time.monotonic()
                signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
                try:
                    read(broken)
                    outcomes["read"] += 1
                except MusicRNNError:
                    outcomes["refused"] += 1
                except Exception as error:  # noqa: BLE001 - this is what is sought
                    outcomes["WRONG"] += 1
                    if outcomes[type(error).__name__] < 3:
                        print(f"{name}: {type(error).__name__}: {error}: {broken!r}"[:600])
                    outcomes[type(error).__name__] += 1
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                slowest = max(slowest, time.monotonic() - start)
            wrong += outcomes["WRONG"]
            rate = inputs // len(known) / (time.monotonic() - began)
            print(
                f"{name:<14} {dict(outcomes)}, slowest {slowest:.2f} s, {rate:.0f} a second",
                flush=True,
            )
    return wrong


VALUES = {
    "--key": ("D", "Am", "H", "F# minor", "", "K:", "C\n", "Gmix", "x" * 500),
    "--meter": ("6/8", "4/4", "0/4", "4/0", "C|", "1/1", "99/8", "-1/2", "inf"),
    "--rhythm": ("jig", "reel", "", "nonsense", "\x1b[31m"),
    "--bars": ("8", "0", "-1", "4,8", "x", "1000000"),
    "--form": ("AABB", "AB", "through", "", "ZZZZ", "A" * 60),
    "--pickup": ("1/8", "none", "any", "9/8", "x", "1/0"),
    "--unit": ("1/8", "1/16", "0", "1/0", "1/3"),
    "--tempo": ("120", "3/8=110", "0", "1/0=1", "1e999"),
    "--instrument": ("whistle-D", "fiddle", "organ"),
    "--lowest": ("D4", "62", "-5", "H9", "200"),
    "--highest": ("B5", "40", "x"),
    "--in-scale": ("0", "1", "0.5", "nan", "2"),
    "--temperature": ("1", "0", "-1", "1e-30", "1e30", "nan", "inf"),
    "--top-k": ("1", "5", "0", "99999999"),
    "--top-p": ("0.9", "0", "1", "2", "nan"),
    "--seed": ("1", "-1", "99999999999999999999", "x"),
    "--best-of": ("1", "2"),
    "--prime": ("|:G2G GAB|", "X:1", "", "|||", "K:Q", "?", "\0"[:0]),
    "--title": ("A", "", "x" * 3000, "%", "a\nK:D"),
    "--new": ("0", "3", "-1"),
    "--model": ("folk", "nothing", "/dev/null", ".."),
    "--chords": ("Dm7 G7", "x", ""),
}  # fmt: skip
FLAGS = ("--tonic-end", "--greedy", "--free", "--all", "--json")


def command_lines(count: int, choose: random.Random) -> int:
    """Run `generate` with options drawn at random; how often it went wrong."""
    from musicrnn.cli.app import main

    wrong = 0
    statuses: Counter[int] = Counter()
    for _ in range(count):
        names = choose.sample(list(VALUES), choose.randrange(1, 5))
        words = [word for name in names for word in (name, choose.choice(VALUES[name]))]
        words += choose.sample(FLAGS, choose.choice((0, 0, 1)))
        out, status = io.StringIO(), 0
        began = time.monotonic()
        try:
            with contextlib.redirect_stdout(out):
                main(["generate", *words])
        except SystemExit as stop:
            status = int(stop.code or 0)
        except BaseException as error:  # noqa: BLE001 - this is what is sought
            print(f"{words}: {type(error).__name__}: {error}")
            wrong += 1
            continue
        statuses[status] += 1
        seconds = time.monotonic() - began
        text = out.getvalue()
        if seconds > 4 * MOST_SECONDS:
            print(f"{words}: took {seconds:.1f} s")
        checked = status == 0 and text.startswith("X:") and "--free" not in words
        if checked and any(found.severity == "error" for found in abc.check(text)):
            print(f"{words}: ill formed with exit 0:\n{text}")
            wrong += 1
    print(f"{count} command lines of generate: exit statuses {dict(statuses)}, {wrong} wrong")
    return wrong


def main() -> None:
    """Print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", default=[], help="readers, by name")
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    wrong = fuzz(options.inputs, choose, options.only)
    wrong += command_lines(options.lines, choose)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
