"""What a network is told beside each token: where the piece stands.

A recurrent network counts badly, and what it miscounts (how much of the bar is left, which bar of
the section this is) is exact knowledge that reading the tokens gives. A tokenizer that can read
its own tokens so has `features`, an object of this protocol. Beside token t the network gets the
values that hold *after* t, for the token to come; beside the end token that starts a piece, those
of its beginning.

A place is immutable and says everything about what has been read, so that a sampler that goes
back to an earlier step takes the place of then, and copying one is copying a reference. `after` is
total: it takes any token after any others, since a free model may write anything.

To give a tokenizer features: write a class with `sizes`, `start`, `after` and `values`, return it
from the tokenizer's `features`, and let an option of the tokenizer switch it on, so that bundles
without it still load. Training (`training.batching`), the Keras model (`training.network`) and the
NumPy step (`sampling.engine`) do the rest: each value is looked up in an embedding of its own, of
`feature_width` numbers, that stands beside the token's.

    class Beats:  # of four voices in turn on a grid of sixteenths

        sizes = {"voice": 4, "beat": 4}

        def start(self) -> int:
            return 0

        def after(self, place: int, token: int) -> int:
            return (place + 1) % 16

        def values(self, place: int) -> tuple[int, ...]:
            return place % 4, place // 4
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Features", "along"]


class Features(Protocol):
    """Reads tokens one after the other and says where the piece stands."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Name → number of values of each feature, in the order of `values`."""
        ...

    def start(self) -> Any:
        """The place before the first token of a piece."""
        ...

    def after(self, place: Any, token: int) -> Any:
        """The place after `token`, whatever it is; `place` itself does not change."""
        ...

    def values(self, place: Any) -> tuple[int, ...]:
        """The value of each feature at a place, from 0 up to its size."""
        ...


def along(features: Features, ids: Iterable[int]) -> npt.NDArray[np.int32]:
    """The values at the start of a piece and after each of its ids, (len(ids) + 1, features).

    Features that are slow to read may have an `along` of their own, which remembers them.
    """
    own = getattr(features, "along", None)
    if own is not None:
        values_along: npt.NDArray[np.int32] = own(tuple(ids))
        return values_along
    place = features.start()
    rows = [features.values(place)]
    after, values = features.after, features.values
    for token in ids:
        place = after(place, token)
        rows.append(values(place))
    return np.array(rows, np.int32)
