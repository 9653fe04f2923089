"""Anything that sounds, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from musicrnn.errors import MissingExtraError
from musicrnn.render import audio_player, gallery_html, performed, player_html
from musicrnn.score import Score

if TYPE_CHECKING:
    from musicrnn.generation.tune import Tune

__all__ = ["audio", "gallery", "show"]


def gallery(tunes: Iterable[Tune | Score | str]) -> Any:
    """Tunes side by side, each with its player: an `IPython.display.HTML`."""
    return _html(gallery_html(_drawn_and_played(tune) for tune in tunes))


def show(tune: Tune | Score | str) -> Any:
    """One tune, `Score` or ABC text, with its player: an `IPython.display.HTML`."""
    return _html(player_html(*_drawn_and_played(tune)))


def audio(tune: Tune | Score | str, *, autoplay: bool = False, **options: Any) -> Any:
    """The sound alone: an `IPython.display.Audio` that holds an MP3.

    Options are those of `render.to_audio`.
    """
    return audio_player(_drawn_and_played(tune)[1], autoplay=autoplay, **options)


def _html(text: str) -> Any:
    try:
        from IPython.display import HTML
    except ImportError:
        raise MissingExtraError("showing a tune in a notebook", "notebook") from None
    return HTML(text)


def _drawn_and_played(tune: Tune | Score | str) -> tuple[str | Score, Score]:
    """What is drawn, ABC text or a `Score`, and what sounds."""
    if isinstance(tune, Score | str):
        return tune, performed(tune)
    return tune.text, tune.played
