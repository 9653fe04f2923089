"""A tune as a user holds it: text or score, saved as anything, shown in a notebook."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from musicrnn.errors import MissingExtraError, RenderError, UsageError, want
from musicrnn.files import write_whole
from musicrnn.formats import Finding, format_of
from musicrnn.piece import Piece
from musicrnn.score import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from musicrnn.constraints.registry import Rules
    from musicrnn.generation.options import HarmonizeOptions

__all__ = ["Melodic", "Tune", "Tunes", "read"]

_TEXT_FILES = (".txt", ".text")


def _no_models(name: str) -> Any:
    raise RuntimeError(f"import musicrnn.generation, which loads models such as {name}")


#: Finds a model by name or folder. Models know the tunes that they write, not the other way
#: round: `musicrnn.generation.model` puts its `load` here.
load_model: Callable[[str], Any] = _no_models


@dataclass(frozen=True, eq=False)
class Tune:
    """One generated piece and how it came about.

    `model`, `seed` and `index` make it again (tune `index` of that seed). `logprob` is the
    natural logarithm of the probability that the free model gives to it, and `tokens` the number
    of its tokens. Of `bars_drawn` the constraint refused `bars_thrown_away`, and at
    `constrained_steps` it chose, where nothing that was drawn freely would fit. `complete` is
    false for a free text that was stopped at its greatest length. `rules` are those of the model
    that wrote it, `instrument` the one it was written for, which then sounds, and `backing` who
    plays the chords where somebody is named (`backed`).

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
    instrument: str = ""
    backing: str = ""

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
        score: Score = played(self.piece.content)
        if not (self.instrument or self.backing):
            return score
        from musicrnn.render.performance import backed, performed, restyled

        if self.backing:
            score = performed(self.piece.content)
        if self.instrument:
            score = restyled(score, instrument=self.instrument)
        return backed(score, self.piece.content, self.backing) if self.backing else score

    @property
    def logprob_per_note(self) -> float:
        """`logprob` shared out among the notes played, so that tunes can be compared."""
        return self.logprob / max(len(self.score.notes), 1)

    def diagnostics(self, *, strict: bool = True) -> Sequence[Finding]:
        """What the checker of its model's kind, else of its format, finds wrong."""
        check = self.rules.check if self.rules else format_of(self.format).check
        return check(self.piece.content, strict=strict)

    def chords(self, *, alternatives: int = 0, **options: Any) -> Tune:
        """The tune with chord symbols over its melody, the bars as they are but for them.

        The options are those of `arranging.chords.harmonize`: `per` ("beat" or "bar"), `sevenths`,
        `keep` (those that are there), `voice`, `model`, `seed`; with `alternatives` comments name
        what else each chord might have been. Raises `UsageError` where there is no one melody.

        >>> tune = read(b"X:1\\nT:Air\\nM:4/4\\nL:1/4\\nK:G\\nGBdB|AFDF|G4|]\\n")[0]
        >>> print(tune.chords().text.splitlines()[-1])
        "G"GBdB|"D"AFDF|"G"G4|]
        """
        from musicrnn.arranging.chord_network import ChordNetwork
        from musicrnn.arranging.chords import harmonized

        if self.format == "text":
            raise UsageError("plain text has no melody to put chords over")
        model = options.get("model")
        if isinstance(model, str | os.PathLike):
            options["model"] = ChordNetwork.load(model)
        text = harmonized(self.text, alternatives=alternatives, **options)
        return replace(self, piece=replace(self.piece, format="abc", content=text), rules=None)

    def backed(self, by: str = "guitar") -> Tune:
        """The tune as somebody accompanies it: guitar, piano, bouzouki, or none.

        Where it has no chord symbols they are found (`chords`) and written. Raises `UsageError`
        for an unknown name, and what `chords` raises.
        """
        from musicrnn.arranging.chords import with_symbols
        from musicrnn.theory.backing import backing_of

        if self.format == "text":
            raise UsageError("plain text has no notes")
        if backing_of(by) is None:
            return replace(self, backing=by)
        return replace(
            self, piece=replace(self.piece, content=with_symbols(self.piece.content)), backing=by
        )

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
        harmonized: Tune | Tunes = load_model(model).harmonize(self, n, **how)
        return harmonized

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

    def second_voice(
        self, place: str = "auto", *, instrument: str = "", seed: int | None = None
    ) -> Tune:
        """The tune with a second part ``"below"`` or ``"above"`` it, or a ``"bass"``, within the
        range of an instrument; the options are those of `arranging.second_voice`.

        Raises `UsageError` for a tune without a melody or with several voices.
        """
        from musicrnn.arranging.second_voice import second_voice

        text = second_voice(self.text, place=place, instrument=instrument, seed=seed)
        return self._changed(text, seed)

    def vary(
        self,
        closeness: float = 0.8,
        *,
        keep: str | Iterable[int] = "",
        ornaments: bool = False,
        model: str = "folk",
        seed: int | None = None,
        **options: Any,
    ) -> Tune:
        """The tune rewritten by a model so that it keeps the share `closeness` of its notes; the
        bars in `keep` (``"1-4,8"``, or their numbers) stay. See `Model.vary`.

        With `ornaments` no note is rewritten: rolls, cuts and triplets are put in where players
        put them. Raises `UsageError` for what makes no sense.
        """
        bars = keep if isinstance(keep, str) else ",".join(map(str, keep))
        if ornaments:
            from musicrnn.arranging.ornaments import ornamented

            return self._changed(ornamented(self.text, keep=bars, seed=seed), seed)
        varied: Tune = load_model(model).vary(self, closeness, keep=bars, seed=seed, **options)
        return varied

    def practice(
        self,
        loop: str = "",
        *,
        times: int = 1,
        from_tempo: float = 1.0,
        to_tempo: float | None = None,
        count_in: int = 0,
        click: bool = False,
        mute: str = "",
    ) -> Tune:
        """The tune to practise: the bars of a `loop` (``"9-16"``) `times` times, from one share
        of its tempo to another, with bars counted in, a metronome, ``"melody"`` or ``"backing"``
        muted. Raises `UsageError` for what makes no sense."""
        from fractions import Fraction
        from numbers import Real

        from musicrnn.arranging.practice import Practice, practised

        for tempo in (from_tempo, to_tempo):
            want(tempo, (Real, type(None)), "a tempo is a share of the tune's own, as 0.7")
        first = Fraction(str(from_tempo))
        last = first if to_tempo is None else Fraction(str(to_tempo))
        how = Practice(loop, times, first, last, count_in, click, mute)
        score = practised(self.played, how, abc=self.text if self.format == "abc" else "")
        return Tune(replace(self.piece, format="midi", content=score), model=self.model)

    def _changed(self, text: str, seed: int | None) -> Tune:
        """Another tune in ABC that was made of this one, called as it is."""
        about = replace(self.piece, format="abc", content=text)
        return Tune(about, model=self.model, seed=seed or 0)

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
    """Several tunes: a list that a notebook shows as a gallery, and that is saved as one file."""

    def save(self, path: str | os.PathLike[str], *, times: int = 1, **options: Any) -> None:
        """Write the tunes as one file whose extension decides: a book of ABC, a PDF of all of them,
        MIDI or sound of all in a row, each played `times` times.

        Options are those of `arranging.sets.encode_set`. Raises `UsageError` for another extension.
        """
        from musicrnn.arranging.sets import Member, encode_set

        members = [Member(tune.text, tune.played) for tune in self]
        write_whole(path, encode_set(members, Path(path).suffix.lower(), times=times, **options))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The tunes side by side with their players; plain texts one below the other."""
        text = "\n".join(tune.text for tune in self)
        if any(tune.format == "text" for tune in self):
            return {"text/plain": text}
        from musicrnn import render

        shown = [(tune.text, tune.played) for tune in self]
        return {"text/plain": text, "text/html": render.gallery_html(shown)}


#: What a melody can be given as.
Melodic = str | os.PathLike[str] | bytes | Score | Tune


def read(source: str | os.PathLike[str] | bytes, *, name: str = "") -> Tunes:
    """The tunes of a file of any kind: a book of ABC, a MIDI or MusicXML file, plain text.

    `source` is a path or the bytes themselves, of which `name` says what they are called. Its
    content decides what it is, then its name. Raises `FormatError` for a file that is not what
    it claims to be, `OSError` for one that cannot be read.
    """
    from musicrnn import reading

    return Tunes(Tune(piece) for piece in reading.read(source, name=name).pieces())
