"""The first of several equal fingerprints is found, however many passes it takes."""

import numpy as np
import pytest

from musicrnn.corpus import dedupe


@pytest.mark.parametrize("at_once", [1 << 21, 64])
def test_each_record_is_led_to_the_first_like_it(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(dedupe, "MOST_AT_ONCE", at_once)
    rng = np.random.default_rng(1)
    kinds = rng.integers(0, 256, (150, 16), np.uint8)
    kinds[0] = 0  # left out: never a duplicate
    chosen = rng.integers(0, 150, 500)
    (tmp_path / "prints").write_bytes(kinds[chosen].tobytes())
    first = dedupe.first_occurrences(tmp_path / "prints", tmp_path / "first")
    for number, kind in enumerate(chosen):
        expected = number if kind == 0 else list(chosen).index(kind)
        assert first[number] == expected


def test_no_records_have_no_duplicates(tmp_path):
    (tmp_path / "prints").write_bytes(b"")
    assert len(dedupe.first_occurrences(tmp_path / "prints", tmp_path / "first")) == 0
