"""MusicXML, read and written, and the bridges to music21 and pretty_midi.

>>> from musicrnn import abc, musicxml
>>> tune = abc.parse_tune("X:1\\nT:Scale\\nM:4/4\\nL:1/4\\nK:C\\nCDEF|\\n")
>>> again = musicxml.read(musicxml.write(tune))
>>> again.title
'Scale'
"""

from musicrnn.musicxml.package import is_musicxml, pack
from musicrnn.musicxml.read import MusicXmlTune, read, read_tune
from musicrnn.musicxml.writer import write

__all__ = ["MusicXmlTune", "is_musicxml", "pack", "read", "read_tune", "write"]
