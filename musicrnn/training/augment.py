"""The same tune in other keys, so that a model learns the tune and not its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.score import Key

__all__ = ["transpositions", "usual_keys"]

#: A key is offered to transposed tunes when at least this share of the tunes stands in it: a
#: rarer one would teach the model keys that nobody plays in, and spellings full of sharps.
LEAST_SHARE = 0.02


def usual_keys(pieces: Sequence[Piece]) -> list[Key]:
    """The keys in which at least `LEAST_SHARE` of the ABC pieces stand, the most usual first."""
    from musicrnn import abc

    counts = Counter(piece.key for piece in pieces if piece.format == "abc")
    keys = []
    for key, n in counts.most_common():
        with suppress(UsageError):  # bagpipe tunes, tunes without a key
            keys += [abc.parse_key(key)] if n >= LEAST_SHARE * len(pieces) else []
    return list(dict.fromkeys(keys))


def transpositions(piece: Piece, keys: Sequence[Key]) -> Iterator[Piece]:
    """The tune in every other one of `keys` that has its mode, reached by the shorter way.

    A tune that cannot be moved (no key, bagpipes, notes beyond double sharps) gives nothing.
    """
    from musicrnn import abc

    if piece.format != "abc" or not isinstance(piece.content, str):
        return
    try:
        home = abc.parse_key(piece.key)
    except UsageError:
        return
    tune = abc.parse(piece.content).tunes[0]
    for key in keys:
        if key == home or key.mode != home.mode:
            continue
        try:
            moved = abc.transpose(tune, to=key)
        except UsageError:
            continue
        yield replace(piece, content=abc.write(moved), key=str(key))
