"""What a user may ask of a new tune: one row a control.

The command line, the page, the notebook, evaluation and the docs all read this table. A new
control is its row here, a line of `ControlOptions`, a field of its format's controls, and the rule
of the grammar that keeps it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypedDict

from musicrnn.abc.syntax.fields import Tempo, parse_meter, parse_unit, read_tempo
from musicrnn.abc.syntax.keys import parse_key, spell_key
from musicrnn.constraints.finished import FinishedTune
from musicrnn.errors import UsageError, choices
from musicrnn.score import Key, Meter, Score
from musicrnn.theory.chords import parse_progression
from musicrnn.theory.dances import DANCES, STYLES, known_rhythm
from musicrnn.theory.instruments import INSTRUMENTS, instrument_range
from musicrnn.theory.pitch import parse_note

__all__ = [
    "CONTROLS",
    "KEYS",
    "Control",
    "ControlOptions",
    "controls_of",
    "parse_controls",
]

Form = tuple[tuple[str, int], ...]


class ControlOptions(TypedDict, total=False):
    """The controls as keyword arguments, as a user types them or ready-made; None is not asked."""

    title: str | None
    rhythm: str | None
    style: str | None
    meter: str | Meter | None
    key: str | Key | None
    unit: str | Fraction | None
    tempo: str | int | None
    bars: int | str | Sequence[int] | None
    form: str | None
    pickup: str | int | Fraction | None
    instrument: str | None
    lowest: str | int | None
    highest: str | int | None
    in_scale: float | None
    tonic_end: bool | None
    syncopation: str | None
    prime: str | bytes | os.PathLike[str] | Score | None
    bars_like: str | None
    chords: str | None
    length: int | None


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its `name`, one line of `help`, how to `parse` a user's value (raises
    `UsageError`), and how a `FinishedTune` shows that it was `kept`.

    `formats` are those of the models that take it, `tokenizers` narrows them. `kind` is how front
    ends ask for it: a line of text, a whole number, a share from 0 to 1, a flag, or a file (whose
    content is the value). `choices` are what menus offer and what evaluation draws from; other
    values may be asked for as well. `spellings` are further names of the option. One that is
    `chosen` has no rule in a grammar: tunes are drawn until one keeps it.
    """

    name: str
    help: str
    formats: tuple[str, ...]
    parse: Callable[[Any], Any]
    kept: Callable[[FinishedTune, Any], bool]
    kind: Literal["text", "number", "share", "flag", "file"] = "text"
    choices: tuple[Any, ...] = ()
    tokenizers: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    chosen: bool = False

    def taken_by(self, format_: str, tokenizer: str = "") -> bool:
        """Whether models of that format, and with that tokenizer, take it."""
        narrowed = bool(self.tokenizers and tokenizer)
        return format_ in self.formats and (not narrowed or tokenizer in self.tokenizers)


# --- parsers ------------------------------------------------------------------------------------


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise UsageError(f"{value!r} is not one line of text")
    return value.strip()


def _title(value: Any) -> str:
    title = _line(value)
    if "%" in title or "\\" in title:
        raise UsageError(f"{title!r} has a % or \\, which mean something in ABC; leave them out")
    return title


def _rhythm(value: Any) -> str:
    return known_rhythm(_line(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{value!r} is not text")
    return value


def _key(value: Any) -> Key:
    return value if isinstance(value, Key) else parse_key(_text(value))


def _meter(value: Any) -> Meter:
    return value if isinstance(value, Meter) else parse_meter(_text(value))


def _unit(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else parse_unit(_text(value))


def _tempo(value: Any) -> Tempo:
    tempo = read_tempo(str(value).strip()) if isinstance(value, str | int) else None
    if tempo is None or tempo.qpm is None or not 4 <= tempo.qpm <= 1000:
        raise UsageError(f"{value!r} is not a tempo; write for example 1/4=120 or 120")
    return tempo


def _bars(value: Any) -> tuple[int, ...]:
    """Numbers of bars: 8, ``"8"``, ``"8,16"``, (8, 16)."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        numbers = (parts,) if isinstance(parts, int) else tuple(int(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{value!r} is not a number of bars; write one, or one a part: 8,16"
        ) from error
    if not numbers or isinstance(value, bool):
        raise UsageError(f"{value!r} is not a number of bars")
    return numbers


def parse_form(text: Any) -> Form:
    """``AABA`` → parts with their passes; ``through`` is one part without repeat.

    Raises `UsageError` for anything but letters, each at most twice in a row.
    """
    plain = _text(text).strip().upper()
    if plain in ("THROUGH", "THROUGH-COMPOSED"):
        return (("A", 1),)
    if not (plain.isascii() and plain.isalpha() and len(plain) <= 32):
        raise UsageError(f"{text!r} is not a form; write for example AABB, AABA, ABAC or through")
    parts: list[tuple[str, int]] = []
    for letter in plain:
        if parts and parts[-1][0] == letter:
            parts[-1] = (letter, parts[-1][1] + 1)
        else:
            parts.append((letter, 1))
    if any(passes > 2 for _, passes in parts):
        raise UsageError(f"{text!r}: a part is played once or twice in a row")
    return tuple(parts)


def _style(value: Any) -> str:
    style = _text(value).strip().lower()
    if style not in STYLES:
        raise UsageError(f"{value!r} is not a tradition known here; {choices(style, STYLES)}")
    return style


def _pickup(value: Any) -> Fraction | None:
    if isinstance(value, Fraction):
        return value
    text = str(value).strip().lower()
    if text == "any":
        return None
    return Fraction(0) if text in ("none", "0") else parse_unit(text)


def _instrument(value: Any) -> str:
    instrument_range(_text(value))
    return str(value)


def _note(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UsageError(f"{value!r} is not a note; write for example D4, F#5 or 62")
    return parse_note(value)


def _share(value: Any) -> float:
    if isinstance(value, str) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(f"{value!r} is not a share, 0 to 1")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{value!r} is neither True nor False")
    return value


def _syncopation(value: Any) -> str:
    if value not in ("low", "high"):
        raise UsageError(f"{value!r} is neither low nor high")
    return str(value)


def _music(value: Any) -> str | bytes | Score:
    if not isinstance(value, str | bytes | Score):
        raise UsageError(f"{value!r} is neither text nor notes")
    return value


def _progression(value: Any) -> str:
    parse_progression(_text(value))
    return str(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{value!r} is not a number of 1 or more")
    return value


# --- the table ----------------------------------------------------------------------------------

_ABC, _NOTES, _ALL = ("abc",), ("abc", "midi"), ("abc", "midi", "text")

_MODES = ("major", "minor", "mixolydian", "dorian")
#: Keys that menus offer and a model chooses among: up to four sharps or three flats.
KEYS = tuple(
    spell_key(key)
    for mode in _MODES
    for tonic in ("D", "G", "A", "C", "E", "F", "Bb", "Eb", "B", "F#", "C#")
    if -3 <= (key := Key(tonic, mode)).fifths <= 4
)
_METERS = ("4/4", "6/8", "2/4", "3/4", "2/2", "9/8", "12/8", "3/2", "5/8", "7/8")
_FORMS = ("AABB", "AB", "AABA", "AABBCC", "AA", "A")
_PROGRESSIONS = (
    "Dm7 G7 Cmaj7 Cmaj7",
    "Am7 D7 Gmaj7 Gmaj7",
    "C7 F7 C7 C7 F7 F7 C7 C7 G7 F7 C7 G7",
)

#: name → control, in the order in which they are shown
CONTROLS: dict[str, Control] = {
    row.name: row
    for row in (
        Control(
            "rhythm", "Kind of tune: jig, reel, hornpipe, ...", _ABC,
            parse=_rhythm, kept=FinishedTune.has_rhythm,
            choices=tuple(name for name, dance in DANCES.items() if not dance.rare),
        ),
        Control(
            "style", "Tradition: irish, scottish, english, american. Default: the dance's usual.",
            _ABC, parse=_style, kept=FinishedTune.has_style, choices=STYLES,
        ),
        Control(
            "meter", "Metre: 4/4, C|, 6/8, 7/8, ...", _ABC,
            parse=_meter, kept=FinishedTune.has_meter, choices=_METERS,
        ),
        Control(
            "key", "Key and mode: D, Am, 'F# minor', 'D dorian'.", _NOTES,
            parse=_key, kept=FinishedTune.has_key, choices=KEYS,
        ),
        Control(
            "form", "AABB, AABBCC, AB, through, ...", _ABC,
            parse=parse_form, kept=FinishedTune.has_form, choices=_FORMS,
        ),
        Control(
            "bars", "Bars of each part: 8, or 8,16 for two parts; for MIDI models, of the whole.",
            _NOTES, parse=_bars, kept=FinishedTune.has_bars, choices=("4", "8"),
        ),
        Control(
            "pickup", "Length of the pickup, 1/8; none; or any.", _ABC,
            parse=_pickup, kept=FinishedTune.has_pickup, choices=("none", "1/8"),
        ),
        Control(
            "chords", "Chords to play over: 'Dm7 G7 | Cmaj7'.", ("midi",), tokenizers=("jazz",),
            parse=_progression, kept=FinishedTune.has_chords, choices=_PROGRESSIONS,
        ),
        Control(
            "title", "Title. Default: the model makes one up.", _NOTES,
            parse=_title, kept=FinishedTune.has_title, choices=("The Test", "Early Morning"),
        ),
        Control(
            "unit", "Unit note length: 1/8, 1/16, 1/4.", _ABC,
            parse=_unit, kept=FinishedTune.has_unit, choices=("1/8", "1/16"),
        ),
        Control(
            "tempo", "Tempo: 1/4=120, 3/8=110 or 120.", _NOTES,
            parse=_tempo, kept=FinishedTune.has_tempo, choices=("1/4=120", "1/4=90"),
        ),
        Control(
            "instrument", "Stay in the range of whistle-D, fiddle, ...", _NOTES,
            parse=_instrument, kept=FinishedTune.fits, choices=tuple(INSTRUMENTS),
        ),
        Control(
            "lowest", "Lowest note: D4 or 62.", _NOTES,
            parse=_note, kept=FinishedTune.not_below, choices=("D4", "G3", "C4"),
        ),
        Control(
            "highest", "Highest note: B5 or 83.", _NOTES,
            parse=_note, kept=FinishedTune.not_above, choices=("B5", "E6", "G5"),
        ),
        Control(
            "in_scale", "Least share of notes that belong to the key: 1 is all.", _NOTES,
            parse=_share, kept=FinishedTune.has_in_scale, kind="share", choices=(0.9, 1.0),
            tokenizers=("char", "piano"),
        ),
        Control(
            "tonic_end", "End on the tonic.", _NOTES,
            parse=_flag, kept=FinishedTune.ends_on_tonic, kind="flag", choices=(True,),
        ),
        Control(
            "syncopation", "Notes that begin off the beat: low (few) or high (many).", _NOTES,
            parse=_syncopation, kept=FinishedTune.has_syncopation, choices=("low", "high"),
            chosen=True,
        ),
        Control(
            "prime", "Text, FILE, or live (a MIDI keyboard) that the tune starts with.", _ALL,
            parse=_music, kept=FinishedTune.begins_with, kind="file", spellings=("begin-with",),
        ),
        Control(
            "bars_like", "FILE whose rhythm the tune takes over.", _ABC,
            parse=_text, kept=FinishedTune.has_rhythm_of, kind="file", spellings=("rhythm-from",),
        ),
        Control(
            "length", "Most characters of a text.", ("text",),
            parse=_count, kept=FinishedTune.is_no_longer, kind="number", choices=(100, 500),
        ),
    )
}  # fmt: skip


def controls_of(format_: str, tokenizer: str = "") -> list[Control]:
    """The controls that models of a format, and with that tokenizer, take."""
    return [control for control in CONTROLS.values() if control.taken_by(format_, tokenizer)]


def parse_controls(
    asked: Mapping[str, Any], format_: str, *, tokenizer: str = ""
) -> dict[str, Any]:
    """The values of all controls that are set, parsed; None counts as not set.

    Raises `UsageError` for a control that does not exist, that this kind of model does not take,
    or whose value makes no sense; the message names it.
    """
    values = {}
    for name, value in asked.items():
        if value is None:
            continue
        control = CONTROLS.get(name)
        if control is None:
            raise UsageError(f"there is no control {name!r}; {choices(name, CONTROLS)}")
        if not control.taken_by(format_, tokenizer):
            takers = "text" if control.formats == ("text",) else _kinds(control)
            raise UsageError(f"{name} is for models of {takers}; leave it out")
        try:
            values[name] = control.parse(value)
        except UsageError as error:
            raise UsageError(f"{name}: {error}") from error
    return values


def _kinds(control: Control) -> str:
    """The kinds of models that take a control, in words."""
    if control.tokenizers:
        return " and ".join(f"the kind {name}" for name in control.tokenizers)
    words = {"abc": "ABC", "midi": "MIDI", "text": "plain text"}
    return " and ".join(words[name] for name in control.formats)
