"""What musicians do with a tune that they have: chords, another voice, variations, practice."""
