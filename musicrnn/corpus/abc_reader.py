"""ABC tune books: each tune cut out, cleaned, written in canonical spelling, checked.

What a tune needs not to be itself is left out: lyrics, fingerings, annotations, comments, tempo,
layout. What is left must satisfy the strict checker; a tune that does not is rejected with the
checker's own words, since a model that learns wrong bars writes wrong bars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from musicrnn import abc
from musicrnn.abc.checking.checker import check_book
from musicrnn.abc.checking.fixer import Repair, fix
from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.text import decode
from musicrnn.abc.timeline.timeline import Timeline
from musicrnn.abc.to_score import play
from musicrnn.corpus.abc_cleaning import Rejected, cleaned
from musicrnn.corpus.record import Record, explain, melody_keys
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.corpus.spelling import spell_title
from musicrnn.piece import Piece

__all__ = ["read_abc", "split_book"]

#: faults that may be mended without guessing
_MENDED = frozenset({"bar-length", "bar-incomplete", "repeat-unclosed", "ending-unpaired"})

_TUNE_START = re.compile(r"^X:", re.MULTILINE)
_NUMBER = re.compile(r"X:[ \t]*(\d*)")
_TITLE = re.compile(r"^T:[ \t]*([^\n]*)", re.MULTILINE)


def read_abc(item: Item, data: bytes, source: Source, rules: Clean) -> Iterator[Record]:
    """One record for each ``X:`` field of the item. Raises `AbcError` for what is not text."""
    text = decode(data, file=item.name)
    lines_before = item.first_line - 1 - data[: item.header].count(b"\n")
    for line, number, tune in split_book(text):
        title = _TITLE.search(tune)
        record = Record(lines_before + line, number, spell_title(title[1]) if title else "")
        yield _record(record, tune, source, rules)


def split_book(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, number, text) of each tune of a book, from its ``X:`` to the next.

    The fields before the first tune hold for all (ABC 2.1 §2.2.2) and are put before each.
    """
    starts = [match.start() for match in _TUNE_START.finditer(text)]
    if not starts:
        return
    fields = [line for line in text[: starts[0]].split("\n") if re.match(r"[A-Za-z]:", line)]
    header = "".join(f"{line}\n" for line in fields) + "\n" if fields else ""
    line = 1
    before = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", before, start)
        before = start
        number = _NUMBER.match(text, start)
        yield line, number[1] if number else "", header + text[start:end]


def _record(record: Record, text: str, source: Source, rules: Clean) -> Record:
    """`record` with the cleaned piece, or with the reason why there is none."""
    try:
        parsed = _parsed(text)
        content, tune, timeline, mended = _written(parsed, source, rules)
        score = play(timeline, tune.title)
        fingerprint, group = melody_keys(score, source.opening)
    except Rejected as rejected:
        return replace(record, reason=rejected.reason, detail=rejected.detail)
    except Exception as error:  # noqa: BLE001 - one bad tune must not take its book with it
        return replace(record, reason="unreadable", detail=explain(error))
    piece = Piece(
        "abc", content, title=tune.title, key=tune.key, meter=tune.meter, rhythm=tune.rhythm,
        source=source.name, licence=source.licence,
    )  # fmt: skip
    return replace(
        record,
        title=piece.title,
        piece=piece,
        fingerprint=fingerprint,
        group=group,
        mended=mended,
        source_meter=parsed.meter
        if rules.notation != "source" and parsed.meter != tune.meter
        else "",
    )


def _written(
    parsed: tree.ParsedTune, source: Source, rules: Clean
) -> tuple[str, tree.ParsedTune, Timeline, tuple[str, ...]]:
    """The cleaned tune as text, parsed and in time, and the repairs that it took."""
    content = abc.write(cleaned(parsed, source, rules))
    try:
        return content, *_checked(content, rules), ()
    except Rejected as rejected:
        mended = _mended(content) if rules.mend and rejected.reason in _MENDED else None
        if mended is None:
            raise
    # What a bar line or a bracket more makes of the form is laid out anew.
    content = abc.write(cleaned(_parsed(mended.text), source, rules))
    return content, *_checked(content, rules), tuple(map(str, mended.edits))


def _mended(content: str) -> Repair | None:
    """The repair of a tune with one fault, unless that stays or a rest had to be made up.

    Where more is wrong, a repair is less sure, and takes seconds.
    """
    faults = [fault for fault in abc.check(content) if fault.severity != "info"]
    if len(faults) > 1:
        return None
    repair = fix(content)
    made_up = any("rest" in edit.title or "z" in edit.after for edit in repair.edits)
    return None if repair.left or made_up else repair


def _parsed(text: str) -> tree.ParsedTune:
    tunes = abc.parse(text).tunes
    if not tunes:
        raise Rejected("no-tune", "there is no header that ends with K:")
    return tunes[0]


def _checked(content: str, rules: Clean) -> tuple[tree.ParsedTune, Timeline]:
    """The tune that `content` parses to, and it in time, if it is well formed; else `Rejected`."""
    if len(content) > rules.most_characters:
        raise Rejected("too-long", f"{len(content)} characters, more than {rules.most_characters}")
    book = abc.parse(content)
    findings, timelines = check_book(book, content, strict=rules.strict)
    for diagnostic in findings:
        if diagnostic.severity == "error":
            raise Rejected(diagnostic.code, diagnostic.message)
    tune = book.tunes[0]
    bars = sum(isinstance(node, tree.Bar) for node in tune.body)
    if bars < rules.least_bars:
        raise Rejected("too-short", f"{bars} bars, fewer than {rules.least_bars}")
    return tune, timelines[0]
