"""Music as it happens: through the speakers, with a MIDI keyboard."""
