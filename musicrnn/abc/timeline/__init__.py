"""Tree to time: voices, bars, note lengths, the order in which parts are played."""
