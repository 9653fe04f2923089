"""Sliders over a model: choose, listen, choose again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from musicrnn.constraints.controls import Control, controls_of
from musicrnn.errors import MissingExtraError, MusicRNNError
from musicrnn.generation.options import TEMPERATURE

__all__ = ["explore"]

#: what leaves a choice to the model
ANY = "any"
#: controls that get a menu, where the model takes them
MENUS = ("rhythm", "meter", "key", "form", "instrument")


def explore(model: Any) -> Any:
    """Menus and sliders for key, metre, rhythm, temperature and seed, as far as the model knows
    them, and the tune they make.

    `model` is a `musicrnn.Model`. Returns an `ipywidgets.VBox`; every change makes a new tune. What
    cannot be met is said in place of the tune.
    """
    try:
        import ipywidgets as widgets
    except ImportError:
        raise MissingExtraError("sliders in a notebook", "notebook") from None
    menus = [control for control in _taken(model) if control.name in MENUS]
    controls = _controls(widgets, menus)
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
    rows = [controls[control.name] for control in menus]
    chances = [controls["temperature"], controls["seed"], another]
    return widgets.VBox([widgets.HBox(rows), widgets.HBox(chances), result])


def _taken(model: Any) -> list[Control]:
    return controls_of(model.format.name, model.tokenizer.name)


def _controls(widgets: Any, menus: Sequence[Control]) -> dict[str, Any]:
    chosen = {
        control.name: widgets.Dropdown(
            options=(ANY, *map(str, control.choices)), description=control.name
        )
        for control in menus
    }
    return chosen | {
        "temperature": widgets.FloatSlider(
            value=TEMPERATURE, min=0.1, max=1.5, step=0.05, description="temperature",
            continuous_update=False,
        ),
        "seed": widgets.BoundedIntText(value=1, min=0, max=2**31 - 1, description="seed"),
    }  # fmt: skip


def _made(model: Any, chosen: dict[str, Any]) -> str:
    """The HTML of the tune that was chosen, or of why there is none."""
    import html

    from musicrnn.render import player_html

    controls = {name: value for name, value in chosen.items() if value != ANY}
    try:
        tune = model.generate(**controls)
        if not model.format.sounds:
            return f"<pre>{html.escape(tune.text)}</pre>"
        return player_html(tune.text, tune.played)
    except MusicRNNError as error:
        return f"<p>{html.escape(str(error))}</p>"
