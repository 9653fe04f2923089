"""ABC: the grammar of well-formed tunes, and what a user may ask of one."""
