"""Whatever is chosen among what the mask allows, the tune is well formed and as asked."""

from __future__ import annotations

import json
import random
import re
import subprocess
from copy import copy
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.constraints.abc.constraint import AbcConstraint
from musicrnn.errors import UsageError, VocabularyError
from musicrnn.sampling import Engine, Sampler, sample
from musicrnn.tokens.vocabulary import END, Vocabulary
from tests.conftest import abcjs_folder
from tests.constraints.helpers import ASCII, IRISH, LEAST, constrained, untrained, walk

#: every control, alone and together
ASKED: list[dict[str, Any]] = [
    {},
    {"key": "D", "meter": "6/8", "rhythm": "jig", "form": "AABB", "bars": 8},
    {"meter": "5/8", "form": "AABBCC", "bars": (4, 6, 8)},
    {"meter": "7/8", "form": "through", "pickup": "1/8"},
    {"meter": "2/2", "form": "AAB", "pickup": "none", "tonic_end": True},
    {"meter": "12/8", "in_scale": 1.0, "tonic_end": True, "instrument": "whistle-D"},
    {"meter": "3/4", "in_scale": 0.8, "key": "F# minor", "lowest": "C4", "highest": "C5"},
    {"meter": "9/8", "unit": "1/16", "tonic_end": True, "form": "AA", "bars": 1},
    {"meter": "3/16", "form": "AABB", "bars": 2, "tonic_end": True, "pickup": "1/16"},
    {"meter": "1/8", "unit": "1/8", "form": "AABB", "bars": 3, "tonic_end": True},
    {"meter": "4/4", "unit": "1/4", "key": "C", "lowest": 60, "highest": 60, "tonic_end": True},
    {"meter": "3/4", "form": "AABA", "bars": (2, 1), "tonic_end": True, "in_scale": 0.9},
    {"meter": "6/8", "form": "ABAC", "bars": 2, "pickup": "1/8"},
    {"rhythm": "hornpipe", "title": "The Test", "tempo": "1/4=90"},
    {"meter": "11/8", "unit": "1/4", "bars": 4, "tonic_end": True, "in_scale": 0.95},
]


@pytest.mark.parametrize("characters", [ASCII, IRISH, LEAST], ids=["ascii", "irish", "least"])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_random_walks_are_well_formed_and_as_asked(asked: dict[str, Any], characters: str) -> None:
    constraint = constrained(characters, **asked)
    rng = random.Random(str(asked))
    for _ in range(2):
        text = walk(constraint, rng)
        assert abc.check(text, strict=True) == [], text
        assert_kept(text, asked)


@pytest.mark.slow
def test_a_thousand_tunes_over_metres_keys_and_forms() -> None:
    rng = random.Random(1)
    meters = ("2/4", "3/4", "4/4", "2/2", "5/8", "6/8", "7/8", "9/8", "12/8", "3/2", "11/8")
    keys = ("C", "G", "D", "A", "F", "Bb", "Am", "Em", "F#m", "Ador", "Amix", "Ephr", "Bloc")
    forms = ("AABB", "AABBCC", "AAB", "ABC", "AABA", "ABAC", "through")
    for _ in range(250):
        asked = {
            "meter": rng.choice(meters),
            "key": rng.choice(keys),
            "form": rng.choice(forms),
            "bars": rng.choice((1, 2, 4)),
            "tonic_end": rng.random() < 0.5,
            "in_scale": rng.choice((0.0, 0.9, 1.0)),
        }
        constraint = constrained(**asked)
        for _ in range(4):
            text = walk(constraint, rng)
            assert abc.check(text, strict=True) == [], text
            assert_kept(text, asked)


def assert_kept(text: str, asked: dict[str, Any]) -> None:
    """Each control is found again in the tune by other means than the constraint's."""
    tune = abc.parse_tune(text)
    score = abc.to_score(tune)
    if "key" in asked:
        assert tune.key == abc.spell_key(abc.parse_key(asked["key"]))
    for name in ("meter", "rhythm", "title"):
        if name in asked:
            assert getattr(tune, name) == asked[name]
    if "tempo" in asked:
        assert f"Q:{asked['tempo']}\n" in text
    if "unit" in asked:
        assert tune.unit == asked["unit"]
    assert_form(text, asked)
    pitches = [note.pitch for note in score.notes]
    low = abc_note(asked.get("lowest", 55))
    high = abc_note(asked.get("highest", 88))
    if asked.get("instrument") == "whistle-D":
        low, high = 62, 83
    assert all(low <= pitch <= high for pitch in pitches)
    key = abc.parse_key(tune.key)
    if asked.get("tonic_end"):
        assert score.notes[-1].pitch % 12 == key.pitch_class
    if asked.get("in_scale"):
        outside, notes = accidentals(tune)
        assert outside <= (1 - asked["in_scale"]) * notes


def abc_note(value: int | str) -> int:
    return {"C4": 60, "C5": 72}.get(str(value)) or int(value)


def accidentals(tune: abc.ParsedTune) -> tuple[int, int]:
    """Written notes outside of the scale, and all of them, graces and chords included."""
    scale = {step: int(by) for step, by in signature(tune.key).items()}
    held: dict[tuple[str, int], int] = {}
    outside = total = 0
    for node in tune.body:
        if type(node).__name__ == "Bar":
            held = {}
        for note in getattr(node, "notes", (node,)):
            if type(note).__name__ != "Note":
                continue
            place = note.step, note.octave
            if note.accidental:
                held[place] = {"^": 1, "_": -1, "=": 0}[note.accidental]
            total += 1
            outside += held.get(place, scale[note.step]) != scale[note.step]
    return outside, total


def signature(key: str) -> dict[str, int]:
    from musicrnn.abc.syntax.keys import signature_of

    found = signature_of(abc.parse_key(key).fifths)
    return {step: int(found.get(step, 0)) for step in "CDEFGAB"}


def assert_form(text: str, asked: dict[str, Any]) -> None:
    """Parts, repeats, bars and pickup by the bar lines."""
    tune = abc.parse_tune(text)
    body = text.partition("\nK:")[2].partition("\n")[2].replace("\n", "")
    parts = [part for part in re.split(r"(\|:|:\|(?!2)|::|\|\||\|\])", body) if part]
    sections = [part for part in parts if re.search("[A-Ga-gz]", part)]
    if "form" in asked and asked["form"] != "through":
        passes = [(letter, len([*same])) for letter, same in groupby(asked["form"])]
        places = [at for at, part in enumerate(parts) if part in sections]
        music: dict[str, str] = {}
        for (letter, times), at in zip(passes, places, strict=True):
            repeated = ":|2" in parts[at] or parts[at + 1] in (":|", "::")
            assert repeated == (times == 2)
            assert music.setdefault(letter, parts[at]) == parts[at]
    meter = Fraction(tune.meter)
    short = [letter for letter, _ in groupby(asked.get("form", ""))]
    letters = list(dict.fromkeys(short))
    for place, section in enumerate(sections):
        first_pass = section.split(":|2")[0].replace("|1", "|")
        bars = [bar for bar in first_pass.split("|") if bar]
        pickup = length_of(bars[0], tune) < meter and len(bars) > 1
        if "pickup" in asked:
            wanted = 0 if asked["pickup"] == "none" else Fraction(asked["pickup"])
            assert (length_of(bars[0], tune) if pickup else 0) == wanted
        if "bars" in asked:
            each = asked["bars"]
            number = place if "form" not in asked else letters.index(short[place])
            wanted_bars = each[number] if isinstance(each, tuple) else each
            assert len(bars) - pickup == wanted_bars


def length_of(bar: str, tune: abc.ParsedTune) -> Fraction:
    """The length of a bar in whole notes."""
    text = f"X:1\nT:t\nM:none\nL:{tune.unit}\nK:C\n{bar}|\n"
    return abc.to_score(abc.parse_tune(text)).length / 4


# --- networks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("scale", [0.0, 1.0, 20.0])
def test_any_weights_at_any_temperature(temperature: float, scale: float) -> None:
    bundle = untrained(scale=scale)
    constraint = AbcConstraint(bundle.vocabulary)
    drawn = sample(
        Engine(bundle),
        Sampler(temperature=temperature),
        [np.random.default_rng([3, i]) for i in range(8)],
        end=0,
        constraint=constraint,
    )
    for one in drawn:
        text = constraint.text(one.state, one.ids)
        assert one.complete
        assert abc.check(text, strict=True) == [], text


@pytest.mark.needs("abc2midi")
def test_abc2midi_has_nothing_to_say(tmp_path: Path) -> None:
    rng = random.Random(4)
    for number, asked in enumerate(ASKED):
        if asked.get("meter") in ("3/16", "1/8"):
            continue  # shorter than what abc2midi's grace notes and ticks allow for
        file = tmp_path / f"{number}.abc"
        constraint = constrained(**asked)
        file.write_text("\n".join(walk(constraint, rng, number=n) for n in (1, 2)))
        ran = subprocess.run(
            ["abc2midi", file.name], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        said = ran.stdout + ran.stderr
        assert not re.search("error|warning", said, re.IGNORECASE), said


@pytest.mark.needs("abcjs")
def test_abcjs_has_nothing_to_say() -> None:
    rng = random.Random(5)
    tunes = [walk(constrained(**asked), rng) for asked in ASKED]
    program = """
        const abcjs = require(process.argv[1]);
        const tunes = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        console.log(JSON.stringify(tunes.map(t => abcjs.parseOnly(t)[0].warnings || [])));
    """
    folder = abcjs_folder()
    assert folder is not None
    ran = subprocess.run(
        ["node", "-e", program, str(folder.resolve())],
        input=json.dumps(tunes), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout) == [[] for _ in tunes]


# --- small cases, all of them -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "characters"),
    [
        ({"meter": "2/8", "unit": "1/8", "key": "C", "form": "AA", "bars": 1, "pickup": "none"},
         "\n |]:CDcz2-(>"),
        ({"meter": "3/8", "unit": "1/8", "key": "C", "form": "AB", "bars": 1, "tonic_end": True},
         "\n |]:Cd23"),
        # Of a tie into the last bar, a slur, a tuplet and a broken rhythm some would leave less
        # than a unit for the tonic.
        ({"meter": "3/8", "unit": "1/4", "key": "C", "form": "A", "bars": 2, "tonic_end": True,
          "pickup": "1/8"}, "\n |]CD/2-"),
        ({"meter": "3/8", "unit": "1/8", "key": "C", "form": "A", "bars": 1, "tonic_end": True,
          "pickup": "none"}, "\n |]CD/23()>"),
    ],
)  # fmt: skip
def test_every_path_of_a_small_tune_ends_well(asked: dict[str, Any], characters: str) -> None:
    constraint = constrained(characters, title="t", lowest=60, highest=74, in_scale=1.0, **asked)
    stack: list[tuple[Any, list[int]]] = [(constraint.start(1)[0], [])]
    finished = 0
    while stack:
        state, ids = stack.pop()
        if state.done:
            finished += 1
            text = constraint.text(state, ids[:-1])
            assert abc.check(text, strict=True) == [], text
            continue
        allowed = np.flatnonzero(constraint.mask([state])[0])
        assert len(allowed), constraint.text(state, ids)
        for token in allowed.tolist():
            after = copy(state)
            constraint.advance([after], [token])
            stack.append((after, [*ids, token]))
    assert finished > 20


# --- what it refuses ----------------------------------------------------------------------------


def test_a_token_that_is_not_allowed_is_refused() -> None:
    constraint = constrained(key="C")
    with pytest.raises(UsageError, match="cannot stand here"):
        constraint.advance(constraint.start(1), [constraint.vocabulary.id("\n")])


@pytest.mark.parametrize(
    ("characters", "asked", "message"),
    [
        ("ABC|]", {}, "line break"),
        ("\n ABC]", {}, "bar line"),
        ("\n |ABC", {}, "final bar line"),
        ("\n |]:xyz", {}, "note letters"),
        ("\n |]ABC", {"form": "AA"}, "repeat sign"),
        ("\n |]:ABC2", {"meter": "5/8", "unit": "1/4"}, "short enough"),
    ],
)
def test_a_vocabulary_that_cannot_write_a_tune_says_what_it_lacks(
    characters: str, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(VocabularyError, match=message):
        constrained(characters, **asked)


def test_a_vocabulary_without_an_end_is_refused() -> None:
    with pytest.raises(VocabularyError, match="<end>"):
        AbcConstraint(Vocabulary(ASCII))
    assert END in AbcConstraint(Vocabulary(ASCII, specials=(END,))).vocabulary


def test_a_range_without_a_tonic_is_refused() -> None:
    with pytest.raises(UsageError, match="no tonic of C major"):
        constrained(key="C", lowest="D4", highest="B4", tonic_end=True)


def test_a_metre_that_the_model_never_saw_stands_in_the_tune_all_the_same() -> None:
    constraint = constrained(ASCII.replace("7", ""), meter="7/8", key="D", title="Sevens: №7")
    text = walk(constraint, random.Random(0))
    assert "\nM:7/8\n" in text
    assert "\nT:Sevens: №7\n" in text
    assert abc.check(text, strict=True) == []
