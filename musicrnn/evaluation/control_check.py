"""Does a model keep what it is asked for? Random controls, and a look at the tunes that come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from musicrnn import abc
from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.keys import parse_key
from musicrnn.constraints.controls import CONTROLS, Control, controls_of, parse_controls
from musicrnn.constraints.finished import FinishedTune
from musicrnn.errors import MusicRNNError
from musicrnn.score import Score
from musicrnn.theory.dances import DANCES
from musicrnn.theory.instruments import refused_key

__all__ = ["controls_satisfied", "random_controls"]

#: controls drawn in every request; of the others each is drawn once in `_ONE_IN`
_ALWAYS = ("key", "bars")
_ONE_IN = 4
#: pairs of which only the first is drawn: the second would contradict it, or hold by itself
_EXCLUDE = {"instrument": ("lowest", "highest")}


def random_controls(
    rng: np.random.Generator,
    n: int,
    *,
    format_: str = "abc",
    tokenizer: str = "char",
    examples: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """`n` sets of controls, from the table's choices, for a model of that kind.

    Controls that take music are given that of `examples`, tunes in ABC: each example is asked for
    once as the start of a tune and once for its rhythm, by itself, as it says all else that a tune
    can be asked.
    """
    controls = controls_of(format_, tokenizer)
    requests = [_request(rng, controls) for _ in range(n)]
    for text in examples if format_ == "abc" else ():
        requests += [{"prime": _beginning(text)}, {"bars_like": text}]
    return requests


def _beginning(text: str) -> str:
    """A tune up to its third bar line."""
    bars = [node for node in abc.parse_tune(text).body if isinstance(node, tree.Bar)]
    return text[: bars[min(2, len(bars) - 1)].end] if bars else text


def _request(rng: np.random.Generator, controls: list[Control]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    names = {control.name for control in controls}
    if "rhythm" in names:
        dance = _one(rng, [dance for dance in DANCES.values() if not dance.rare])
        request |= {"rhythm": dance.name, "meter": dance.meters[0]}
        request["form"] = _one(rng, CONTROLS["form"].choices)
    for control in controls:
        excluded = any(control.name in _EXCLUDE.get(name, ()) for name in request)
        drawn = control.name in _ALWAYS or rng.integers(_ONE_IN) == 0
        if control.choices and control.name not in request and drawn and not excluded:
            request[control.name] = _one(rng, control.choices)
    if "instrument" in request and "key" in request:
        key = request["key"]
        if refused_key(request["instrument"], parse_key(key)):
            del request["instrument"]
    return request


def _one(rng: np.random.Generator, values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def controls_satisfied(asked: dict[str, Any], content: str | Score) -> dict[str, bool]:
    """Control → whether the tune (ABC) or melody (a score) keeps it; all False where there is
    nothing to be read or heard."""
    format_ = "midi" if isinstance(content, Score) else "abc"
    values = parse_controls(asked, format_)
    try:
        tune = FinishedTune(content)
        if not tune.pitches:
            return dict.fromkeys(values, False)
        return {name: CONTROLS[name].kept(tune, value) for name, value in values.items()}
    except MusicRNNError:
        return dict.fromkeys(values, False)
