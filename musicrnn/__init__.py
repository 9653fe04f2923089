"""musicrnn: recurrent networks on symbolic music.

>>> import musicrnn
>>> tune = musicrnn.load("folk").generate(key="D", meter="6/8", seed=7)  # doctest: +SKIP
>>> tune.save("tune.wav")  # doctest: +SKIP

Names are imported when they are first used, so that ``import musicrnn`` costs nothing. Not even
`typing` is imported: the command wants to hear of Ctrl-C as soon as it can (see `__main__`).
"""

from __future__ import annotations

from musicrnn.version import __version__ as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from musicrnn import abc, midi, render
    from musicrnn.abc import check
    from musicrnn.corpus import Corpus
    from musicrnn.errors import MusicRNNError
    from musicrnn.generation import Model, load
    from musicrnn.generation.tune import Tune, read
    from musicrnn.score import Key, Meter, Note, Score
    from musicrnn.workflow import evaluate, resume, train

#: public name → the module that holds it; a module that is public as a whole maps to itself
_HOMES = {
    "Corpus": "musicrnn.corpus",
    "Key": "musicrnn.score",
    "Meter": "musicrnn.score",
    "Model": "musicrnn.generation",
    "MusicRNNError": "musicrnn.errors",
    "Note": "musicrnn.score",
    "Score": "musicrnn.score",
    "Tune": "musicrnn.generation.tune",
    "abc": "musicrnn.abc",
    "check": "musicrnn.abc",
    "evaluate": "musicrnn.workflow",
    "load": "musicrnn.generation",
    "midi": "musicrnn.midi",
    "read": "musicrnn.generation.tune",
    "render": "musicrnn.render",
    "resume": "musicrnn.workflow",
    "train": "musicrnn.workflow",
}

__all__ = [
    "Corpus",
    "Key",
    "Meter",
    "Model",
    "MusicRNNError",
    "Note",
    "Score",
    "Tune",
    "abc",
    "check",
    "evaluate",
    "load",
    "midi",
    "read",
    "render",
    "resume",
    "train",
]


def _imported(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'musicrnn' has no attribute {name!r}")
    import importlib

    module = importlib.import_module(home)
    found = module if home == f"musicrnn.{name}" else getattr(module, name)
    globals()[name] = found
    return found


if not TYPE_CHECKING:  # which would make every name right for a type checker
    __getattr__ = _imported


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
