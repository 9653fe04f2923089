"""Held-out sopranos harmonized, counted beside what Bach wrote under them.

    python -m benchmarks.chorales [--model chorale] [--sopranos 100] [--seed 1] [--best-of 8]
    python -m benchmarks.chorales --rewrite 3-4 [--voices alto,tenor] [--sopranos 100]

takes the sopranos of the first chorales of the test split of the corpus `chorales`, lets the model
write the other voices, and prints a table in Markdown: what must hold without exception, the
faults of voice leading a hundred chords, and how busy the voices are. With `--rewrite` the chorales
are left open in these bars alone: what is given must stay, and the faults in the bars that are
written and at their edges are counted beside Bach's in the same bars.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import numpy as np

from musicrnn import corpus as corpora
from musicrnn.constraints.events.voices_frame import closing_root
from musicrnn.errors import UsageError
from musicrnn.evaluation.voice_leading import soprano_of
from musicrnn.generation import Model, load
from musicrnn.generation.harmonize import Melody, harmonizations
from musicrnn.score import Key, Score
from musicrnn.theory.four_voices import RANGES, REST, STEPS, VOICES, FourVoices, four_voices
from musicrnn.theory.voice_leading import faults, nameless, per_hundred_chords


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="chorale", help="a model of four voices")
    parser.add_argument("--corpus", default="chorales", help="name or folder of the corpus")
    parser.add_argument("--sopranos", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--best-of", type=int, default=8, help="drafts for each setting")
    parser.add_argument("--rewrite", default="", help="bars to leave open in Bach's chorales")
    parser.add_argument("--voices", default="", help="with --rewrite: in these voices alone")
    arguments = parser.parse_args()
    model = load(arguments.model)
    if arguments.rewrite:
        rewritten(model, arguments)
        return
    scores = [soprano_of(score) for score in chorales(arguments.corpus, arguments.sopranos)]
    before = time.perf_counter()
    ours = []
    for number, score in enumerate(scores, 1):
        ours.append(setting(model, score, arguments.seed, arguments.best_of))
        took = time.perf_counter() - before
        print(f"{number} of {len(scores)} in {took:.0f} s", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - before
    bachs = [four_voices(score) for score in chorales(arguments.corpus, arguments.sopranos)]
    keys = [Melody.of(score).frame().key for score in scores]
    print(f"{len(ours)} settings in {seconds:.0f} s, {arguments.best_of} drafts each\n")
    print(f"| | {model.name} | Bach |\n|---|---|---|")
    changed = sum(line(a, 0) != line(b, 0) for a, b in zip(ours, scores, strict=True))
    voices = [four_voices(score) for score in ours]
    print(f"| sopranos changed | {changed} | |")
    for name, count in (("notes out of range", out_of_range), ("steps crossed", crossed)):
        print(f"| {name} | {count(voices)} | {count(bachs)} |")
    print(f"| steps in which a voice is silent under the soprano | {silent(voices)} | |")
    for name, close in (("the tonic triad", on_tonic), ("Bach's last chord", on_bachs)):
        shares = [
            np.mean([close(*row) for row in zip(side, keys, bachs, strict=True)])
            for side in (voices, bachs)
        ]
        print(f"| closes on {name} | {shares[0]:.0%} | {shares[1]:.0%} |")
    counts = zip(
        per_hundred_chords(voices).items(), per_hundred_chords(bachs).values(), strict=True
    )
    for (code, our_share), bachs_share in counts:
        print(f"| {code}, per 100 chords | {our_share:.2f} | {bachs_share:.2f} |")
    for number, voice in enumerate(VOICES):
        print(f"| notes a quarter, {voice} | {pace(voices, number)} | {pace(bachs, number)} |")
    print(f"| quarters on a triad or a seventh chord | {named(voices):.0%} | {named(bachs):.0%} |")
    print(f"| quarters with Bach's chord | {agreement(voices, bachs):.0%} | |")


def rewritten(model: Model, arguments: argparse.Namespace) -> None:
    """The table of chorales of which bars are written anew."""
    counts: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    bachs: Counter[str] = Counter()
    options = {"seed": arguments.seed, "best_of": arguments.best_of}
    for score in chorales(arguments.corpus, arguments.sopranos):
        try:
            melody = Melody.of(score, rewrite=arguments.rewrite, voices=arguments.voices)
            made = next(harmonizations(model, melody, 1, options=options)).score
        except UsageError as error:
            counts[f"refused: {error}"] += 1
            continue
        old, new = four_voices(score), four_voices(made)
        given = np.ones(new.pitches.shape, bool)
        for voice, spans in melody.open.items():
            for start, end in spans:
                given[round(start * STEPS) : round(end * STEPS), voice] = False
        counts["chorales"] += 1
        counts["in which what is given is not the same"] += bool(
            len(old) != len(new) or (old.pitches != new.pitches)[given].any()
        )
        counts["in which nothing is new"] += bool((old.pitches == new.pitches).all())
        open_bars = {new.bar_of(step) for step in np.flatnonzero(~given.all(axis=1)).tolist()}
        around = open_bars | {bar + 1 for bar in open_bars}
        for voices, faults_of in ((new, ours), (old, bachs)):
            faults_of.update(fault.code for fault in faults(voices) if fault.bar in around)
        print(f"{counts['chorales']} chorales", file=sys.stderr, flush=True)
    for name, number in counts.items():
        print(f"{name}: {number}")
    print(f"| faults | {model.name} | Bach |\n|---|---|---|")
    for code in sorted(ours | bachs):
        print(f"| {code} | {ours[code]} | {bachs[code]} |")


def chorales(corpus: str, n: int) -> list[Score]:
    """The first `n` chorales that nothing learned from."""
    pieces = islice(corpora.open(corpus).pieces("test"), n)
    return [piece.content for piece in pieces if isinstance(piece.content, Score)]


def setting(model: Model, soprano: Score, seed: int, best_of: int) -> Score:
    """One harmonization."""
    options = {"seed": seed, "best_of": best_of}
    return next(harmonizations(model, Melody.of(soprano), 1, options=options)).score


def line(score: Score, part: int) -> list[tuple[object, ...]]:
    """The notes of one part."""
    return [(n.onset, n.pitch, n.duration) for n in score.notes if n.part == part]


def out_of_range(pieces: Sequence[FourVoices]) -> int:
    """Notes of alto, tenor and bass that lie outside of their ranges."""
    return sum(
        int((voices.begins[:, v] & ((column < low) | (column > high))).sum())
        for voices in pieces
        for v, (low, high) in enumerate(RANGES)
        if v > 0
        for column in [voices.pitches[:, v]]
    )


def crossed(pieces: Sequence[FourVoices]) -> int:
    """Steps at which a voice sings above its upper neighbour."""
    return sum(
        int(((upper < lower) & (upper != REST) & (lower != REST)).any(axis=1).sum())
        for voices in pieces
        for upper, lower in [(voices.pitches[:, :-1], voices.pitches[:, 1:])]
    )


def silent(pieces: Sequence[FourVoices]) -> int:
    """Steps at which the soprano sings and another voice does not."""
    return sum(
        int(((voices.pitches == REST).any(axis=1) & (voices.pitches[:, 0] != REST)).sum())
        for voices in pieces
    )


def last_chord(voices: FourVoices) -> tuple[int, frozenset[int]]:
    """The pitch class of the last bass note, and all that sound with it."""
    chord = voices.pitches[(voices.pitches != REST).all(axis=1)][-1]
    return int(chord[3]) % 12, frozenset(int(pitch) % 12 for pitch in chord)


def on_tonic(voices: FourVoices, key: Key, bach: FourVoices) -> bool:
    """Whether the last chord is the tonic triad, root in the bass (a minor piece may end in major).

    The tonic is that of the key as it is written, or, where the soprano ends on a note that its
    triad lacks, the final of the church mode (`closing_root`)."""
    root, pitches = last_chord(voices)
    sung = bach.pitches[bach.pitches[:, 0] != REST, 0]
    tonic = closing_root(key, int(sung[-1]))
    degrees = {(pitch - tonic) % 12 for pitch in pitches}
    return root == tonic and (degrees <= {0, 4, 7} or degrees <= {0, 3, 7})


def on_bachs(voices: FourVoices, key: Key, bach: FourVoices) -> bool:
    """Whether the last chord has the root of Bach's."""
    return last_chord(voices)[0] == last_chord(bach)[0]


def pace(pieces: Sequence[FourVoices], voice: int) -> str:
    """Notes a quarter."""
    notes = sum(int(voices.begins[:, voice].sum()) for voices in pieces)
    return f"{notes * STEPS / sum(map(len, pieces)):.2f}"


def named(pieces: Sequence[FourVoices]) -> float:
    """The share of quarters on which a triad or a seventh chord, or part of one, sounds."""
    return 1 - sum(map(nameless, pieces)) * STEPS / sum(map(len, pieces))


def agreement(ours: Sequence[FourVoices], bachs: Sequence[FourVoices]) -> float:
    """The share of quarters on which the same pitch classes sound, over the same bass note."""
    same = total = 0
    for mine, bach in zip(ours, bachs, strict=True):
        for step in range(bach.pickup % STEPS, min(len(mine), len(bach)), STEPS):
            chords = [set((v.pitches[step] % 12).tolist()) for v in (mine, bach)]
            basses = [int(v.pitches[step, 3]) % 12 for v in (mine, bach)]
            same += chords[0] == chords[1] and basses[0] == basses[1]
            total += 1
    return same / total


if __name__ == "__main__":
    main()
