"""Anything that sounds, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from musicrnn.errors import MissingExtraError
from musicrnn.render import gallery_html, performed, player_html, to_audio
from musicrnn.score import Score

__all__ = ["Playable", "audio", "gallery", "show"]


class Playable(Protocol):
    """What a `musicrnn.Tune` has: `text` is ABC (empty for a tune of events), `score` its notes."""

    @property
    def text(self) -> str: ...

    @property
    def score(self) -> Score: ...


def gallery(tunes: Iterable[Playable | Score | str]) -> Any:
    """Tunes side by side, each with its player: an `IPython.display.HTML`."""
    return _html(gallery_html(_drawn_and_played(tune) for tune in tunes))


def show(tune: Playable | Score | str) -> Any:
    """One tune, `Score` or ABC text, with its player: an `IPython.display.HTML`."""
    return _html(player_html(*_drawn_and_played(tune)))


def audio(tune: Playable | Score | str, *, autoplay: bool = False) -> Any:
    """The sound alone: an `IPython.display.Audio` that holds an MP3."""
    _, played = _drawn_and_played(tune)
    data = to_audio(played).encode(".mp3", small=True)
    try:
        from IPython.display import Audio
    except ImportError:
        raise MissingExtraError("playing in a notebook", "notebook") from None
    element = Audio(data=data, autoplay=autoplay)
    element.mimetype = "audio/mpeg"  # Audio takes bytes for WAV
    return element


def _html(text: str) -> Any:
    try:
        from IPython.display import HTML
    except ImportError:
        raise MissingExtraError("showing a tune in a notebook", "notebook") from None
    return HTML(text)


def _drawn_and_played(tune: Playable | Score | str) -> tuple[str | Score, Score]:
    """What is drawn, ABC text or a `Score`, and what sounds."""
    if isinstance(tune, Score | str):
        return tune, performed(tune)
    return tune.text or tune.score, tune.score
