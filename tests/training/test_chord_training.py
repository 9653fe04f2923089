"""The chord model is learned from tunes with symbols."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.arranging.chord_network import ChordNetwork, clamped
from musicrnn.arranging.chord_theory import theory
from musicrnn.arranging.chords import best_triads, harmonized
from musicrnn.arranging.grid import Grid, grid_of
from musicrnn.errors import CorpusError, UsageError
from musicrnn.training.chord_corpus import learn
from musicrnn.training.chord_fitting import from_labels
from musicrnn.training.chord_training import ChordTraining, Example, train

QUICK = ChordTraining(networks=1, units=16, epochs=10, rate=1e-2, drop_units=0.1, drop_inputs=0.0)


def songs(count: int) -> list[str]:
    """Tunes of a player who has his own way: E minor over every G bar of G major."""
    rng = np.random.default_rng(3)
    texts = []
    for number in range(count):
        bars = []
        for bar in range(8):
            if bar == 7 or rng.random() < 0.5:
                bars.append('"Em"' + "".join(rng.permutation(list("GBdG"))))
            else:
                bars.append('"D"' + "".join(rng.permutation(list("AFdA"))))
        texts.append(f"X:{number}\nT:Song {number}\nM:4/4\nL:1/4\nK:G\n{'|'.join(bars)}|]\n")
    return texts


def grid(text: str) -> Grid:
    return grid_of(abc.parse_tune(text))


def test_a_players_own_way_is_learned(tmp_path: Path) -> None:
    (tmp_path / "songs.abc").write_text("\n".join(songs(40)))
    losses: list[float] = []
    learned = learn(str(tmp_path), QUICK, tell=lambda network, epoch, loss: losses.append(loss))
    assert learned.tunes == 40
    assert learned.beats == 4 * 8 * 4
    assert learned.right / learned.beats > 0.95
    assert losses[-1] < losses[0] / 4
    place = learned.save(tmp_path / "run")
    assert place.name == "chords.safetensors"
    text = "X:1\nT:x\nM:4/4\nL:1/4\nK:G\nGdBG|AdFA|GBdG|]\n"
    model = ChordNetwork.load(tmp_path / "run")
    assert harmonized(text, model=model).endswith('"Em"GdBG|"D"AdFA|"Em"GBdG|]\n')


def test_the_same_seed_learns_the_same() -> None:
    examples = [
        Example.of(grid(text), [0 if beat.chord == "D" else 7 for beat in grid(text).beats])
        for text in songs(10)
    ]
    first, second = (train(examples, QUICK).to_bytes() for _ in range(2))
    assert first == second


def test_tunes_may_lack_symbols_in_places(tmp_path: Path) -> None:
    texts = [text.replace('"D"', "", 1) for text in songs(30)]
    (tmp_path / "songs.abc").write_text("\n".join(texts))
    assert learn(str(tmp_path), QUICK).tunes == 30


def test_theory_alone_knows_a_cadence() -> None:
    tune = grid("X:1\nT:x\nM:4/4\nL:1/4\nK:C\nCEGE|FAcA|GBdB|c4|]\n")
    found = best_triads(theory().marginals(tune).states[0], tune)
    assert found[::4] == [0, 5, 7, 0]


def test_theory_keeps_to_the_mode() -> None:
    tune = grid("X:1\nT:x\nM:4/4\nL:1/4\nK:Ador\nAceA|GBdG|AceA|GBdB|A4|]\n")
    assert best_triads(theory().marginals(tune).states[0], tune)[::4] == [12, 10, 12, 10, 12]


def test_melodies_without_chords_teach_none(tmp_path: Path) -> None:
    melodies = [text.replace('"D"', "").replace('"Em"', "") for text in songs(20)]
    (tmp_path / "melodies.abc").write_text("\n".join(melodies))
    with pytest.raises(CorpusError, match="0 tunes with chord symbols"):
        learn(str(tmp_path / "*.abc"), QUICK)


def test_counting_keeps_probabilities() -> None:
    grids = [grid(text) for text in songs(5)]
    tables = from_labels(grids, [clamped([None] * len(g.beats)) for g in grids])
    np.testing.assert_allclose(np.exp(tables.sounding).sum(axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(np.exp(tables.transitions).sum(axis=-1), 1, atol=1e-4)


def test_too_few_tunes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "songs.abc").write_text("\n".join(songs(3)))
    with pytest.raises(CorpusError, match="3 tunes with chord symbols"):
        learn(str(tmp_path), QUICK)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no ABC, MusicXML or MIDI"):
        learn(str(tmp_path / "empty"), QUICK)
