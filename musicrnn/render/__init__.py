"""`Score` or ABC text → MIDI, sound, score picture, MusicXML.

The submodules are imported here, the heavy libraries they use only when they are called.
"""

from musicrnn.render.audio import AUDIO_FORMATS, Audio, to_audio
from musicrnn.render.exchange import from_music21, from_pretty_midi, to_music21, to_pretty_midi
from musicrnn.render.midi import restyled, to_midi
from musicrnn.render.soundfonts import find_soundfont

__all__ = [
    "AUDIO_FORMATS",
    "Audio",
    "find_soundfont",
    "from_music21",
    "from_pretty_midi",
    "restyled",
    "to_audio",
    "to_midi",
    "to_music21",
    "to_pretty_midi",
]
