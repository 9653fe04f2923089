"""The terminal: parse arguments, call, show. No logic of its own."""

from musicrnn.cli.app import main

__all__ = ["main"]
