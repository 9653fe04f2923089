"""A tune as a user holds it: text or score, saved as anything, shown in a notebook."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from musicrnn.errors import MissingExtraError, RenderError, UsageError
from musicrnn.files import write_whole
from musicrnn.formats import Finding, format_of
from musicrnn.piece import Piece
from musicrnn.score import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicrnn.constraints.registry import Rules
    from musicrnn.generation.options import HarmonizeOptions

__all__ = ["Tune", "Tunes", "read"]

_TEXT_FILES = (".txt", ".text")


@dataclass(frozen=True, eq=False)
class Tune:
    """One generated piece and how it came about.

    `model`, `seed` and `index` make it again (tune `index` of that seed). `logprob` is the
    natural logarithm of the probability that the free model gives to it, and `tokens` the number
    of its tokens. Of `bars_drawn` the constraint refused `bars_thrown_away`, and at
    `constrained_steps` it chose, where nothing that was drawn freely would fit. `complete` is
    false for a free text that was stopped at its greatest length. `rules` are those of the model
    that wrote it.

    >>> tune = read(b"X:1\\nT:Air\\nM:3/4\\nL:1/4\\nK:D\\nDFA|d3|]\\n")[0]
    >>> tune.title, len(tune.score.notes)
    ('Air', 4)
    """

    piece: Piece
    model: str = ""
    seed: int = 0
    index: int = 0
    logprob: float = 0.0
    tokens: int = 0
    constrained_steps: int = 0
    bars_drawn: int = 0
    bars_thrown_away: int = 0
    complete: bool = True
    rules: Rules | None = None

    @property
    def format(self) -> str:
        """``"abc"``, ``"midi"`` or ``"text"``."""
        return self.piece.format

    @property
    def title(self) -> str:
        """The title; empty where there is none."""
        return self.piece.title

    @property
    def key(self) -> str:
        """The key as text; empty where there is none."""
        return self.piece.key

    @property
    def meter(self) -> str:
        """The metre as text; empty where there is none."""
        return self.piece.meter

    @property
    def rhythm(self) -> str:
        """The dance; empty where there is none."""
        return self.piece.rhythm

    @cached_property
    def text(self) -> str:
        """ABC or plain text; a MIDI tune is written as ABC."""
        if isinstance(self.piece.content, str):
            return self.piece.content
        from musicrnn.abc.from_score import from_score

        return from_score(self.piece.content)

    @cached_property
    def score(self) -> Score:
        """The notes, repeats played out. Raises `UsageError` for plain text."""
        to_score = format_of(self.format).to_score
        if to_score is None:
            raise UsageError("plain text has no notes")
        return to_score(self.piece.content)

    @cached_property
    def played(self) -> Score:
        """What sounds: the notes with the ornaments of ABC, or over the chords of a melody of
        events. Raises `UsageError` for plain text."""
        played = format_of(self.format).played
        if played is None:
            raise UsageError("plain text has no notes")
        return played(self.piece.content)

    @property
    def logprob_per_note(self) -> float:
        """`logprob` shared out among the notes played, so that tunes can be compared."""
        return self.logprob / max(len(self.score.notes), 1)

    def diagnostics(self, *, strict: bool = True) -> Sequence[Finding]:
        """What the checker of its model's kind, else of its format, finds wrong."""
        check = self.rules.check if self.rules else format_of(self.format).check
        return check(self.piece.content, strict=strict)

    @overload
    def harmonize(
        self, n: None = None, *, model: str = "chorale", **how: Unpack[HarmonizeOptions]
    ) -> Tune: ...

    @overload
    def harmonize(
        self, n: int, *, model: str = "chorale", **how: Unpack[HarmonizeOptions]
    ) -> Tunes: ...

    def harmonize(
        self, n: int | None = None, *, model: str = "chorale", **how: Unpack[HarmonizeOptions]
    ) -> Tune | Tunes:
        """The tune as one of four voices, the others written to it; with `n` a list of that many.

        `model` is one of four voices, by name or folder; the rest is that of `Model.harmonize`.
        """
        from musicrnn.generation.model import load

        writer = load(model)
        return writer.harmonize(self, **how) if n is None else writer.harmonize(self, n, **how)

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write a file whose extension decides: .abc .mid .wav .flac .ogg .mp3 .svg .png .pdf
        .musicxml, or .txt for the text as it stands. Options are those of `render.save`.

        The file appears whole or not at all. Raises `UsageError` for another extension and
        `RenderError` when a part needed for it is missing.
        """
        extension = Path(path).suffix.lower()
        is_text = isinstance(self.piece.content, str)
        if extension in _TEXT_FILES or (is_text and extension == format_of(self.format).extension):
            write_whole(path, self.text)
            return
        if not format_of(self.format).sounds:
            raise UsageError(f"{path}: plain text is saved as .txt")
        from musicrnn import render

        usual: dict[str, Any] = {"played": self.played}
        if self.rules is not None and self.rules.tokenizer == "voices":
            usual["picture"] = "score"  # which a roll of four voices does not replace
        render.save(self.piece.content, path, **(usual | options))

    def audio(self, **options: Any) -> Any:
        """A player for a notebook (`IPython.display.Audio`). Options are those of
        `render.audio_player`."""
        from musicrnn import render

        return render.audio_player(self.played, **options)

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What a notebook shows: score and player, or the text where these cannot be made."""
        if self.format == "text":
            return {"text/plain": self.text}
        from musicrnn import render

        try:
            return render.mimebundle(self.text, self.played)
        except (MissingExtraError, RenderError):
            return {"text/plain": self.text}


class Tunes(list[Tune]):
    """Several tunes: a list that a notebook shows as a gallery."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The tunes side by side with their players; plain texts one below the other."""
        text = "\n".join(tune.text for tune in self)
        if any(tune.format == "text" for tune in self):
            return {"text/plain": text}
        from musicrnn import render

        shown = [(tune.text, tune.played) for tune in self]
        return {"text/plain": text, "text/html": render.gallery_html(shown)}


def read(source: str | os.PathLike[str] | bytes, *, name: str = "") -> Tunes:
    """The tunes of a file of any kind: a book of ABC, a MIDI or MusicXML file, plain text.

    `source` is a path or the bytes themselves, of which `name` says what they are called. What it
    is, is told by its content, then by its name. Raises `FormatError` for a file that is not what
    it claims to be, `OSError` for one that cannot be read.
    """
    from musicrnn import reading

    return Tunes(Tune(piece) for piece in reading.read(source, name=name).pieces())
