"""ABC as language models write it: valid tunes broken in the ways that their answers are.

`broken` takes well formed tunes of the collections that music21 installs and breaks each in one to
three ways, by a seed; it knows what the tune was, so what a repair gives can be held to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from benchmarks.abc_tunes import read_tunes
from musicrnn import abc

__all__ = ["WAYS", "Broken", "broken"]

Rng = np.random.Generator


class Broken(NamedTuple):
    """A broken text, the tune that it was, and in which ways it is broken."""

    text: str
    original: str
    ways: tuple[str, ...]


def _parts(tune: str) -> tuple[list[str], list[str]]:
    """The lines of header and body."""
    lines = tune.rstrip("\n").split("\n")
    end = next((i for i, line in enumerate(lines) if not re.match("[A-Z]:", line)), 0)
    return lines[:end], lines[end:]


def _joined(header: list[str], body: list[str]) -> str:
    return "\n".join([*header, *body]) + "\n"


def _without(letter: str) -> Callable[[str, Rng], str]:
    def drop(tune: str, rng: Rng) -> str:
        header, body = _parts(tune)
        return _joined([line for line in header if not line.startswith(f"{letter}:")], body)

    return drop


def _bars(line: str) -> list[str]:
    return re.split(r"(?<=[^|:\]\[])(\|)(?=[^|:\]\[])", line)


def _change_a_bar(tune: str, rng: Rng, change: Callable[[str, Rng], str]) -> str:
    """`change` made in one bar that has notes."""
    header, body = _parts(tune)
    places = [(i, j) for i, line in enumerate(body) for j, bar in enumerate(_bars(line))
              if re.search("[A-Ga-g]", bar) and not line.startswith("w:")]  # fmt: skip
    if not places:
        return tune
    i, j = places[int(rng.integers(len(places)))]
    bars = _bars(body[i])
    bars[j] = change(bars[j], rng)
    body[i] = "".join(bars)
    return _joined(header, body)


def _drop_note(bar: str, rng: Rng) -> str:
    notes = list(re.finditer(r"[_^=]*[A-Ga-g][,']*[\d/]*", bar))
    one = notes[int(rng.integers(len(notes)))]
    return bar[: one.start()] + bar[one.end() :]


def _add_note(bar: str, rng: Rng) -> str:
    notes = list(re.finditer(r"[_^=]*[A-Ga-g][,']*[\d/]*", bar))
    one = notes[int(rng.integers(len(notes)))]
    return bar[: one.end()] + str(rng.choice(list("ABcdef"))) + bar[one.end() :]


def _double_length(bar: str, rng: Rng) -> str:
    notes = list(re.finditer(r"[A-Ga-g][,']*(?![\d/,'<>])", bar))
    if not notes:
        return _add_note(bar, rng)
    one = notes[int(rng.integers(len(notes)))]
    return bar[: one.end()] + "2" + bar[one.end() :]


def _fence(tune: str, rng: Rng) -> str:
    return f"```{rng.choice(['abc', '', 'text', 'music'])}\n{tune}```\n"


def _prose(tune: str, rng: Rng) -> str:
    before = rng.choice([
        "Sure! Here is a tune for you in ABC notation:",
        "Here's an original piece. I hope you like it!",
        "I'd be happy to help. Below is the melody:",
        "**Your tune**\n\nThis one is written for the fiddle:",
    ])  # fmt: skip
    after = rng.choice([
        "Enjoy playing it! Let me know if you would like another one.",
        "The first part repeats, and the second goes up an octave.",
        "Feel free to change the tempo (around 120 bpm works well).",
        "*Note:* play it with a light swing.",
    ])  # fmt: skip
    return f"{before}\n\n{tune}\n{after}\n"


def _bold_header(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    return _joined([f"**{line[:2]}** {line[2:]}" for line in header], body)


def _listed_header(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    return _joined([f"- {line}" for line in header], body)


def _worded_header(tune: str, rng: Rng) -> str:
    words = {"T": "Title", "M": "Time signature", "L": "Default note length", "K": "Key",
             "R": "Rhythm", "C": "Composer"}  # fmt: skip
    header, body = _parts(tune)
    worded = [f"{words[line[0]]}: {line[2:]}" for line in header if line[0] in words]
    return _joined([*worded, ""], body)


def _blank_lines(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    return _joined(header, [part for line in body for part in ("", line)])


def _sharps(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    sign = {"^": str(rng.choice(["♯", "#"])), "_": "♭", "=": "♮"}
    marked = [re.sub(r"([_^=])([A-Ga-g])", lambda m: m[2] + sign[m[1]], line) for line in body]
    if marked == body:  # a note that the key alters anyway is marked, as they do
        marked = [
            re.sub(r"([Ff])(?=[A-Ga-g\d ])", rf"\1{sign['^']}", line, count=1) for line in body
        ]
    return _joined(header, marked)


def _unicode_key(tune: str, rng: Rng) -> str:
    return re.sub(r"^K:([A-G])([#b])", lambda m: f"K:{m[1]}{'♯' if m[2] == '#' else '♭'}", tune,
                  flags=re.M)  # fmt: skip


def _open_repeat(tune: str, rng: Rng) -> str:
    ends = [match.start() for match in re.finditer(r":\|", tune)]
    if not ends:
        return re.sub(r"\|\]\s*$", "|\n", tune)
    at = ends[int(rng.integers(len(ends)))]
    return tune[:at] + "|" + tune[at + 2 :].replace("||", "|", 1)


def _no_end(tune: str, rng: Rng) -> str:
    return re.sub(r"[:|\]]+\s*$", "\n", tune)


def _parts_named(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    named = []
    for number, line in enumerate(body):
        if number % 2 == 0 and number // 2 < 4 and not line.startswith("w:"):
            named.append(str(rng.choice(["{} part:", "**Part {}**", "({} section)", "# {} part"]))
                         .format("ABCD"[number // 2]))  # fmt: skip
        named.append(line)
    return _joined(header, named)


def _numbered_bars(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    return _joined(header, [f"{number}. {line}" for number, line in enumerate(body, 1)])


def _chords_bare(tune: str, rng: Rng) -> str:
    name = str(rng.choice(["Am", "Em", "Dm7", "Bm"]))
    wrapped = str(rng.choice(["{} ", "[{}]"])).format(name)
    return _change_a_bar(
        tune, rng, lambda bar, _: re.sub(r"(?=[_^=A-Ga-g(~])", wrapped, bar, count=1)
    )


def _typographic(tune: str, rng: Rng) -> str:
    tune = re.sub(r'"([^"\n]*)"', r"“\1”", tune).replace("'", "’")
    return tune.replace(" ", "\u00a0", 3)


def _escaped(tune: str, rng: Rng) -> str:
    return tune.rstrip("\n").replace("\n", "\\n")


def _one_line(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    return " ".join([*header, *body]) + "\n"


def _html(tune: str, rng: Rng) -> str:
    return (
        "<pre>\n"
        + tune.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        + "</pre>\n"
    )


def _remarks(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    body[0] += "  // the theme"
    return _joined(header, body)


def _header_order(tune: str, rng: Rng) -> str:
    header, body = _parts(tune)
    moved = [*header[1:-1], header[0], header[-1]]
    return _joined(moved, body)


def _odd_values(tune: str, rng: Rng) -> str:
    tune = re.sub(r"^M:(\S+)$", r"M:\1 time", tune, flags=re.M)
    return re.sub(r"^K:", "Q:120 bpm\nK:", tune, count=1, flags=re.M)


def _unclosed(tune: str, rng: Rng) -> str:
    return _change_a_bar(
        tune, rng, lambda bar, _: re.sub(r"([A-Ga-g][,']*[\d/]*)", r'"Am\1', bar, count=1)
    )


#: way → what it does to a tune
WAYS: Final[dict[str, Callable[[str, Rng], str]]] = {
    "code fence": _fence, "prose around": _prose, "bold header": _bold_header,
    "header as a list": _listed_header, "header in words": _worded_header,
    "no X:": _without("X"), "no T:": _without("T"), "no K:": _without("K"), "no M:": _without("M"),
    "no L:": _without("L"), "header order": _header_order, "odd values": _odd_values,
    "empty lines": _blank_lines, "F♯ in the music": _sharps, "unicode key": _unicode_key,
    "repeat not closed": _open_repeat, "no final bar": _no_end, "parts named": _parts_named,
    "lines numbered": _numbered_bars, "chord names bare": _chords_bare,
    "typographic signs": _typographic, "\\n in one line": _escaped, "one line": _one_line,
    "HTML": _html, "remarks": _remarks, "quote not closed": _unclosed,
    "a note lacks": lambda tune, rng: _change_a_bar(tune, rng, _drop_note),
    "a note too many": lambda tune, rng: _change_a_bar(tune, rng, _add_note),
    "a length wrong": lambda tune, rng: _change_a_bar(tune, rng, _double_length),
}  # fmt: skip
#: in which order ways are gone: first the music, then the header, then what wraps it all
_ORDER = (
    "header order", "no X:", "no T:", "no M:", "no L:", "odd values", "no K:", "bold header",
    "header as a list", "header in words", "prose around", "code fence", "HTML", "one line",
    "\\n in one line",
)  # fmt: skip


def _well_formed() -> Iterator[str]:
    for one in read_tunes(("oneills1850", "ryansMammoth", "airdsAirs"), most=3):
        text = abc.write(abc.standalone(one.tune))
        if len(text) < 1200 and not [f for f in abc.check(text) if f.severity != "info"]:
            yield text


def broken(count: int = 200, seed: int = 1) -> list[Broken]:
    """So many texts, every way about as often."""
    rng = np.random.default_rng(seed)
    tunes = _well_formed()
    names = list(WAYS)
    made = []
    for number in range(count):
        tune = next(tunes)
        more = rng.choice(names, size=int(rng.integers(0, 3)), replace=False).tolist()
        ways = list(dict.fromkeys([names[number % len(names)], *more]))
        ways.sort(key=lambda way: _ORDER.index(way) if way in _ORDER else -1)
        text = tune
        for way in ways:
            text = WAYS[way](text, rng)
        made.append(Broken(text, tune, tuple(ways)))
    return made
