"""The edits that a repair tries: what the writer of a faulty bar may have meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

from musicrnn.abc.checking.diagnostics import Diagnostic, Edit
from musicrnn.abc.checking.form import wanted_length
from musicrnn.abc.checking.repair_view import HEADER_CODES, Reading, full_length
from musicrnn.abc.syntax.writer import spell_length
from musicrnn.abc.timeline.timeline import Measure

__all__ = ["SECTIONS", "Option", "candidates", "fillings", "similar_places", "squeezed"]


class Option(NamedTuple):
    """A way to mend a fault: how likely it is what was meant (rank 0 is the likeliest), what it
    does, in words, and the edits that do it."""

    rank: int
    title: str
    edits: Sequence[Edit]
    #: whether something is made up, however well it fits
    guess: bool = False


#: ranks: what a diagnostic proposes; plain bar lines; brackets; lengths; and what makes a section
#: end where none did, which excuses a bar rather than mends it
_PROPOSED, _BARS, _BRACKETS, _LENGTHS, SECTIONS = range(5)

#: what can be missing or in excess: the words for it, and its rank
_SIGNS: Final = {
    "|": ("a bar line", _BARS), ":": ("a repeat dot", _BARS), "1": ("an ending", _BARS),
    "[": ("a bracket", _BRACKETS), "]": ("a bracket", _BRACKETS), "(": ("a bracket", _BRACKETS),
    ")": ("a bracket", _BRACKETS), "{": ("a brace", _BRACKETS), "}": ("a brace", _BRACKETS),
    '"': ("a quotation mark", _BRACKETS), "!": ("a mark", _BRACKETS),
    "2": ("a length", _LENGTHS), "3": ("a length", _LENGTHS), "4": ("a length", _LENGTHS),
    "6": ("a length", _LENGTHS), "8": ("a length", _LENGTHS), "/": ("a length", _LENGTHS),
    ">": ("broken rhythm", _LENGTHS), "<": ("broken rhythm", _LENGTHS),
}  # fmt: skip
_OTHER: Final = ("a character", _LENGTHS)
#: brackets and quotation marks come in pairs: the two signs of each
_PAIRS: Final = {"[": "[]", "]": "[]", "(": "()", ")": "()", "{": "{}", "}": "{}", '"': '"',
                 "!": "!"}  # fmt: skip
#: what a length or broken rhythm may stand after: a note, a rest, a chord, more of a length
_AFTER_NOTE: Final = frozenset("ABCDEFGabcdefgxz,'0123456789/]<>")
#: by what a missing or wrong ``L:`` makes every bar too long or too short
_UNIT_FACTORS: Final = frozenset(Fraction(2) ** power for power in (-2, -1, 1, 2))
#: characters on each side of an edit that are looked for elsewhere in the tune
_AROUND: Final = 4
#: the signs of repeats and endings
_FORM: Final = frozenset("|:[]123456789")
_FIELD: Final = re.compile(r"[A-Za-z]:(?![|:])")
#: faults of signs that mean nothing where they stand
_MEANINGLESS: Final = frozenset(
    {
        "stray-character", "reserved-character", "unknown-symbol", "unclosed-quote",
        "unclosed-grace", "unclosed-chord", "unclosed-slur", "unopened-slur",
        "loose-broken-rhythm",
    }
)  # fmt: skip
#: signs before which a note may be lost: they change the length of what stands before them
_LENGTH_SIGNS: Final = frozenset("0123456789/<>")
#: characters around a fault that are tried, at most
_REACH: Final = 60
#: how much too long a bar is, in bars, that may be two without a bar line between them
_TWO_BARS: Final = Fraction(3, 4)
_NOTES: Final = frozenset("ABCDEFGabcdefgxz")
_LOOSE: Final = frozenset("]/2345678")  # signs that mean nothing behind a bar line


def candidates(reading: Reading, fault: Diagnostic, *, join_bars: bool = False) -> Iterator[Option]:
    """Edits that may mend `fault`: its own proposal, and what else the writer may have meant.

    Only with `join_bars` is a bar line taken out between bars that are too long without it.
    """
    text = reading.text
    about_form = fault.code in ("repeat-unclosed", "ending-unpaired")
    if fault.fix is not None:
        # A repeat or an ending that lacks its end was rather meant than not.
        yield Option(SECTIONS if about_form else _PROPOSED, fault.fix.title, fault.fix.edits)
    if fault.code in HEADER_CODES:
        return
    timeline = reading.timeline_at(fault.start)
    measures = [m for voice in timeline.voices for m in voice.measures] if timeline else []
    if fault.code == "repeat-unclosed":
        yield from _closings(fault, measures)
        return
    if fault.code.startswith("ending") or fault.code == "no-final-bar":
        if fault.code != "no-final-bar":
            yield from _endings(fault, measures)
        start = max(0, fault.start - _AROUND)
        for option in _single_characters(text, start, fault.start + fault.length + _AROUND):
            (edit,) = option.edits
            if _FORM.intersection(edit.text + text[edit.start : edit.end]):
                yield option._replace(rank=max(option.rank, _BRACKETS))
        return
    if fault.code == "bar-length":
        yield from _units(reading, measures)
    start, end = _region(text, fault, measures)
    yield from _lost_notes(reading, fault, start, end)
    yield from _like_another_bar(reading, fault, measures)
    crowded = _crowded(measures, start, end)
    kept = set() if join_bars else _kept_lines(measures, start, end)
    excess = _excess(measures, fault) if fault.code == "bar-length" else Fraction(0)
    for option in _single_characters(text, start, end):
        (edit,) = option.edits
        if _moves_a_note(edit.text) and not (crowded or text[edit.end : edit.end + 1] in _LOOSE):
            continue
        if _is_vain(text, edit, excess):
            continue
        in_place = edit.text == "|" and excess >= _TWO_BARS and option.rank == _LENGTHS
        if in_place and not any(map(partial(_is_first, at=edit.start), measures)):
            yield option._replace(rank=_BARS)  # the sign in the place of a bar line
            continue
        if edit.start in kept and "|" not in edit.text:
            continue
        if _makes_a_field(text, edit):
            continue
        pickup = option.title == "add a bar line" and _makes_a_pickup(measures, edit.start)
        yield option._replace(rank=SECTIONS, guess=True) if pickup else option


def fillings(reading: Reading, fault: Diagnostic) -> Iterator[Option]:
    """The bar of `fault`, if it is short, filled with a rest at its end: up to the metre, or, where
    it ends a section that begins with a pickup, up to the metre less the pickup."""
    timeline = reading.timeline_at(fault.start)
    if fault.code not in ("bar-length", "bar-incomplete") or timeline is None:
        return
    for voice in timeline.voices:
        for measure in voice.measures:
            if not measure.start <= fault.start <= measure.end:
                continue
            wanted = wanted_length(voice, measure)
            if wanted is not None and measure.length < wanted:
                at = len(reading.text[: measure.end].rstrip())
                rest = "z" + spell_length((wanted - measure.length) / timeline.unit)
                yield Option(_LENGTHS, "fill the bar with a rest", (Edit(at, at, rest),))


def _lost_notes(reading: Reading, fault: Diagnostic, start: int, end: int) -> Iterator[Option]:
    """A rest where a note may be lost: in the place of a sign that means nothing there, before one
    that was its length, or between two digits, of which the second was its length."""
    text = reading.text
    places = []
    for other in reading.faults:
        if other.code in _MEANINGLESS and (other == fault or start <= other.start < end):
            at = other.start
            lone = text[at : at + 1] in _LENGTH_SIGNS
            places.append(Edit(at, at if lone else at + 1, "z"))
    if fault.code == "bar-length":
        places += [
            Edit(at, at, "z") for at in range(start + 1, end) if text[at - 1 : at + 1].isdecimal()
        ]
    for place in places:
        yield Option(SECTIONS, "put a rest where a note is lost", (place,), guess=True)


def _like_another_bar(
    reading: Reading, fault: Diagnostic, measures: Sequence[Measure]
) -> Iterator[Option]:
    """The bar of `fault` made equal to another of the tune from which one character parts it."""
    text = reading.text
    bar = next((m for m in measures if m.start <= fault.start <= m.end), None)
    if bar is None or bar.end - bar.start > _REACH:
        return
    places = [at for at in range(bar.start, bar.end) if not text[at].isspace()]
    written = squeezed(text[bar.start : bar.end])
    others = {squeezed(text[m.start : m.end]) for m in measures if m is not bar}
    for other in sorted(others - {written}):
        longer = len(other) - len(written)
        if abs(longer) > 1:
            continue
        same = next((n for n, (a, b) in enumerate(zip(written, other, strict=False)) if a != b),
                    min(len(written), len(other)))  # fmt: skip
        taken, put = int(longer <= 0), int(longer >= 0)
        if written[same + taken :] != other[same + put :]:
            continue
        at = places[same] if same < len(places) else bar.end
        edit = Edit(at, at + taken, other[same : same + put])
        yield Option(_BRACKETS, "make the bar like another", (edit,), guess=True)


def _excess(measures: Sequence[Measure], fault: Diagnostic) -> Fraction:
    """By how many bars the bar of `fault` is too long; below 0 where it is too short."""
    bar = next((m for m in measures if m.start <= fault.start <= m.end), None)
    full = full_length(bar) if bar else None
    return bar.length / full - 1 if bar and full else Fraction(0)


def _is_vain(text: str, edit: Edit, excess: Fraction) -> bool:
    """Whether an edit can only make a bar longer that is too long, or shorter one that is too
    short."""
    taken, before = text[edit.start : edit.end], text[edit.start - 1 : edit.start]
    if excess > 0:
        return not taken and edit.text.isdecimal() and not before.isdecimal() and before not in "/("
    if excess < 0:
        return (not edit.text and taken in _NOTES) or (not taken and edit.text == "/")
    return False


def _makes_a_pickup(measures: Sequence[Measure], at: int) -> bool:
    """Whether a bar line at `at` would cut a first bar that is too long, which excuses it."""
    return any(
        _is_first(measure, at)
        and (full := full_length(measure)) is not None
        and full < measure.length < 2 * full
        for measure in measures
    )


def _is_first(measure: Measure, at: int) -> bool:
    """Whether the offset `at` lies in this bar, and it begins a section: what is cut off at its
    start may pass for a pickup."""
    opens = measure.before.double or not measure.before.bars
    return opens and measure.start <= at <= measure.end


def _makes_a_field(text: str, edit: Edit) -> bool:
    """Whether a line of music starts like a field after an edit: it would not sound."""
    start = text.rfind("\n", 0, edit.start) + 1
    if edit.start - start > 1 or _FIELD.match(text, start):
        return False
    line = f"{text[start : edit.start]}{edit.text}{text[edit.end : edit.end + 2]}"
    return _FIELD.match(line) is not None


def similar_places(text: str, edit: Edit) -> int:
    """How often what stands around an edit that was made comes again in the tune."""
    body = text.find("\n", text.find("\nK:") + 1) + 1
    at = len(squeezed(text[body : edit.start]))
    music = squeezed(text[body:])
    end = at + len(squeezed(edit.text))
    return music.count(music[max(0, at - _AROUND) : end + _AROUND]) - 1


def squeezed(text: str) -> str:
    """`text` without spaces: bars that differ only in them are the same."""
    return "".join(text.split())


def _region(text: str, fault: Diagnostic, measures: Sequence[Measure]) -> tuple[int, int]:
    """From the bar line before the fault's bar to the one after it."""
    measure = next((m for m in measures if m.start <= fault.start <= m.end), None)
    start = measure.start if measure else fault.start
    end = measure.end if measure else fault.start + fault.length
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    start = max(start - 3, line_start, fault.start - _REACH)
    end = min(end + 3, line_end if line_end >= 0 else len(text), fault.start + _REACH)
    return start, max(start, end)


def _single_characters(text: str, start: int, end: int) -> Iterator[Option]:
    """One character out, in, in the place of another, or before the one that stands before it."""
    end = min(end, len(text))
    line = text[text.rfind("\n", 0, start) + 1 : end + text[end:].find("\n")]
    signs = {sign: named for sign, named in _SIGNS.items() if not _balanced(sign, line)}
    for at in range(start, end):
        if text[at] == "\n":  # what stands above may be a field
            continue
        name, rank = _SIGNS.get(text[at], _OTHER)
        yield Option(rank, f"remove {name}", (Edit(at, at + 1, ""),))
        pair = text[at : at + 2]
        if at + 1 < end and pair[0] != pair[1] and not pair.isalpha() and "\n" not in pair:
            rank = min(_SIGNS.get(sign, _OTHER)[1] for sign in pair)
            # What a repeat dot joins is another section; only ``|:`` and ``:|`` are mistaken.
            rank = SECTIONS if set(pair) & set("[]:") and set(pair) != set("|:") else rank
            yield Option(rank, "swap two characters", (Edit(at, at + 2, pair[::-1]),))
    for sign, (name, rank) in signs.items():
        for at in range(start, end + 1):
            if not _fits(text, at, sign):
                continue
            adds = SECTIONS if sign in "|:[]" and _at_bar_line(text, at) else rank
            yield Option(adds, f"add {name}", (Edit(at, at, sign),))
            # A bar line may stand in the place of a note; a length hardly does.
            if at == end or text[at] in (sign, "\n"):
                continue
            if sign == "|" or not text[at].isalpha():
                doubles = _at_bar_line(text, at) or text[at + 1 :].lstrip(" ")[:1] in "|:]"
                puts = SECTIONS if doubles or text[at] in "|:" else _LENGTHS
                yield Option(puts, f"put {name}", (Edit(at, at + 1, sign),))


def _moves_a_note(swapped: str) -> bool:
    """Whether two swapped characters are a note and a bar line."""
    return len(swapped) == 2 and "|" in swapped and swapped.strip("|").isalpha()


def _crowded(measures: Sequence[Measure], start: int, end: int) -> bool:
    """Whether a bar between two offsets is too long and another not full, so that a note of the
    one may be the other's."""
    excesses = [
        measure.length - (full_length(measure) or measure.length)
        for measure in measures
        if measure.start < end and start < measure.end
    ]
    return any(excess > 0 for excess in excesses) and any(excess < 0 for excess in excesses)


def _kept_lines(measures: Sequence[Measure], start: int, end: int) -> set[int]:
    """The bar lines whose neighbours would make a bar longer than the metre."""
    kept: set[int] = set()
    for left, right in pairwise(measures):
        full = full_length(left)
        if left.start < end and start < right.end and full and left.length + right.length > full:
            kept.update(at for bar in left.after.bars for at in range(bar.start, bar.end))
    return kept


def _balanced(sign: str, line: str) -> bool:
    """Whether one more `sign` would break a pair that the line has, rather than make one."""
    pair = _PAIRS.get(sign)
    if pair is None or (sign in "[]" and "|" in line):  # [ and ] also belong to bar lines
        return False
    return (
        line.count(sign) % 2 == 0 if len(pair) == 1 else line.count(pair[0]) == line.count(pair[1])
    )


def _fits(text: str, at: int, sign: str) -> bool:
    """Whether `sign` can mean anything before the character at `at`."""
    before, after = text[at - 1 : at], text[at : at + 1]
    if sign in "/<>" or sign.isdecimal():
        if sign == "1":
            return before in "|[:"
        return before in _AFTER_NOTE or (sign == "3" and before == "(")
    if sign == ":":
        return before in "|:" or after in ("|", ":")
    return sign != '"' or not _quotes_music(text, at)


def _quotes_music(text: str, at: int) -> bool:
    """Whether a quotation mark before the character at `at` would put a bar line between quotes."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    after = text[at : at + _REACH].partition("\n")[0]
    opens = before.count('"') % 2 == 0
    return "|" in (after.partition('"')[0] if opens else before.rpartition('"')[2])


def _at_bar_line(text: str, at: int) -> bool:
    """Whether what is put before the character at `at` would join or double a bar line."""
    return text[:at].rstrip(" ")[-1:] in "|:[" or text[at:].lstrip(" ")[:1] in "|:]"


def _units(reading: Reading, measures: Sequence[Measure]) -> Iterator[Option]:
    """Another unit note length, where most bars are too long, or too short, by the same factor."""
    text = reading.text
    factors = Counter(
        full / measure.length
        for measure in measures
        if measure.length and (full := full_length(measure))
    )
    factor, count = factors.most_common(1)[0] if factors else (Fraction(1), 0)
    key = re.search(r"^K:", text, re.MULTILINE)
    if 2 * count <= len(measures) or factor not in _UNIT_FACTORS or key is None:
        return
    unit = reading.timelines[0].unit * factor / 4
    written = re.search(r"^L:.*\n", text[: key.start()], re.MULTILINE)
    start, end = written.span() if written else (key.start(), key.start())
    yield Option(_PROPOSED, "count in another unit", (Edit(start, end, f"L:{unit}\n"),))


def _closings(fault: Diagnostic, measures: Sequence[Measure]) -> Iterator[Option]:
    """``:|`` where the section that ``|:`` opened ends: at the next such mark or the tune's end."""
    after = [m for m in measures if m.start >= fault.start]
    for place, measure in enumerate(after):
        bars = measure.after.bars
        last = place == len(after) - 1
        if not (last or measure.after.starts or measure.after.double):
            continue
        for bar in bars:
            if bar.kind in ("|", "||", "|]"):
                yield Option(_BARS, "close the repeat", (Edit(bar.start, bar.end, ":|"),))
            elif bar.kind == "|:":
                yield Option(_BARS, "close the repeat", (Edit(bar.start, bar.end, "::"),))
        if not bars:
            yield Option(_BARS, "close the repeat", (Edit(measure.end, measure.end, ":|"),))
        return


def _endings(fault: Diagnostic, measures: Sequence[Measure]) -> Iterator[Option]:
    """The second ending after a ``:|`` that closes a first; ``:|`` before a second."""
    for measure in measures:
        if measure.end <= fault.start:
            continue
        for bar in measure.after.bars:
            if bar.kind == ":|" and measure.after.ending is None:
                yield Option(_BARS, "begin the second ending", (Edit(bar.end, bar.end, "2"),))
                return
            if bar.kind == "|" and measure.after.ending is not None:
                edit = Edit(bar.start, bar.end, ":|")
                yield Option(_BARS, "repeat after the first ending", (edit,))
                return
