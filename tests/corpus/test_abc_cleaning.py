"""What is left of a tune as people write them."""

import pytest

from musicrnn import abc
from musicrnn.corpus.abc_reader import read_abc, split_book
from musicrnn.corpus.rules import Clean, RhythmRange, Source
from musicrnn.corpus.sources import Item

SOURCE = Source("test", "test.abc", licence="ours")
RULES = Clean(least_bars=2)


def findings(text, *, source=SOURCE, **rules):
    data = text.encode()
    item = Item(0, "test.abc", "test.abc", len(data))
    return list(read_abc(item, data, source, Clean(**{"least_bars": 2, **rules})))


def cleaned(text, **rules):
    (found,) = findings(text, **rules)
    assert found.piece is not None, (found.reason, found.detail)
    return found.piece.content


def reason(text, **rules):
    (found,) = findings(text, **rules)
    assert found.piece is None
    return found.reason


def tune(body, header="M:4/4\nL:1/4\n", key="C"):
    return f"X:1\nT:A Tune\n{header}K:{key}\n{body}\n"


def body(text, **rules):
    return cleaned(tune(text), **rules).split("K:C\n")[1]


def test_the_header_is_what_a_model_learns_in_one_spelling():
    text = (
        "X: 0012\nT: SPEED THE PLOUGH -- REEL\nT:other title\nC:someone\nR:  REEL \nM:C|\n"
        "Q:1/2=90\nN:a note\nK:D Major\nDFAd BAFA|DFAd B2A2|]\nW:words\n"
    )
    assert cleaned(text).startswith("X:12\nT:Speed The Plough\nR:reel\nM:2/2\nL:1/8\nK:D\nDFAd")


def test_what_neither_sounds_nor_shapes_the_music_goes():
    assert body('"4"C"^slow"D"Am"E .F|{/vg}G`A !f!(BTc) % end\nw: la la\n|]') == (
        "CDE F|{g}GA BTc|]\n"
    )


def test_chords_slurs_and_decorations_stay_where_asked_for():
    kept = body('"Am"C(DE) .F|GABc|]', chords=True, slurs=True, decorations=("staccato",))
    assert kept == '"Am"C(DE) .F|GABc|]\n'


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        # one line has four bars; sections have lines of their own
        ("c4|c4|\nc4|c4|c4|c4|c4|c4", "c4|c4|c4|c4|\nc4|c4|c4|c4|]\n"),
        ("c4|\\\nc4|]", "c4|c4|]\n"),
        # every repeat has its start, and :: is two bar lines
        ("c4|d4::e4|f4:|", "|:c4|d4:|\n|:e4|f4:|\n"),
        ("c4|d4:|\n|e4|f4||", "|:c4|d4:|\ne4|f4|]\n"),
        ("c4|d4||e4|f4:|", "c4|d4||\n|:e4|f4:|\n"),
        ("c4|d4|:e4|f4:|", "c4|d4||\n|:e4|f4:|\n"),
        # a pickup that the repeat leaves room for is in the repeat
        ("c|:c4|d3:|", "|:c|c4|d3:|\n"),
        ("c|:c4|d4:|", "c|:c4|d4:|\n"),
        ("|:c|c4|d3:|e|:e4|f3:|", "|:c|c4|d3:|\n|:e|e4|f3:|\n"),
        ("(3cde|:c4|1d2:|2d4|]", "|:(3cde|c4|1d2:|2d4|]\n"),
        ("c4|d4|]e4|f4|]", "c4|d4||\ne4|f4|]\n"),
        # variant endings
        ("c4|1d4:|2e4|", "|:c4|1d4:|2e4|]\n"),
        ("c4|1d4:|2e4:|", "|:c4|1d4:|2e4|]\n"),
        # bar lines that meet, and the last one
        ("|c4||\n|d4", "c4||\nd4|]\n"),
        ("||:c4|d4:||", "|:c4|d4:|\n"),
        ("c4|d4||", "c4|d4|]\n"),
    ],
)
def test_one_spelling_of_form(written, spelled):
    assert body(written, least_bars=1) == spelled


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("c-d e-e|c4-|c4|]", "cd e-e|c4-|c4|]\n"),  # a tie between two pitches is a slur
        ("{a/}(3cde f{g2a}|]", "(3{a}cde f{ga}|]\n"),
        ("^c^c=cc|^c=c c2|]", "^cc=cc|^c=c c2|]\n"),
        ("=c_B=BB|_BB c2|]", "c_B=BB|_BB c2|]\n"),
        ("^cC c2|^cc=C2|]", "^c^C c2|^cc=C2|]\n"),  # what holds, where one might doubt it
        ("_b=B c2|=cC c2|]", "_b=B c2|cC c2|]\n"),
        ("^c4-|c4|^c4-|^c4|]", "^c4-|c4|^c4-|^c4|]\n"),
        ("{^c}c2 c2|]", "{^c}c2 c2|]\n"),
    ],
)
def test_one_spelling_of_notes(written, spelled):
    assert body(written, least_bars=1) == spelled


def test_cleaning_a_clean_tune_changes_nothing():
    once = cleaned(tune("c|:c4|1d4:|2e3|]c|:{g}A-A/A/(3cde|f3z:|"))
    assert cleaned(once) == once
    assert abc.check(once, strict=True) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (tune("c4|c5|c4|]"), "bar-length"),
        (tune("|:c4|c4|]"), "repeat-unclosed"),
        (tune("c4|c4 & e4|]"), "several-voices"),
        (tune("V:1\nc4|c4|]\nV:2\ne4|e4|]"), "several-voices"),
        (tune("c4|[K:D]c4|]"), "changes"),
        (tune("c4|c4|\nM:3/4\nc3|]"), "changes"),
        (tune("c4|c4|]", header="L:1/4\n"), "no-metre"),
        (tune("c4|c4|]", key="none"), "no-key"),
        (tune("c4|]", header="M:4/4\nL:1/4\n"), "too-short"),
        (tune("", header="M:4/4\nL:1/4\n"), "empty-tune"),
        ("X:1\nT:no key\nM:4/4\n", "no-key"),
    ],
)
def test_a_tune_that_is_left_out_says_why(text, why):
    assert reason(text) == why


def test_a_tune_longer_than_wanted_is_left_out():
    assert reason(tune("c4|" * 100 + "c4|]"), most_characters=100) == "too-long"


def test_the_changes_of_a_tune_may_be_kept():
    assert "[K:D]" in cleaned(tune("c4|[K:D]c4|]"), fields=True)


def test_duplicates_are_found_in_another_key_unit_and_title():
    (first,) = findings(tune("CDEF|GABc|]"))
    (second,) = findings("X:9\nT:Other\nM:4/4\nL:1/8\nK:D\nD2E2F2G2|A2B2c2d2||\n")
    (third,) = findings(tune("CDEF|GAB2|]"))
    assert first.fingerprint == second.fingerprint != third.fingerprint


def test_settings_that_open_alike_are_of_one_group():
    (first,) = findings(tune("CDEF|GABc|cBAG|FEDC|EFGA|]"))
    (second,) = findings(tune("CDEF|GABc|cBAG|FEDC|E4|]"))
    assert first.group == second.group
    assert first.fingerprint != second.fingerprint


def test_a_rhythm_that_a_source_leaves_out_is_known_from_the_book_or_the_title_or_not():
    text = "X:7\nT:A Tune\nM:6/8\nL:1/8\nK:C\nCDE FGA|GFE DEF|]\n"
    book = Source("b", "b", rhythms=(RhythmRange(1, 10, "air"),))
    (given,) = findings(text, source=book)
    (titled,) = findings(text.replace("T:A Tune", "T:The Lass's Jig"))
    (unknown,) = findings(text)
    assert [found.piece.rhythm for found in (given, titled, unknown)] == ["air", "jig", ""]


@pytest.mark.parametrize(
    ("rhythm", "before", "body", "after", "written"),
    [
        # the reel in 2/4 and the one in cut time are the same tune
        ("reel", "2/4 1/16", "GABc d2B2|c2A2 G4|]", "4/4 1/8", "GABc d2B2|c2A2 G4|]"),
        ("reel", "2/2 1/8", "GABc d2B2|c2A2 G4|]", "4/4 1/8", "GABc d2B2|c2A2 G4|]"),
        ("hornpipe", "2/4 1/8", "G/A/B/c/ dB|cA G2|]", "4/4 1/8", "GABc d2B2|c2A2 G4|]"),
        ("jig", "6/8 1/16", "G4A2 B6|G12|]", "6/8 1/8", "G2A B3|G6|]"),
        ("polka", "2/4 1/16", "G2A2 B4|G8|]", "2/4 1/8", "GA B2|G4|]"),
        ("air", "2/4 1/16", "G2A2 B4|G8|]", "2/4 1/16", "G2A2 B4|G8|]"),
        ("", "2/4 1/16", "G2A2 B4|G8|]", "2/4 1/16", "G2A2 B4|G8|]"),
    ],
)
def test_a_dance_is_written_as_players_of_today_write_it(rhythm, before, body, after, written):
    def header(meter_and_unit):
        meter, unit = meter_and_unit.split()
        return f"M:{meter}\nL:{unit}\n"

    text = tune(body, (f"R:{rhythm}\n" if rhythm else "") + header(before))
    (found,) = findings(text, notation="players")
    assert found.piece.content.endswith(f"{header(after)}K:C\n{written}\n")
    (as_it_was,) = findings(text)
    assert as_it_was.piece.content.endswith(f"{header(before)}K:C\n{body}\n")
    changed = before.split()[0] != after.split()[0]
    assert found.source_meter == (before.split()[0] if changed else "")
    assert found.fingerprint == as_it_was.fingerprint


def test_a_jig_in_nine_is_a_slip_jig():
    (found,) = findings(tune("G3 A3 B3|c9|]", "R:jig\nM:9/8\nL:1/8\n"), notation="players")
    assert found.piece.rhythm == "slip jig"


def test_the_tradition_of_a_book_stands_in_the_header():
    (found,) = findings(tune("CDEF|GABc|]"), source=Source("b", "b", style="irish"))
    assert found.piece.content.startswith("X:1\nT:A Tune\nO:irish\nM:4/4\n")


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        ("CDEF GABc|cBAG|FEDC|]", "CDEF|GABc|cBAG|FEDC|]"),  # a bar line was forgotten
        ("|:CDEF|GABc|cBAG|FEDC||", "|:CDEF|GABc|cBAG|FEDC:|"),
        ("CDEF|GAB|cBAG|FEDC|]", None),  # only a rest would fill it, and that is a guess
        ("CDE|GAB|cBA|FED|]", None),
    ],
)
def test_a_tune_is_mended_where_nothing_is_guessed(body, mended):
    assert reason(tune(body)) in ("bar-length", "repeat-unclosed", "bar-incomplete")
    (found,) = findings(tune(body), mend=True)
    if mended is None:
        assert found.piece is None
    else:
        assert found.piece.content.split("K:C\n")[1] == f"{mended}\n"
        assert found.mended


def test_a_book_gives_one_finding_for_each_number_with_its_line():
    book = "% a book\nM:4/4\nL:1/4\n\nX:1\nT:a\nK:C\nCDEF|GABc|]\n\ntext\n\nX:2\nT:b\nK:C\nC\n"
    first, second = findings(book)
    assert (first.line, first.number, first.title, bool(first.piece)) == (5, "1", "a", True)
    assert (second.line, second.number, second.title, second.reason) == (
        12, "2", "b", "too-short",
    )  # fmt: skip


def test_the_fields_of_a_file_stand_before_each_of_its_tunes():
    tunes = [text for _, _, text in split_book("M:3/4\n\nX:1\nK:C\nc3|\n\nX:2\nK:C\nd3|\n")]
    assert [text.startswith("M:3/4\n\nX:") for text in tunes] == [True, True]
