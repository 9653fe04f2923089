"""`Score` → ABC that a musician would have written.

Metre, key and tempo are the score's own, or found; notes are spelled in the key, tied over bar
lines, beamed by the beat, with triplets where they are. Time is exact as long as every onset
lies on a binary or ternary subdivision of the quarter note; anything else (played MIDI) is first
moved to the nearest twelfth of a quarter. Loudness becomes dynamics, but for the accents of the
metre and the air that players leave between notes; percussion the tenth channel
(``%%MIDI channel 10``), words ``w:``, microtones ``^/``.

A part whose notes overlap becomes as many voices as it takes. What ABC cannot say is named by
`written`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from musicrnn.abc.checking.checker import check
from musicrnn.abc.score_grid import Event, bars_of, on_grid, voices_of
from musicrnn.abc.score_voice import VoiceWriter, tempo_text
from musicrnn.abc.syntax.keys import spell_key
from musicrnn.abc.syntax.text import spell_quoted, spell_text
from musicrnn.errors import UsageError
from musicrnn.score import DEFAULT_QPM, SUSTAIN, Key, Lyric, Meter, Score
from musicrnn.theory.accents import unaccented

__all__ = ["from_score", "written"]

#: in whole notes, to measure lengths in
_LONGEST_UNIT = 16


def from_score(
    score: Score,
    *,
    reference: int = 1,
    key: Key | None = None,
    unit: Fraction | None = None,
    pickup: Fraction | None = None,
) -> str:
    """One ABC tune, header and body, ended by a newline.

    `key` and `unit` (unit note length, in whole notes) override what the score says or what is
    found, and `pickup` (the length, in quarter notes, of an incomplete first bar) what it knows.
    Raises `UsageError` for a pickup that is no part of a bar, and for more bars than ABC is
    read in.
    """
    if not isinstance(score, Score):
        raise UsageError(f"from_score wants a Score, not {type(score).__name__}")
    if key is not None and not isinstance(key, Key):
        raise UsageError(f"key wants a Key, not {type(key).__name__}: abc.parse_key('D')")
    for name, value in (("unit", unit), ("pickup", pickup)):
        if value is not None and not isinstance(value, Fraction | int):
            raise UsageError(f"{name} wants a Fraction, not {type(value).__name__}")
    if unit is not None and not 0 < unit <= _LONGEST_UNIT:
        raise UsageError(f"a unit note length of {unit} makes no sense; write for example 1/8")
    if not isinstance(reference, int):
        raise UsageError(f"reference wants a whole number, not {type(reference).__name__}")
    return _written(score, Counter(), reference, key, unit, pickup)


def written(score: Score, *, reference: int = 1, qpm: Fraction | None = None) -> tuple[str, str]:
    """The tune as `from_score` writes it, read back and checked, and what of the score is not in
    it: one line, empty when all of it is.

    What was played without a click is set on its beats: those of `qpm` quarters a minute where
    it is given, else those that are found. Raises `UsageError` when the reader of ABC would refuse
    what was written.
    """
    lost = _unsaid(score)
    score, remark = _on_its_beats(score, qpm)
    text = _written(score, lost, reference, None, None, None)
    faults = [fault for fault in check(text) if fault.severity != "info"]
    if any(fault.code != "empty-tune" for fault in faults):
        raise UsageError(f"it cannot be written as ABC: {faults[0].message}")
    listed = ", ".join(
        f"{count:,} {what.format(s='s' * (count != 1))}" for what, count in lost.items() if count
    )
    remarks = [remark] * bool(remark) + [f"not in the ABC as it was: {listed}"] * bool(listed)
    return text, "; ".join(remarks)


def _on_its_beats(score: Score, qpm: Fraction | None) -> tuple[Score, str]:
    """The score with its notes on beats, and what to say about it; as it is where it has a grid
    and no tempo is asked for."""
    # NumPy takes longer to import than all of musicrnn.abc, which seldom needs it.
    from musicrnn.theory.beats import find_beats, has_grid, set_on_beats, steady_beats

    if qpm is None and has_grid(score):
        return score, ""
    beats = steady_beats(score, qpm) if qpm is not None else find_beats(score)
    if beats is None:
        return score, (
            "played without a click, and no beat is found: bars and note lengths are those of "
            "the recording's clock; give the tempo"
        )
    score = set_on_beats(score, beats)
    return score, "" if qpm is not None else (
        f"played without a click: a beat of {score.tempos[0].qpm} a minute was found"
    )


def _unsaid(score: Score) -> Counter[str]:
    """What of a score ABC has no words for; ``{s}`` makes a plural of it."""
    pedal = sum(control.number == SUSTAIN for control in score.controls)
    return Counter(
        {
            "pedal movement{s}": pedal,
            "other controller{s}": len(score.controls) - pedal,
            "pitch bend{s}": len(score.bends),
            "bank{s} of instruments": sum(bool(part.bank) for part in score.parts),
        }
    )


def _written(
    score: Score,
    lost: Counter[str],
    reference: int,
    key: Key | None,
    unit: Fraction | None,
    pickup: Fraction | None,
) -> str:
    score = on_grid(unaccented(score), lost)
    pickup = score.pickup if pickup is None else pickup
    meter = next((c.meter for c in score.meters if c.meter and not c.onset), None) or Meter(4, 4)
    if not 0 <= pickup < meter.length:
        raise UsageError(f"a pickup of {pickup} quarter notes does not fit into a bar of {meter}")
    key = key or score.key or _found_key(score)
    bars = bars_of(score, pickup, lost)
    # The last bar is full, or completes the pickup.
    last = bars[-1]
    completes = pickup and score.length - last.start + pickup == last.meter.length
    end = score.length if completes else last.end
    voices = voices_of(score, end, lost)
    unit = unit or _unit_for(voices)
    title = spell_text(score.title)
    header = [f"X:{reference}", f"T:{title or 'Untitled'}", f"M:{bars[0].meter}", f"L:{unit}"]
    if score.tempos:
        first = DEFAULT_QPM if score.tempos[0].onset else score.tempos[0].qpm
        header.append(f"Q:{tempo_text(first, meter)}")
    choir = _is_choir(score, [part for part, _ in voices])
    if choir:
        header.append("%%score [(1 2) (3 4)]")
    header.append(f"K:{spell_key(key)}")
    body: list[str] = []
    words = _words_of(voices, score.lyrics)
    for number, (part, events) in enumerate(voices, 1):
        if len(voices) > 1:
            name = spell_quoted(score.parts[part].name)
            clef = f" clef={'bass' if number > 2 else 'treble'}" if choir else ""
            body.append(f"V:{number}" + (f' name="{name}"' if name else "") + clef)
        if score.parts[part].drums:
            body.append("%%MIDI channel 10")
        if score.parts[part].program:
            body.append(f"%%MIDI program {score.parts[part].program}")
        below = choir and number in (2, 4)
        sung = words[number - 1]
        writer = VoiceWriter(score, key, unit, sung, leads=number == 1, below=below)
        body += writer.lines(events, bars)
    return "\n".join([*header, *body, ""])


def _found_key(score: Score) -> Key:
    from musicrnn.theory.keyfinding import find_key  # NumPy, as above

    return find_key(score)


def _words_of(
    voices: Sequence[tuple[int, Sequence[Event]]], lyrics: Sequence[Lyric]
) -> list[list[Lyric]]:
    """The words of each voice: a syllable stands under the voice of its part in which a note begins
    with it, else under the first one."""
    words: list[list[Lyric]] = [[] for _ in voices]
    onsets = [{event.onset for event in events if event.pitches} for _, events in voices]
    of_part: dict[int, list[int]] = {}
    for place, (part, _) in enumerate(voices):
        of_part.setdefault(part, []).append(place)
    for lyric in lyrics:
        places = of_part.get(lyric.part, ())
        begins = [place for place in places if lyric.onset in onsets[place]]
        for place in (begins or places)[:1]:
            words[place].append(lyric)
    return words


def _is_choir(score: Score, parts: Sequence[int]) -> bool:
    """Whether the voices are soprano, alto, tenor and bass, which stand on two staves."""
    names = [score.parts[part].name.lower() for part in parts]
    return names == ["soprano", "alto", "tenor", "bass"]


def _unit_for(voices: Sequence[tuple[int, Sequence[Event]]]) -> Fraction:
    """1/8, or 1/16 where most notes are shorter than an eighth."""
    durations = sorted(event.duration for _, events in voices for event in events if event.pitches)
    median = durations[len(durations) // 2] if durations else Fraction(1)
    return Fraction(1, 16) if median < Fraction(1, 3) else Fraction(1, 8)
