"""Chords over a melody: how many beats get the chord that the book has.

    python -m benchmarks.chords ../shared/data/nottingham
    python -m benchmarks.chords ../shared/data/nottingham --untouched [-o untouched.jsonl]

Beats right of 24 triads relative to the tonic, on the tunes of one key and metre of the Nottingham
Music Database, as often as they are played; near-duplicates stand on one side of the split. The
shipped model has seen none of them; the others learned from the training side. With `--untouched`
every tune is given chords, and what each reader hears of its melody is compared before and after;
run again with the same file, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musicrnn import abc
from musicrnn.arranging.chord_network import ChordNetwork, clamped, triad_of
from musicrnn.arranging.chord_theory import TRIADS, Theory, theory
from musicrnn.arranging.chords import best_triads, harmonize
from musicrnn.arranging.grid import Grid, grid_of
from musicrnn.theory.chords import is_chord, parse_chord
from musicrnn.training.chord_fitting import from_labels
from musicrnn.training.chord_training import ChordTraining, Example, train

#: Two tunes that share this much of the shorter one's different bars are one.
ALIKE = 0.3
SEED = 1


@dataclass(frozen=True)
class Labelled:
    """One tune: its grid, and the triad of each beat by the book."""

    grid: Grid
    triads: tuple[int | None, ...]


def tunes_of(folder: Path) -> Iterator[tuple[str, abc.ParsedTune]]:
    """Every tune of the folder with the text of its book."""
    for path in sorted(folder.glob("*.abc")):
        text = abc.decode(path.read_bytes())
        for tune in abc.parse(text).tunes:
            yield text, tune


def labelled(folder: Path) -> list[Labelled]:
    """The tunes of one key and metre that have chords."""
    tunes = []
    for _, tune in tunes_of(folder):
        if any(isinstance(node, abc.Field) and node.letter in "KM" for node in tune.body):
            continue
        grid = grid_of(tune)
        triads = tuple(
            triad_of(parse_chord(beat.chord), beat.tonic) if is_chord(beat.chord) else None
            for beat in grid.beats
        )
        if any(triad is not None for triad in triads):
            tunes.append(Labelled(grid, triads))
    return tunes


def bars_of(grid: Grid) -> set[tuple[tuple[float, ...], ...]]:
    """The different bars of a melody, from the tonic up."""
    bars: dict[int, list[tuple[float, ...]]] = {}
    for beat in grid.beats:
        bars.setdefault(beat.bar, []).append(tuple(round(share, 2) for share in beat.sounding))
    return {tuple(bar) for bar in bars.values()}


def split(tunes: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled], list[Labelled]]:
    """Training (seven tenths), validation (one) and test (two), by clusters of near-duplicates."""
    bars = [bars_of(tune.grid) for tune in tunes]
    leader = list(range(len(tunes)))

    def head(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    having: dict[tuple[tuple[float, ...], ...], list[int]] = {}
    for i, own in enumerate(bars):
        for bar in own:
            having.setdefault(bar, []).append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for members in having.values():
        if len(members) < 30:  # a bar that everybody has says nothing
            shared.update((a, b) for a in members for b in members if a < b)
    for (a, b), count in shared.items():
        if count >= ALIKE * min(len(bars[a]), len(bars[b])):
            leader[head(b)] = head(a)
    clusters: dict[int, list[Labelled]] = {}
    for i, tune in enumerate(tunes):
        clusters.setdefault(head(i), []).append(tune)
    order = list(clusters.values())
    random.Random(SEED).shuffle(order)
    sides: tuple[list[Labelled], list[Labelled], list[Labelled]] = ([], [], [])
    for cluster in order:
        done = sum(map(len, sides))
        share = done / len(tunes)
        sides[2 if share < 0.2 else 1 if share < 0.3 else 0].extend(cluster)
    return sides


def accuracy(tunes: Sequence[Labelled], guess: Callable[[Grid], Sequence[int]]) -> float:
    """The share of beats that are right, as often as they are played."""
    right = total = 0
    for tune in tunes:
        rows = zip(tune.grid.played, tune.triads, guess(tune.grid), strict=True)
        for played, triad, guessed in rows:
            if triad is not None:
                total += played
                right += played * (triad == guessed)
    return right / total


def tonic(grid: Grid) -> list[int]:
    return [12 if grid.minor else 0] * len(grid.beats)


def best_triad(grid: Grid) -> list[int]:
    """The triad of the scale that holds most of the bar's notes."""
    chosen = []
    for triad in range(TRIADS):
        root, third = triad % 12, 3 if triad >= 12 else 4
        tones = {root, (root + third) % 12, (root + 7) % 12}
        if tones <= grid.scale or triad == 7:
            chosen.append((triad, tones))
    bars = np.array([beat.bar for beat in grid.beats])
    sounding = np.array([beat.sounding for beat in grid.beats])
    best = np.zeros(len(bars), int)
    home = 12 if grid.minor else 0
    for bar in set(bars):
        weights = sounding[bars == bar].sum(axis=0)
        fits = [(weights[list(tones)].sum() + 0.1 * (t == home), t) for t, tones in chosen]
        best[bars == bar] = max(fits)[1]
    return list(best)


class NearestBar:
    """The chords of the nearest bar of the training tunes."""

    def __init__(self, tunes: Sequence[Labelled]) -> None:
        self.known: dict[tuple[int, bool], tuple[list[np.ndarray], list[list[int]]]] = {}
        for tune in tunes:
            for rows, shape in self.bars(tune.grid):
                chords = [tune.triads[row] for row in rows]
                if None not in chords:
                    bars, answers = self.known.setdefault((len(rows), tune.grid.minor), ([], []))
                    bars.append(shape)
                    answers.append([triad for triad in chords if triad is not None])

    @staticmethod
    def bars(grid: Grid) -> Iterator[tuple[list[int], np.ndarray]]:
        rows: dict[int, list[int]] = {}
        for row, beat in enumerate(grid.beats):
            rows.setdefault(beat.bar, []).append(row)
        for members in rows.values():
            yield members, np.concatenate([grid.beats[row].sounding for row in members])

    def __call__(self, grid: Grid) -> list[int]:
        guesses = tonic(grid)
        for rows, shape in self.bars(grid):
            bars, answers = self.known.get((len(rows), grid.minor), ([], []))
            if bars:
                near = int(np.abs(np.array(bars) - shape).sum(axis=1).argmin())
                for row, triad in zip(rows, answers[near], strict=True):
                    guesses[row] = triad
        return guesses


def by(tables: Theory) -> Callable[[Grid], Sequence[int]]:
    return lambda grid: best_triads(tables.marginals(grid).states[0], grid)


def by_network(model: ChordNetwork) -> Callable[[Grid], Sequence[int]]:
    return lambda grid: best_triads(model.probabilities(grid), grid)


def without_places(tables: Theory) -> Theory:
    """A plain hidden Markov model: notes and changes of chord alone."""
    return replace(tables, places=np.zeros_like(tables.places))


def table(folder: Path, part: str, how: ChordTraining) -> None:
    """The table of history/music.md."""
    sides = split(labelled(folder))
    training, validation, test = sides
    measured = validation if part == "validation" else test
    if part == "test":
        training = [*training, *validation]
    print(f"{len(training)} tunes to learn from, {len(measured)} measured ({part})")
    counted = from_labels([t.grid for t in training], [clamped(t.triads) for t in training])
    rows: list[tuple[str, Callable[[Grid], Sequence[int]]]] = [
        ("the tonic always", tonic),
        ("best triad of the scale, a bar", best_triad),
        ("nearest bar of the training side", NearestBar(training)),
        ("hidden Markov model", by(without_places(counted))),
        ("the same with places in the section", by(counted)),
        ("theory alone (no tune seen)", by(theory())),
        ("shipped (no tune of it seen)", by_network(ChordNetwork.load())),
    ]
    for name, guess in rows:
        print(f"{name:40} {accuracy(measured, guess):6.1%}", flush=True)
    start = time.process_time()
    model = train([Example.of(t.grid, t.triads) for t in training], how)
    print(
        f"{'train --recipe chords':40} {accuracy(measured, by_network(model)):6.1%}  "
        f"({time.process_time() - start:.0f} s of CPU, {len(model.to_bytes()) / 1e6:.2f} MB)"
    )


def heard(text: str) -> list[tuple[int, int, int]]:
    """What abc2midi plays of the melody: (pitch, onset, length in ticks)."""
    import mido

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tune.abc"
        source.write_text(text)
        subprocess.run(
            ["abc2midi", source, "-o", f"{folder}/tune.mid", "-NGUI", "-NFNP"],
            capture_output=True, check=False,
        )  # fmt: skip
        notes, now, open_ = [], 0, {}
        for message in mido.MidiFile(f"{folder}/tune.mid").tracks[-1]:
            now += message.time
            if message.type == "note_on" and message.velocity:
                open_[message.note] = now
            elif message.type in ("note_on", "note_off") and message.note in open_:
                start = open_.pop(message.note)
                notes.append((message.note, start, now - start))
    return notes


def untouched(tune: abc.ParsedTune) -> dict[str, bool | float]:
    """Chords for a tune: whether what each reader hears of the melody stays as it was."""
    plain = abc.write(abc.standalone(tune))
    start = time.process_time()
    after = harmonize(abc.parse_tune(plain)).text(plain)
    seconds = time.process_time() - start
    bare = Harmonless.text(plain)
    off = "%%MIDI gchordoff\n"
    before_and_after = [abc.to_score(abc.parse_tune(text)).notes for text in (plain, after)]
    return {
        "ours": before_and_after[0] == before_and_after[1],
        "text but for symbols": Harmonless.text(after) == bare,
        "abc2midi": heard(_in_body(bare, off)) == heard(_in_body(after, off)),
        "music21": _music21(bare) == _music21(after),
        "seconds": seconds,
    }


def untouched_table(folder: Path, output: Path) -> None:
    """Measure the tunes that are not in `output` yet, then sum up."""
    known = output.read_text("utf-8").splitlines() if output.exists() else []
    rows = {row["tune"]: row for row in map(json.loads, known)}
    for number, (_, tune) in enumerate(tunes_of(folder)):
        if number not in rows:
            rows[number] = {"tune": number} | untouched(tune)
            with output.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[number]) + "\n")
    for name in ("ours", "text but for symbols", "abc2midi", "music21"):
        print(f"{name}: the same in {sum(bool(row[name]) for row in rows.values())} of {len(rows)}")
    print(f"{1000 * sum(row['seconds'] for row in rows.values()) / len(rows):.1f} ms a tune")


class Harmonless:
    """A tune without its chord symbols."""

    @staticmethod
    def text(text: str) -> str:
        tune = abc.parse_tune(text)
        for node in reversed(tune.body):
            if isinstance(node, abc.ChordName):
                text = text[: node.start] + text[node.end :]
        return text


def _in_body(text: str, line: str) -> str:
    """The text with a line after its header."""
    at = text.index("\n", text.index("\nK:") + 1) + 1
    return text[:at] + line + text[at:]


def _music21(text: str) -> list[tuple[int, float, float]]:
    from music21 import converter

    score = converter.parse(text, format="abc")
    return [
        (pitch.midi, float(note.getOffsetInHierarchy(score)), float(note.quarterLength))
        for note in score.recurse().notes
        if "Chord" in note.classes or note.isNote
        if "Harmony" not in note.classes
        for pitch in note.pitches
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument("--networks", type=int, default=ChordTraining.networks)
    parser.add_argument("--seed", type=int, default=ChordTraining.seed)
    parser.add_argument("--epochs", type=int, default=ChordTraining.epochs)
    parser.add_argument("--untouched", action="store_true")
    parser.add_argument("-o", "--output", type=Path, default=Path("untouched.jsonl"))
    arguments = parser.parse_args()
    if arguments.untouched:
        untouched_table(arguments.folder, arguments.output)
    else:
        how = ChordTraining(
            networks=arguments.networks, epochs=arguments.epochs, seed=arguments.seed
        )
        table(arguments.folder, arguments.part, how)


if __name__ == "__main__":
    main()
