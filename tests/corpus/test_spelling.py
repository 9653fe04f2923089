"""One spelling for what sources write in many ways."""

import pytest

from musicrnn.corpus.spelling import rhythm_of_title, spell_title
from musicrnn.theory.dances import spell_rhythm


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("reel", "reel"),
        ("Reel", "reel"),
        (" REEL", "reel"),
        ("slipjig", "slip jig"),
        ("slip  jig", "slip jig"),
        ("Double jig", "jig"),
        ("hornpipe, reel", "hornpipe"),
        ("highland fling", "fling"),
        ("", ""),
    ],
)
def test_rhythms(written, spelled):
    assert spell_rhythm(written) == spelled


@pytest.mark.parametrize(
    ("title", "rhythm"),
    [
        ("Fisher's Hornpipe", "hornpipe"),
        ("Quick Step. 25th Regt.", "quick step"),
        ("Speed the Plough -- Reel.", "reel"),
        ("The Slip Jig", "slip jig"),
        ("Speed the Plough", ""),
        ("Reeling", ""),
    ],
)
def test_a_missing_rhythm_is_taken_from_the_title_or_not_at_all(title, rhythm):
    assert rhythm_of_title(title) == rhythm


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("42d Highland Regiment -- Strathspey", "42d Highland Regiment"),
        ("The Ranting Highlandman.", "The Ranting Highlandman"),
        ("NELSON'S VICTORY", "Nelson's Victory"),
        ("  The   Kesh ", "The Kesh"),
        ("Wait...", "Wait..."),
        ("La Cafe\u0301", "La Café"),
    ],
)
def test_titles(written, spelled):
    assert spell_title(written) == spelled
