"""What is wrong with ABC text: the findings of the parser, and of rhythm and form."""

from __future__ import annotations

from collections.abc import Callable

from musicrnn.abc.checking.diagnostics import Diagnostic, Reporter
from musicrnn.abc.checking.form import check_form
from musicrnn.abc.checking.lyrics import check_lyrics
from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.tree import ParsedTune, TuneBook
from musicrnn.abc.timeline.build_timeline import read_lengths, read_timeline
from musicrnn.abc.timeline.order import played_order
from musicrnn.abc.timeline.timeline import Timeline, Voice
from musicrnn.errors import AbcError

__all__ = ["check", "check_book", "well_formed"]


def check(text: str, *, strict: bool = False, file: str | None = None) -> list[Diagnostic]:
    """Everything that is wrong with ABC text, in its order.

    Text is well formed when no finding is an error; `strict` makes errors of the warnings. What
    is merely an old habit is an ``info`` in both modes. Raises AbcError past a limit.
    """
    return _check(parse(text, file=file), text, read_lengths, strict=strict, file=file)[0]


def check_book(
    book: TuneBook, text: str, *, strict: bool = False, file: str | None = None
) -> tuple[list[Diagnostic], list[Timeline]]:
    """As `check`, for a text that is parsed already; and its tunes in time."""
    return _check(book, text, read_timeline, strict=strict, file=file)


def _check(
    book: TuneBook, text: str, read: Callable[[ParsedTune, Reporter], Timeline], *, strict: bool,
    file: str | None,
) -> tuple[list[Diagnostic], list[Timeline]]:  # fmt: skip
    """The findings, and the tunes as `read` reads them."""
    reporter = Reporter(text, file)
    timelines = [_check_time(tune, reporter, read) for tune in book.tunes]
    faults = [*book.diagnostics, *reporter.diagnostics()]
    faults.sort(key=lambda diagnostic: diagnostic.start)
    return [diagnostic.strict() for diagnostic in faults] if strict else faults, timelines


def well_formed(text: str, *, strict: bool = True) -> bool:
    """Whether `check` finds no error (and, strictly, no warning)."""
    try:
        return all(fault.severity != "error" for fault in check(text, strict=strict))
    except AbcError:
        return False


def _check_time(
    tune: ParsedTune, reporter: Reporter, read: Callable[[ParsedTune, Reporter], Timeline]
) -> Timeline:
    check_lyrics(tune, reporter)
    timeline = read(tune, reporter)
    if not any(event.pitches for voice in timeline.voices for measure in voice.measures
               for event in measure.events):  # fmt: skip
        reporter.report("empty-tune", tune.start, tune.start + 1)
        return timeline
    lengths = []
    alone = len(timeline.voices) == 1
    for voice in timeline.voices:
        check_form(voice, reporter)
        if alone and not timeline.parts and _is_short(voice):
            return timeline
        try:
            order = played_order(voice.measures, timeline.parts)
        except AbcError as error:
            reporter.report("too-long", tune.start, tune.start + 1, error.message)
            return timeline
        lengths.append(0 if alone else sum(voice.measures[index].length for index in order))
    for voice, length in zip(timeline.voices[1:], lengths[1:], strict=True):
        if length != lengths[0]:
            at = voice.measures[0].start
            first = timeline.voices[0].id
            reporter.report(
                "voice-lengths", at, at + 1, voice.id, f"{length} quarters", first,
                f"{lengths[0]} quarters",
            )  # fmt: skip
    return timeline


def _is_short(voice: Voice) -> bool:
    """Whether a voice cannot be too long however it is repeated: without D.C., D.S. and the like no
    section is played more often than `limits.ENDING` times and once more."""
    written = sum(len(measure.events) + 1 for measure in voice.measures)
    marked = any(measure.marks for measure in voice.measures)
    return not marked and written * (limits.ENDING + 1) <= limits.PLAYED
