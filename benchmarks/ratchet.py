"""How much of a folder of music is read, checked, agreed on and brought back; figures only improve.

    python -m benchmarks.ratchet music21 --out benchmarks/ratchet.json
    python -m benchmarks.ratchet FOLDER [FOLDER ...] --out figures.json [--most 200]

For each origin (a folder directly inside one that is named; ``music21`` stands for the six
collections of ABC that music21 installs, ``music21/airdsAirs`` for one of them) and each kind of
file (ABC, MIDI, MusicXML):

- *read*: the pieces of files that were read without an error of ours, of all files;
- *checked*: ABC in which the checker finds no error;
- *agreed*: pieces that another program (abc2midi, symusic, music21) plays as we do, and *asked*,
  of how many it could be asked;
- *back*: pieces that are the same after being written and read again.

Figures of other origins that stand in the file of `--out` already are kept. With `--against FILE` a
run fails where a share is lower than there. Compare runs over the same
files: `--most` takes the first ones of each origin, and the first tunes of each file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from benchmarks import abc_agreement
from benchmarks.abc_tunes import COLLECTIONS, corpus_folder
from musicrnn import abc, midi
from musicrnn.abc.checking.checker import check_book
from musicrnn.errors import MusicRNNError
from musicrnn.musicxml.exchange import from_musicxml
from musicrnn.score import Score

KINDS = {
    ".abc": "ABC", ".mid": "MIDI", ".midi": "MIDI", ".musicxml": "MusicXML", ".xml": "MusicXML",
    ".mxl": "MusicXML",
}  # fmt: skip
SHARES = (("read", "files"), ("checked", "pieces"), ("agreed", "asked"), ("back", "pieces"))
Figures = Counter[str]
#: origin → kind of file → figures
Results = dict[str, dict[str, dict[str, int]]]


def origins(names: list[str]) -> Iterator[tuple[str, list[Path]]]:
    """Each origin and its files."""
    for name in names:
        if name == "music21" or name.startswith("music21/"):
            for collection in [name[len("music21/") :]] if "/" in name else COLLECTIONS:
                yield collection, sorted((corpus_folder() / collection).glob("*.abc"))
            continue
        folder = Path(name)
        files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in KINDS]
        groups: dict[str, list[Path]] = {}
        for path in files:
            inner = path.relative_to(folder).parts
            groups.setdefault(inner[0] if len(inner) > 1 else folder.name, []).append(path)
        yield from groups.items()


def heard(score: Score) -> list[tuple[Fraction, int, Fraction]]:
    """The notes in order: what two readings must have in common."""
    return sorted((note.onset, note.pitch, note.duration) for note in score)


def abc_file(path: Path, figures: Figures, folder: Path, most: int | None) -> None:
    """Every tune of a file of ABC; abc2midi is the witness."""
    text = abc.decode(path.read_bytes()).replace("\r\n", " \n")
    for tune in abc.parse(text).tunes[:most]:
        figures["pieces"] += 1
        alone = abc.TuneBook((tune,), diagnostics=tune.diagnostics)
        faults, _ = check_book(alone, text)
        figures["checked"] += all(fault.severity != "error" for fault in faults)
        written = abc.write(abc.standalone(tune))
        again = abc.parse(written).tunes
        same = len(again) == 1 and heard(abc.to_score(again[0])) == heard(abc.to_score(tune))
        figures["back"] += same
        mine = abc_agreement.ours(tune, text)
        yours = abc_agreement.theirs(abc_agreement.plain(tune, text), folder)
        if yours is not None and not mine.complaints and not yours.complaints:
            figures["asked"] += 1
            figures["agreed"] += abc_agreement.agree(mine, yours)


def midi_file(path: Path, figures: Figures, folder: Path, most: int | None) -> None:
    """A file of MIDI; symusic is the witness."""
    import symusic

    score = midi.read(path)
    figures["pieces"] += 1
    figures["checked"] += bool(score.notes)
    figures["back"] += heard(midi.read(midi.to_midi(score))) == heard(score)
    try:
        theirs = symusic.Score(path)
    except Exception:  # noqa: BLE001 - whatever a witness falls over
        return
    figures["asked"] += 1
    ticks = theirs.ticks_per_quarter
    other = sorted(
        (Fraction(note.time, ticks), note.pitch) for track in theirs.tracks for note in track.notes
    )
    figures["agreed"] += other == sorted((note.onset, note.pitch) for note in score)


def musicxml_file(path: Path, figures: Figures, folder: Path, most: int | None) -> None:
    """A file of MusicXML; music21 is the witness."""
    from music21 import converter

    score = from_musicxml(path.read_bytes(), file=str(path))
    figures["pieces"] += 1
    figures["checked"] += bool(score.notes)
    figures["back"] += heard(abc.to_score(abc.parse_tune(abc.from_score(score)))) == heard(score)
    try:
        parts = converter.parse(path).parts
        pitches = Counter(
            pitch.midi
            for part in parts
            for note in part.expandRepeats().stripTies().flatten().notes
            if not note.duration.isGrace and "Harmony" not in note.classes
            for pitch in note.pitches
        )
    except Exception:  # noqa: BLE001 - whatever a witness falls over
        return
    figures["asked"] += 1
    figures["agreed"] += pitches == Counter(note.pitch for note in score)


READERS: dict[str, Callable[[Path, Figures, Path, int | None], None]] = {
    "ABC": abc_file, "MIDI": midi_file, "MusicXML": musicxml_file,
}  # fmt: skip


def measured(files: list[Path], most: int | None) -> dict[str, Figures]:
    """The figures of one origin, by kind of file."""
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as name:
        for path in files[:most]:
            kind = KINDS[path.suffix.lower()]
            figures = found.setdefault(kind, Counter())
            figures["files"] += 1
            try:
                READERS[kind](path, figures, Path(name), most)
                figures["read"] += 1
            except (MusicRNNError, subprocess.TimeoutExpired) as error:
                print(f"{path}: {error}", file=sys.stderr)
    return found


def worse(
    now: dict[str, dict[str, dict[str, int]]], then: dict[str, dict[str, dict[str, int]]]
) -> list[str]:
    """What is lower than in an earlier run, as lines to print."""
    lines = []
    for origin, kinds in then.items():
        for kind, old in kinds.items():
            new = now.get(origin, {}).get(kind)
            if new is None:
                continue
            for share, whole in SHARES:
                before = Fraction(old.get(share, 0), max(old.get(whole, 0), 1))
                after = Fraction(new.get(share, 0), max(new.get(whole, 0), 1))
                if after < before:
                    lines.append(
                        f"{origin}, {kind}: {share} {float(before):.2%} → {float(after):.2%}"
                    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    parser.add_argument("--against", type=Path, help="fail where a figure is lower than here")
    parser.add_argument("--most", type=int, help="at most so many files an origin, tunes a file")
    options = parser.parse_args()
    figures: Results = {}
    for origin, files in origins(options.folders):
        for kind, counts in measured(files, options.most).items():
            figures.setdefault(origin, {})[kind] = dict(sorted(counts.items()))
            shares = ", ".join(
                f"{share} {counts[share]}/{counts[whole]}" for share, whole in SHARES
            )
            print(f"{origin}, {kind}: {shares}", flush=True)
    if options.out:
        before = json.loads(options.out.read_text()) if options.out.exists() else {}
        options.out.write_text(
            json.dumps(before | figures, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
    lower = worse(figures, json.loads(options.against.read_text())) if options.against else []
    print("\n".join(lower))
    sys.exit(1 if lower else 0)


if __name__ == "__main__":
    main()
