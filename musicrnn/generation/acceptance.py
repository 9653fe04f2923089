"""What is asked of a tune that no grammar ensures: candidates that miss it are not given out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from musicrnn.constraints.controls import CONTROLS
from musicrnn.constraints.finished import FinishedTune
from musicrnn.errors import ModelError
from musicrnn.generation.tune import Tune
from musicrnn.models.bundle import Bundle

__all__ = ["acceptance"]


def acceptance(
    bundle: Bundle, new: int | None, chosen: Mapping[str, Any]
) -> Callable[[Tune], bool] | None:
    """Whether a tune of that model is acceptable: it shares no run of more than `new` bars with a
    tune that the model learned from, and meets the `chosen` controls. None if nothing is asked.

    Raises `ModelError` if the model does not keep what it learned from.
    """
    if new is None and not chosen:
        return None
    index = _novelty_index(bundle) if new is not None else None

    def accepts(tune: Tune) -> bool:
        if index is not None and index.shared_bars(tune.score) > new:
            return False
        finished = FinishedTune(tune.piece.content)
        return all(CONTROLS[name].kept(finished, value) for name, value in chosen.items())

    return accepts


def _novelty_index(bundle: Bundle) -> Any:
    from musicrnn.novelty.index import FILE_NAME, Index

    folder = bundle.folder
    if folder is None or not (folder / FILE_NAME).is_file():
        raise ModelError(
            f"the model {bundle.config.name!r} does not keep what it learned from ({FILE_NAME}), "
            "so it cannot be asked for new tunes; train it again"
        )
    return Index.load(folder / FILE_NAME)
