"""How long does a repair take, whatever the text, and does it grow no faster than the text?

    python -m benchmarks.fix_time [--inputs 10000] [--characters 2000] [--seed 1] [--minutes 60]

Inputs are of six kinds, in turn: tunes of the collections inside music21 with one to forty random
edits; the same with their bar lines gone, moved or doubled; tunes under another metre or unit; two
or three tunes and prose run together; random signs of ABC; and one small piece of music or noise
repeated. Each is cut to a length drawn up to `--characters`. Prints the processor time by kind and
by length, the slowest inputs, and what was raised that is no error of ours.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable

from benchmarks.abc_tunes import read_tunes
from musicrnn import abc
from musicrnn.errors import MusicRNNError

SIGNS = "|:[](){}\"<>/0123456789zxZABCDEFGabcdefg^_=-.~&!+%\\,' \n*@#$KMLVPQwTX?"
PROSE = (
    "This tune was collected in the west, and is played everywhere (see page 12).",
    "![see the list](images/list.png)", "http://www.example.org/abc/index.html?tune=5&x=[1]",
    "Note: the second part is often repeated; others play it |: once :| only.",
)  # fmt: skip
PIECES = (
    "CDEF GAB|", "C" + "/" * 40, "(3abc", "[CEG", "{a", "A>B<", "|1 abc :|2 ", ":|:", '"Am', "!f!",
    "V:1\nabc|\nV:2\ncde|\n", "[M:3/4]abc|[M:4/4]", "abc&def&gab|", "Z4|", "A-|A-|", "%%MIDI x\n",
    "a2b", "|", "w:la la\n", "P:A\nabc|",
)  # fmt: skip
BOUNDS = (250, 500, 1000, 1500, 2000)
LIMIT = 2.0

Make = Callable[[random.Random, list[str]], str]


def edited(rng: random.Random, tunes: list[str]) -> str:
    text = rng.choice(tunes)
    for _ in range(rng.randint(1, 40)):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(("", *SIGNS)) + text[at + rng.randint(0, 2) :]
    return text


def barred(rng: random.Random, tunes: list[str]) -> str:
    share = rng.random()
    found = []
    for sign in rng.choice(tunes):
        wrong = sign == "|" and rng.random() < share
        found.append(rng.choice(("", "||", "|:", ":|", " |2")) if wrong else sign)
        if sign.isalpha() and rng.random() < 0.02:
            found.append("|")
    return "".join(found)


def metred(rng: random.Random, tunes: list[str]) -> str:
    fields = {
        "M:": rng.choice(("3/4", "7/8", "2/4", "12/8", "5", "none")),
        "L:": rng.choice(("1/4", "1/16", "3/8", "1")),
    }
    lines = rng.choice(tunes).split("\n")
    return "\n".join(f"{line[:2]}{fields[line[:2]]}" if line[:2] in fields else line
                     for line in lines)  # fmt: skip


def mixed(rng: random.Random, tunes: list[str]) -> str:
    pieces = [rng.choice((rng.choice(tunes), rng.choice(PROSE))) for _ in range(rng.randint(2, 6))]
    return rng.choice(("\n", "\n\n")).join(pieces)


def noise(rng: random.Random, _: list[str]) -> str:
    return "X:1\nK:C\n" + "".join(rng.choices(SIGNS, k=2000))


def repeated(rng: random.Random, _: list[str]) -> str:
    piece = "".join(rng.choices(PIECES, k=rng.randint(1, 3)))
    header = f"X:1\nT:t\nM:{rng.choice(('4/4', '6/8', 'none'))}\nL:1/8\nK:C\n"
    return header + piece * (2000 // len(piece))


KINDS: tuple[Make, ...] = (edited, barred, metred, mixed, noise, repeated)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--characters", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    tunes = [text[tune.start : tune.end] for tune, text, _, _ in read_tunes(most=40)]
    took: dict[str, list[float]] = defaultdict(list)
    by_length: dict[int, list[tuple[float, int]]] = defaultdict(list)
    slow: list[tuple[float, str, str]] = []
    refused = strange = done = 0
    stop = time.monotonic() + 60 * options.minutes
    while done < options.inputs and time.monotonic() < stop:
        make = KINDS[done % len(KINDS)]
        text = make(rng, tunes)[: rng.randint(20, options.characters)]
        done += 1
        began = time.process_time()
        try:
            abc.fix(text)
        except MusicRNNError:
            refused += 1
        except Exception as error:  # noqa: BLE001 - what must not be is what is sought
            strange += 1
            print(f"{type(error).__name__}: {error}\n{text!r}", flush=True)
        seconds = time.process_time() - began
        took[make.__name__].append(seconds)
        by_length[next(b for b in (*BOUNDS, 10**9) if len(text) <= b)].append((seconds, len(text)))
        slow = sorted([*slow, (seconds, make.__name__, text)], reverse=True)[:5]
    print(f"{done} inputs, {refused} refused with an error of ours, {strange} with another")
    print(f"{'kind':10}{'inputs':>8}{'mean s':>8}{'most s':>8}{'over 2 s':>10}")
    for name, seconds in took.items():
        over = sum(second > LIMIT for second in seconds)
        mean = sum(seconds) / len(seconds)
        print(f"{name:10}{len(seconds):8}{mean:8.3f}{max(seconds):8.2f}{over:10}")
    print(f"\n{'up to':10}{'inputs':>8}{'mean s':>8}{'most s':>8}{'ms a character, most':>22}")
    for bound, pairs in sorted(by_length.items()):
        mean, most = sum(s for s, _ in pairs) / len(pairs), max(s for s, _ in pairs)
        each = max(1000 * s / max(size, 200) for s, size in pairs)
        print(f"{bound:<10}{len(pairs):8}{mean:8.3f}{most:8.2f}{each:22.2f}")
    for seconds, name, text in slow:
        print(f"\n{seconds:.2f} s, {name}, {len(text)} characters: {text[:300]!r}")


if __name__ == "__main__":
    main()
