"""Sliders over a model: choose, listen, choose again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from musicrnn.errors import MissingExtraError, MusicRNNError
from musicrnn.formats import TEMPERATURE

__all__ = ["KEYS", "METERS", "RHYTHMS", "explore"]

#: What the menus offer; the first of each leaves the choice to the model.
ANY = "any"
KEYS = (
    ANY,
    "D",
    "G",
    "A",
    "C",
    "F",
    "Em",
    "Am",
    "Bm",
    "Dm",
    "Gm",
    "Ddor",
    "Ador",
    "Edor",
    "Amix",
    "Dmix",
)
#: the menus that a model of a format has use for
MENUS = {"abc": ("key", "meter", "rhythm"), "midi": ("key",), "text": ()}
METERS = (ANY, "6/8", "4/4", "2/4", "3/4", "9/8", "2/2", "12/8")
RHYTHMS = (ANY, "jig", "reel", "hornpipe", "slip jig", "waltz", "polka", "march", "air")


def explore(model: Any) -> Any:
    """Menus and sliders for key, metre, rhythm, temperature and seed, as far as the model knows
    them, and the tune they make.

    `model` is a `musicrnn.Model`. Returns an `ipywidgets.VBox`; every change makes a new tune. A
    wish that cannot be met is said in place of the tune.
    """
    try:
        import ipywidgets as widgets
    except ImportError:
        raise MissingExtraError("sliders in a notebook", "notebook") from None
    controls = _controls(widgets, MENUS[model.format.name])
    result = widgets.HTML()
    another = widgets.Button(description="Another", icon="refresh", button_style="primary")

    def renew(_: object = None) -> None:
        result.value = _made(model, {name: control.value for name, control in controls.items()})

    def next_seed(_: object) -> None:
        controls["seed"].value += 1  # which renews

    for control in controls.values():
        control.observe(renew, "value")
    another.on_click(next_seed)
    renew()
    rows = [controls[name] for name in MENUS[model.format.name]]
    chances = [controls["temperature"], controls["seed"], another]
    return widgets.VBox([widgets.HBox(rows), widgets.HBox(chances), result])


def _controls(widgets: Any, menus: Sequence[str]) -> dict[str, Any]:
    offered = {"key": (KEYS, "key"), "meter": (METERS, "metre"), "rhythm": (RHYTHMS, "rhythm")}
    chosen = {
        name: widgets.Dropdown(options=offered[name][0], description=offered[name][1])
        for name in menus
    }
    return chosen | {
        "temperature": widgets.FloatSlider(
            value=TEMPERATURE, min=0.1, max=1.5, step=0.05, description="temperature",
            continuous_update=False,
        ),
        "seed": widgets.BoundedIntText(value=1, min=0, max=2**31 - 1, description="seed"),
    }  # fmt: skip


def _made(model: Any, wishes: dict[str, Any]) -> str:
    """The HTML of the tune that is wished for, or of why there is none."""
    import html

    from musicrnn.render import player_html

    asked = {name: value for name, value in wishes.items() if value != ANY}
    try:
        tune = model.generate(**asked)
        if tune.format == "text":
            return f"<pre>{html.escape(tune.text)}</pre>"
        return player_html(tune.text, tune.played)
    except MusicRNNError as error:
        return f"<p>{html.escape(str(error))}</p>"
