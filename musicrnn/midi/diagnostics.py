"""What can be wrong with a MIDI file that can still be read, or a melody: one table, one record."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CODES", "NOT_KEPT", "Diagnostic"]

#: code → severity. A warning is damage or a guess, and is refused when reading strictly; an info
#: is odd but has one meaning only.
CODES: dict[str, str] = {
    "unreadable": "error",  # the reader gave up; only `check` says so, `read` raises
    "truncated": "warning",  # the file or a track ends in the middle of something
    "damaged": "warning",  # bytes that are no event; the rest of the track is left out
    "clipped": "warning",  # a data byte above 127: read as 127
    "track-count": "warning",  # the header announces another number of tracks than there are
    "long-header": "info",  # the header is longer than 6 bytes, which the standard allows
    "type-0-tracks": "warning",  # type 0 promises one track and there are more
    "type-2": "info",  # independent patterns, read one after the other
    "smpte": "info",  # time in frames: read as quarters of half a second
    "riff": "info",  # wrapped as .rmi
    "foreign-chunk": "info",  # a chunk that is no track, skipped as the standard wants
    "trailing-bytes": "warning",  # something between or after chunks, or after the end of a track
    "track-length": "warning",  # a track is longer or shorter than its header says
    "no-end-of-track": "warning",
    "running-status": "warning",  # used after a system or meta event, which cancels it
    "system-message": "warning",  # a real-time or common message, which files must not hold
    "hanging-note": "warning",  # never released: ended at the next event of its key, or a guess
    "stray-note-off": "info",
    "doubled-header": "warning",  # the header of a track stands there twice
    "zero-length-note": "info",  # given one tick
    "bad-meta": "warning",  # too short or nonsense (a tempo of 0, a metre of 0/4): left out
    "smpte-tempo": "info",  # a tempo has no meaning where time is counted in frames
    "no-notes": "info",
    "encoding": "info",  # texts that are not UTF-8: their encoding is a guess
    "not-kept": "info",  # what a `Score` has no place for; sound is made of the file as it is
    # of a melody as a score (`wellformed`)
    "bar-incomplete": "error",
    "overlap": "error",  # a melody is one line
    "range": "error",  # outside of the 88 keys
    "unresolved": "warning",  # the last note is neither tonic nor chord tone
}

#: how a finding ``not-kept`` begins
NOT_KEPT = "a conversion leaves out "


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing found in a MIDI file: `code` from `CODES`, where, and what was done about it.

    `byte` is the offset from the start of the file, `track` counts from 1; either may be None.
    """

    code: str
    message: str
    byte: int | None = None
    track: int | None = None
    file: str | None = None

    @property
    def severity(self) -> str:
        """``"error"``, ``"warning"`` or ``"info"``."""
        return CODES[self.code]

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        place += [f"track {self.track}"] if self.track is not None else []
        place += [f"byte {self.byte}"] if self.byte is not None else []
        return ": ".join([*place, f"{self.severity}: {self.message} [{self.code}]"])
