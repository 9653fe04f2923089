"""musicrnn.notebook: what a cell shows."""

import re
from fractions import Fraction
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from musicrnn import notebook, render
from musicrnn.errors import UsageError
from musicrnn.formats import format_of
from musicrnn.generation.tune import Tune
from musicrnn.piece import Piece
from musicrnn.score import ChordSymbol, Note, Score

pytestmark = pytest.mark.needs("IPython")

TUNE = "X:1\nT:Two\nM:2/4\nL:1/4\nK:C\n|:CD|EF:|\n"


def test_a_tune_a_gallery_and_the_sound_alone():
    assert "<audio" in notebook.show(TUNE).data
    assert notebook.gallery([TUNE, TUNE.replace("Two", "Three")]).data.count("<figure") == 2
    assert 'src="data:audio/mpeg;base64,' in notebook.audio(TUNE)._repr_html_()


def sound(player):
    return player.data


@pytest.mark.parametrize("listen", [Tune.audio, notebook.audio], ids=["tune", "notebook"])
def test_what_sounds_has_the_ornaments_that_the_command_plays(listen):
    plain, ornamented = (Tune(Piece("abc", TUNE.replace("CD", bar))) for bar in ("CD", "{g}C.D"))
    assert sound(listen(plain)) != sound(listen(ornamented))
    assert sound(listen(ornamented)) == render.to_audio(render.performed(ornamented.text)).encode(
        ".mp3", small=True
    )


def test_a_melody_of_events_shows_its_score_and_sounds_over_its_chords():
    melody = Score.of(
        [Note(Fraction(0), 62, Fraction(4))], chords=[ChordSymbol(Fraction(0), "Dm7")]
    )
    tune = Tune(Piece("midi", melody))
    shown = tune._repr_mimebundle_()["text/html"]
    assert "Dm7" in re.sub("<[^>]*>", "", shown)
    assert "Piano roll" not in shown
    assert len(tune.played.notes) > len(tune.score.notes) == 1


def test_the_curve_grows_with_each_epoch(monkeypatch):
    pictures = []
    handle = SimpleNamespace(update=lambda shown: pictures.append(shown.data))
    monkeypatch.setattr("IPython.display.display", lambda shown, display_id: handle)
    curve = notebook.LiveCurve()
    recipe = SimpleNamespace(name="tiny", training=SimpleNamespace(epochs=2))
    curve.begin(recipe, 1234, 0)
    for number in range(2):
        curve.epoch(number, 20, 0)
        for _ in range(20):
            curve.step(100, 2.5)
        curve.epoch_done(
            {"epoch": number + 1, "train_bits": 3.0 - number, "validation_bits": 3.5 - number},
            better=True,
        )
    curve.end()
    assert [picture.count("<circle") for picture in pictures] == [0, 1, 1, 2, 2]
    assert "epoch 1 of 2, 100%, 2.500 bits" in pictures[0]
    assert "tiny, 1,234 parameters" in pictures[-1]
    assert "best 2.500 bits at epoch 2" in pictures[-1]


@pytest.mark.parametrize(
    "bits", [[], [2.0], [2.0, 2.0], [1e-4, 2e-4], [900.0, 20.0, 7.0], [3.0] * 40]
)
def test_curves_of_any_shape_stay_inside_the_picture(bits):
    lines = [
        {"epoch": epoch, "train_bits": value, "validation_bits": value * 1.1}
        for epoch, value in enumerate(bits, 1)
    ]
    root = ElementTree.fromstring(notebook.loss_curve(lines))
    for dot in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 <= float(dot.get("cx")) <= 480
        assert 0 <= float(dot.get("cy")) <= 230


class Wishing:
    """A model that says what it was asked."""

    def __init__(self, kind="abc", made=TUNE):
        self.format, self.made, self.asked = format_of(kind), made, []
        self.tokenizer = SimpleNamespace(name="piano" if kind == "midi" else "char")

    def generate(self, **wishes):
        self.asked.append(wishes)
        if wishes.get("rhythm") == "waltz":
            raise UsageError("a waltz in <6/8> makes no sense")
        return Tune(Piece(self.format.name, self.made))


@pytest.mark.needs("ipywidgets")
def test_sliders_make_a_new_tune_and_say_what_cannot_be():
    model = Wishing()
    box = notebook.explore(model)
    menus, chances, result = box.children
    assert "<audio" in result.value
    menus.children[2].value = "D"
    chances.children[0].value = 0.5
    chances.children[2].click()
    assert model.asked[-1] == {"key": "D", "temperature": 0.5, "seed": 2}
    menus.children[0].value = "waltz"
    assert result.value == "<p>a waltz in &lt;6/8&gt; makes no sense</p>"
    assert not re.search("<script|<audio", result.value)


@pytest.mark.needs("ipywidgets")
def test_only_what_a_model_knows_can_be_chosen():
    melody = Score.of([Note(Fraction(0), 62, Fraction(4))])
    for model, menus in (
        (Wishing("midi", melody), ["key", "instrument"]),
        (Wishing("text", "T. <rex>"), []),
    ):
        rows, _, result = notebook.explore(model).children
        assert [menu.description for menu in rows.children] == menus
        assert "<audio" in result.value or result.value == "<pre>T. &lt;rex&gt;</pre>"
