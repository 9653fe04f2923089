"""How music is to be played: the options that commands which sound have in common."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from musicrnn.constraints.controls import parse_controls
from musicrnn.theory.backing import SILENT, backing_of
from musicrnn.theory.instruments import program_named

if TYPE_CHECKING:
    from musicrnn.arranging.practice import Practice
    from musicrnn.score import Score

__all__ = ["Style"]


@dataclass(frozen=True)
class Style:
    """How the music is to be played."""

    qpm: Fraction | None = None
    program: int | None = None
    instrument: str | None = None
    backing: str = SILENT
    straight: bool = False
    practice: Practice | None = None

    @classmethod
    def of(
        cls,
        tempo: str,
        program: str,
        instrument: str,
        *,
        chords: bool,
        straight: bool,
        backing: str = "",
        practice: Practice | None = None,
    ) -> Self:
        """From options as they are typed; `chords` is the piano where no `backing` is named.

        Raises UsageError for what is no tempo, program or backing.
        """
        chosen = backing or ("piano" if chords else SILENT)
        backing_of(chosen)
        speed = parse_controls({"tempo": tempo or None}, "abc").get("tempo")
        number = program_named(program) if program else None
        qpm = speed.qpm if speed else None
        return cls(qpm, number, instrument or None, chosen, straight, practice)

    @property
    def plain(self) -> bool:
        """Whether nothing is asked for but what the file says."""
        changes = (self.qpm, self.program, self.instrument)
        plain = self.backing == SILENT and all(change is None for change in changes)
        return plain and (self.practice is None or self.practice.plain)

    def played(self, music: str | Score) -> Score:
        """What sounds: the score at the tempo, on the instrument and with the chords asked for,
        and as it is to be practised."""
        from musicrnn.render import accompany, backed, performed, restyled

        if self.backing != SILENT:
            from musicrnn.arranging.chords import with_symbols

            music = with_symbols(music)
        score = restyled(
            performed(music, straight=self.straight), qpm=self.qpm, program=self.program,
            instrument=self.instrument,
        )  # fmt: skip
        practice = self.practice
        alone = practice is not None and practice.mute == "melody" and len(score.parts) == 1
        if self.backing != SILENT:
            score = backed(score, music, self.backing, straight=self.straight)
        elif alone:  # without the melody its chords are heard
            score = accompany(score)
        if practice is None or practice.plain:
            return score
        from musicrnn.arranging.practice import practised

        return practised(score, practice, abc=music if isinstance(music, str) else "")
