"""One spelling for what sources write in many ways."""

import pytest

from musicrnn.corpus.spelling import infer_rhythm, spell_title
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
    ("title", "meter", "rhythm"),
    [
        ("Speed the Plough", "6/8", "jig"),
        ("Speed the Plough", "9/8", "slip jig"),
        ("Fisher's Hornpipe", "2/4", "hornpipe"),
        ("Quick Step. 25th Regt.", "2/4", "quick step"),
        ("Reeling", "5/4", ""),
    ],
)
def test_a_missing_rhythm_is_taken_from_the_title_or_else_from_the_metre(title, meter, rhythm):
    assert infer_rhythm(title, meter) == rhythm


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
