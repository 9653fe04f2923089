"""A strict type checker knows the public API: it takes what is right and refuses what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = """
import musicrnn
from musicrnn.errors import UsageError

model = musicrnn.load("folk")
tune = model.generate(key="D", meter="6/8", rhythm="jig", seed=3)
text: str = tune.text
several: list[musicrnn.Tune] = model.generate(2, temperature=0.8, bars=(8, 16), in_scale=1.0)
whole: musicrnn.Tune = model.complete("X:1", best_of=2)
score: musicrnn.Score = tune.score
pitches: list[int] = [note.pitch for note in score]
tune.save("tune.wav")
air: musicrnn.Tune = musicrnn.read("air.abc")[0]
for finding in air.diagnostics():
    code: str = finding.code
try:
    musicrnn.render.to_midi(score)
except UsageError as error:
    print(error)
run = musicrnn.train("tunes/", base="folk", epochs=2, settings={"training.batch": 16})
bits: float = float(run.history.validation_bits[-1])
mine: musicrnn.Model = run.model
corpus = musicrnn.Corpus.open("dinosaurs")
names: list[object] = [piece.content for piece in corpus.pieces("train")]
x, y, weights = mine.examples(corpus.pieces("train"), length=64)
mine.with_keras(mine.keras()).save("mine")
study = musicrnn.evaluate(mine, samples=16, report="mine.html")
name: str = study.about.name
"""

#: one line each, and what mypy calls it
WRONG = {
    'musicrnn.load("folk").generate(kye="D")': "call-overload",
    'musicrnn.load("folk").generate(temperature="hot")': "call-overload",
    'musicrnn.load("folk").generate(seed=1.5)': "call-overload",
    'musicrnn.load("folk").generate(tonic_end="yes")': "call-overload",
    'musicrnn.load("folk").generate("three")': "call-overload",
    "musicrnn.load(3)": "arg-type",
    'musicrnn.load("folk").generate().pitch': "attr-defined",
    'tune: musicrnn.Tune = musicrnn.load("folk").generate(2)': "assignment",
    'musicrnn.train("x", recipee="folk")': "call-arg",
    'musicrnn.train("x", epochs="ten")': "arg-type",
    'musicrnn.evaluate("folk", sample=3)': "call-arg",
    'musicrnn.Corpus.open("folk").pieces(3)': "arg-type",
    "musicrnn.sing()": "attr-defined",
}


def check(folder: Path, code: str) -> str:
    """What ``mypy --strict`` says of a file that uses the package as it is installed."""
    (folder / "user.py").write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--hide-error-context",
               "--no-error-summary", "--ignore-missing-imports", "--follow-imports=silent",
               "--cache-dir", str(folder / "cache"), "user.py"]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)  # the first check reads the whole package
@pytest.mark.needs("mypy")
def test_a_strict_checker_knows_right_from_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYPYPATH", str(Path(__file__).parent.parent))
    wrong = "".join(f"def f{i}() -> None:\n    {line}\n" for i, line in enumerate(WRONG))
    shown = check(tmp_path, RIGHT + wrong).splitlines()
    said = [line for line in shown if ": note: " not in line]
    first = RIGHT.count("\n") + 2
    by_line = {}
    for line in said:
        assert line.startswith("user.py:"), line
        by_line[int(line.split(":")[1])] = line
    for i, (code, kind) in enumerate(WRONG.items()):
        number = first + 2 * i
        assert number in by_line, code
        assert kind in by_line.pop(number), (code, said)
    assert by_line == {}
