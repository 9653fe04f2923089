"""A tune as HTML: its score with a player under it, the notes lit while they sound.

The HTML needs nothing from outside: the picture is inline SVG, the sound an MP3 in a ``data:``
address, the script is in it. It works in JupyterLab, VS Code and exported pages.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from musicrnn.errors import MissingExtraError, RenderError
from musicrnn.render.audio import to_audio
from musicrnn.render.engraving import engrave
from musicrnn.render.pianoroll import piano_roll, piano_roll_spans
from musicrnn.score import Score

__all__ = ["audio_player", "gallery_html", "mimebundle", "player_html"]

#: Pixels that the score is fitted to; notebooks show about this much.
_WIDTH = 780
_GALLERY_WIDTH = 540

Spans = list[tuple[float, float, str]]


def mimebundle(abc: str, played: Score) -> dict[str, str]:
    """What a notebook shows of a tune: HTML, and the ABC where HTML is not shown."""
    return {"text/plain": abc, "text/html": player_html(abc, played)}


def player_html(music: str | Score, played: Score, *, width: int = _WIDTH) -> str:
    """One tune as a ``<figure>``: picture, player, and what lights the notes.

    `music` is what is drawn (ABC as a score fitted to `width` pixels, a `Score` as a piano roll),
    `played` what sounds (`performed`).
    Without the extra ``score`` the picture is a piano roll; a tune that cannot be played, or not
    be drawn, is shown without the sound, or the picture.
    """
    return _behaviour() + _figure(music, played, width)


def gallery_html(tunes: Iterable[tuple[str | Score, Score]]) -> str:
    """Several tunes, (drawn, played) each, side by side where there is room."""
    figures = "".join(_figure(music, played, _GALLERY_WIDTH) for music, played in tunes)
    return f'{_behaviour()}<div class="musicrnn-gallery">{figures}</div>'


def audio_player(played: Score, *, autoplay: bool = False, **options: Any) -> Any:
    """The sound alone: an `IPython.display.Audio` that holds an MP3.

    Options are those of `to_audio`. Raises `MissingExtraError` without IPython.
    """
    try:
        from IPython.display import Audio
    except ImportError:
        raise MissingExtraError("playing in a notebook", "notebook") from None
    data = to_audio(played, **options).encode(".mp3", small=True)
    element = Audio(data=data, autoplay=autoplay)
    element.mimetype = "audio/mpeg"  # Audio takes bytes for WAV
    return element


def _figure(music: str | Score, played: Score, width: int) -> str:
    picture, spans = _picture(music, played, width)
    data = json.dumps([[round(start, 3), round(end, 3), name] for start, end, name in spans])
    return (
        f'<figure class="musicrnn-tune" data-notes="{html.escape(data)}">'
        f"{picture}{_sound(played)}</figure>{_START}"
    )


def _picture(music: str | Score, played: Score, width: int) -> tuple[str, Spans]:
    """An SVG element and when each of its notes sounds, in seconds."""
    if isinstance(music, str):
        try:
            engraving = engrave(music, width=width)
            return engraving.pages[0], engraving.follow(played)
        except (MissingExtraError, RenderError):
            pass  # the piano roll needs nothing that could be missing
    if not played.notes:
        return "", []
    return piano_roll(played), piano_roll_spans(played)


@lru_cache(maxsize=64)
def _sound(played: Score) -> str:
    """An ``<audio>`` element; a line of text where no sound can be made."""
    try:
        mp3 = base64.b64encode(to_audio(played).encode(".mp3", small=True)).decode()
    except RenderError as error:
        return f"<figcaption>{html.escape(str(error))}</figcaption>"
    name = html.escape(played.title or "tune")
    return f'<audio controls aria-label="{name}" src="data:audio/mpeg;base64,{mp3}"></audio>'


@lru_cache(maxsize=1)
def _behaviour() -> str:
    """The style sheet and the script, the same for every figure."""
    folder = files("musicrnn.render")
    style = (folder / "player.css").read_text()
    script = (folder / "player.js").read_text()
    return f"<style>{style}</style><script>{script}</script>"


#: Starts the figures that stand above it; harmless where the script is not run.
_START = "<script>window.musicrnn && window.musicrnn.start()</script>"
