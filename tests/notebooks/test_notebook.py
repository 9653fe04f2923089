"""musicrnn.notebook: what a cell shows."""

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from musicrnn import notebook
from musicrnn.errors import UsageError

pytestmark = pytest.mark.needs("IPython")

TUNE = "X:1\nT:Two\nM:2/4\nL:1/4\nK:C\n|:CD|EF:|\n"


def test_a_tune_a_gallery_and_the_sound_alone():
    assert "<audio" in notebook.show(TUNE).data
    assert notebook.gallery([TUNE, TUNE.replace("Two", "Three")]).data.count("<figure") == 2
    assert 'src="data:audio/mpeg;base64,' in notebook.audio(TUNE)._repr_html_()


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
    assert [picture.count("<circle") for picture in pictures] == [0, 2, 2, 4, 4]
    assert "epoch 1 of 2, 100%, 2.500 bits" in pictures[0]
    assert "tiny, 1,234 parameters" in pictures[-1]
    assert "held-out best 2.500 bits at epoch 2" in pictures[-1]


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
        assert 0 <= float(dot.get("cx")) <= 640
        assert 0 <= float(dot.get("cy")) <= 280


class Wishing:
    """A model that says what it was asked."""

    def __init__(self):
        self.asked = []

    def generate(self, **wishes):
        self.asked.append(wishes)
        if wishes.get("rhythm") == "waltz":
            raise UsageError("a waltz in <6/8> makes no sense")
        from musicrnn import abc

        return SimpleNamespace(text=TUNE, score=abc.to_score(abc.parse_tune(TUNE)))


@pytest.mark.needs("ipywidgets")
def test_sliders_make_a_new_tune_and_say_what_cannot_be():
    model = Wishing()
    box = notebook.explore(model)
    menus, chances, result = box.children
    assert "<audio" in result.value
    menus.children[0].value = "D"
    chances.children[0].value = 0.5
    chances.children[2].click()
    assert model.asked[-1] == {"key": "D", "temperature": 0.5, "seed": 2}
    menus.children[2].value = "waltz"
    assert result.value == "<p>a waltz in &lt;6/8&gt; makes no sense</p>"
    assert not re.search("<script|<audio", result.value)
