"""The voices of a polyphonic piece: a known tune may lie in any of them, under a new top line."""

from __future__ import annotations

from musicrnn.score import Score

__all__ = ["voices_of"]


def voices_of(score: Score) -> list[tuple[str, Score]]:
    """The name and the notes of every part that sounds, percussion left out; empty where there is
    one alone, which is the whole."""
    parts = sorted({note.part for note in score.notes if not score.parts[note.part].drums})
    if len(parts) < 2:
        return []
    return [
        (
            score.parts[part].name or f"voice {number}",
            score.with_notes([note for note in score.notes if note.part == part]),
        )
        for number, part in enumerate(parts, 1)
    ]
