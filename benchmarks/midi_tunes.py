"""Sample MIDI tunes and judge them: as asked, well formed, read alike by others, and audible.

    uv run python benchmarks/midi_tunes.py [TUNES] --piano FOLDER --jazz FOLDER [--sound N]

TUNES (500) melodies, half from a model of the recipe `piano` in random keys, ranges and lengths,
half from one of `jazz` over random chords, at temperatures from 0.5 to 1.5. Each is checked
strictly, counted bar by bar, and its file read by symusic, mido and pretty_midi, which must find
the same notes; every N-th (10) is rendered, and must not be silent or shorter than its notes.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import mido
import numpy as np
import pretty_midi
import symusic

from musicrnn import midi, render
from musicrnn.generation import Model, load
from musicrnn.generation.tune import Tune
from musicrnn.midi.melody_check import check_melody
from musicrnn.score import Score

KEYS = ("C", "G", "D", "Bb", "Eb", "F#", "Am", "Dm", "F#m", "D dorian", "A mixolydian")
CHORDS = (
    "Dm7 G7 Cmaj7 Cmaj7", "Am7 D7 | Gmaj7", "C7 F7 C7 C7 F7 F7 C7 C7 G7 F7 C7 G7", "F#m7b5 B7 Em7",
    "Bbmaj7 G7 | Cm7 F7", "Ebm7 | Ab7 | Dbmaj7 | %",
)  # fmt: skip
#: Below this peak nobody hears anything; full scale is 1.
SILENT = 0.01


def asked(model: str, rng: np.random.Generator) -> dict[str, Any]:
    """Wishes at random."""
    wishes: dict[str, Any] = {"bars": int(rng.integers(1, 25))}
    if model == "piano":
        lowest = int(rng.integers(50, 65))
        wishes |= {"key": str(rng.choice(KEYS)), "lowest": lowest, "highest": lowest + 19}
        wishes |= {"in_scale": 1.0} if rng.random() < 0.5 else {}
    else:
        wishes |= {"chords": str(rng.choice(CHORDS)), "lowest": 55, "highest": 84}
    return wishes


def notes_elsewhere(data: bytes) -> dict[str, list[int]]:
    """The sorted pitches of a file, by each reader."""
    by_mido = [
        message.note
        for track in mido.MidiFile(file=io.BytesIO(data)).tracks
        for message in track
        if message.type == "note_on" and message.velocity
    ]
    by_pretty = [
        n.pitch for i in pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments for n in i.notes
    ]
    by_symusic = [n.pitch for track in symusic.Score.from_midi(data).tracks for n in track.notes]
    found = {"mido": by_mido, "pretty_midi": by_pretty, "symusic": by_symusic}
    return {name: sorted(pitches) for name, pitches in found.items()}


def faults(tune: Tune, wishes: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one tune."""
    score = tune.score
    yield from (found.code for found in check_melody(score, strict=True))
    bar = score.meters[0].meter
    if bar is None or score.length != wishes["bars"] * bar.length:
        yield "bars"
    if not all(wishes["lowest"] <= note.pitch <= wishes["highest"] for note in score):
        yield "range"
    data = render.to_midi(score)
    if midi.check(data):
        yield "file"
    wanted = sorted(note.pitch for note in score)
    yield from (name for name, found in notes_elsewhere(data).items() if found != wanted)


def sound_faults(score: Score) -> Iterator[str]:
    """Whether it is heard, all of it."""
    audio = render.to_audio(score)
    if float(np.abs(audio.samples).max()) < SILENT:
        yield "silent"
    last = score.notes[-1]
    if len(audio.samples) / audio.rate < score.seconds(last.onset):
        yield "cut short"


def main() -> None:
    """Print the table; exit 1 if anything is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tunes", nargs="?", type=int, default=500)
    parser.add_argument("--piano", required=True, help="folder of a model of that recipe")
    parser.add_argument("--jazz", required=True, help="the same")
    parser.add_argument("--sound", type=int, default=10)
    options = parser.parse_args()
    print("| model | tunes | notes | heard | faults |\n|---|---|---|---|---|")
    wrong = 0
    for name, folder in (("piano", options.piano), ("jazz", options.jazz)):
        model: Model = load(folder)
        rng = np.random.default_rng(500)
        found: Counter[str] = Counter()
        notes = heard = 0
        count = options.tunes // 2
        for i in range(count):
            wishes = asked(name, rng)
            tune = model.generate(seed=i, temperature=float(rng.uniform(0.5, 1.5)), **wishes)
            found.update(faults(tune, wishes))
            notes += len(tune.score.notes)
            if i % options.sound == 0:
                found.update(sound_faults(tune.score))
                heard += 1
        wrong += found.total()
        listed = ", ".join(f"{n} × {code}" for code, n in found.items()) or "none"
        print(f"| {name} | {count} | {notes:,} | {heard} | {listed} |", flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
