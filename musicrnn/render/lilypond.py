r"""ABC as LilyPond text (2.24), engraved by ``lilypond tune.ly``.

Every voice is a staff of its own, with key, metre, tempo, ties, graces, chord symbols, repeats and
endings as written; words are left out. Lengths that no note head has are written exactly: dyadic
ones as tied notes, others as the next longer head with a factor (``8*2/3``), so that a tuplet is
right in time though it has no bracket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from musicrnn.abc import parse_tune
from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Boundary, Event, Measure, Pitch, Voice
from musicrnn.errors import UsageError
from musicrnn.score import Key

__all__ = ["to_lilypond"]

#: alteration in semitones → what is added to a letter (Dutch names, LilyPond's default)
_ALTERED = {
    Fraction(-2): "eses", Fraction(-3, 2): "eseh", Fraction(-1): "es", Fraction(-1, 2): "eh",
    Fraction(0): "", Fraction(1, 2): "ih", Fraction(1): "is", Fraction(3, 2): "isih",
    Fraction(2): "isis",
}  # fmt: skip
_HEADS = (1, 2, 4, 8, 16, 32, 64, 128)
#: (ends a repeat, starts one) → bar line
_BAR_LINES = {(True, True): ":|.|:", (True, False): ":|.", (False, True): ".|:"}
_MODES = {"aeolian": "minor", "ionian": "major"}


def to_lilypond(text: str) -> str:
    """The LilyPond source of one ABC tune. Raises `AbcError` where there is no tune in it."""
    tune = parse_tune(text)
    timeline = read_timeline(tune)
    staves = "\n".join(_staff(voice) for voice in timeline.voices)
    composer = next((field.value for field in tune.fields if field.letter == "C"), "")
    return (
        '\\version "2.24.0"\n'
        f"\\header {{ title = {_quoted(tune.title)} composer = {_quoted(composer)} "
        "tagline = ##f }\n"
        f"\\score {{\n<<\n{staves}\n>>\n\\layout {{ }}\n\\midi {{ }}\n}}\n"
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _staff(voice: Voice) -> str:
    name = f" \\with {{ instrumentName = {_quoted(voice.name)} }}" if voice.name else ""
    lines = "\n".join(_measures(voice.measures))
    return f"\\new Staff{name} {{\n{lines}\n}}"


def _measures(measures: Sequence[Measure]) -> Iterator[str]:
    key: Key | None = None
    meter: MeterField | None = None
    qpm: Fraction | None = None
    for place, measure in enumerate(measures):
        words = []
        state = measure.state
        if place == 0 or not _joined(measure.before):
            words += _ending(measure.before)
        if state and state.key and state.key != key:
            key = state.key
            words.append(_key(key))
        if state and state.meter and state.meter != meter:
            meter = state.meter
            words += [f"\\time {meter.meter}"] if meter.meter else ["\\cadenzaOn"]
        if state and state.qpm and state.qpm != qpm:
            qpm = state.qpm
            words.append(f"\\tempo 4 = {round(qpm)}")
        full = meter.length if meter else None
        if full and 0 < measure.length < full:
            words.append(f"\\partial 1*{measure.length / 4}")
        words += _content(measure)
        words.append(_bar_line(measure.after, last=place + 1 == len(measures)))
        yield "  " + " ".join(words)


def _joined(boundary: Boundary) -> bool:
    """Whether nothing stands there: an ending or a part only cuts one bar in two."""
    return not boundary.bars and boundary.ending is None


def _ending(boundary: Boundary) -> list[str]:
    if boundary.ending is None:
        return []
    numbers = ",".join(map(str, boundary.ending.numbers))
    return [f"\\set Score.repeatCommands = #'((volta #f) (volta {_quoted(numbers)}))"]


def _key(key: Key) -> str:
    letter = key.tonic[0].lower() + key.tonic[1:].replace("#", "is").replace("b", "es")
    return f"\\key {letter} \\{_MODES.get(key.mode, key.mode)}"


def _bar_line(boundary: Boundary, *, last: bool) -> str:
    closing = "\\set Score.repeatCommands = #'((volta #f)) " if boundary.ends else ""
    kind = _BAR_LINES.get((boundary.ends > 0, boundary.starts))
    if kind is None:
        kind = "|." if last else "||" if boundary.double else ""
    return f'{closing}\\bar "{kind}"' if kind else "|"


def _content(measure: Measure) -> Iterator[str]:
    if measure.count > 1:
        yield f"R1*{measure.length / 4}"
        return
    symbols = {
        change.onset: str(change.value) for change in measure.changes if change.kind == "chord"
    }
    time = Fraction(0)
    for event in sorted(measure.events, key=lambda event: event.onset):
        if event.onset < time:
            continue  # an overlaid voice, which has no staff of its own
        if event.onset > time:
            yield from _lengths("s", event.onset - time)
        if event.graces:
            yield f"\\acciaccatura {_graces(event.graces)}"
        heads = list(_event(event, symbols.get(event.onset, "")))
        if event.after:
            heads[-1] = f"\\afterGrace {heads[-1]} {_graces(event.after)}"
        yield from heads
        time = event.onset + event.duration


def _graces(pitches: Sequence[Pitch]) -> str:
    return "{" + " ".join(f"{_note(pitch)}16" for pitch in pitches) + "}"


def _event(event: Event, symbol: str) -> Iterator[str]:
    if not event.pitches:
        yield from _lengths("r", event.duration)
        return
    notes = [_note(pitch) for pitch in event.pitches]
    head = notes[0] if len(notes) == 1 else f"<{' '.join(notes)}>"
    mark = f"^{_quoted(symbol)}" if symbol else ""
    parts = list(_lengths(head, event.duration, tied=any(p.tie for p in event.pitches)))
    yield parts[0] + mark
    yield from parts[1:]


def _note(pitch: Pitch) -> str:
    if pitch.node is None or pitch.altered not in _ALTERED:
        raise UsageError("LilyPond has no name for a note of this tune; write it in quarter tones")
    octave = "'" * (pitch.octave - 3) if pitch.octave > 3 else "," * (3 - pitch.octave)
    return pitch.node.step.lower() + _ALTERED[pitch.altered] + octave


def _lengths(head: str, quarters: Fraction, *, tied: bool = False) -> Iterator[str]:
    """`head` for that long, as one note or several tied ones."""
    tie = "~" if tied else ""
    join = "~" if head[0] not in "rs" else ""
    while quarters:
        length, text = _largest(quarters)
        quarters -= length
        yield head + text + (join if quarters else tie)


def _largest(quarters: Fraction) -> tuple[Fraction, str]:
    """The longest note head, dotted or not, that fits, or one with a factor that fits exactly."""
    if quarters.denominator & (quarters.denominator - 1):
        shortest = next((h for h in reversed(_HEADS) if Fraction(4, h) >= quarters), _HEADS[0])
        return quarters, f"{shortest}*{quarters / Fraction(4, shortest)}"
    for head in _HEADS:
        for count, factor in ((2, Fraction(7, 4)), (1, Fraction(3, 2)), (0, Fraction(1))):
            if Fraction(4, head) * factor <= quarters:
                return Fraction(4, head) * factor, f"{head}{'.' * count}"
    return quarters, f"128*{quarters * 32}"
