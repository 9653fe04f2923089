"""How music is to be played: the options that commands which sound have in common."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from musicrnn.constraints.controls import parse_controls
from musicrnn.theory.instruments import program_named

if TYPE_CHECKING:
    from musicrnn.score import Score

__all__ = ["Style"]


@dataclass(frozen=True)
class Style:
    """How the music is to be played."""

    qpm: Fraction | None = None
    program: int | None = None
    instrument: str | None = None
    chords: bool = False
    straight: bool = False

    @classmethod
    def of(cls, tempo: str, program: str, instrument: str, *, chords: bool, straight: bool) -> Self:
        """From options as they are typed. Raises UsageError for what is no tempo or program."""
        speed = parse_controls({"tempo": tempo or None}, "abc").get("tempo")
        number = program_named(program) if program else None
        return cls(speed.qpm if speed else None, number, instrument or None, chords, straight)

    @property
    def plain(self) -> bool:
        """Whether nothing is asked for but what the file says."""
        changes = (self.qpm, self.program, self.instrument)
        return not self.chords and all(change is None for change in changes)

    def played(self, music: str | Score) -> Score:
        """What sounds: the score at the tempo, on the instrument and with the chords asked for."""
        from musicrnn.render import accompany, performed, restyled

        score = restyled(
            performed(music, straight=self.straight), qpm=self.qpm, program=self.program,
            instrument=self.instrument,
        )  # fmt: skip
        return accompany(score) if self.chords else score
