"""A judge for a model: its own drafts of the dances it knows, beside the tunes it learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from musicrnn.generation.judge import Judge
from musicrnn.generation.model import Model
from musicrnn.piece import Piece

__all__ = ["learned_judge"]

#: the seed of the drafts, far from those that people choose
_SEED = 3_000_000_000
_MOST_KINDS, _FEWEST = 6, 16


def learned_judge(model: Model, pieces: Sequence[Piece], *, drafts: int = 2400) -> Judge | None:
    """A judge that tells the tunes in `pieces`, from which the model learned, from `drafts` of its
    own in the dances of which there are most; None where there are too few tunes to learn from."""
    kinds = Counter((piece.rhythm, piece.meter) for piece in pieces if piece.rhythm)
    usual = [(kind, n) for kind, n in kinds.most_common(_MOST_KINDS) if n >= _FEWEST]
    total = sum(n for _, n in usual)
    written: list[str] = []
    for (rhythm, meter), n in usual:
        count = max(_FEWEST, round(drafts * n / total))
        drawn = model.stream(count, seed=_SEED, best_of=1, rhythm=rhythm, meter=meter)
        written += [tune.text for tune in drawn]
    if not written:
        return None
    return Judge.fit([str(piece.content) for piece in pieces], written)
