"""How we play beside abc2midi and abcjs, how loud it is, and SoundFonts beside each other.

    python benchmarks/performance.py            ten tunes beside abc2midi and abcjs
    python benchmarks/performance.py --sound    the loudness of fifty renders, stereo and tails
    python benchmarks/performance.py --fonts FILE.sf2 …   SoundFonts on ten instruments

Needs abc2midi, node with abcjs (``ABCJS``), pyloudnorm, FluidSynth.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import median

import mido
import numpy as np
import soundfile
from abc_tunes import read_tunes

from musicrnn import abc, render
from musicrnn.render.audio import Audio, to_audio
from musicrnn.render.soundfonts import find_soundfont
from musicrnn.render.synthesizer_process import synthesize
from musicrnn.render.synthesizers import RATE
from musicrnn.score import Note, Part, Score, TempoChange

Notes = list[tuple[float, float, int, int]]  # onset and duration in quarters, pitch, velocity

_ABCJS = """
const abcjs = require(process.argv[1]);
const tune = abcjs.parseOnly(require("fs").readFileSync(0, "utf8"))[0];
const notes = tune.setUpAudio({}).tracks.flat().filter((each) => each.cmd === "note");
console.log(JSON.stringify(notes.map((n) => [4 * n.start, 4 * n.duration, n.pitch, n.volume])));
"""
PROGRAMS = {"piano": 0, "fiddle": 40, "flute": 73, "accordion": 21, "banjo": 105}
TEN = {**PROGRAMS, "guitar": 24, "harp": 46, "clarinet": 71, "whistle": 78, "strings": 48}


def tunes() -> list[tuple[str, str]]:
    """Ten tunes of several dances, hornpipes among them, as (name, ABC)."""
    wanted = ("reel", "jig", "hornpipe", "waltz", "march", "polka", "clog", "slip jig", "air",
              "strathspey")  # fmt: skip
    found: dict[str, str] = {}
    for tune, *_ in read_tunes(("ryansMammoth", "airdsAirs", "oneills1850", "miscFolk")):
        kind = tune.rhythm.lower().strip()
        kind = next((each for each in wanted if kind == each), "")
        if kind and kind not in found and not abc.check(text := abc.write(abc.standalone(tune))):
            found[kind] = text
    rest = (
        abc.write(abc.standalone(t)) for t, *_ in islice(read_tunes(("oneills1850",)), 0, 800, 80)
    )
    for number, text in enumerate(rest):
        if len(found) < 10:
            found[f"O'Neill {number * 80}"] = text
    return list(found.items())


def ours(text: str) -> Notes:
    score = render.performed(text)
    return [(float(n.onset), float(n.duration), n.pitch, n.velocity) for n in score.notes]


def abc2midi(text: str) -> Notes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "tune.abc"), Path(folder, "tune.mid")
        source.write_text(re.sub(r"^X:.*$", "X:1", text, count=1, flags=re.M))
        subprocess.run(["abc2midi", source, "1", "-silent", "-NGUI", "-o", target],
                       check=True, capture_output=True)  # fmt: skip
        file = mido.MidiFile(target)
    notes: Notes = []
    for track in file.tracks:
        now, down = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity and message.channel != 9:
                down[message.note] = now, message.velocity
            elif message.type in ("note_on", "note_off") and message.note in down:
                start, velocity = down.pop(message.note)
                quarter = file.ticks_per_beat
                notes.append((start / quarter, (now - start) / quarter, message.note, velocity))
    return sorted(notes)


def abcjs(text: str) -> Notes:
    folder = os.environ.get("ABCJS", "node_modules/abcjs")
    done = subprocess.run(["node", "-e", _ABCJS, str(Path(folder).resolve())], input=text,
                          capture_output=True, text=True, check=True)  # fmt: skip
    return sorted(tuple(note) for note in json.loads(done.stdout))


def beside(mine: Notes, other: Notes) -> str:
    """Notes that both have (at one sixteenth, with one pitch), and how they differ."""
    there = {
        (round(on * 4), pitch): (on, length, velocity) for on, length, pitch, velocity in other
    }
    pairs = [
        ((on, length, velocity), there[round(on * 4), pitch])
        for on, length, pitch, velocity in mine if (round(on * 4), pitch) in there
    ]  # fmt: skip
    if not pairs:
        return "–"
    shared = len(pairs) / max(len(mine), len(other))
    loud = median(abs(a[2] - b[2]) for a, b in pairs)
    late = max(abs(a[0] - b[0]) for a, b in pairs)
    long = median(a[1] / b[1] for a, b in pairs)
    return f"{shared:.0%} · {loud:.0f} · {late:.2f} · {long:.2f}"


def played() -> None:
    print("| tune | ours: notes, velocities | beside abc2midi | beside abcjs |\n|---|---|---|---|")
    for name, text in tunes():
        mine = ours(text)
        velocities = [velocity for *_, velocity in mine]
        print(f"| {name} | {len(mine)}, {min(velocities)} to {max(velocities)} "
              f"| {beside(mine, abc2midi(text))} | {beside(mine, abcjs(text))} |")  # fmt: skip


def sides(samples: np.ndarray) -> float:
    """Energy of the sides against the middle, in dB."""
    middle, side = samples.sum(axis=1), samples[:, 0] - samples[:, 1]
    return 10 * float(np.log10((side**2).sum() / (middle**2).sum()))


def tail(sound: Audio, score: Score) -> float:
    """Seconds after the last note until it is 60 dB below the peak."""
    end = round(score.seconds(score.length) * RATE)
    level = np.abs(sound.samples[end:]).max(axis=1)
    heard = np.flatnonzero(level > np.abs(sound.samples).max() * 1e-3)
    return heard[-1] / RATE if len(heard) else 0.0


def sound() -> None:
    import pyloudnorm

    meter = pyloudnorm.Meter(RATE)
    levels, peaks = [], []
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in PROGRAMS}
    for number, (_, text) in enumerate(tunes()):
        for name, program in PROGRAMS.items():
            score = render.restyled(render.performed(text), program=program)
            made = to_audio(score)
            levels.append(meter.integrated_loudness(made.samples))
            decoded, _ = soundfile.read(io.BytesIO(made.encode(".mp3")))
            peaks.append(20 * np.log10(np.abs(decoded).max()))
            if number == 0:
                other = to_audio(score, synthesizer="fluidsynth")
                rows[name].append((sides(made.samples), sides(other.samples),
                                   tail(made, score), tail(other, score)))  # fmt: skip
    print(f"{len(levels)} renders: {min(levels):.2f} to {max(levels):.2f} LUFS; "
          f"highest peak, decoded from MP3, {max(peaks):.2f} dBFS")  # fmt: skip
    print(
        "| instrument | sides, ours | FluidSynth | tail, ours | FluidSynth |\n|---|---|---|---|---|"
    )
    for name, ((a, b, c, d),) in rows.items():
        print(f"| {name} | {a:.0f} dB | {b:.0f} dB | {c:.2f} s | {d:.2f} s |")


_FONT_TABLE = """\
| instrument | loudness, LUFS | out of tune, cents: median, worst | brightness, kHz | after 2 s |
|---|---|---|---|---|"""


def scale(program: int) -> Score:
    notes = [Note(Fraction(2 * i), pitch, Fraction(2), 100)
             for i, pitch in enumerate((55, 62, 69, 76, 83))]  # fmt: skip
    return Score.of(
        notes, parts=[Part(program=program)], tempos=[TempoChange(Fraction(0), Fraction(60))]
    )


def out_of_tune(samples: np.ndarray, hertz: float) -> float:
    """By how many cents the strongest partial near `hertz` differs from it."""
    piece = samples[RATE // 4 : RATE + RATE // 2] * np.hanning(RATE + RATE // 4)
    size = 1 << 20
    spectrum = np.abs(np.fft.rfft(piece, size))
    low, high = (round(hertz * f * size / RATE) for f in (0.96, 1.04))
    peak = low + int(np.argmax(spectrum[low:high]))
    return 1200 * float(np.log2(peak * RATE / size / hertz))


def bright(samples: np.ndarray) -> float:
    """The frequency, in kHz, above which 0.01 % of the energy lies."""
    energy = np.cumsum(np.abs(np.fft.rfft(samples)) ** 2)
    return float(np.searchsorted(energy, energy[-1] * 0.9999)) * RATE / len(samples) / 1000


def fonts(paths: list[str]) -> None:
    from musicrnn.render.loudness import integrated_loudness

    for path in [None, *paths]:
        font = find_soundfont(path)
        print(f"\n{font.name}, {font.stat().st_size / 1e6:.1f} MB\n\n{_FONT_TABLE}")
        for name, program in TEN.items():
            raw = synthesize(render.to_midi(scale(program)), font).astype(np.float32) / 32768
            mono = raw.mean(axis=1)
            notes = [mono[2 * i * RATE : 2 * (i + 1) * RATE] for i in range(5)]
            hertz = [440 * 2 ** ((note.pitch - 69) / 12) for note in scale(program).notes]
            off = [abs(out_of_tune(*pair)) for pair in zip(notes, hertz, strict=True)]
            kept = median(
                float(np.sqrt((note[-RATE // 2 :] ** 2).mean() / max((note**2).max(), 1e-12)))
                for note in notes
            )
            print(f"| {name} | {integrated_loudness(raw):.1f} | {median(off):.1f}, {max(off):.1f} "
                  f"| {bright(mono):.1f} | {20 * np.log10(max(kept, 1e-6)):.0f} dB |")  # fmt: skip


if __name__ == "__main__":
    if "--sound" in sys.argv:
        sound()
    elif "--fonts" in sys.argv:
        fonts(sys.argv[sys.argv.index("--fonts") + 1 :])
    else:
        played()
