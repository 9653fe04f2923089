"""A second voice to a thousand folk tunes: do the bars add up, and how does it move?

    python benchmarks/second_voice.py [--tunes 1000] [--music21 1000]

Tunes of one voice, without faults of their own, of the folk collections that music21 installs, in
even steps. Each is given a part (`auto`), one within a fiddle's range, and a bass. That all bars
add up in all voices is asked of our checker, of abc2midi and of music21; the rest is counted in
the notes as they are written.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from abc_tunes import read_tunes

from musicrnn import abc
from musicrnn.arranging.second_voice import second_voice
from musicrnn.errors import MusicRNNError
from musicrnn.theory.instruments import instrument_range

KINDS = {"auto": ("auto", ""), "fiddle": ("auto", "fiddle"), "bass": ("bass", "")}
FOLK = ("oneills1850", "ryansMammoth", "airdsAirs")
PERFECT = {0: "octaves", 7: "fifths"}


def usable(most: int) -> list[str]:
    """Texts of tunes of one voice that are faultless as they stand."""
    known = list(read_tunes(FOLK))
    step = max(len(known) // most, 1)
    order = [at for start in range(step) for at in range(start, len(known), step)]
    texts: list[str] = []
    for at in order:
        text = abc.write(abc.standalone(known[at].tune))
        timeline = abc.read_timeline(abc.parse_tune(text))
        notes = sum(len(e.pitches) for v in timeline.voices for m in v.measures for e in m.events)
        if len(timeline.voices) == 1 and notes >= 16 and not faults(text):
            texts.append(text)
            if len(texts) == most:
                break
    return texts


def faults(text: str) -> list[str]:
    return [d.code for d in abc.check(text, strict=True) if d.severity in ("error", "warning")]


def count(text: str, counts: Counter[str], lowest: int, highest: int) -> None:
    """Add what the second voice does to `counts`."""
    melody, other = abc.read_timeline(abc.parse_tune(text)).voices
    counts["bars"] += len(melody.measures)
    same = len(melody.measures) == len(other.measures) and all(
        a.length == b.length for a, b in zip(melody.measures, other.measures, strict=True)
    )
    counts["tunes with a bar of another length"] += not same
    pairs: list[tuple[int, int]] = []
    for ours, theirs in zip(melody.measures, other.measures, strict=False):
        spans = [(e.onset, e.onset + e.duration, e) for e in ours.events if e.pitches]
        for event in theirs.events:
            if not event.pitches:
                counts["rests"] += 1
                continue
            number = event.pitches[0].number
            counts["notes"] += 1
            counts["out of range"] += not lowest <= number <= highest
            above = [e for start, end, e in spans if start <= event.onset < end]
            if above:
                edge = [pitch.number for pitch in above[0].pitches]
                nearest = min(edge, key=lambda pitch: abs(pitch - number))
                pairs.append((nearest, number))
    counts["pairs"] += len(pairs)
    sides = {(a > b) - (a < b) for a, b in pairs}
    counts["tunes in which voices cross"] += {-1, 1} <= sides
    for a, b in pairs:
        size = abs(a - b) % 12
        counts["thirds and sixths"] += size in (3, 4, 8, 9)
        counts["unisons"] += a == b
        counts["octaves and fifths"] += size in (0, 7) and a != b
        counts["seconds, sevenths, tritones"] += size in (1, 2, 6, 10, 11)
    for (a, b), (c, d) in pairwise(pairs):
        moves = a != c and b != d
        if moves and (a - b) % 12 == (c - d) % 12 in PERFECT:
            counts[f"parallel {PERFECT[(c - d) % 12]}"] += 1
        counts["leaps of more than a fifth"] += abs(d - b) > 7
    last = pairs[-3:]
    if len(last) > 1:
        ways = [(c - a) * (d - b) for (a, b), (c, d) in pairwise(last)]
        counts["tunes with contrary motion at the end"] += min(ways) < 0
    counts["tunes"] += 1


def melody_twice(made: str) -> str:
    """The same tune with its melody in both voices: what abc2midi says of pickups in repeats, as
    soon as there are two voices, it says of this too."""
    head, _, body = made.partition('V:1 name="Melody"\n')
    melody = body.partition("V:2 name=")[0]
    return f"{head}V:1\n{melody}V:2\n{melody}"


def abc2midi_complains(text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tune.abc")
        path.write_text(text, "utf-8")
        ran = subprocess.run(
            ["abc2midi", path.name], cwd=folder, capture_output=True, text=True, check=False
        )
        said = (ran.stdout + ran.stderr).splitlines()
        return any(line.startswith(("Error", "Warning")) for line in said)


def music21_bars(text: str) -> list[list[float]]:
    """The lengths of the bars of each part, in quarter notes, as music21 reads them."""
    import music21

    score = music21.converter.parse(text, format="abc")
    return [
        [float(m.duration.quarterLength) for m in part.getElementsByClass("Measure")]
        for part in score.parts
    ]


def music21_differs(text: str, made: str) -> bool:
    """Whether music21 reads bars of the second voice that are not those written, or the melody
    otherwise than in the tune alone, of which it misses notes under decorations."""
    written = [
        float(measure.length)
        for measure in abc.read_timeline(abc.parse_tune(made)).voices[1].measures
    ]
    return music21_bars(made) != [*music21_bars(text), written]


def measure(name: str, texts: Sequence[str], music21: int) -> Counter[str]:
    """What is found of second voices to the tunes; the first `music21` are read by music21 too."""
    place, instrument = KINDS[name]
    counts: Counter[str] = Counter()
    lowest, highest = instrument_range(instrument) if instrument else (36, 86)
    for number, text in enumerate(texts):
        if number % 100 == 99:
            print(f"{name}: {number + 1} of {len(texts)}", file=sys.stderr, flush=True)
        try:
            made = second_voice(text, place=place, instrument=instrument)
        except MusicRNNError as error:
            counts[f"refused: {error}"] += 1
            continue
        counts["tunes that check finds fault with"] += bool(faults(made))
        counts["tunes that abc2midi complains of, and not with the melody twice"] += (
            abc2midi_complains(made) and not abc2midi_complains(melody_twice(made))
        )
        if number < music21:
            counts["tunes that music21 reads"] += 1
            counts["tunes that music21 reads otherwise"] += music21_differs(text, made)
        count(made, counts, lowest, highest)
    return counts


def report(name: str, counts: Counter[str]) -> None:
    """Print what was found."""
    print(f"\n{name}: {counts['tunes']} tunes, {counts['bars']} bars, {counts['notes']} notes")
    for what, n in counts.items():
        if what in ("tunes", "bars", "notes", "pairs"):
            continue
        share = "" if what.startswith(("tunes", "refused")) else (
            f"  {100 * n / max(counts['pairs'], 1):.2f} % of the notes"
        )  # fmt: skip
        print(f"  {what}: {n}{share}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tunes", type=int, default=1000)
    parser.add_argument("--music21", type=int, default=1000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    arguments = parser.parse_args()
    texts = usable(arguments.tunes)
    for name in arguments.kinds:
        report(name, measure(name, texts, arguments.music21))


if __name__ == "__main__":
    main()
