"""What is asked of a tune that no grammar ensures: candidates that miss it are not given out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from musicrnn.constraints.controls import CONTROLS
from musicrnn.constraints.finished import FinishedTune
from musicrnn.errors import ModelError, UsageError
from musicrnn.generation.tune import Tune
from musicrnn.models.bundle import Bundle

__all__ = ["FREE_TOKENS", "acceptance", "first_accepted"]

#: draws, and steps of the network for many at once, before giving up; a single tune's are quicker
_MOST_DRAWS = 40
_MOST_STEPS = 700
_QUICKER = 3
#: tokens beyond which a tune is long: there is time for one batch of such, or for none
_LONG = 500
#: tokens of a free tune that is drawn again: most of those that get longer come to no end
FREE_TOKENS = 1000


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


def first_accepted(
    tunes: Sequence[Tune],
    accepts: Callable[[Tune], bool],
    draw: Callable[[Sequence[int]], Mapping[int, list[Tune]]],
) -> list[Tune]:
    """Those of the candidates of one tune that are accepted; more are drawn until there is one.

    `draw` takes the numbers of the candidates. Raises `UsageError` when none is accepted.
    """
    number, tried = tunes[0].index, len(tunes)
    # The few more that most requests need, then many: together they take hardly longer.
    longest = max(tune.tokens for tune in tunes)
    at_once, steps = 8 if longest > _LONG else 4, longest // _QUICKER
    while not (accepted := [tune for tune in tunes if accepts(tune)]):
        if tried >= _MOST_DRAWS or steps >= _MOST_STEPS:
            raise UsageError(
                f"none of {tried} tunes of {tunes[0].model!r} is new enough and as you asked; ask "
                "for less, allow more bars to be shared, or take a higher temperature"
            )
        attempts = range(tried, min(tried + at_once, _MOST_DRAWS))
        tunes = draw(attempts)[number]
        tried, at_once = attempts.stop, 4 * at_once
        steps += max(tune.tokens for tune in tunes)
    return accepted


def _novelty_index(bundle: Bundle) -> Any:
    from musicrnn.novelty.index import FILE_NAME, Index

    folder = bundle.folder
    if folder is None or not (folder / FILE_NAME).is_file():
        raise ModelError(
            f"the model {bundle.config.name!r} does not keep what it learned from ({FILE_NAME}), "
            "so it cannot be asked for new tunes; train it again"
        )
    return Index.load(folder / FILE_NAME)
