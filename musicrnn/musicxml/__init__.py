"""MusicXML, read and written, and the bridges to music21 and pretty_midi."""
