"""Is every tune well formed, and what does that cost? ``python benchmarks/constraint.py``.

Tunes are drawn from a shipped bundle, an untrained network and uniformly random characters, over
metres, keys, forms, ranges, pickups and temperatures from 0.3 to 2.0. Each goes through
``check --strict``, is compared with what was asked, and is read by abc2midi (no line with "error"
or "warning"); some of each batch are read by music21 (no exception) and abcjs (no warning). With
``--cost`` the same model writes freely and constrained: characters a second, share of the time
spent on masks, likelihood, and how often a mask takes away more than half of the probability.

    python benchmarks/constraint.py --tunes 10000 [--vocabulary FILE] [--counts FILE --minutes 15]
    python benchmarks/constraint.py --cost

With ``--counts`` the batches done are kept in a file, and a run goes on where the last one
stopped. abcjs is found in the folder that ABCJS names (``npm install abcjs``); without it, or
without abc2midi, that reader is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn import abc
from musicrnn.constraints.abc.constraint import AbcConstraint
from musicrnn.constraints.abc.controls import Controls
from musicrnn.files import write_whole
from musicrnn.generation import Model, load
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.sampling import Sample, Sampler, sample
from musicrnn.theory.instruments import refused_key
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.vocabulary import END, Vocabulary

METERS = ("2/4", "3/4", "4/4", "2/2", "3/8", "5/8", "6/8", "7/8", "9/8", "12/8", "3/2", "6/4",
          "5/4", "11/8")  # fmt: skip
KEYS = ("C", "G", "D", "A", "E", "F", "Bb", "Eb", "Am", "Em", "Bm", "F#m", "Dm", "Gm", "Ador",
        "Edor", "Ddor", "Amix", "Dmix", "Flyd", "Ephr", "Bloc")  # fmt: skip
FORMS = (None, "AABB", "AABBCC", "AAB", "ABC", "AABA", "ABAC", "through")
INSTRUMENTS = (None, "whistle-D", "fiddle", "flute", "bagpipe")
TEMPERATURES = (0.3, 0.7, 1.0, 1.4, 2.0)
BATCH = 32
#: tunes of a batch that the slow readers get: music21 takes longer than all the rest
SLOWLY = {"music21": 8, "abcjs": 4}
READERS = ("check", "controls", "abc2midi", "music21", "abcjs")

ABCJS = """
const abcjs = require(process.argv[1]);
const tunes = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const said = tunes.map(t => (abcjs.parseOnly(t)[0].warnings || []));
console.log(JSON.stringify(said));
"""


def asked_for(rng: random.Random) -> dict[str, Any]:
    """What one batch of tunes is asked to be: some controls set, the others left open."""
    asked: dict[str, Any] = {
        "key": rng.choice((None, *KEYS)),
        "meter": rng.choice((None, *METERS)),
        "form": rng.choice(FORMS),
        "instrument": rng.choice(INSTRUMENTS),
        "pickup": rng.choice((None, None, "none", "1/8")),
        "tonic_end": rng.random() < 0.5,
        "in_scale": rng.choice((0.0, 0.0, 0.9, 1.0)),
    }
    if rng.random() < 0.5:
        asked["bars"] = rng.choice((4, 6, 8))
    key, instrument = asked["key"], asked["instrument"]
    if key and instrument and refused_key(instrument, abc.parse_key(key)):
        asked["instrument"] = None
    return {name: value for name, value in asked.items() if value is not None}


# --- three ways to choose -----------------------------------------------------------------------


def untrained(vocabulary: Vocabulary) -> Model:
    """A network that has learnt nothing, with large weights so that it is sure of itself."""
    config = ModelConfig(units=(64,), embedding=16)
    rng = np.random.default_rng(0)
    weights = {
        name: rng.standard_normal(shape).astype(np.float32)
        for name, shape in config.weight_shapes(len(vocabulary)).items()
    }
    tokenizer = CharTokenizer(vocabulary).to_config()
    return Model(
        Bundle(
            BundleConfig("untrained", "abc", tokenizer, config, vocabulary.digest),
            vocabulary,
            weights,
        )
    )


def network_tunes(model: Model, constraint: Any, temperature: float, seed: int) -> list[str]:
    """`BATCH` tunes by a network."""
    drawn = sample(
        model.engine,
        Sampler(temperature=temperature),
        [np.random.default_rng([seed, i]) for i in range(BATCH)],
        end=model.tokenizer.end,
        constraint=constraint,
    )
    return [constraint.text(one.state, one.ids, number=i + 1) for i, one in enumerate(drawn)]


def random_tunes(constraint: AbcConstraint, rng: random.Random) -> list[str]:
    """`BATCH` tunes of uniformly random characters among those allowed."""
    texts = []
    for number in range(BATCH):
        (state,) = constraint.start(1)
        ids: list[int] = []
        while not state.done:
            allowed = np.flatnonzero(constraint.mask([state])[0])
            ids.append(int(allowed[int(rng.random() * len(allowed))]))
            constraint.advance([state], ids[-1:])
        texts.append(constraint.text(state, ids[:-1], number=number + 1))
    return texts


# --- four readers -------------------------------------------------------------------------------


def broken_controls(text: str, controls: Controls) -> Iterator[str]:
    """The controls that a tune does not keep, judged from its text alone."""
    tune = abc.parse_tune(text)
    score = abc.to_score(tune)
    key = abc.parse_key(tune.key)
    if controls.key is not None and key != controls.key:
        yield "key"
    if controls.meter is not None and tune.meter != str(controls.meter):
        yield "meter"
    pitches = [note.pitch for note in score.notes]
    if pitches and not controls.lowest <= min(pitches) <= max(pitches) <= controls.highest:
        yield "range"
    if controls.tonic_end and score.notes[-1].pitch % 12 != key.pitch_class:
        yield "tonic end"
    # A share below one counts written notes, which ties join here: the tests look at those.
    if controls.in_scale == 1 and not {pitch % 12 for pitch in pitches} <= key.pitch_classes:
        yield "in scale"
    body = text.partition("\nK:")[2].partition("\n")[2].replace("\n", "")
    split = re.split(r"\|:|:\|(?!2)|::|\|\||\|\]", body)
    sections = [part for part in split if re.search("[A-Ga-gz]", part)]
    if controls.form is not None and len(sections) != len(controls.form):
        yield "form"
    for section in sections:
        bars = [bar for bar in section.split(":|2")[0].replace("|1", "|").split("|") if bar]
        first = bar_length(bars[0], tune)
        short = first < Fraction(tune.meter)
        if (
            controls.pickup is not None
            and len(bars) > 1
            and (first if short else 0) != controls.pickup
        ):
            yield "pickup"
        if controls.bars is not None:
            wanted = controls.bars[0]  # the same for all parts
            if len(bars) - (short and len(bars) > 1) != wanted:
                yield "bars"


def bar_length(bar: str, tune: Any) -> Fraction:
    """The length of a bar in whole notes."""
    text = f"X:1\nT:t\nM:none\nL:{tune.unit}\nK:C\n{bar}|\n"
    return Fraction(abc.to_score(abc.parse_tune(text)).length) / 4


def abc2midi_says(texts: Sequence[str]) -> list[str]:
    """Lines of complaint by abc2midi."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.abc").write_text("\n".join(texts))
        ran = subprocess.run(
            ["abc2midi", "t.abc"], cwd=folder, capture_output=True, text=True, errors="replace",
            check=False,
        )  # fmt: skip
    said = (ran.stdout + ran.stderr).splitlines()
    return [line for line in said if re.search("error|warning", line, re.IGNORECASE)]


def music21_says(text: str) -> list[str]:
    """The exception that music21 raises, if any."""
    from music21 import converter

    try:
        converter.parse(text, format="abc")
    except Exception as error:  # noqa: BLE001 - any is a fault to count
        return [f"{type(error).__name__}: {error}"]
    return []


def abcjs_says(texts: Sequence[str]) -> list[str]:
    """Warnings by abcjs."""
    ran = subprocess.run(
        ["node", "-e", ABCJS, str(Path(os.environ["ABCJS"]).resolve())],
        input=json.dumps(list(texts)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [warning for warnings in json.loads(ran.stdout) for warning in warnings]


# --- the proof ----------------------------------------------------------------------------------


class Proof:
    """Tunes of several sources over one vocabulary, batch after batch, and what was said of them.

    Batch n of a source is the same whenever it is drawn, so counts of several runs add up.
    """

    def __init__(self, model: Model | None, vocabulary: Vocabulary, seed: int) -> None:
        self.vocabulary = vocabulary
        self.seed = seed
        self.writers = {model.name: model} if model else {}
        self.writers |= {"untrained": untrained(vocabulary)}
        self.sources = (*self.writers, "random")
        self.counts: dict[str, Counter[str]] = {source: Counter() for source in self.sources}
        self.readers = {
            "abc2midi": shutil.which("abc2midi") is not None,
            "abcjs": shutil.which("node") is not None and "ABCJS" in os.environ,
        }

    def batch(self, source: str) -> None:
        """Draw and read the next batch of a source."""
        count = self.counts[source]
        rng = random.Random(f"{self.seed} {source} {count['batches']}")
        asked = asked_for(rng)
        controls = Controls.of(**asked)
        if source in self.writers:
            seed = self.seed * 1_000_000 + count["batches"]
            writer = self.writers[source]
            constraint = writer.constraint(controls)
            texts = network_tunes(writer, constraint, rng.choice(TEMPERATURES), seed)
        else:
            one_tonic = count["batches"] % 2 == 1
            texts = random_tunes(AbcConstraint(self.vocabulary, controls, one_tonic=one_tonic), rng)
        for reader, said in read(texts, controls, self.readers).items():
            count[reader] += len(said)
            for line in said[:2]:
                print(f"{source} {asked}: {reader}: {line}", file=sys.stderr)
        count["batches"] += 1
        count["tunes"] += len(texts)
        count["characters"] += sum(map(len, texts))

    def table(self) -> str:
        """What was found so far."""
        head = [r if self.readers.get(r, True) else f"{r} (missing)" for r in READERS]
        lines = [f"| source | tunes | characters | {' | '.join(head)} |", "|---" * 8 + "|"]
        for source, count in self.counts.items():
            faults = " | ".join(str(count[reader]) for reader in READERS)
            lines.append(f"| {source} | {count['tunes']:,} | {count['characters']:,} | {faults} |")
        batches = sum(count["batches"] for count in self.counts.values())
        read = " and ".join(f"{name} {n * batches:,}" for name, n in SLOWLY.items())
        lines.append(f"\nFaults found by each reader; of all tunes, {read} (the others all).")
        return "\n".join(lines)

    @property
    def faultless(self) -> bool:
        """Whether no reader found anything."""
        return not any(count[reader] for count in self.counts.values() for reader in READERS)


def prove(proof: Proof, tunes: int, file: Path | None, minutes: float) -> None:
    """Batches of all sources in turn until there are `tunes` in all or the time is over; the
    counts so far are read from `file` and kept there."""
    if file is not None and file.exists():
        for source, known in json.loads(file.read_text()).items():
            proof.counts[source] = Counter(known)
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        source = min(proof.sources, key=lambda each: proof.counts[each]["tunes"])
        if proof.counts[source]["tunes"] * len(proof.sources) >= tunes:
            break
        proof.batch(source)
        if file is not None:
            write_whole(file, json.dumps(proof.counts))


def read(
    texts: Sequence[str], controls: Controls, readers: dict[str, bool]
) -> dict[str, list[str]]:
    """Reader → what it has to say."""
    found = {
        "check": [str(each) for text in texts for each in abc.check(text, strict=True)],
        "controls": [each for text in texts for each in broken_controls(text, controls)],
        "music21": [each for text in texts[: SLOWLY["music21"]] for each in music21_says(text)],
    }
    if readers["abc2midi"]:
        found["abc2midi"] = abc2midi_says(texts)
    if readers["abcjs"]:
        found["abcjs"] = abcjs_says(texts[: SLOWLY["abcjs"]])
    return found


# --- the cost -----------------------------------------------------------------------------------


def cost(model: Model) -> None:
    """Free against constrained, one run: rate, masks' share, likelihood."""
    print("| batch | body | characters/s | ratio | in the constraint | bits a character | cut |")
    print("|---|---|---|---|---|---|---|")
    for batch in (1, 64):
        free = timed(model, jigs(model, free=True), batch)
        bound = timed(model, jigs(model), batch)
        for name, (rate, share, bits, cut) in (("free", free), ("constrained", bound)):
            print(f"| {batch} | {name} | {rate:,.0f} | {rate / free[0]:.2f} | {share:.1%} | "
                  f"{bits:.3f} | {cut:.2%} |")  # fmt: skip


def jigs(model: Model, *, free: bool = False) -> AbcConstraint:
    """Jigs in D of two sections; with `free` the header alone is constrained."""
    asked = Controls.of(key="D", meter="6/8", rhythm="jig", form="AABB", bars=8)
    return AbcConstraint(model.bundle.vocabulary, asked, free=free)


def timed(model: Model, constraint: AbcConstraint, batch: int) -> tuple[float, float, float, float]:
    """Characters a second, share of time in the constraint, bits a character, share of steps at
    which the mask took more than half; the constraint starts with no node known."""
    spent = 0.0

    def clocked(call: Any) -> Any:
        def wrapped(*arguments: Any) -> Any:
            nonlocal spent
            start = time.perf_counter()
            result = call(*arguments)
            spent += time.perf_counter() - start
            return result

        return wrapped

    # Set on the instance, so that only this run is clocked; mypy knows methods as of the class.
    constraint.mask = clocked(constraint.mask)  # type: ignore[method-assign]
    constraint.advance = clocked(constraint.advance)  # type: ignore[method-assign]
    drawn: list[Sample] = []
    start = time.perf_counter()
    for seed in range(8 if batch == 1 else 2):
        generators = [np.random.default_rng([seed, i]) for i in range(batch)]
        drawn += sample(
            model.engine, Sampler(), generators, end=model.tokenizer.end, constraint=constraint,
            max_tokens=1500,
        )  # fmt: skip
    passed = time.perf_counter() - start
    characters = sum(len(one.ids) + 1 for one in drawn)
    bits = -sum(one.logprob for one in drawn) / characters / np.log(2)
    cut = sum(one.cut for one in drawn) / characters
    return characters / passed, spent / passed, float(bits), cut


def token_times(model: Model, batch: int) -> npt.NDArray[np.float64]:
    """Seconds that each token of `batch` tunes takes in the constraint: its mask, and the step."""
    constraint = jigs(model)
    advance = constraint._advance
    seconds: list[float] = []

    def stepped(walk: Any, token: int) -> None:
        start = time.perf_counter()
        constraint.mask([walk])
        advance(walk, token)
        seconds.append(time.perf_counter() - start)

    # As above: on the instance alone, which mypy does not tell from the class.
    constraint._advance = stepped  # type: ignore[method-assign]
    generators = [np.random.default_rng([1, i]) for i in range(batch)]
    sample(model.engine, Sampler(), generators, end=model.tokenizer.end, constraint=constraint,
           max_tokens=1500)  # fmt: skip
    return np.array(seconds)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tunes", type=int, default=1000, help="tunes in all, alike a source")
    parser.add_argument("--model", default="folk")
    parser.add_argument("--vocabulary", help="a text whose characters are the vocabulary instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--counts", type=Path, help="a file that keeps the counts between runs")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after these")
    parser.add_argument("--cost", action="store_true", help="measure the cost only")
    options = parser.parse_args()
    model = load(options.model)
    if options.cost:
        cost(model)
        return
    if options.vocabulary:
        text = Path(options.vocabulary).read_text()
        proof = Proof(None, Vocabulary.learn([text], specials=(END,)), options.seed)
    else:
        proof = Proof(model, model.bundle.vocabulary, options.seed)
    prove(proof, options.tunes, options.counts, options.minutes)
    print(proof.table())
    sys.exit(not proof.faultless)


if __name__ == "__main__":
    main()
