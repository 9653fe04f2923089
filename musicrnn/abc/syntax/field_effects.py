"""What a field means to those who read on: metre, unit, symbols, macros, line breaks; and what is
wrong with its value."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax.decorations import DEFAULT_SYMBOLS, SYMBOL_LETTERS
from musicrnn.abc.syntax.fields import (
    FIELDS,
    MeterField,
    default_unit,
    is_note_value,
    read_meter,
    read_tempo,
    read_unit,
    unknown_of_unit,
)  # fmt: skip
from musicrnn.abc.syntax.keys import read_key
from musicrnn.abc.syntax.macros import Macro, read_macro
from musicrnn.abc.syntax.music import MusicReader
from musicrnn.abc.syntax.tree import Field
from musicrnn.abc.timeline.parts import expand_parts, order_of_parts
from musicrnn.errors import AbcError

__all__ = ["FieldEffects", "check_order"]

_SYMBOL: Final = re.compile(
    r"\s*([~.A-Za-z])\s*=\s*(?:!([^!]*)!|\+([^+]*)\+|(\"[^\"]*\")|(\w+))\s*"
)
#: fields that say something to those who read on
_EFFECTIVE: Final = frozenset("MLKVQPUmI")
_BREAKS: Final = {"$": "$", "!": "!", "<EOL>": "\n", "<none>": ""}


class FieldEffects:
    """Keeps what the fields of one tune say, and tells the reader of its music."""

    def __init__(
        self, text: str, reporter: Reporter, music: MusicReader, macros: Sequence[Macro]
    ) -> None:
        self.text = text
        self.reporter = reporter
        self.music = music
        self._macros = {macro.pattern.pattern: macro for macro in macros}
        self.in_body = False
        self._meter: MeterField | None = None
        self._unit: Fraction | None = None

    @property
    def macros(self) -> Collection[Macro]:
        """The macros that hold here, in the order in which they were defined."""
        return self._macros.values()

    def apply(self, field: Field) -> None:
        """What a field changes for the reader, and what is wrong with its value."""
        letter, value = field.letter, field.value
        if letter not in _EFFECTIVE:
            return
        report = self.reporter.report
        if letter == "M":
            self._meter = read_meter(value)
            if self._meter is None:
                report("bad-meter", *_span(field), value[:40])
            else:
                self._check_meter(field, self._meter)
        elif letter == "L":
            self._set_unit(field)
        elif letter == "K":
            key = read_key(value)
            if key is None:
                report("bad-key", *_span(field), value[:40])
            else:
                self._check_words(field, key.unknown)
        elif letter == "V" and not value:
            report("bad-voice", *_span(field))
        elif letter == "Q" and value:
            self._check_tempo(field)
        elif letter == "P" and not self.in_body:
            order, unknown = order_of_parts(value)
            try:
                expand_parts(order)
            except AbcError as error:
                report("bad-parts", *_span(field), value[:40], error.message)
            else:
                self._check_words(field, unknown)
        elif letter == "U":
            self._define_symbol(field)
        elif letter == "m":
            self._define_macro(field)
        elif letter == "I":
            name, _, rest = value.partition(" ")
            if name == "abc-include":
                report("include", *_span(field))
            self.apply_directive(name, rest.strip())

    def apply_directive(self, name: str, value: str) -> None:
        """What a directive, or an ``I:`` field, changes."""
        if name == "linebreak":
            self.music.break_signs = frozenset(
                sign for word, sign in _BREAKS.items() if word in value.split()
            )

    def _check_words(self, field: Field, words: Sequence[str]) -> None:
        for word in words:
            self.reporter.report("unknown-word", *_span(field), field.letter, word[:40])

    def _set_unit(self, field: Field) -> None:
        self._unit = read_unit(field.value)
        if self._unit is None:
            self.reporter.report("bad-unit", *_span(field), field.value[:40])
            return
        self._check_words(field, unknown_of_unit(field.value).split())
        if not is_note_value(self._unit):
            self.reporter.report("unusual-unit", *_span(field), field.value[:40])

    def _check_tempo(self, field: Field) -> None:
        tempo = read_tempo(field.value)
        if tempo is None:
            self.reporter.report("bad-tempo", *_span(field), field.value[:40])
            return
        if tempo.old and self.in_body:
            self.report_old_tempo(field)
        self._check_words(field, tempo.unknown.split())
        if tempo.odd:
            self.reporter.report("unusual-beat", *_span(field), field.value[:40], tempo.odd)

    def _check_meter(self, field: Field, meter: MeterField) -> None:
        self._check_words(field, meter.unknown.split())
        if self.reporter.pinned is not None:  # a macro made it, so that it stands nowhere
            return
        written = self.text[field.start : field.end].strip("[]").partition(":")[2].strip()
        if meter.incomplete or (read_meter(written) or meter).incomplete:
            text = f"M:{meter.canonical}"
            self.reporter.replace(
                "half-meter", *_span(field), f"[{text}]" if field.inline else text,
                f"write {text}", written[:40], meter.canonical,
            )  # fmt: skip

    def report_old_tempo(self, field: Field) -> None:
        """Report ``Q:120``, with what it means in the unit that holds."""
        unit = self._unit or default_unit(self._meter.meter if self._meter else None)
        tempo = read_tempo(field.value, unit)
        if tempo is not None:
            text = f"Q:{tempo.canonical}"
            self.reporter.replace(
                "old-tempo", *_span(field), f"[{text}]" if field.inline else text,
                f"write {text}", field.value[:40], tempo.canonical,
            )  # fmt: skip

    def _define_macro(self, field: Field) -> None:
        macro = read_macro(field.value)
        if macro is None:
            self.reporter.report("bad-macro", *_span(field), field.value[:40])
        else:
            self._macros.pop(macro.pattern.pattern, None)  # the last definition holds
            self._macros[macro.pattern.pattern] = macro

    def _define_symbol(self, field: Field) -> None:
        match = _SYMBOL.fullmatch(field.value)
        if not match or (match[1] not in SYMBOL_LETTERS and match[1] not in DEFAULT_SYMBOLS):
            self.reporter.report("bad-symbol-definition", *_span(field), field.value[:40])
            return
        self.music.symbols[match[1]] = match[2] or match[3] or match[4] or match[5]


def check_order(fields: Sequence[Field], reporter: Reporter) -> None:
    """Report what a header lacks, has twice or out of order."""
    report, replace = reporter.report, reporter.replace
    letters = [field.letter for field in fields]
    at = fields[0].start if fields else 0
    if "X" not in letters:
        replace("missing-number", at, at, "X:1\n", "put X:1 first")
    elif letters[0] != "X":
        report("field-order", *_span(fields[letters.index("X")]), "X")
    elif not fields[0].value.strip().isdecimal():
        report("bad-number", fields[0].start, fields[0].end, fields[0].value[:20])
    if "T" not in letters:
        after = fields[0].end if letters[:1] == ["X"] else at
        report("missing-title", at, after)
    elif letters[0] == "X" and letters[1] != "T":
        report("field-order", *_span(fields[letters.index("T")]), "T")
    seen: set[str] = set()
    for field in fields:
        rule = FIELDS.get(field.letter)
        if field.letter in seen and rule and not rule.repeats:
            report("repeated-field", *_span(field), field.letter)
        seen.add(field.letter)


def _span(field: Field) -> tuple[int, int]:
    return field.start, field.end
