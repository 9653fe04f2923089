"""Score ↔ pretty_midi and music21: nothing is lost that the other side can say."""

from fractions import Fraction

import pytest

from musicrnn.errors import RenderError
from musicrnn.render import from_music21, to_music21, to_pretty_midi
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

DUET = Score.of(
    [
        Note(Fraction(0), 62, Fraction(1, 3)),
        Note(Fraction(1, 3), 64, Fraction(1, 3)),
        Note(Fraction(2, 3), 66, Fraction(1, 3), 100),
        Note(Fraction(1), 69, Fraction(3, 2)),
        Note(Fraction(1), 74, Fraction(3, 2)),
        Note(Fraction(0), 50, Fraction(3), part=1),
    ],
    parts=[Part("Flute", 73), Part("Bass", 32)],
    tempos=[TempoChange(Fraction(0), Fraction(96))],
    meters=[MeterChange(Fraction(0), Meter(3, 4))],
    keys=[KeyChange(Fraction(0), Key("Bb", "lydian"))],
    chords=[ChordSymbol(Fraction(0), "Bb7"), ChordSymbol(Fraction(1), "Gm/D")],
    title="Duet",
)


def test_music21_and_back():
    assert from_music21(to_music21(DUET)) == DUET


def test_pretty_midi_has_the_notes_at_their_seconds():
    flute, bass = to_pretty_midi(DUET).instruments
    assert (flute.program, bass.program) == (73, 32)
    assert flute.notes[0].end == pytest.approx(60 / 96 / 3, abs=1e-3)
    assert [note.pitch for note in flute.notes] == [62, 64, 66, 69, 74]


def test_music21_ties_are_joined_and_repeats_played_out():
    from music21 import bar, converter

    tune = converter.parse("tinyNotation: 2/4 G4 A4~ A4 B4").makeMeasures()
    tune.getElementsByClass("Measure").first().leftBarline = bar.Repeat("start")
    tune.getElementsByClass("Measure").last().rightBarline = bar.Repeat("end")
    score = from_music21(tune)
    assert [(note.pitch, note.duration) for note in score.notes] == 2 * [(55, 1), (57, 2), (59, 1)]


def test_a_chorale_of_four_voices():
    from music21 import corpus

    chorale = from_music21(corpus.parse("bach/bwv66.6"))
    assert [part.name for part in chorale.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert (len(chorale.notes), chorale.length) == (163, 36)
    assert chorale.keys[0].key == Key("F#", "minor")


def test_a_stream_of_nothing():
    from music21 import stream

    with pytest.raises(RenderError, match="no notes"):
        from_music21(stream.Score())
