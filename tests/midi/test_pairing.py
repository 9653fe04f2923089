"""Note-ons and note-offs, matched all at once and one after the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.midi.pairing import HANGING, OFF, ON, RELEASE, pair, pair_in_turn


def test_first_in_first_out() -> None:
    keys, on = np.array([7, 7, 7, 7]), np.array([True, True, False, False])
    partners, strays = pair(keys, on)
    assert (partners.tolist(), strays.tolist()) == ([2, 3], [])


def test_a_release_ends_what_sounds_on_its_channel_and_nothing_later() -> None:
    other = 1 << 7 | 60
    keys, kinds = [60, other, 0, 60, 60], [ON, ON, RELEASE, ON, OFF]
    assert pair_in_turn(keys, kinds) == ([2, HANGING, 4], [])


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_both_ways_agree(events: list[tuple[int, bool]]) -> None:
    keys = np.array([key for key, _ in events], np.int64)
    on = np.array([starts for _, starts in events], bool)
    partners, strays = pair(keys, on)
    kinds = [ON if starts else OFF for _, starts in events]
    assert (partners.tolist(), strays.tolist()) == pair_in_turn(keys.tolist(), kinds)
