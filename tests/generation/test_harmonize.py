"""A melody becomes a chorale, whatever the weights."""

import numpy as np
import pytest

from musicrnn import abc, midi
from musicrnn.errors import UsageError
from musicrnn.generation import Model
from musicrnn.generation.harmonize import Melody
from musicrnn.midi.writer import to_midi
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.score import Score
from musicrnn.theory.four_voices import REST, four_voices
from musicrnn.theory.voice_leading import faults
from musicrnn.tokens.voices import VoicesTokenizer
from musicrnn.training.initial import initial_weights

HYMN = """X:1
T:Evening Hymn
M:4/4
L:1/4
K:G
D|GABc|dB!fermata!G d|edcB|A3 D|GABc|dBGc|BAAG-|G3|]
w:Now rests a-bove the qui-et town the wea-ry day
"""


@pytest.fixture(scope="module")
def model() -> Model:
    """A model of four voices that has learned nothing."""
    tokenizer = VoicesTokenizer()
    config = ModelConfig(
        units=(8,), embedding=4, feature_width=2, stride=4, hidden=8,
        features=tuple(tokenizer.features.sizes.items()),
    )  # fmt: skip
    weights = initial_weights(config, len(tokenizer.vocabulary), np.random.default_rng(0))
    about = BundleConfig("bach", "midi", tokenizer.to_config(), config, tokenizer.vocabulary.digest)
    return Model(Bundle(about, tokenizer.vocabulary, weights))


def _line(score: Score, part: int) -> list[tuple[object, ...]]:
    return [(n.onset, n.pitch, n.duration) for n in score.notes if n.part == part]


def test_the_melody_is_sung_to_the_note_and_its_words_stay(model: Model) -> None:
    given = abc.to_score(abc.parse_tune(HYMN))
    tune = model.harmonize(HYMN, seed=1)
    assert _line(tune.score, 0) == _line(given, 0)
    assert [lyric.text for lyric in tune.score.lyrics] == [lyric.text for lyric in given.lyrics]
    assert "w: Now rests a- bove" in tune.text
    assert "%%score [(1 2) (3 4)]" in tune.text
    assert tune.text.count("!fermata!") == tune.text.count("!invertedfermata!") == 2
    assert abc.to_score(abc.parse_tune(tune.text)).fermatas == tune.score.fermatas


@pytest.mark.parametrize("seed", range(4))
def test_voices_keep_order_range_bars_and_close_on_the_tonic(model: Model, seed: int) -> None:
    voices = four_voices(model.harmonize(HYMN, seed=seed, best_of=1).score)
    pitches = voices.pitches
    assert (pitches != REST).all()
    assert (np.diff(pitches, axis=1) <= 0).all()
    codes = {fault.code for fault in faults(voices)}
    assert not codes & {"crossing", "range", "dissonant-cadence", "no-close", "open-bar"}
    assert {int(p) % 12 for p in pitches[-1]} <= {7, 11, 2}
    assert pitches[-1][3] % 12 == 7


@pytest.mark.parametrize("voice", ["alto", "tenor", "bass"])
def test_any_voice_may_be_given(model: Model, voice: str) -> None:
    number = ("soprano", "alto", "tenor", "bass").index(voice)
    score = abc.to_score(abc.parse_tune(HYMN)).transposed((0, -5, -7, -19)[number])
    tune = model.harmonize(score, voice=voice, seed=3)
    assert _line(tune.score, number) == _line(score, 0)


def test_soprano_and_bass_may_be_given_together(model: Model) -> None:
    text = "X:1\nM:4/4\nL:1/4\nK:C\nV:1\nedcB|c4|]\nV:2\nC,G,,A,,G,,|C,4|]\n"
    tune = model.harmonize(text, voice="soprano,bass", seed=5)
    given = abc.to_score(abc.parse_tune(text))
    assert _line(tune.score, 0) == _line(given, 0)
    assert _line(tune.score, 3) == _line(given, 1)


def sounding(score: Score, part: int) -> list[int]:
    """The pitch of a part at each sixteenth."""
    return four_voices(score).pitches[:, part].tolist()


@pytest.mark.parametrize("voices", ["alto,tenor", "soprano", ""])
def test_bars_left_open_are_written_and_the_others_stay(model: Model, voices: str) -> None:
    whole = model.harmonize(HYMN, seed=1)
    again = model.harmonize(whole.text, rewrite="3,5-6", voices=voices, seed=4)
    opened = {*range(36, 52), *range(68, 100)}  # sixteenths; the pickup has four
    written = [0, 1, 2, 3] if not voices else [0] if voices == "soprano" else [1, 2]
    for part in range(4):
        old, new = sounding(whole.score, part), sounding(again.score, part)
        changed = {step for step, (a, b) in enumerate(zip(old, new, strict=True)) if a != b}
        assert changed <= opened
        assert bool(changed) is (part in written)
        if part not in written:
            assert _line(again.score, part) == _line(whole.score, part)
    pitches = four_voices(again.score).pitches
    assert (pitches != REST).all()
    assert (np.diff(pitches, axis=1) <= 0).all()
    assert len(again.score.lyrics) <= len(whole.score.lyrics)
    assert "Now rests a- bove" in again.text


def test_notes_finer_than_the_grid_and_ties_stay_around_open_bars(model: Model) -> None:
    text = "X:1\nM:4/4\nL:1/4\nK:C\n(3e/f/g/ g e2-|e2 d2-|d c B A/4B/4A/4B/4|(3c/d/c/ B c2|]\n"
    given = abc.to_score(abc.parse_tune(text))
    written = model.harmonize(text, rewrite="2", seed=1)
    kept = [line for line in _line(given, 0) if line[0] >= 9 or line[0] < 2]
    assert [line for line in _line(written.score, 0) if line[0] >= 9 or line[0] < 2] == kept
    assert four_voices(written.score).pitches[32:36, 0].tolist() == [74] * 4
    assert four_voices(written.score).pitches[8:16, 0].tolist() == [76] * 8


def test_a_voice_may_be_written_anew_throughout(model: Model) -> None:
    whole = model.harmonize(HYMN, seed=1)
    again = model.harmonize(whole.score, voices="alto", seed=2)
    assert [_line(again.score, part) == _line(whole.score, part) for part in range(4)] == [
        True, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "all four voices are given"),
        ({"rewrite": "40"}, "there is no bar 40: the music has 8 bars"),
        ({"rewrite": "three"}, "names no bars"),
        ({"voices": "viola"}, "no voice 'viola'"),
        ({"voices": "soprano,alto,tenor,bass"}, "nothing that is given would stay"),
    ],
)
def test_open_bars_that_make_no_sense_are_said_in_a_line(
    model: Model, options: dict[str, str], message: str
) -> None:
    whole = model.harmonize(HYMN, seed=1)
    with pytest.raises(UsageError, match=message):
        model.harmonize(whole.text, **options)


def test_the_same_seed_gives_the_same_setting(model: Model) -> None:
    assert model.harmonize(HYMN, seed=8).text == model.harmonize(HYMN, seed=8).text
    tunes = model.harmonize(HYMN, 2, seed=8)
    assert tunes[0].text == model.harmonize(HYMN, seed=8).text
    assert tunes[1].text != tunes[0].text


def test_a_soprano_of_one_note_gets_a_triad(model: Model) -> None:
    tune = model.harmonize("X:1\nM:2/4\nL:1/2\nK:C\nc|]\n", seed=1)
    assert {int(note.pitch) % 12 for note in tune.score.notes} <= {0, 4, 7}


def test_midi_comes_out_with_a_track_a_voice(model: Model) -> None:
    score = midi.read(to_midi(model.harmonize(HYMN, seed=1, sound="organ").score))
    assert [part.name for part in score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert {part.program for part in score.parts} == {19}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X:1\nL:1/4\nK:C\nz4|z4|]\n", "no notes"),
        ("X:1\nL:1/4\nK:C\nC,,c'''C,,c'''|]\n", "no voice can sing"),
        ("X:1\nL:1/4\nK:C\nC,,D,,E,,F,,|C,,4|]\n", "which no voice can sing"),
        ("X:1\nL:1/4\nK:C\nC,D,E,F,|C,4|]\n", "it is one for the tenor or bass"),
        ("X:1\nL:1/4\nK:C\nV:1\nc4|]\nV:2\nE4|]\n", "which voices they are is not said"),
    ],
)
def test_what_cannot_be_harmonized_is_said_in_a_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Melody.of(abc.to_score(abc.parse_tune(text)))
    assert "\n" not in str(caught.value)


def test_forty_tracks_are_too_many() -> None:
    voices = "".join(f"V:{n}\nc4|]\n" for n in range(1, 41))
    with pytest.raises(UsageError, match="40 parts; four voices are written from one to three"):
        Melody.of(abc.to_score(abc.parse_tune(f"X:1\nL:1/4\nK:C\n{voices}")))


def test_a_changing_metre_and_chord_symbols_are_remarked_on() -> None:
    text = 'X:1\nM:4/4\nL:1/4\nK:C\n"C"cdef|[M:3/4]edc|[M:4/4]B2B2|c4|]\n'
    melody = Melody.of(abc.to_score(abc.parse_tune(text)))
    assert [remark.partition(";")[0].partition(":")[0] for remark in melody.remarks] == [
        "the metre changes (4/4, 3/4)",
        "the chord symbols are left out",
    ]


@pytest.mark.parametrize(
    ("key", "notes", "tonic"),
    [
        ("Dm", "d|dcde|f2 ed|cdAB|G3|]", 7),
        ("D", "e|fedc|d2 ef|gfed|e3|]", 4),
        ("C", "cdef|e4|]", 0),
    ],
)
def test_a_melody_in_a_church_mode_closes_on_its_final(
    model: Model, key: str, notes: str, tonic: int
) -> None:
    score = four_voices(model.harmonize(f"X:1\nL:1/4\nK:{key}\n{notes}\n", seed=1).score)
    chord = score.pitches[-1] % 12
    assert chord[3] == tonic
    degrees = set((chord - tonic) % 12)
    assert degrees <= {0, 3, 7} or degrees <= {0, 4, 7}
