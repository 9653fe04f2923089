"""ABC or a `Score` → the bytes of a file of any kind that musicrnn writes, by its extension."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicrnn.errors import RenderError, UsageError
from musicrnn.files import write_whole
from musicrnn.midi.writer import to_midi
from musicrnn.render.audio import AUDIO_FORMATS, to_audio
from musicrnn.render.performance import performed
from musicrnn.score import Score

if TYPE_CHECKING:
    from musicrnn.render.engraving import Engraving

__all__ = ["EXTENSIONS", "PICTURES", "encode", "save"]

#: What a picture shows; ``auto`` is the score of ABC and the piano roll of anything else.
PICTURES = ("auto", "score", "piano-roll")


@dataclass(frozen=True)
class _Job:
    """What is to be written, in the form that a writer asks for."""

    music: str | Score
    played: Score | None
    soundfont: str | os.PathLike[str] | None
    synthesizer: str
    picture: str
    paper: str
    width: int
    bars_per_line: int
    fonts: Sequence[str]
    midi: bytes | None
    live_loops: bool
    warn: Callable[[str], object]

    def engraved(self, paper: str | None = None) -> Engraving:
        """The score picture; what it cannot show is told to `warn`."""
        from musicrnn.render.engraving import engrave

        picture = engrave(
            self.abc, width=self.width, paper=paper, bars_per_line=self.bars_per_line,
            fonts=self.fonts,
        )  # fmt: skip
        for warning in picture.warnings:
            self.warn(warning)
        return picture

    @property
    def score(self) -> Score:
        return performed(self.music) if self.played is None else self.played

    @property
    def abc(self) -> str:
        if isinstance(self.music, str):
            return self.music
        from musicrnn.abc.from_score import from_score

        return from_score(self.music)

    @property
    def shows_score(self) -> bool:
        return self.picture == "score" or (self.picture == "auto" and isinstance(self.music, str))


def encode(
    music: str | Score,
    extension: str,
    *,
    played: Score | None = None,
    soundfont: str | os.PathLike[str] | None = None,
    synthesizer: str = "auto",
    picture: str = "auto",
    paper: str = "A4",
    width: int = 840,
    bars_per_line: int = 0,
    fonts: Sequence[str] = (),
    midi: bytes | None = None,
    live_loops: bool = False,
    warn: Callable[[str], object] = lambda _: None,
) -> bytes:
    """The bytes of a file with this extension (``".pdf"``): see `EXTENSIONS`.

    `music` is ABC text (its first tune) or a `Score`; `played` is what sounds and goes to MIDI,
    where that is to differ in tempo, instrument or accompaniment; `midi` the file that sounds,
    where the music was read from one. `soundfont` and `synthesizer`
    are those of `to_audio`; `picture` is one of `PICTURES`, `paper` that of a PDF, `width` the
    pixels that a score in SVG or PNG is fitted to, `bars_per_line` and `fonts` as in `engrave`;
    `live_loops` has a Sonic Pi program begin again at its end. `warn` is told what a picture cannot
    show. Raises UsageError on what cannot be written,
    RenderError.
    """
    if picture not in PICTURES:
        raise UsageError(f"no picture is called {picture!r}: choose {', '.join(PICTURES)}")
    try:
        write = EXTENSIONS[extension.lower()]
    except KeyError:
        known = " ".join(EXTENSIONS)
        kind = f"as {extension!r}" if extension else "without an extension"
        raise UsageError(f"no file is written {kind}: choose {known}") from None
    return write(
        _Job(
            music,
            played,
            soundfont,
            synthesizer,
            picture,
            paper,
            width,
            bars_per_line,
            fonts,
            midi,
            live_loops,
            warn,
        ),
        extension.lower(),
    )


def save(music: str | Score, path: str | os.PathLike[str], **options: Any) -> None:
    """Write a file whose extension decides the format, whole or not at all.

    The options are those of `encode`.
    """
    write_whole(path, encode(music, Path(path).suffix, **options))


def _midi(job: _Job, _: str) -> bytes:
    score = job.score
    if not score.notes:
        raise RenderError("there is nothing to play: the score has no notes")
    return to_midi(score)


def _audio(job: _Job, extension: str) -> bytes:
    sound = to_audio(job.score, soundfont=job.soundfont, synthesizer=job.synthesizer, midi=job.midi)
    return sound.encode(extension)


def _svg(job: _Job, _: str) -> bytes:
    from musicrnn.render.pianoroll import piano_roll

    if job.shows_score:
        return job.engraved().pages[0].encode()
    return piano_roll(job.score).encode()


def _png(job: _Job, _: str) -> bytes:
    from musicrnn.render.engraver_client import shared_worker
    from musicrnn.render.outlines import outlined
    from musicrnn.render.pianoroll import piano_roll

    if job.shows_score:
        return job.engraved().png()
    picture = outlined(piano_roll(job.score))
    answer = shared_worker()("rasterise", svg=picture, width=None)
    return base64.b64decode(answer["png"])


def _pdf(job: _Job, _: str) -> bytes:
    from musicrnn.render.outlines import outlined
    from musicrnn.render.pdf import pdf
    from musicrnn.render.pianoroll import piano_roll

    if job.shows_score:
        return job.engraved(job.paper).pdf()
    score = job.score
    return pdf([outlined(piano_roll(score))], width=842, title=score.title)


def _music_xml(job: _Job, extension: str) -> bytes:
    from musicrnn.musicxml import pack
    from musicrnn.render.engraving import music_xml_document

    made = music_xml_document(job.abc)
    for line in made.left_out:
        job.warn(line)
    xml = made.xml.encode()
    return pack(xml) if extension == ".mxl" else xml


def _lilypond(job: _Job, _: str) -> bytes:
    from musicrnn.render.lilypond import to_lilypond

    return to_lilypond(job.abc).encode()


def _sonic_pi(job: _Job, _: str) -> bytes:
    from musicrnn.render.sonic_pi import to_sonic_pi

    return to_sonic_pi(job.score, live_loops=job.live_loops).encode()


_Writer = Callable[[_Job, str], bytes]

#: Extension → what writes it.
EXTENSIONS: dict[str, _Writer] = {
    ".abc": lambda job, _: job.abc.encode(),
    ".mid": _midi,
    ".midi": _midi,
    **dict.fromkeys(AUDIO_FORMATS, _audio),
    ".svg": _svg,
    ".png": _png,
    ".pdf": _pdf,
    ".musicxml": _music_xml,
    ".xml": _music_xml,
    ".mxl": _music_xml,
    ".ly": _lilypond,
    ".rb": _sonic_pi,
}
