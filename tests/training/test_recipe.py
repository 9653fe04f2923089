"""Recipes are read strictly, written back the same, and each shipped one trains and writes."""

import tomllib
from dataclasses import replace

import pytest

from musicrnn.errors import UsageError
from musicrnn.evaluation.training_samples import free_samples
from musicrnn.piece import Piece
from musicrnn.training import recipe as recipes
from musicrnn.training.prepare import prepare
from musicrnn.training.recipe import Recipe, TrainingConfig
from musicrnn.training.schedule import SCHEDULES, rate_at
from tests.training.helpers import Silent, SmallCorpus, tunes

#: recipe → vocabulary and parameters, as the field states them
PARAMETERS = {
    "mit-lab": (83, 5_353_299),
    "shakespeare-rnn": (66, 1_396_290),
    "shakespeare-gru": (66, 10_320_450),
    "shakespeare-lstm": (66, 13_724_226),
    "djmodel": (90, 45_530),
}

#: Recipes whose pieces are plain text, and those whose pieces are MIDI.
TEXTS = {"shakespeare-rnn", "shakespeare-gru", "shakespeare-lstm", "lyrics", "names"}
MIDI = {"band", "chorale", "djmodel", "jazz", "piano", "piano-performance"}

LINES = (
    "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n",
    "Rough winds do shake the darling buds of May,\nAnd summer's lease hath too short a date;\n",
    "Sometime too hot the eye of heaven shines,\nAnd often is his gold complexion dimm'd;\n",
)


def texts() -> SmallCorpus:
    pieces = tuple(Piece("text", line) for line in LINES)
    return SmallCorpus(pieces[:2], pieces[2:])


@pytest.mark.parametrize("name", recipes.names())
def test_a_shipped_recipe_survives_toml(name):
    recipe = Recipe.load(name)
    assert recipe.name == name
    assert recipe.description
    assert Recipe.from_dict(tomllib.loads(recipe.to_toml())) == recipe


@pytest.mark.needs("tensorflow", "keras")
def test_the_licence_that_a_recipe_names_is_that_of_its_weights():
    recipe = replace(Recipe.load("folk"), weights_licence="CC0")
    assert prepare(recipe, tunes()).start.config.training["weights_licence"] == "CC0"


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_known_parameter_counts(name):
    vocabulary, parameters = PARAMETERS[name]
    assert Recipe.load(name).model.parameters(vocabulary) == parameters


@pytest.mark.needs("tensorflow", "keras")
@pytest.mark.parametrize("name", sorted(set(recipes.names()) - MIDI - {"chords"}))
def test_every_recipe_trains_a_few_steps_and_writes(name, tmp_path):
    from musicrnn.training.trainer import Trainer

    full = Recipe.load(name)
    small = replace(
        full,
        model=replace(full.model, units=(6,) * len(full.model.units)),
        training=replace(full.training, epochs=1, batch=2, length=20),
    )
    prepared = prepare(small, texts() if name in TEXTS else tunes())
    reporter = Silent()
    trainer = Trainer.begin(tmp_path / "run", prepared)
    assert trainer.train(reporter)
    assert len(reporter.lines) == 1
    pieces, _ = free_samples(trainer.final_bundle(), 2, seed=1)
    assert len(pieces) == 2


def test_a_setting_changes_one_value():
    recipe = Recipe.load("folk").changed(["training.batch=7", "model.units=[3, 4]", "name='x'"])
    assert (recipe.training.batch, recipe.model.units, recipe.name) == (7, (3, 4), "x")
    assert recipe.training.length == Recipe.load("folk").training.length


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("batch=3", "knows no 'batch'"),
        ("training.batch", "section.name=value"),
        ("training.batch=0", "above 0"),
        ("training.batch='many'", "training.batch must be a whole number, not 'many'"),
        ("training.batsh=3", "did you mean 'batch'"),
        ("training.rate=11", "between 0 and 10"),
        ("training.schedule='steps'", "cosine"),
        ("training.average=1.0", "below 1"),
        ("training.patience=-1", "not be below 0"),
        ("training.samples=-1", "not be below 0"),
        ("training.batch=1000000000", "the most is 65,536"),
        ("training.length=65537", "the most is 65,536"),
        ("training.batch=65536", "the most is 4,194,304"),
        ("training.weight_decay=nan", "a number that is not below 0"),
        ("training.clip_norm=inf", "a number that is not below 0"),
        ("training.rate=nan", "between 0 and 10"),
        ("cluster.workers=1000000", "from 1 to 4,096"),
        ("seed=-1", "from 0 to"),
        ("seed='x'", "a whole number"),
        ("corpus=3", "must be text"),
        ("tokenizer=3", "tokenizer. is no table"),
        ("model.cell='transformer'", "lstm"),
        ("nothing.at.all=1", "section.name=value"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said(setting, message):
    with pytest.raises(Exception, match=message) as caught:
        Recipe.load("folk").changed([setting])
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_recipe_is_said(tmp_path):
    (tmp_path / "a.toml").write_text("name = [")
    with pytest.raises(UsageError, match=r"a\.toml: not a TOML file"):
        Recipe.load(tmp_path / "a.toml")
    with pytest.raises(UsageError, match="there are band, chorale, djmodel"):
        Recipe.load("nothing")


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_rises_to_its_rate_and_never_leaves_its_bounds(schedule):
    rates = [rate_at(i / 100, rate=0.5, schedule=schedule, warmup=0.1) for i in range(101)]
    assert max(rates) == pytest.approx(0.5)
    assert rates[10] == pytest.approx(0.5)
    assert all(0 <= rate <= 0.5 for rate in rates)
    assert rates[1] < rates[9]


def test_the_defaults_are_a_recipe():
    assert Recipe("x").training == TrainingConfig()


def test_a_recipe_may_say_who_trains():
    asked = Recipe.from_dict({"name": "x", "cluster": {"workers": 4}})
    assert asked.cluster.workers == 4
    assert Recipe.from_dict(tomllib.loads(asked.to_toml())) == asked
    with pytest.raises(UsageError, match=r"cluster\.workers is 0"):
        asked.changed(["cluster.workers=0"])
    with pytest.raises(UsageError, match=r"\[cluster\] knows no 'host'"):
        Recipe.from_dict({"name": "x", "cluster": {"host": "a"}})


def test_a_recipe_cannot_name_a_cluster_to_connect_to():
    with pytest.raises(UsageError, match="not taken from a file"):
        Recipe.from_dict({"name": "x", "cluster": {"address": "ray://example.org:10001"}})
    earlier = {"name": "x", "cluster": {"address": "", "workers": 3}}  # as earlier runs have it
    assert Recipe.from_dict(earlier).cluster.workers == 3


@pytest.mark.parametrize(
    "name", ["../../x", "/x", "a/b", "a\\b", "..", "x\n", "con", "", "a" * 101]
)
def test_a_name_is_one_plain_component_of_a_path(name):
    with pytest.raises(UsageError, match="name"):
        Recipe.from_dict({"name": name})
