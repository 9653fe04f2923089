"""Variations of folk tunes: is the share of notes kept the one that is asked for?

    python benchmarks/variations.py [--tunes 200] [--each 2] [--seed 1] [-o variations.jsonl]
    python benchmarks/variations.py --table variations.jsonl

Run again with the same file it goes on where it stopped.

Tunes of one voice, without faults of their own, of the folk collections that music21 installs, in
even steps. Each is varied at some of the closenesses 0.2, 0.3 … 0.9 in turn; for every second
variation two bars are to be kept, where they leave room for it. Counted are variations whose share
of notes kept is within 5 points of the one asked for, whose bars to keep are the same to the
letter, which the strict checker and abc2midi find nothing wrong with (that was not wrong before),
and in which the key heard is that of ``K:``, beside the same of the tunes themselves.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from second_voice import abc2midi_complains, faults, usable

from musicrnn import abc, load
from musicrnn.arranging.bars import bar_numbers, share_kept, written_bars
from musicrnn.arranging.melody import one_voice
from musicrnn.errors import UsageError
from musicrnn.theory.keyfinding import find_key

CLOSENESSES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def bars(text: str) -> dict[int, list[str]]:
    """Number of a bar → what is written in it."""
    whole = abc.write(one_voice(text)[0])
    tune, measures = one_voice(whole)
    numbers = dict(zip(map(id, measures), bar_numbers(measures), strict=True))
    texts: dict[int, list[str]] = defaultdict(list)
    for bar in written_bars(tune, measures):
        texts[numbers[id(bar.measure)]].append(whole[bar.start : bar.end])
    return texts


def hears_its_key(text: str) -> bool:
    """Whether the finder hears the signature, for it knows no dorian or mixolydian. Where there is
    none, as for pipes, there is nothing to miss."""
    score = abc.to_score(abc.parse_tune(text))
    return not score.keys or find_key(score).fifths == score.keys[0].key.fifths


def measured(model, text: str, closeness: float, keep: str, seed: int) -> dict[str, object]:
    start = time.process_time()
    try:
        varied = model.vary(text, closeness, keep=keep, seed=seed).text
    except UsageError as error:
        return {"closeness": closeness, "keep": keep, "refused": str(error)}
    seconds = time.process_time() - start
    old, new = bars(text), bars(varied)
    kept = [int(number) for number in keep.split(",") if number]
    return {
        "closeness": closeness,
        "keep": keep,
        "share": share_kept(text, varied),
        "bars": list(old) == list(new),
        "kept": all(old[number] == new[number] for number in kept),
        "well formed": not faults(varied),
        "abc2midi": not abc2midi_complains(varied) or abc2midi_complains(text),
        "key": hears_its_key(varied),
        "key before": hears_its_key(text),
        "seconds": seconds,
    }


def rows_of(path: Path) -> list[dict[str, object]]:
    """The variations measured so far."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def table(rows: list[dict[str, object]]) -> None:
    print("| closeness | variations | share kept, mean | within 5 points | bars to keep the same "
          "| well formed | abc2midi content | key heard | of the tunes | s |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    done = [row for row in rows if "share" in row]
    for value in (*CLOSENESSES, None):
        own = [row for row in done if value is None or row["closeness"] == value]
        if not own:
            continue

        def share(name: str, own: list[dict[str, object]] = own) -> str:
            return f"{100 * np.mean([bool(row[name]) for row in own]):.1f} %"

        near = [abs(float(row["share"]) - float(row["closeness"])) <= 0.05 + 1e-9 for row in own]
        kept = [row["kept"] and row["bars"] for row in own if row["keep"]]
        print(
            f"| {'all' if value is None else value} | {len(own)} "
            f"| {np.mean([float(row['share']) for row in own]):.3f} | {100 * np.mean(near):.1f} % "
            f"| {sum(map(bool, kept))} of {len(kept)} | {share('well formed')} "
            f"| {share('abc2midi')} | {share('key')} | {share('key before')} "
            f"| {np.mean([float(row['seconds']) for row in own]):.1f} |"
        )
    print(f"refused: {len(rows) - len(done)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tunes", type=int, default=200)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("variations.jsonl"))
    arguments = parser.parse_args()
    if arguments.table:
        table(rows_of(arguments.table))
        return
    measured_before = {
        (row["tune"], row["again"])
        for row in (rows_of(arguments.output) if arguments.output.exists() else ())
    }
    model = load("folk")
    for number, text in enumerate(usable(arguments.tunes)):
        count = max(bars(text))
        for again in range(arguments.each):
            if (number, again) in measured_before:
                continue
            rng = np.random.default_rng([arguments.seed, number, again])
            closeness = CLOSENESSES[(number + again * 4) % len(CLOSENESSES)]
            chosen = sorted(rng.choice(count, min(2, count), replace=False) + 1)
            keep = ",".join(map(str, chosen)) if (number + again) % 2 and closeness > 0.3 else ""
            row = measured(model, text, closeness, keep, int(rng.integers(2**31)))
            with arguments.output.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row | {"tune": number, "again": again}) + "\n")


if __name__ == "__main__":
    main()
