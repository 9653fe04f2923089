"""`Score` or ABC text → MIDI, sound, score picture, piano roll, MusicXML.

The submodules are imported here, the heavy libraries they use only when they are called.
"""

from musicrnn.midi.writer import to_midi
from musicrnn.musicxml.exchange import (
    from_music21,
    from_musicxml,
    from_pretty_midi,
    to_music21,
    to_pretty_midi,
)
from musicrnn.render.audio import AUDIO_FORMATS, Audio, to_audio
from musicrnn.render.engraver_client import Worker
from musicrnn.render.engraving import PAPERS, Engraving, book_pdf, engrave, to_music_xml
from musicrnn.render.performance import accompany, backed, performed, restyled
from musicrnn.render.pianoroll import piano_roll, piano_roll_spans
from musicrnn.render.player import audio_player, gallery_html, mimebundle, player_html
from musicrnn.render.soundfonts import find_soundfont
from musicrnn.render.synthesizers import SYNTHESIZERS
from musicrnn.render.timemap import Sounding
from musicrnn.render.writing import EXTENSIONS, PICTURES, encode, save

__all__ = [
    "AUDIO_FORMATS",
    "EXTENSIONS",
    "PAPERS",
    "PICTURES",
    "SYNTHESIZERS",
    "Audio",
    "Engraving",
    "Sounding",
    "Worker",
    "accompany",
    "audio_player",
    "backed",
    "book_pdf",
    "encode",
    "engrave",
    "find_soundfont",
    "from_music21",
    "from_musicxml",
    "from_pretty_midi",
    "gallery_html",
    "mimebundle",
    "performed",
    "piano_roll",
    "piano_roll_spans",
    "player_html",
    "restyled",
    "save",
    "to_audio",
    "to_midi",
    "to_music21",
    "to_music_xml",
    "to_pretty_midi",
]
