"""What `benchmarks/mutations.py` reads: a way to damage each kind of input, and its reader."""

from __future__ import annotations

import io
import random
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.damage import Reader, altered, altered_xml, mutated, toml_of
from benchmarks.mutated_folders import PLAIN, TUNE, folder_readers
from musicrnn import abc, generation, midi, reading
from musicrnn.abc.checking.unwrap import unwrap
from musicrnn.arranging.chords import harmonized
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.infill import GapConstraint, next_gap
from musicrnn.corpus import manifest, sources
from musicrnn.corpus.rules import Source
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.render import to_midi
from musicrnn.tokens.char import CharTokenizer
from musicrnn.training.recipe import Recipe

__all__ = ["readers"]

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

    return folder_readers(scratch) | {
        "abc check": bytes_of(tune, lambda data: abc.check(abc.decode(data))),
        "abc fix": Reader(_short, lambda data: abc.fix(abc.decode(data)[:2000])),
        "abc written": bytes_of(tune, lambda data: abc.write(abc.parse_tune(abc.decode(data)))),
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
        "mxl inside": Reader(_damaged_inside, read_musicxml),
        "archive": _archives(scratch / "archives"),
        "recipe": _toml(scratch / "r.toml", Recipe("x").to_dict(), Recipe.load),
        "manifest": _toml(scratch / "m.toml", MANIFEST, manifest.load),
    }  # fmt: skip


CONTAINER = b'<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'


def _mxl(text: bytes, container: bytes = CONTAINER, name: str = "a.xml") -> bytes:
    """MusicXML as an .mxl."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr(name, text)
    return out.getvalue()


def _damaged_inside(choose: random.Random) -> bytes:
    """An .mxl whose checksums fit, with something wrong in one of its files or their names."""
    text, container, name = XML.encode(), CONTAINER, "a.xml"
    kind = choose.randrange(4)
    if kind == 0:
        container = mutated(container, choose)
    elif kind == 1:
        name = choose.choice((".", "../a.xml", "/a.xml", "a", "A.XML", "é" * 90, "META-INF/a.xml"))
    elif kind == 2:
        text = mutated(text, choose)
    else:
        text = altered_xml(XML, choose)
    return _mxl(text, container, name)


#: bars that `fix` mends in different ways; a whole tune with several takes tenths of a second
BARS = (
    b"GABc dedB|", b"ABc d2e f|", b"|:G2 (3GAB c>d|", b"[CEG]2 z2 ^f=f|", b'"Am"A,2 {g}a4|',
    b"x|1 A8:|2 B8|]", b"[M:6/8]ABc def|", b"w:la la\n", b"!trill!A4-A4|", b"(AB) c2 A2 d2||",
)  # fmt: skip


def _short(choose: random.Random) -> bytes:
    """One or two bars with something wrong; one time in a hundred all of a tune."""
    if choose.random() < 0.01:
        return mutated(TUNE.encode(), choose)
    bars = b"".join(choose.sample(BARS, choose.choice((1, 1, 2))))
    return mutated(b"X:1\nM:4/4\nL:1/8\nK:G\n" + bars, choose)


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
        # mypy wants each mode as a literal of its own.
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
        text = toml_of(altered(values, choose))
        return mutated(text, choose) if choose.random() < 0.5 else text

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return load(str(path))

    return Reader(make, read)
