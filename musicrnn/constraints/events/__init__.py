"""Event sequences (MIDI): the controls and the constraint of each tokenizer."""
