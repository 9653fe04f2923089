"""Chord symbols over a melody."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.arranging.chain import marginals, sample_path
from musicrnn.arranging.chord_features import NUMBER_OF_FEATURES, features, place, places
from musicrnn.arranging.chord_memory import Memory
from musicrnn.arranging.chord_network import ChordNetwork, triad_of
from musicrnn.arranging.chord_theory import TRIADS
from musicrnn.arranging.chords import harmonize, harmonized
from musicrnn.arranging.grid import grid_of
from musicrnn.errors import AbcError, ModelError, UsageError
from musicrnn.generation.tune import read
from musicrnn.theory.chords import parse_chord

#: made up for these tests: a jig in D, a dorian reel, a waltz
JIG = """X:1
T:Jig of the tests
R:jig
M:6/8
L:1/8
K:D
A|dfd AFA|BGB AFD|GBG FAF|EFE E2A|
dfd AFA|BGB AFD|GBG FAF|~E3 D2:|
"""
REEL = """X:2
T:Reel of the tests
R:reel
M:4/4
L:1/8
K:Ador
|:eAAB cBAG|EGDG EGDG|eAAB cBAG|EGDB BAAG|
eAAB cBAG|EGDG EGDG|ageg dBGB|1 AGEG A2AG:|2 AGEG A4|]
"""
WALTZ = """X:3
T:Waltz of the tests
R:waltz
M:3/4
L:1/4
K:G
GBd|dBG|ABc|d3|eceg|fdA|GBA|G3|]
""".replace("eceg", "ecg")


def symbols(text: str) -> list[str]:
    return re.findall(r'"([A-G][^"]*)"', text)


def by_bar(text: str) -> list[list[str]]:
    body = text.split("\n", text.count("\n", 0, text.index("K:")) + 1)[-1]
    return [symbols(bar) for bar in body.split("|") if symbols(bar)]


@pytest.mark.parametrize("text", [JIG, REEL, WALTZ])
def test_the_bars_stay_as_they_are_but_for_the_symbols(text: str) -> None:
    with_chords = harmonized(text)
    assert re.sub(r'"[A-G][^"]*"', "", with_chords) == text
    before, after = (abc.to_score(abc.parse_tune(t)) for t in (text, with_chords))
    assert after.notes == before.notes
    assert [result.message for result in abc.check(with_chords)] == [
        result.message for result in abc.check(text)
    ]


def test_a_jig_in_d_has_the_chords_that_players_reach_for() -> None:
    bars = by_bar(harmonized(JIG))
    assert bars[0] == ["D"]
    assert {symbol for bar in bars for symbol in bar} <= {"D", "G", "A", "Em", "Bm"}
    assert bars[-1][-1] == "D"
    assert "A" in {symbol for bar in bars[3:4] + bars[-1:] for symbol in bar}


def test_a_dorian_reel_gets_its_minor_tonic_and_the_chord_below_it() -> None:
    result = symbols(harmonized(REEL))
    assert result[0] == result[-1] == "Am"
    assert {"Am", "G"} <= set(result) <= {"Am", "G", "D", "C", "Em"}


def test_a_waltz_ends_on_the_tonic_after_the_dominant() -> None:
    result = symbols(harmonized(WALTZ))
    assert result[0] == result[-1] == "G"
    assert "D" in result


def test_one_a_bar() -> None:
    for text in (JIG, REEL, WALTZ):
        assert {len(bar) for bar in by_bar(harmonized(text, per="bar"))} == {1}


def test_another_key_gives_the_same_chords_in_that_key() -> None:
    moved = abc.write(abc.transpose(abc.parse_tune(JIG), semitones=3))
    score = abc.to_score(abc.parse_tune(harmonized(moved)))
    back = [parse_chord(chord.text).root for chord in score.transposed(-3).chords]
    assert back == [
        parse_chord(chord.text).root
        for chord in abc.to_score(abc.parse_tune(harmonized(JIG))).chords
    ]


def test_names_follow_the_signature() -> None:
    flat = harmonized("X:1\nT:x\nM:4/4\nL:1/4\nK:Eb\nEGBe|AcAc|BdBF|E4|]\n")
    assert set(symbols(flat)) <= {"Eb", "Ab", "Bb", "Cm", "Fm"}


def test_sevenths_on_the_dominant_alone() -> None:
    result = symbols(harmonized(WALTZ, sevenths=True))
    assert "D7" in result
    assert "G7" not in result[:1]


def test_chords_that_are_there_go_unless_they_are_kept() -> None:
    given = JIG.replace("A|dfd", 'A|"Bm"dfd', 1).replace("GBG", '"^slow""Em"GBG', 1)
    replaced = harmonized(given)
    assert replaced == harmonized(JIG).replace('"G"GBG', '"^slow""G"GBG', 1) or (
        '"Bm"dfd' not in replaced.split("\n")[6]
    )
    kept = harmonized(given, keep=True)
    assert kept.split("\n")[6].startswith('A|"Bm"dfd')
    assert '"^slow""Em"GBG' in kept
    assert len(by_bar(kept)[0]) == 1


def test_a_symbol_stands_before_the_decorations_of_its_note() -> None:
    assert '~"' not in harmonized(JIG)
    assert re.search(r'"[A-G]m?"~E3', harmonized(JIG))


def test_where_a_note_is_held_no_symbol_is_written() -> None:
    text = "X:1\nT:x\nM:4/4\nL:1/4\nK:C\nc4|G4|c4|]\n"
    assert by_bar(harmonized(text)) == [["C"], ["G"], ["C"]] or len(symbols(harmonized(text))) == 3


def test_alternatives_with_their_odds_are_comments() -> None:
    result = harmonized(WALTZ, alternatives=3)
    lines = [line for line in result.splitlines() if line.startswith("% bar")]
    assert lines[0].startswith("% bar 1, beat 1: G ")
    odds = [int(share) for share in re.findall(r"(\d+)%", lines[0])]
    assert len(odds) == 3
    assert odds == sorted(odds, reverse=True)
    assert sum(odds) <= 101
    assert abc.check(result) == abc.check(harmonized(WALTZ))


def test_drawn_chords_are_the_same_for_the_same_seed() -> None:
    drawings = {harmonized(REEL, seed=seed, temperature=2.0) for seed in (1, 1, 2, 3, 4)}
    assert 1 < len(drawings) <= 4
    assert harmonized(REEL, seed=3) == harmonized(REEL, seed=3)


def test_a_book_keeps_what_is_between_its_tunes() -> None:
    book = f"% a book\n\n{JIG}\nsome words\n\n{WALTZ}"
    result = harmonized(book)
    assert re.sub(r'"[A-G][^"]*"', "", result) == book
    assert len(symbols(result)) == len(symbols(harmonized(JIG))) + len(symbols(harmonized(WALTZ)))


def test_a_tune_without_a_key_field_of_its_own_is_still_heard_in_one() -> None:
    text = "X:1\nT:x\nM:3/4\nL:1/4\nK:none\nDAd|dA^F|^cAE|D3|]\n"
    assert symbols(harmonized(text))[-1] == "D"


def test_from_python() -> None:
    tune = read(JIG.encode())[0].chords(per="bar", sevenths=True)
    assert tune.format == "abc"
    assert tune.score.chords
    assert tune.title == "Jig of the tests"


# --- what cannot be done -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X:1\nT:x\nM:4/4\nL:1/4\nK:C\nz4|z4|]\n", "no melody"),
        ("X:1\nT:x\nM:4/4\nL:1/4\nK:C\n", "no melody"),
        ("X:1\nT:x\nM:none\nL:1/4\nK:C\nCDEF|]\n", "without a metre"),
        ("X:1\nT:x\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|]\nV:2\nC,4|]\n", r"2 voices at once \(1, 2\)"),
        ("X:1\nT:x\nM:4/4\nL:1/4\nK:C\nCDEF&C,4|]\n", "two voices at once"),
        ("X:1\nT:x\nM:4/4\nL:1/4\nK:C\n%%MIDI channel 10\nCDEF|]\n", "only percussion"),
    ],
)
def test_what_has_no_one_melody_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        harmonized(text)


@pytest.mark.parametrize(
    "symbol",
    [
        "H7",
        "Lam",
        "Sol",
        "Ut",
        "re-",
        "Fa#m",
        "Fis",
        "la mineur",
        "Sib7",
        "Mi/Sol",
        "Rem7(b5)",
        "am",
        "f#m7",
    ],
)
def test_chords_in_another_language_are_named_with_their_place(symbol: str) -> None:
    text = WALTZ.replace("GBd", f'"{symbol}"GBd', 1)
    with pytest.raises(UsageError, match=rf"line 7, column 1: '{re.escape(symbol)}' is no chord"):
        harmonized(text, keep=True)
    with pytest.raises(UsageError, match="chords are read in English"):
        harmonized(text)


def test_an_h_alone_is_a_hold_as_in_old_collections() -> None:
    text = WALTZ.replace("GBd", '"H"GBd', 1)
    assert '"H"' in harmonized(text)


def test_the_bass_as_the_nottingham_books_write_it() -> None:
    text = 'X:1\nT:x\nM:4/4\nL:1/4\nK:D\n"D/f+"d4|"A7/c+"c4|"D"d4|]\n'
    assert '/f+"' not in harmonized(text)
    assert '"D/f+"d4|"A7/c+"c4' in harmonized(text, keep=True)
    played = abc.to_score(abc.parse_tune(text), accompaniment=True)
    assert {n.pitch % 12 for n in played.notes if n.part and n.onset == 0} == {2, 6, 9}
    assert min(n.pitch for n in played.notes if n.part) % 12 in (1, 6)


def test_other_words_in_quotes_are_no_chords() -> None:
    text = WALTZ.replace("GBd", '"D.C.""3""bis""sim""b7""a"GBd', 1)
    assert '"D.C.""3""bis""sim""b7""a"' in harmonized(text, keep=True)
    assert '"D.C.""3""bis""sim""b7""a"' in harmonized(text)


def test_a_voice_by_its_name() -> None:
    text = "X:1\nT:x\nM:4/4\nL:1/4\nK:C\nV:1\nCEGE|C4|]\nV:2\nC,4|C,4|]\n"
    assert symbols(harmonized(text, voice="1")) == ["C", "C"]
    with pytest.raises(UsageError, match="no voice 'x'"):
        harmonized(text, voice="x")


@pytest.mark.parametrize(
    "options",
    [{"per": "week"}, {"alternatives": 25}, {"temperature": 0.0}, {"temperature": float("nan")}],
)
def test_senseless_options(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        harmonized(WALTZ, **options)


def test_no_tune() -> None:
    with pytest.raises(AbcError, match="no tune"):
        harmonized("")


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no chord model"):
        ChordNetwork.load(tmp_path)
    (tmp_path / "chords.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="this is no chord model"):
        ChordNetwork.load(tmp_path)


# --- the parts ---------------------------------------------------------------------------------


def test_a_row_a_beat() -> None:
    grid = grid_of(abc.parse_tune(JIG))
    assert len(grid.beats) == 16  # the pickup has no row
    assert grid.beats[0].sounding[0] == pytest.approx(2 / 3)  # d-f-d over D
    assert grid.beats[0].struck == 0
    assert set(grid.played) == {2}
    assert grid.bar_in_section[-1] == 7
    assert features(grid).shape == (16, NUMBER_OF_FEATURES)


def test_second_endings_count_from_where_the_first_did() -> None:
    grid = grid_of(abc.parse_tune(REEL))
    last = [grid.bar_in_section[row] for row, beat in enumerate(grid.beats) if beat.place == 0]
    assert last == [0, 1, 2, 3, 4, 5, 6, 7, 7]
    assert grid.played[-1] == 1


@pytest.mark.parametrize(
    ("symbol", "triad"),
    [("D", 0), ("A7", 7), ("Bm7", 21), ("Cmaj7", 10), ("Csus4", None), ("C#dim", None)],
)
def test_the_triad_of_a_symbol_over_d(symbol: str, triad: int | None) -> None:
    assert triad_of(parse_chord(symbol), 2) == triad


def test_the_chain_sums_over_all_ways() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(1, 3, 2)).astype(np.float32)
    table = rng.normal(size=(2, 2, 2)).astype(np.float32)
    kinds = np.array([[0, 1, 0]])
    result = marginals(scores, kinds, table, np.array([3]))
    weights = {}
    for way in np.ndindex(2, 2, 2):
        weight = scores[0, 0, way[0]]
        for step in (1, 2):
            weight += table[kinds[0, step], way[step - 1], way[step]] + scores[0, step, way[step]]
        weights[way] = np.exp(weight)
    total = sum(weights.values())
    middle = sum(weight for way, weight in weights.items() if way[1] == 1) / total
    assert result.states[0, 1, 1] == pytest.approx(middle, abs=1e-5)
    assert result.pairs.sum() == pytest.approx(2, abs=1e-4)
    changes = sum(weight for way, weight in weights.items() if way[:2] == (0, 1)) / total
    assert result.pairs[1, 0, 1] == pytest.approx(changes, abs=1e-5)
    drawings = [tuple(sample_path(scores[0], kinds[0], table, rng)) for _ in range(3000)]
    for way, weight in weights.items():
        assert drawings.count(way) / 3000 == pytest.approx(weight / total, abs=0.04)


def test_chains_of_several_lengths_do_not_mix() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(2, 5, TRIADS)).astype(np.float32)
    table = rng.normal(size=(3, TRIADS, TRIADS)).astype(np.float32)
    kinds = rng.integers(0, 3, (2, 5))
    both = marginals(scores, kinds, table, np.array([5, 3]))
    alone = marginals(scores[1:, :3], kinds[1:, :3], table, np.array([3]))
    np.testing.assert_allclose(both.states[1, :3], alone.states[0], atol=1e-5)


def test_the_shipped_model_is_small() -> None:
    assert len(ChordNetwork.load().to_bytes()) < 1_000_000


def test_one_harmony_holds_the_places_of_its_symbols() -> None:
    result = harmonize(abc.parse_tune(WALTZ))
    assert [(spot.bar, spot.beat) for spot in result.spots][:2] == [(1, 1), (2, 1)]


def test_places_come_back_from_their_numbers() -> None:
    grid = grid_of(abc.parse_tune(REEL))
    rows = place(places(grid))
    assert set(np.unique(rows)) == {0, 1}
    beats = [beat.place for beat in grid.beats]
    assert rows[:, :4].argmax(axis=1).tolist() == beats
    bars = [bar % 8 for bar in grid.bar_in_section]
    assert rows[:, 8:16].argmax(axis=1).tolist() == bars
    assert rows[0, -3:].tolist() == [1, 0, 0]
    assert rows[-1, -2:].tolist() == [1, 1]


def test_memory_gives_a_known_tune_its_chords() -> None:
    grid = grid_of(abc.parse_tune(REEL))
    other = grid_of(abc.parse_tune(WALTZ))
    triads = [3 + row % 5 for row in range(len(grid.beats))]
    rng = np.random.default_rng(0)
    memory = Memory.of([(other, [7] * len(other.beats)), (grid, triads)], rng)
    assert memory.fits()
    result = memory.scores(grid)
    repeated = {beat.sounding for beat in grid.beats}
    assert len(repeated) < len(grid.beats)  # the same beat elsewhere may say something else
    assert np.mean(result.argmax(axis=1) == triads) > 0.8
    unknown = Memory.of([(grid, [-1] * len(grid.beats))], rng)
    assert not unknown.scores(grid).any()
    assert not Memory.none().scores(grid).any()


def test_a_model_whose_tables_do_not_go_together(tmp_path: Path) -> None:
    shipped = ChordNetwork.load()
    memory = replace(shipped.memory, lengths=np.array([3], np.int32))
    replace(shipped, memory=memory).save(tmp_path / "chords.safetensors")
    with pytest.raises(ModelError, match="of another version"):
        ChordNetwork.load(tmp_path)


def test_one_slip_among_many_symbols_is_no_other_language() -> None:
    bars = "".join(f'"{symbol}"GBdB|' for symbol in ("G", "D", "G", "C", "Fa7", "D7", "G", "C"))
    text = f"X:1\nT:x\nM:4/4\nL:1/4\nK:G\n{bars}]\n"
    assert "Fa7" not in harmonized(text)
    kept = harmonized(text, keep=True)
    assert '"Fa7"GBdB' in kept
    assert kept.count('"') == text.count('"')
