"""What `benchmarks/mutations.py` reads: for each reader a way to damage its input, and the reading.

Bytes are damaged byte by byte. Files that a checksum or a grammar protects (the configuration of a
bundle, the position of a run, MusicXML) are damaged where it hurts: a value, an array or an element
is replaced, taken out or doubled, and the checksum made to fit, as one would who means ill.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import random
import shutil
import struct
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from safetensors.numpy import load, save

from musicrnn import abc, generation, midi, reading
from musicrnn.abc.checking.unwrap import unwrap
from musicrnn.arranging.chord_network import ChordNetwork
from musicrnn.arranging.chords import harmonized
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.infill import GapConstraint, next_gap
from musicrnn.corpus import Corpus, manifest, sources
from musicrnn.corpus.rules import Source
from musicrnn.corpus.shards import Shards, pack
from musicrnn.generation.judge import Judge
from musicrnn.models import hub
from musicrnn.models.bundle import Bundle
from musicrnn.models.card import card
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.render import to_midi
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.vocabulary import END, Vocabulary
from musicrnn.training.recipe import Recipe
from musicrnn.training.run import NUMBERS, POSITION, Run, TrainingState
from musicrnn.training.run_data import Dataset
from musicrnn.training.sharded import load_dataset

__all__ = ["Reader", "altered", "mutated", "readers"]

TUNE = (
    'X:1\nT:The "Kesh"\nR:jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:Gmix\nV:1 clef=treble\nP:A2B\n'
    '|:"G"~G2G (GAB)|A>B<A {c}[ABd]/2|[1 e-e^d (3gdd z2:|[2 T!roll!edB dBA\\\n'
    "|[K:D][M:4/4]d4- d2 x2|w:la-la _ * la\n[L:1/16]c'',,8&e8|]\n"
)
PLAIN = "X:1\nT:Plain\nR:jig\nM:6/8\nL:1/8\nK:D\n|:" + "DFA dAF|GBd gdB|" * 3 + "DFA d3:|\n"
GAPS = "X:1\nT:Gaps\nM:6/8\nL:1/8\nK:D\n|:ABA FED|?|?|d3 d3:|\n|:fed e2d|...\n"
XML = (
    '<?xml version="1.0"?><score-partwise version="4.0"><work><work-title>A</work-title></work>'
    '<part-list><score-part id="P1"><part-name>P</part-name></score-part></part-list><part id="P1">'
    '<measure number="1"><attributes><divisions>2</divisions><key><fifths>1</fifths></key>'
    "<time><beats>3</beats><beat-type>4</beat-type></time></attributes><harmony><root>"
    '<root-step>C</root-step></root><kind>major</kind></harmony><direction><sound tempo="90"/>'
    "</direction><note><pitch><step>C</step><alter>1</alter><octave>4</octave></pitch>"
    '<duration>4</duration><tie type="start"/><notations><tied type="start"/><slur type="start" '
    'number="1"/><tuplet type="start"/></notations><lyric number="1"><syllabic>begin</syllabic>'
    "<text>la</text></lyric><time-modification><actual-notes>3</actual-notes><normal-notes>2"
    "</normal-notes></time-modification><type>quarter</type><dot/></note><backup><duration>2"
    "</duration></backup><note><rest/><duration>2</duration><voice>2</voice><staff>1</staff></note>"
    '<barline location="right"><repeat direction="backward" times="2"/></barline></measure></part>'
    "</score-partwise>"
)
MANIFEST = {
    "name": "m", "format": "abc", "split": {"seed": 1, "train": 0.9, "validation": 0.05,
                                            "test": 0.05},
    "clean": {"least_bars": 4},
    "source": [{"name": "s", "path": "x.abc", "package": "",
                "rhythms": [{"first": 1, "last": 2, "rhythm": "jig"}]}],
}  # fmt: skip

#: what makes numbers and texts go wrong
ODD = (
    b"0", b"-1", b"1e999", b"inf", b"nan", b"9" * 300, b"\0", b"\xff", b"\xef\xbb\xbf", b"/0", b"(",
    b"[", b"{", b"((((((((", b"\n", b"\r", b"1(9/8", b"\xc2\xb2", b"\xe2\x80\xa8", b"../",
    b":|", b"::", b"1e99999999", b"[" * 5000,
)  # fmt: skip
#: the same as values
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 255, 65_536, 10**12, 10**40, 0.5, -0.5, 1e308, float("nan"),
    float("inf"), "", "x", "../../x", "\x1b[31m", "a\nb", "https://127.0.0.1/x", "1e99999999",
    "9" * 5000, "\ud800", [], {}, [[]], [None], ["x"], {"x": 1}, "name", "4/0", "0/4",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """`make` gives a damaged input, `read` reads it."""

    make: Callable[[random.Random], Any]
    read: Callable[[Any], Any]


# --- damaging -----------------------------------------------------------------------------------


def mutated(data: bytes, choose: random.Random) -> bytes:
    """The bytes with a few things replaced, removed, doubled, or something odd put in."""
    out = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 4, 8))):
        place = choose.randrange(len(out) + 1)
        kind = choose.randrange(6)
        if kind == 0 and place < len(out):
            out[place] = choose.randrange(256)
        elif kind == 1:
            del out[place : place + choose.choice((1, 1, 4, 40))]
        elif kind == 2:
            out[place:place] = out[place : place + choose.choice((1, 8, 80))]
        elif kind == 3:
            out[place : place + choose.randrange(3)] = choose.choice(ODD)
        elif kind == 4:
            other = choose.randrange(len(out) + 1)
            out[place:place] = out[other : other + 8]
        elif place + 4 <= len(out):
            struct.pack_into(">I", out, place, choose.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
    return bytes(out)


def altered(value: Any, choose: random.Random) -> Any:
    """Plain values of JSON or TOML with one to three of them replaced, taken out or doubled."""
    whole = [copy.deepcopy(value)]
    for _ in range(choose.choice((1, 1, 2, 3))):
        places = [(whole, 0), *_places(whole[0])]
        holder, at = choose.choice(places[1:] or places)
        kind = choose.randrange(4)
        if kind == 0 and holder is not whole:
            del holder[at]
        elif kind == 1 and isinstance(holder, list) and holder is not whole:
            holder.insert(at, copy.deepcopy(holder[at]))
        elif kind == 2:
            holder[at] = copy.deepcopy(choose.choice(choose.choice(places)[0:1]))
            if isinstance(holder[at], list | dict) and len(repr(holder[at])) > 10_000:
                holder[at] = None
        else:
            holder[at] = copy.deepcopy(choose.choice(VALUES))
    return whole[0]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in nested lists and tables: what holds it, and its key or index."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += _places(inner)
    return found


def altered_arrays(arrays: dict[str, np.ndarray], choose: random.Random) -> dict[str, Any]:
    """Arrays of which one has another type, shape or value, or is gone."""
    found: dict[str, Any] = dict(arrays)
    name = choose.choice(list(found))
    array = found[name]
    kind = choose.randrange(6)
    if kind == 0:
        del found[name]
    elif kind == 1:
        found[name] = (
            array.astype(choose.choice((np.float32, np.int64, np.uint8, np.complex64)))
            if array.dtype.kind in "uif"
            else np.zeros(3)
        )
    elif kind == 2:
        found[name] = array.reshape(-1)[: choose.randrange(array.size + 1)]
    elif kind == 3:
        found[name] = array[None]
    elif kind == 4:
        found[name] = np.concatenate([array.reshape(-1)] * 2)
    elif array.size and array.dtype.kind in "uif":
        array = array.copy()
        place = choose.randrange(array.size)
        most = np.iinfo(array.dtype).max if array.dtype.kind in "ui" else np.nan
        array.reshape(-1)[place] = choose.choice((0, 1, most))
        found[name] = array
    return found


def altered_xml(text: str, choose: random.Random) -> bytes:
    """MusicXML with elements taken out, doubled or moved, and odd texts and attributes."""
    root = ElementTree.fromstring(text)
    for _ in range(choose.choice((1, 1, 2, 4))):
        parents = [(parent, child) for parent in root.iter() for child in parent]
        parent, child = choose.choice(parents)
        kind = choose.randrange(5)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            for _ in range(choose.choice((1, 3, 50))):
                parent.append(copy.deepcopy(child))
        elif kind == 2:
            choose.choice(parents)[0].append(copy.deepcopy(child))
        elif kind == 3:
            odd = choose.choice(ODD).decode("utf-8", "replace")
            child.text = "".join(c for c in odd if c >= " ") or str(choose.randrange(10**9))
        elif child.attrib:
            name = choose.choice(list(child.attrib))
            child.attrib[name] = choose.choice(("", "0", "-1", "x", "9" * 40, "start", "stop"))
    return ElementTree.tostring(root)


# --- reading ------------------------------------------------------------------------------------


def readers(scratch: Path) -> dict[str, Reader]:
    """name → reader; what is read from files is written into `scratch`."""
    tune, plain = TUNE.encode(), PLAIN.encode()
    score = abc.to_score(abc.parse_tune(TUNE))
    song = to_midi(score)
    kinds = [(tune, "a.abc"), (song, "a.mid"), (XML.encode(), "a.xml"), (_mxl(XML.encode()), "a")]

    def bytes_of(data: bytes, read: Callable[[bytes], Any]) -> Reader:
        return Reader(partial(mutated, data), read)

    def anything(choose: random.Random) -> tuple[bytes, str]:
        data, name = choose.choice(kinds)
        return mutated(data, choose), choose.choice((name, "a.abc", "a.mid", "a.xml", "a.txt", ""))

    def shown(given: tuple[bytes, str]) -> Any:
        music = reading.read(given[0], name=given[1])
        return music.text, music.pieces()

    def scores(data: bytes) -> Any:
        return [abc.to_score(tune) for tune in abc.parse(abc.decode(data)).tunes]

    def written(data: bytes) -> Any:
        return abc.write(read_tune(data))

    from musicrnn.musicxml import read as read_tune

    return {
        "abc check": bytes_of(tune, lambda data: abc.check(abc.decode(data))),
        "abc fix": bytes_of(tune, lambda data: abc.fix(abc.decode(data)[:2000])),
        "abc score": bytes_of(tune, scores),
        "abc in text": bytes_of(b"A:\n```\n" + plain + b"```\n", lambda d: unwrap(abc.decode(d))),
        "abc gaps": bytes_of(GAPS.encode(), _gaps()),
        "abc chords": bytes_of(plain, lambda data: harmonized(abc.decode(data))),
        "midi": bytes_of(song, midi.read),
        "any file": Reader(anything, shown),
        "musicxml": bytes_of(XML.encode(), read_musicxml),
        "musicxml tree": Reader(partial(altered_xml, XML), read_musicxml),
        "musicxml to abc": Reader(partial(altered_xml, XML), written),
        "mxl": bytes_of(_mxl(XML.encode()), read_musicxml),
        "archive": _archives(scratch / "archives"),
        "recipe": _toml(scratch / "r.toml", Recipe("x").to_dict(), Recipe.load),
        "manifest": _toml(scratch / "m.toml", MANIFEST, manifest.load),
        "bundle": _bundle(scratch / "bundle"),
        "run": _run(scratch / "run"),
        "built corpus": _corpus(scratch / "corpus"),
        "shards": _shards(scratch / "shards"),
        "chord model": _chords(scratch / "chords"),
    }  # fmt: skip


def _mxl(text: bytes) -> bytes:
    """MusicXML as an .mxl."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>',
        )
        archive.writestr("a.xml", text)
    return out.getvalue()


def _gaps() -> Callable[[bytes], Any]:
    """How `complete` finds a gap and what may stand in it, up to the network's first step."""
    model = generation.load("folk")
    assert isinstance(model.tokenizer, CharTokenizer)

    def read(data: bytes) -> Any:
        gap = next_gap(abc.decode(data))
        if gap is not None:
            return GapConstraint.of(model.tokenizer, gap, Controls()).start(1)
        return None

    return read


def _archives(folder: Path) -> Reader:
    """Archives of tunes of all kinds: what is in them, and each file of it."""
    folder.mkdir()
    packed = {}
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.abc", "b/c.abc"):
            archive.writestr(name, PLAIN)
    for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tar.xz", "w:xz")):
        with tarfile.open(folder / name, mode) as tar:  # type: ignore[call-overload]
            info = tarfile.TarInfo("a.abc")
            info.size = len(PLAIN)
            tar.addfile(info, io.BytesIO(PLAIN.encode()))
    for path in folder.iterdir():
        packed[path.name] = path.read_bytes()

    def make(choose: random.Random) -> tuple[str, bytes]:
        name = choose.choice(list(packed))
        return name, mutated(packed[name], choose)

    def read(given: tuple[str, bytes]) -> Any:
        # A name of its own each time: what is unpacked is kept by name, size and time.
        path = folder / given[0]
        path.write_bytes(given[1])
        for item in sources.items(0, Source("s", str(path)), "abc", folder):
            try:
                sources.read(item)
            except Exception:  # noqa: BLE001 - a build notes what is wrong with one file
                continue

    return Reader(make, read)


def _toml(path: Path, values: dict[str, Any], load: Callable[[str], Any]) -> Reader:
    def make(choose: random.Random) -> bytes:
        text = to_toml(altered(values, choose))
        return mutated(text, choose) if choose.random() < 0.5 else text

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return load(str(path))

    return Reader(make, read)


def to_toml(values: Any) -> bytes:
    """Plain values as TOML, in one line each."""

    def said(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {said(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(said, value)) + "]"
        return "nan" if value is None else json.dumps(value).replace("NaN", "nan")

    table = values if isinstance(values, dict) else {"x": values}
    lines = [f"{json.dumps(key)} = {said(value)}" for key, value in table.items()]
    return ("\n".join(lines) + "\n").replace("Infinity", "inf").encode("utf-8", "replace")


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
    arrays = {name: _arrays(whole[name]) for name in ("judge.npz", FILE_NAME)}
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
            files[name] = _json(altered(repertoire, choose))
        elif choose.random() < 0.5:
            files[name] = mutated(files[name], choose)
        else:
            files[name] = _npz(altered_arrays(arrays[name], choose))
        return files | {"config.json": _json(config)}

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
        return model.generate(seed=1, bars=2, best_of=1) if model.format.name == "abc" else model

    return Reader(make, read)


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return dict(file)


def _npz(arrays: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def _json(values: Any) -> bytes:
    return json.dumps(values).encode("utf-8", "replace")


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
    position = TrainingState(data_digest=digest, dropout_seed=1, log=[{"epoch": 1}])
    run.recipe_path.write_text(Recipe("r").to_toml())
    run.save_checkpoint(Bundle(config, vocabulary, weights), {"0": np.zeros(3)}, position)
    line = {"epoch": 1, "train_bits": 1.5, "validation_bits": 1.5, "seconds": 1.0, "rate": 0.1}
    checkpoint = next(run.checkpoints.iterdir())
    numbers, data = (checkpoint / NUMBERS).read_bytes(), run.data_path.read_bytes()
    told = json.loads((checkpoint / POSITION).read_bytes())

    def make(choose: random.Random) -> dict[Path, bytes]:
        kind = choose.randrange(5)
        at, lines, ids_ = told, [line, line], data
        if kind == 0:
            at = altered(told, choose)
        elif kind == 1:
            lines = altered(lines, choose)
        elif kind == 2:
            ids_ = mutated(data, choose)
            at = told | {"data_digest": hashlib.sha256(ids_).hexdigest()}
        lines = lines if isinstance(lines, list) else [lines]
        return {
            checkpoint / POSITION: _json(at),
            checkpoint / NUMBERS: mutated(numbers, choose) if kind == 3 else numbers,
            run.data_path: ids_,
            run.log_path: mutated(_json(line), choose) if kind == 4 else b"\n".join(
                map(_json, lines)),
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
            return _json(altered(info, choose)), _json(lines[0])
        one = choose.choice(lines)
        damaged = altered(one, choose) if choose.random() < 0.7 else one
        line = _json(damaged)
        return _json(info), line if damaged is not one else mutated(line, choose)

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

    pack(One(), folder, CharTokenizer.learn(pieces, format="abc"))  # type: ignore[arg-type]
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    index = json.loads(whole["index.json"])

    def make(choose: random.Random) -> dict[str, bytes]:
        name = choose.choice(list(whole))
        if name == "index.json":
            return whole | {name: _json(altered(index, choose))}
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
    tensors = load(whole)
    head = 8 + int.from_bytes(whole[:8], "little")
    number = 0

    def make(choose: random.Random) -> bytes:
        if choose.random() < 0.5:
            return mutated(whole[:head], choose) + whole[head:]
        arrays = altered_arrays(tensors, choose)
        kept = {k: np.ascontiguousarray(v) for k, v in arrays.items() if v.dtype.kind != "c"}
        return bytes(save(kept))

    def read(data: bytes) -> Any:
        nonlocal number
        (folder / f"{number}.safetensors").unlink(missing_ok=True)
        number += 1
        path = folder / f"{number}.safetensors"
        path.write_bytes(data)
        return ChordNetwork.load(path)

    return Reader(make, read)
