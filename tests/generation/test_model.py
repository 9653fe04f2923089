"""Models that write: seeds, candidates, novelty, tunes saved and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from musicrnn.constraints.registry import RULES
from musicrnn.errors import ModelError, UsageError
from musicrnn.formats import FORMATS, format_of
from musicrnn.generation import Model, load
from musicrnn.generation.acceptance import first_accepted
from musicrnn.generation.judge import faultless
from musicrnn.generation.tune import Tune
from musicrnn.models.bundle import Bundle
from musicrnn.tokens.char import CharTokenizer
from tests.constraints.helpers import untrained


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(untrained())


ASKED = {"key": "D", "meter": "6/8", "rhythm": "jig", "form": "AB", "bars": 4}


def test_the_same_seed_gives_the_same_tune(model: Model) -> None:
    first, again = model.generate(seed=7, **ASKED), model.generate(seed=7, **ASKED)
    other = model.generate(seed=8, **ASKED)
    assert first.text == again.text
    assert other.text != first.text


def test_a_tune_without_a_seed_tells_its_seed(model: Model) -> None:
    tune = model.generate(**ASKED)
    assert model.generate(seed=tune.seed, **ASKED).text == tune.text


def test_many_tunes_are_the_tunes_one_by_one(model: Model) -> None:
    many = model.generate(5, seed=3, **ASKED)
    assert [tune.index for tune in many] == [0, 1, 2, 3, 4]
    (fourth,) = model.generate(1, seed=3, first=3, **ASKED)
    assert fourth.text == many[3].text
    assert fourth.text.startswith("X:4\n")


def test_without_a_judge_the_best_has_fewest_faults_and_is_likeliest(model: Model) -> None:
    ranked = model.generate(2, seed=1, best_of=4, every=True, **ASKED)
    assert len(ranked) == 8
    for candidates in (ranked[:4], ranked[4:]):
        scores = [(faultless(tune.text), tune.logprob_per_note) for tune in candidates]
        assert scores == sorted(scores, reverse=True)
    best = model.generate(2, seed=1, best_of=4, **ASKED)
    assert [tune.text for tune in best] == [ranked[0].text, ranked[4].text]


def test_a_few_candidates_are_drawn_unless_asked_otherwise(model: Model) -> None:
    assert len(model.generate(1, seed=1, every=True, **ASKED)) == 6
    assert len(model.generate(1, seed=1, every=True, free=True, **ASKED)) == 1
    assert len(model.generate(1, seed=1, every=True, best_of=2, **ASKED)) == 2


def test_new_tunes_want_an_index_of_what_was_learned(model: Model) -> None:
    with pytest.raises(ModelError, match="does not keep what it learned from"):
        model.generate(new=2, **ASKED)


def test_new_tunes_share_no_more_than_asked(tmp_path: Path) -> None:
    from musicrnn.novelty.index import FILE_NAME, Index

    known = Model(untrained()).generate(seed=1, **ASKED)
    folder = tmp_path / "knows"
    untrained().save(folder)
    Index.build([known.score]).save(folder / FILE_NAME)
    made = load(folder).generate(seed=1, new=1, **ASKED)
    assert made.text != known.text
    assert Index.load(folder / FILE_NAME).shared_bars(made.score) <= 1


def test_drawing_until_a_tune_is_accepted_has_an_end(model: Model) -> None:
    """Long tunes are drawn less often than short ones, and none for ever."""
    drawn: list[int] = []

    def draw(attempts: Sequence[int]) -> dict[int, list[Tune]]:
        drawn.extend(attempts)
        return {0: [replace(tune, tokens=length) for _ in attempts]}

    tune = model.generate(seed=1, **ASKED)
    for length, most in ((200, 39), (600, 8), (20_000, 0)):
        drawn.clear()
        with pytest.raises(UsageError, match="none of"):
            first_accepted([replace(tune, tokens=length)], lambda _: False, draw)
        assert len(drawn) == most
        assert drawn == list(range(1, len(drawn) + 1))


def test_a_free_tune_is_given_up_where_a_constrained_one_must_end(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = model.generate(3, seed=1, free=True, **ASKED)
    assert all(tune.tokens <= model.format.longest for tune in free)
    monkeypatch.setattr("musicrnn.generation.model._MOST_TOKENS", 20)
    with pytest.raises(UsageError, match="came to no end within 20 tokens"):
        model.generate(seed=1, **ASKED)


def test_free_tunes_have_the_header_asked_for_and_are_checked(model: Model) -> None:
    tune = model.generate(seed=1, free=True, **ASKED)
    assert "\nR:jig\nM:6/8\n" in tune.text
    assert tune.diagnostics()


def test_plain_text_is_written_after_its_prime() -> None:
    bundle = untrained("abcdef \n")
    tokenizer = CharTokenizer(bundle.vocabulary, format="text").to_config()
    config = replace(bundle.config, format="text", tokenizer=tokenizer)
    writer = Model(Bundle(config, bundle.vocabulary, bundle.weights))
    tune = writer.generate(seed=1, prime="bad cab", length=30)
    assert tune.text.startswith("bad cab")
    assert len(tune.text) <= len("bad cab") + 30
    with pytest.raises(UsageError, match="no notes"):
        _ = tune.score
    with pytest.raises(UsageError, match="key is for models of ABC and MIDI"):
        writer.generate(key="D")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": "H"}, "not a key"),
        ({"key": "G#"}, "more than seven"),
        ({"meter": "4/0"}, "not a metre"),
        ({"meter": "99/8"}, "out of bounds"),
        ({"form": "AAAB"}, "once or twice"),
        ({"form": "A1"}, "not a form"),
        ({"bars": 0}, "1 to 128 bars"),
        ({"bars": (4, 4)}, "add one, such as AABB"),
        ({"bars": (4, 4), "form": "AABBCC"}, "the form has 3 parts"),
        ({"pickup": "7/8", "meter": "6/8"}, "shorter than a bar"),
        ({"pickup": "x"}, "write for example 1/8"),
        ({"pickup": "1/7"}, "cannot be written"),
        ({"unit": "1/7"}, "choose 1/4, 1/8 or 1/16"),
        ({"instrument": "kazoo"}, "there are whistle-D"),
        ({"lowest": "C6", "highest": "C4"}, "is above the highest"),
        ({"lowest": "Q"}, "not a note"),
        ({"tempo": "fast"}, "not a tempo"),
        ({"title": "a\nb"}, "one line"),
        ({"title": "100%"}, "mean something"),
        ({"temperature": 0}, "above 0"),
        ({"seed": -1}, "0 or more"),
        ({"kye": "D"}, "did you mean key"),
        ({"bars": "x"}, "bars: 'x'"),
        ({"key": 5}, "key: 5"),
        ({"meter": (6, 8)}, "meter: "),
        ({"temperature": "hot"}, "temperature is 'hot'"),
        ({"seed": 1.5}, "seed is 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(
    model: Model, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        model.generate(**options)


# --- tunes --------------------------------------------------------------------------------------


def test_a_tune_is_saved_by_its_extension(model: Model, tmp_path: Path) -> None:
    tune = model.generate(seed=1, tempo=100, **ASKED)
    for name in ("t.abc", "t.txt", "t.mid"):
        tune.save(tmp_path / name)
    assert (tmp_path / "t.abc").read_text() == tune.text
    assert (tmp_path / "t.mid").read_bytes().startswith(b"MThd")
    with pytest.raises(UsageError):
        tune.save(tmp_path / "t.xyz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.abc", "t.mid", "t.txt"]


def test_a_tune_is_its_text(model: Model) -> None:
    tune = model.generate(seed=1, **ASKED)
    assert str(tune) == tune.text
    assert tune.title in tune.text
    assert len(tune.score.notes) > 8


def test_every_format_has_its_parts() -> None:
    assert {rules.format for rules in RULES.values()} == set(FORMATS)
    assert [row.sounds for row in FORMATS.values()] == [True, True, False]
    with pytest.raises(UsageError, match="abc, midi, text"):
        format_of("kern")
