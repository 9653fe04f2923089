"""``python -m musicrnn`` is the command ``musicrnn``."""

from musicrnn.cli import main

main()
