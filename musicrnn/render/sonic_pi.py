"""`Score` → a program for Sonic Pi (4.x) that plays it: a thread for each voice, exact in time.

A voice is a table whose rows hold a note (or notes together), the beats until the next row, and,
where they differ from what is usual, the beats that it sounds and its loudness. Times are Ruby's
rational literals (``1/3r``), tempos too, so nothing is rounded. Instruments are the nearest of
Sonic Pi's synths and drum samples; controllers, pedal and bends, which it does not have, are left
out, and the program says so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from musicrnn.errors import RenderError, one_line
from musicrnn.render.pianoroll import bar_lines
from musicrnn.score import DEFAULT_QPM, Clock, Note, Part, Score

__all__ = ["DRUMS", "OTHER_DRUM", "to_sonic_pi"]

#: the synth of each eight General MIDI programs (piano, chromatic percussion, organ, guitar, bass,
#: strings, ensemble, brass, reed, pipe, lead, pad, effects, folk, percussive, sounds)
_FAMILIES = (
    "piano", "pretty_bell", "organ_tonewheel", "pluck", "bass_foundation", "blade", "hollow",
    "dsaw", "dtri", "tri", "saw", "hollow", "prophet", "pluck", "dull_bell", "hollow",
)  # fmt: skip
#: programs that another synth is nearer to than that of their family
_SYNTHS = {
    4: "rodeo", 5: "rhodey", 12: "kalimba", 13: "kalimba", 45: "pluck", 46: "pluck",
    47: "dull_bell", 78: "sine", 79: "sine", 80: "square", 108: "kalimba", 109: "dsaw",
    110: "blade", 111: "dtri",
}  # fmt: skip
#: General MIDI percussion key → sample
DRUMS = {
    35: "drum_bass_soft", 36: "drum_bass_hard", 37: "drum_snare_soft", 38: "drum_snare_hard",
    39: "perc_snap", 40: "drum_snare_hard", 41: "drum_tom_lo_soft", 42: "drum_cymbal_closed",
    43: "drum_tom_lo_hard", 44: "drum_cymbal_pedal", 45: "drum_tom_mid_soft",
    46: "drum_cymbal_open", 47: "drum_tom_mid_hard", 48: "drum_tom_hi_soft", 49: "drum_splash_hard",
    50: "drum_tom_hi_hard", 51: "drum_cymbal_soft", 52: "drum_cymbal_hard", 53: "perc_bell",
    55: "drum_splash_soft", 56: "drum_cowbell", 57: "drum_splash_hard", 59: "drum_cymbal_soft",
}  # fmt: skip
OTHER_DRUM = "perc_snap2"

_SHARP = ("c", "cs", "d", "ds", "e", "f", "fs", "g", "gs", "a", "as", "b")
_FLAT = ("c", "db", "d", "eb", "e", "f", "gb", "g", "ab", "a", "bb", "b")
#: notes below this (the lowest octave of MIDI) have no name that a symbol could be
_LOWEST_NAMED = 12

_TUNED = """define :voice do |table|
  table.each do |pitch, step, sounding, amp|
    play pitch, { sustain: sounding || step, amp: amp }.compact if pitch
    sleep step
  end
end
"""
_UNTUNED = """define :drums do |table|
  table.each do |drum, step, _, amp|
    sample drum, { amp: amp }.compact if drum
    sleep step
  end
end
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """What begins at `onset` (quarter notes), as Ruby; `sounding` and `step` are in the beats of
    the tempo there."""

    onset: Fraction
    pitch: str
    step: Fraction
    sounding: Fraction | None
    velocity: int

    def ruby(self, usual: int) -> str:
        """The row; loudness is left out where it is `usual`, and so is a length that is the step"""
        values = [self.pitch, _number(self.step)]
        quiet = self.sounding is None or self.velocity == usual
        if self.sounding is not None and (self.sounding != self.step or not quiet):
            values.append("nil" if self.sounding == self.step else _number(self.sounding))
        if not quiet:
            values.append(_loudness(self.velocity))
        return f"[{', '.join(values)}]"


def to_sonic_pi(score: Score, *, live_loops: bool = False) -> str:
    """The Ruby source of a program that plays the score; with `live_loops` each voice begins again
    at the end, and may be changed while it plays.

    Raises RenderError when there are no notes.
    """
    if not score.notes:
        raise RenderError("there is nothing to play: the score has no notes")
    parts = sorted({note.part for note in score.notes})
    drums = {index for index in parts if score.parts[index].drums}
    blocks = ["\n".join(_heading(score)) + "\n"]
    blocks += [_TUNED] if len(drums) < len(parts) else []
    blocks += [_UNTUNED] if drums else []
    names = _names([score.parts[index] for index in parts])
    blocks += [
        _thread(score, index, name, live_loops=live_loops)
        for index, name in zip(parts, names, strict=True)
    ]
    return "\n".join(blocks)


def _heading(score: Score) -> Iterator[str]:
    """Comments: the title, how to run it, what a row is, what is not in it."""
    # Sonic Pi takes the name of a function before an equals sign for an assignment, here too.
    title = one_line(score.title).replace("=", "-")
    if title:
        yield f"# {title}"
    yield "# For Sonic Pi: paste it into a buffer and press Run; a long one, by run_file with the"
    yield "# path of this file. A row: note or notes, beats to the next row, beats it sounds (nil:"
    yield "# as many), loudness. One line a bar."
    left_out = [
        word
        for word, events in (("pedal and controllers", score.controls), ("bends", score.bends))
        if events
    ]
    if left_out:
        yield f"# Left out, since Sonic Pi has none: {' and '.join(left_out)}."


def _names(parts: Sequence[Part]) -> list[str]:
    """A name for each voice that Ruby takes as a symbol, no two alike."""
    names: list[str] = []
    for number, part in enumerate(parts, 1):
        name = re.sub(r"[^a-z0-9]+", "_", part.name.lower()).strip("_")[:30]
        if not name or name in names or not name[0].isalpha():
            name = f"voice_{number}"
        names.append(name)
    return names


def _thread(score: Score, index: int, name: str, *, live_loops: bool) -> str:
    part = score.parts[index]
    notes = [note for note in score.notes if note.part == index]
    usual = Counter(note.velocity for note in notes).most_common(1)[0][0]
    head = f"live_loop :{name} do" if live_loops else f"in_thread do  # {name}"
    if part.drums:
        lines = [head, f"  use_sample_defaults amp: {_loudness(usual)}"]
    else:
        synth = _SYNTHS.get(part.program, _FAMILIES[part.program // 8])
        defaults = f"release: 0.1, amp: {_loudness(usual)}"
        lines = [head, f"  use_synth :{synth}", f"  use_synth_defaults {defaults}"]
    tempos = {change.onset: change.qpm for change in score.tempos if change.onset < score.length}
    tempos.setdefault(Fraction(0), DEFAULT_QPM)
    starts = sorted(tempos)
    rows = _rows(score, notes, tempos, drums=part.drums)
    bars = bar_lines(score)
    for start, end in zip(starts, [*starts[1:], score.length], strict=True):
        lines += [
            f"  use_bpm {_number(tempos[start])}",
            f"  {'drums' if part.drums else 'voice'} [",
        ]
        by_bar: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            if start <= row.onset < end:
                by_bar[bisect_right(bars, row.onset)].append(row.ruby(usual))
        lines += [f"    {', '.join(bar)}," for bar in by_bar.values()]
        lines.append("  ]")
    return "\n".join([*lines, "end"]) + "\n"


def _rows(
    score: Score, notes: Sequence[Note], tempos: dict[Fraction, Fraction], *, drums: bool
) -> list[_Row]:
    """The rows of one voice, from the beginning to the end of the score; one begins wherever the
    tempo changes, so that no step has two tempos."""
    clock = score.clock()
    together: dict[Fraction, dict[tuple[Fraction, int], list[Note]]] = {
        onset: {} for onset in (Fraction(0), *tempos)
    }
    for note in notes:
        alike = together.setdefault(note.onset, {})
        alike.setdefault((note.duration, note.velocity), []).append(note)
    onsets = sorted(onset for onset in together if onset < score.length)
    rows = []
    for onset, following in zip(onsets, [*onsets[1:], score.length], strict=True):
        qpm = tempos[max(start for start in tempos if start <= onset)]
        groups = list(together[onset].values())
        if drums:
            groups = [[note] for group in groups for note in group]
        for place, group in enumerate(groups):
            sounding = _beats(clock, onset, group[0].end, qpm)
            step = following - onset if place + 1 == len(groups) else Fraction(0)
            names = [_pitch(note, score, drums=drums) for note in group]
            pitch = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
            rows.append(_Row(onset, pitch, step, sounding, group[0].velocity))
        if not groups:
            rows.append(_Row(onset, "nil", following - onset, None, 0))
    return rows


def _beats(clock: Clock, onset: Fraction, end: Fraction, qpm: Fraction) -> Fraction:
    """How long that is in beats of the tempo at its beginning, which Sonic Pi counts it in."""
    return (clock.exact(end) - clock.exact(onset)) * qpm / 60


def _pitch(note: Note, score: Score, *, drums: bool) -> str:
    """A note's name as a symbol (``:fs4``, by the key's own accidentals), its number where it is a
    microtone or has no name; of a drum the sample."""
    if drums:
        return f":{DRUMS.get(note.pitch, OTHER_DRUM)}"
    if note.cents:
        return _number(note.pitch + note.cents / 100)
    if note.pitch < _LOWEST_NAMED:
        return str(note.pitch)
    fifths = next((c.key.fifths for c in reversed(score.keys) if c.onset <= note.onset), 0)
    names = _FLAT if fifths < 0 else _SHARP
    return f":{names[note.pitch % 12]}{note.pitch // 12 - 1}"


def _loudness(velocity: int) -> str:
    """Sonic Pi's `amp`, of which 1 is usual, for a MIDI velocity."""
    return f"{velocity / 100:g}"


def _number(value: Fraction) -> str:
    """A number in Ruby, exactly: ``2`` or ``3/2r``."""
    exact = Fraction(value)
    return str(exact.numerator) if exact.denominator == 1 else f"{exact}r"
