"""Reading MIDI files, and the music theory that a line and its chords need."""

from musicrnn.midi.diagnostics import Diagnostic
from musicrnn.midi.reader import MidiFile, check, load, read, read_with_warnings

__all__ = ["Diagnostic", "MidiFile", "check", "load", "read", "read_with_warnings"]
