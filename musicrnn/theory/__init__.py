"""Music theory: pitch, chords, keys, melody, harmony, instruments. Knows scores, and no format."""
