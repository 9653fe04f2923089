"""`Score` to and from `pretty_midi.PrettyMIDI` and `music21.stream.Score`.

pretty_midi knows seconds and MIDI events, so what it carries is what a MIDI file carries.
music21 knows notation: exact offsets in quarter notes, modes, chord symbols by name.
"""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from musicrnn.errors import FormatError, MissingExtraError, RenderError
from musicrnn.midi.writer import to_midi
from musicrnn.musicxml.package import parse
from musicrnn.score import (
    ChordSymbol,
    Key,
    KeyChange,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)

if TYPE_CHECKING:
    import music21
    import pretty_midi

__all__ = ["from_music21", "from_musicxml", "from_pretty_midi", "to_music21", "to_pretty_midi"]

#: music21 spells a flat as ``-`` (``B-7``); everyone else as ``b``.
_FLAT_AFTER_LETTER = re.compile(r"(?<![A-Za-z])([A-G])-")


def _require_music21() -> None:
    """Raise `MissingExtraError` where music21 is not installed."""
    if importlib.util.find_spec("music21") is None:
        raise MissingExtraError("an exchange with music21", "corpora")


def to_pretty_midi(score: Score) -> pretty_midi.PrettyMIDI:
    """The score as a `pretty_midi.PrettyMIDI`."""
    import pretty_midi

    return pretty_midi.PrettyMIDI(io.BytesIO(to_midi(score)))


def from_pretty_midi(midi: pretty_midi.PrettyMIDI) -> Score:
    """The score of a `pretty_midi.PrettyMIDI`, its seconds put on the object's own tick grid.

    Raises MidiError when what pretty_midi writes cannot be read.
    """
    from musicrnn.midi import read

    out = io.BytesIO()
    midi.write(out)
    return read(out.getvalue())


def to_music21(score: Score) -> music21.stream.Score:
    """The score as a `music21.stream.Score`: a part for each part, exact offsets, no measures.

    Measures, ties and beams are notation: call ``.makeNotation()`` on a part for them.
    """
    _require_music21()
    from music21 import instrument, metadata, stream

    out = stream.Score()
    out.insert(0, metadata.Metadata(title=score.title or None))
    for index, part in enumerate(score.parts):
        line = stream.Part(id=f"part-{index}")
        line.partName = part.name or None
        player: Any
        if part.drums:
            player = instrument.UnpitchedPercussion()
            player.midiChannel = 9
        else:
            player = instrument.instrumentFromMidiProgram(part.program)
        line.insert(0, player)
        if index == 0:
            for onset, element in _conducting(score):
                line.insert(onset, element)
        for onset, element in _sounding(score, index):
            line.insert(onset, element)
        out.insert(0, line)
    return out


def _conducting(score: Score) -> Iterator[tuple[Fraction, Any]]:
    """Tempo marks, metres, keys and chord symbols as music21 has them."""
    from music21 import harmony, key, meter, tempo

    for change in score.tempos:
        mark = tempo.MetronomeMark(number=float(change.qpm), referent=1.0)
        yield change.onset, mark
    for measured in score.meters:
        if measured.meter is not None:
            yield measured.onset, meter.TimeSignature(str(measured.meter))
    for keyed in score.keys:
        tonic = keyed.key.tonic.replace("b", "-")
        yield keyed.onset, key.Key(tonic, keyed.key.mode)
    for chord in score.chords:
        root = re.sub(r"(?<![A-Za-z])([A-G])b", r"\1-", chord.text)
        try:
            symbol = harmony.ChordSymbol(root)
        except Exception:  # noqa: BLE001 - music21 raises many kinds for a figure it does not know
            symbol = harmony.NoChord(chord.text)
        yield chord.onset, symbol


def _sounding(score: Score, index: int) -> Iterator[tuple[Fraction, Any]]:
    """The notes of one part; notes that start and end together make one chord."""
    from music21 import chord, note

    together: dict[tuple[Fraction, Fraction], list[Note]] = {}
    for sounding in score.notes:
        if sounding.part == index:
            together.setdefault((sounding.onset, sounding.duration), []).append(sounding)
    for (onset, duration), group in together.items():
        pitches = [sounding.pitch for sounding in group]
        element: Any = note.Note(pitches[0]) if len(pitches) == 1 else chord.Chord(pitches)
        element.quarterLength = duration
        element.volume.velocity = group[0].velocity
        yield onset, element


def from_music21(music: music21.stream.Stream[Any]) -> Score:
    """The score of a music21 stream: repeats played out, ties joined, chord symbols kept.

    Parts are the stream's parts (a stream without parts is one). Tempo, metre and key are taken
    from the first part that has any. Raises RenderError when the stream has no notes.
    """
    _require_music21()
    from music21 import stream

    music = _expanded(music)
    lines = list(music.getElementsByClass(stream.Part)) or [music]
    score = Score.of(())
    notes: list[Note] = []
    parts: list[Part] = []
    for index, line in enumerate(lines):
        flat = line.stripTies().flatten()
        notes += _notes(flat, index)
        parts.append(_part(line))
        score = _conducted(score, flat)
    if not notes:
        raise RenderError("the music21 stream has no notes")
    title = (music.metadata.title if music.metadata else None) or ""
    score = replace(score, parts=tuple(parts), title=title)
    score = score.with_notes(notes)
    return replace(score, length=max(score.length, Fraction(music.highestTime)))


def from_musicxml(data: bytes, *, file: str | None = None) -> Score:
    """The score of a MusicXML file, plain or packed (.mxl), read by music21.

    Raises FormatError when it is not one.
    """
    _require_music21()
    from music21 import converter

    text = ElementTree.tostring(parse(data, file=file), encoding="unicode")
    try:
        music = converter.parseData(text, format="musicxml")
    except Exception as error:  # noqa: BLE001 - music21 and the XML parser raise what they like
        reason = str(error).partition("\n")[0]
        raise FormatError(f"not MusicXML that can be read ({reason})", file=file) from None
    if music is None:
        raise FormatError("not MusicXML that can be read", file=file)
    return from_music21(music)


def _expanded(music: Any) -> Any:
    """The stream with repeats played out; as it is without measures or with unmatched repeats."""
    from music21.exceptions21 import Music21Exception

    try:
        return music.expandRepeats()
    except Music21Exception:
        return music


def _part(line: Any) -> Part:
    from music21 import instrument

    player = line.getInstrument(returnDefault=True)
    drums = isinstance(player, instrument.UnpitchedPercussion)
    program = player.midiProgram
    name = getattr(line, "partName", None) or ""
    return Part(name, program if program is not None and not drums else 0, drums)


def _notes(flat: Any, part: int) -> Iterator[Note]:
    """Notes of a flat stream; grace notes (of no length) and chord symbols are left out."""
    from music21 import harmony

    for element in flat.notes:
        duration = Fraction(element.quarterLength)
        if duration <= 0 or isinstance(element, harmony.Harmony):
            continue
        velocity = element.volume.velocity or 80
        for pitch in element.pitches:
            yield Note(Fraction(element.offset), pitch.midi, duration, velocity, part)


def _conducted(score: Score, flat: Any) -> Score:
    """The score with the tempos, metres, keys and chords of `flat` where it has none yet."""
    tempos = [
        TempoChange(Fraction(mark.offset), Fraction(round(mark.getQuarterBPM() * 1000), 1000))
        for mark in flat.getElementsByClass("MetronomeMark")
        if mark.getQuarterBPM()
    ]
    meters = [
        MeterChange(Fraction(sign.offset), Meter(sign.numerator, sign.denominator))
        for sign in flat.getElementsByClass("TimeSignature")
    ]
    keys = [
        KeyChange(Fraction(sign.offset), _key(sign))
        for sign in flat.getElementsByClass("KeySignature")
    ]
    chords = [
        ChordSymbol(Fraction(symbol.offset), _FLAT_AFTER_LETTER.sub(r"\1b", symbol.figure))
        for symbol in flat.getElementsByClass("ChordSymbol")
        if symbol.figure
    ]
    return replace(
        score,
        tempos=score.tempos or tuple(tempos),
        meters=score.meters or tuple(meters),
        keys=score.keys or tuple(keys),
        chords=score.chords or tuple(chords),
    )


def _key(sign: Any) -> Key:
    """The key; a bare signature (no mode known) is read as major."""
    from music21 import key

    named = sign if isinstance(sign, key.Key) else sign.asKey("major")
    return Key(named.tonic.name.replace("-", "b"), named.mode)
