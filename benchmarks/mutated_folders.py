"""The folders that `benchmarks/mutations.py` damages: models, runs, corpora.

Checksums are made to fit, as one would who means ill.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from benchmarks.damage import (
    Reader,
    altered,
    altered_arrays,
    arrays_of,
    json_of,
    mutated,
    npz_of,
)
from musicrnn import abc, generation, reading
from musicrnn.arranging.chord_network import ChordNetwork
from musicrnn.corpus import Corpus, manifest
from musicrnn.corpus.shards import Shards, pack
from musicrnn.generation.judge import Judge
from musicrnn.models import hub
from musicrnn.models.bundle import Bundle
from musicrnn.models.card import card
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.piece import Piece
from musicrnn.render import to_midi
from musicrnn.score import ChordSymbol
from musicrnn.stored import from_json
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.registry import from_config, learn
from musicrnn.tokens.vocabulary import END, Vocabulary
from musicrnn.training.recipe import Recipe
from musicrnn.training.run import NUMBERS, POSITION, Run, TrainingState
from musicrnn.training.run_data import Dataset
from musicrnn.training.sharded import load_dataset

__all__ = ["PLAIN", "TUNE", "folder_readers"]

TUNE = (
    'X:1\nT:The "Kesh"\nR:jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:Gmix\nV:1 clef=treble\nP:A2B\n'
    '|:"G"~G2G (GAB)|A>B<A {c}[ABd]/2|[1 e-e^d (3gdd z2:|[2 T!roll!edB dBA\\\n'
    "|[K:D][M:4/4]d4- d2 x2|w:la-la _ * la\n[L:1/16]c'',,8&e8|]\n"
)
PLAIN = "X:1\nT:Plain\nR:jig\nM:6/8\nL:1/8\nK:D\n|:" + "DFA dAF|GBd gdB|" * 3 + "DFA d3:|\n"


def folder_readers(scratch: Path) -> dict[str, Reader]:
    """name → reader of a folder, which is made in `scratch`."""
    return {
        "bundle": _bundle(scratch / "bundle"),
        "configuration": _configuration(),
        "tokenizer": _tokenizers(),
        "weights": _weights(scratch / "weights"),
        "novelty index": _index(scratch / "index"),
        "run": _run(scratch / "run"),
        "built corpus": _corpus(scratch / "corpus"),
        "shards": _shards(scratch / "shards"),
        "chord model": _chords(scratch / "chords"),
    }


def _small(folder: Path) -> None:
    """A model of ABC with all that may lie beside one."""
    tokenizer = CharTokenizer.learn(reading.read(PLAIN.encode()).pieces(), format="abc")
    model = ModelConfig(units=(8,), embedding=4)
    rng = np.random.default_rng(1)
    weights = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in model.weight_shapes(len(tokenizer.vocabulary)).items()
    }
    config = BundleConfig(
        "small", "abc", tokenizer.to_config(), model, tokenizer.vocabulary.digest,
        {"corpus": "x", "epochs": 3, "settings": {"keep": "best"}, "seconds": 3},
        {"bits_per_token": 1.5, "test_bits_per_token": 1.5, "well_formed": 0.5, "samples": 5},
    )  # fmt: skip
    Bundle(config, tokenizer.vocabulary, weights).save(folder)
    folk = generation.load("folk").bundle.folder
    assert folk is not None
    for name in ("repertoire.json", "judge.npz"):
        shutil.copy(folk / name, folder / name)
    Index.build([abc.to_score(abc.parse_tune(PLAIN))], titles=["Plain"]).save(folder / FILE_NAME)


def _bundle(folder: Path) -> Reader:
    """A whole model: whatever is damaged, the checksums fit."""
    _small(folder)
    (folder / "card.md").unlink()  # it names the digest of all the rest
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    repertoire = json.loads(whole["repertoire.json"])
    repertoire = {name: dict(list(table.items())[:5]) if isinstance(table, dict) else table[:5]
                  for name, table in repertoire.items()}  # fmt: skip
    arrays = {name: arrays_of(whole[name]) for name in ("judge.npz", FILE_NAME)}
    score = abc.to_score(abc.parse_tune(PLAIN))

    def make(choose: random.Random) -> dict[str, bytes]:
        files = dict(whole)
        name = choose.choice(list(files))
        config = json.loads(files["config.json"])
        if name == "config.json":
            config = altered(config, choose)
        elif name == "vocabulary.json":
            tokens = altered(json.loads(files[name])["tokens"], choose)
            if isinstance(tokens, list) and all(isinstance(one, str) for one in tokens):
                vocabulary = Vocabulary(tokens, specials=(END,))
                files[name] = vocabulary.to_json().encode("utf-8", "replace")
                config["vocabulary_digest"] = vocabulary.digest
        elif name.endswith(".safetensors"):
            files[name] = mutated(files[name], choose)
            config["weights_digest"] = hashlib.sha256(files[name]).hexdigest()
        elif name == "repertoire.json":
            files[name] = json_of(altered(repertoire, choose))
        elif choose.random() < 0.5:
            files[name] = mutated(files[name], choose)
        else:
            files[name] = npz_of(altered_arrays(arrays[name], choose))
        return files | {"config.json": json_of(config)}

    def read(files: dict[str, bytes]) -> Any:
        for name, data in files.items():
            (folder / name).write_bytes(data)
        model = generation.load(folder)
        if files[FILE_NAME] != whole[FILE_NAME]:
            Index.load(folder).novelty(score)
        if files["judge.npz"] != whole["judge.npz"]:
            Judge.load(folder / "judge.npz").score(PLAIN)
        if files["config.json"] != whole["config.json"]:
            shutil.rmtree(folder.parent / "hub", ignore_errors=True)
            hub.export(folder, folder.parent / "hub")
            card(model.bundle)
        if model.format.name == "abc" and len(files[FILE_NAME]) % 8 == 0:  # it takes its time
            model.generate(seed=1, bars=2, best_of=1)
        return model

    return Reader(make, read)


def _configuration() -> Reader:
    """The configuration of a model, alone."""
    config = Bundle.load("folk").config.to_dict()
    config = {
        name: dict(list(section.items())[:8]) if isinstance(section, dict) else section
        for name, section in config.items()
    } | {name: config[name] for name in ("model", "tokenizer")}

    def read(data: bytes) -> Any:
        try:
            content = from_json(data)
        except ValueError:  # as `Bundle` does
            return None
        value = BundleConfig.from_dict(content)
        return value.model.weight_shapes(50), value.to_dict()

    return Reader(lambda choose: json_of(altered(config, choose)), read)


def _tokenizers() -> Reader:
    """The sections of all tokenizers and their vocabularies."""
    score = abc.to_score(abc.parse_tune(PLAIN))
    piece = Piece("midi", score)
    known = [
        learn("char", [Piece("abc", PLAIN)], format="abc"),
        learn("char", [Piece("abc", PLAIN)], format="abc", place=True, brackets=True, echoes=True),
        learn("jazz", [Piece("midi", replace(score, chords=(ChordSymbol(Fraction(0), "D"),)))]),
        learn("piano", [piece]),
        learn("voices", []),
    ]  # fmt: skip
    sections = [(one.to_config(), json.loads(one.vocabulary.to_json())) for one in known]

    def make(choose: random.Random) -> tuple[Any, bytes]:
        section, vocabulary = choose.choice(sections)
        if choose.random() < 0.5:
            return altered(section, choose), json_of(vocabulary)
        return section, json_of(altered(vocabulary, choose))

    def read(given: tuple[Any, bytes]) -> Any:
        section, text = given
        vocabulary = Vocabulary.from_json(text.decode("utf-8", "replace"))
        if not isinstance(section, dict):
            return None  # a configuration has a table there
        tokenizer = from_config(section, vocabulary)
        return tokenizer.to_config(), tokenizer.end

    return Reader(make, read)


def _tensors_of(whole: bytes) -> Callable[[random.Random], bytes]:
    """Makes a safetensors file with a damaged head, or with other arrays."""
    head = 8 + int.from_bytes(whole[:8], "little")
    tensors = load(whole)

    def make(choose: random.Random) -> bytes:
        if choose.random() < 0.5:
            return mutated(whole[:head], choose) + whole[head:]
        arrays = altered_arrays(tensors, choose)
        kept = {k: np.ascontiguousarray(v) for k, v in arrays.items() if v.dtype.kind != "c"}
        return bytes(save(kept))

    return make


def _weights(folder: Path) -> Reader:
    """The head of a model's weights, with a digest that fits."""
    _small(folder)
    (folder / "card.md").unlink()
    whole = (folder / "weights.safetensors").read_bytes()
    config = json.loads((folder / "config.json").read_bytes())

    def read(data: bytes) -> Any:
        (folder / "weights.safetensors").write_bytes(data)
        digest = {"weights_digest": hashlib.sha256(data).hexdigest()}
        (folder / "config.json").write_bytes(json_of(config | digest))
        return Bundle.load(folder)

    return Reader(_tensors_of(whole), read)


def _index(folder: Path) -> Reader:
    """The index of known tunes beside a model."""
    folder.mkdir()
    score = abc.to_score(abc.parse_tune(PLAIN))
    Index.build([score], titles=["Plain"]).save(folder / FILE_NAME)
    whole = (folder / FILE_NAME).read_bytes()
    arrays = arrays_of(whole)

    def make(choose: random.Random) -> bytes:
        if choose.random() < 0.3:
            return mutated(whole, choose)
        return npz_of(altered_arrays(arrays, choose))

    def read(data: bytes) -> Any:
        (folder / FILE_NAME).write_bytes(data)
        index = Index.load(folder)
        return index.novelty(score), index.shared_bars(score)

    return Reader(make, read)


def _run(folder: Path) -> Reader:
    """The folder of a training run, as `train --resume` and `compare` read it."""
    vocabulary = Vocabulary("ABC|", specials=(END,))
    model = ModelConfig(units=(4,), embedding=2)
    weights = {
        name: np.zeros(shape, np.float32)
        for name, shape in model.weight_shapes(len(vocabulary)).items()
    }
    config = BundleConfig("r", "abc", {"name": "char"}, model, vocabulary.digest)
    run = Run.create(folder, needed=0)
    ids = [np.array([1, 2, 3], np.uint8)]
    digest = Dataset([ids, ids], ids).save(run.data_path)
    state = TrainingState(data_digest=digest, dropout_seed=1, log=[{"epoch": 1}])
    run.recipe_path.write_text(Recipe("r").to_toml())
    run.save_checkpoint(Bundle(config, vocabulary, weights), {"0": np.zeros(3)}, state)
    line = {"epoch": 1, "train_bits": 1.5, "validation_bits": 1.5, "seconds": 1.0, "rate": 0.1}
    checkpoint = next(run.checkpoints.iterdir())
    numbers, data = (checkpoint / NUMBERS).read_bytes(), run.data_path.read_bytes()
    position = json.loads((checkpoint / POSITION).read_bytes())

    def make(choose: random.Random) -> dict[Path, bytes]:
        kind = choose.randrange(5)
        at, lines, ids_ = position, [line, line], data
        if kind == 0:
            at = altered(position, choose)
        elif kind == 1:
            lines = altered(lines, choose)
        elif kind == 2:
            ids_ = mutated(data, choose)
            at = position | {"data_digest": hashlib.sha256(ids_).hexdigest()}
        lines = lines if isinstance(lines, list) else [lines]
        return {
            checkpoint / POSITION: json_of(at),
            checkpoint / NUMBERS: mutated(numbers, choose) if kind == 3 else numbers,
            run.data_path: ids_,
            run.log_path: mutated(json_of(line), choose) if kind == 4 else b"\n".join(
                map(json_of, lines)),
        }  # fmt: skip

    def read(files: dict[Path, bytes]) -> Any:
        for path, content in files.items():
            path.write_bytes(content)
        opened = Run.open(folder)
        _, _, at = opened.load_checkpoint()
        load_dataset(opened.data_path, at.data_digest)
        return opened.read_log()

    return Reader(make, read)


def _corpus(folder: Path) -> Reader:
    """The folder of a built corpus."""
    from musicrnn.corpus.build import build
    from musicrnn.piece import Piece, line_of

    (folder.parent / "book.abc").write_text(PLAIN)
    build(manifest.load(str(folder.parent / "book.abc")), folder)
    info = json.loads((folder / "corpus.json").read_text())
    lines = [
        json.loads(line_of(Piece("midi", abc.to_score(abc.parse_tune(TUNE))))),
        json.loads(line_of(Piece("abc", PLAIN, title="Plain"))),
    ]

    def make(choose: random.Random) -> tuple[bytes, bytes]:
        if choose.random() < 0.3:
            return json_of(altered(info, choose)), json_of(lines[0])
        one = choose.choice(lines)
        damaged = altered(one, choose) if choose.random() < 0.7 else one
        line = json_of(damaged)
        return json_of(info), line if damaged is not one else mutated(line, choose)

    def read(given: tuple[bytes, bytes]) -> Any:
        (folder / "corpus.json").write_bytes(given[0])
        (folder / "train.jsonl").write_bytes(given[1] + b"\n")
        corpus = Corpus(folder)
        return len(corpus), [to_midi(piece.content) for piece in corpus.pieces("train")
                             if not isinstance(piece.content, str)]  # fmt: skip

    return Reader(make, read)


def _shards(folder: Path) -> Reader:
    """A corpus packed as ids."""
    pieces = reading.read(PLAIN.encode()).pieces()

    class One:
        name, digest = "one", "d"

        def pieces(self, split: str | None = None) -> Any:
            return iter(pieces)

    # It has all of a corpus that is asked for here.
    pack(One(), folder, CharTokenizer.learn(pieces, format="abc"))  # type: ignore[arg-type]
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    index = json.loads(whole["index.json"])

    def make(choose: random.Random) -> dict[str, bytes]:
        name = choose.choice(list(whole))
        if name == "index.json":
            return whole | {name: json_of(altered(index, choose))}
        return whole | {name: mutated(whole[name], choose)}

    def read(files: dict[str, bytes]) -> Any:
        for name, data in files.items():
            (folder / name).write_bytes(data)
        shards = Shards(folder)
        sides = [shards.part(name) for name in ("train", "validation", "test")]
        return [(side.lengths, list(side)) for side in sides]

    return Reader(make, read)


def _chords(folder: Path) -> Reader:
    """A chord model; each has a name of its own, since what was read is remembered."""
    folder.mkdir()
    whole = ChordNetwork.load().to_bytes()
    number = 0

    def read(data: bytes) -> Any:
        nonlocal number
        (folder / f"{number}.safetensors").unlink(missing_ok=True)
        number += 1
        path = folder / f"{number}.safetensors"
        path.write_bytes(data)
        return ChordNetwork.load(path)

    return Reader(_tensors_of(whole), read)
