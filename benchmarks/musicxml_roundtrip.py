"""Is anything lost between MusicXML and ABC? Notes, words, titles, repeats and graces, both ways.

    python benchmarks/musicxml_roundtrip.py [--files 200] [--tunes 1000] [--seed 1] [--list]
        [--part 1/10]

Files of music21's corpus go MusicXML → ABC → MusicXML, tunes of its ABC collections ABC → MusicXML
→ ABC. Both ends are compared by the plain reading of XML below, which shares no code with the
package; what differs is listed with what the conversion said that it lost.
"""

from __future__ import annotations

import argparse
import io
import random
import signal
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

from musicrnn import abc
from musicrnn.errors import MusicRNNError
from musicrnn.musicxml import read_tune, write

T = TypeVar("T")
COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs", "miscFolk", "josquin")
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
TYPES = {name: Fraction(8) / 2**i for i, name in enumerate(
    ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th"))}  # fmt: skip
KINDS = ("notes", "lyrics", "titles", "repeats", "graces")


def corpus() -> Path:
    """The folder of music21's corpus."""
    spec = find_spec("music21")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "corpus"


def unpacked(data: bytes) -> bytes:
    """The XML of a file."""
    if data[:2] != b"PK":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        name = next(n for n in packed.namelist() if n.endswith("xml") and "META" not in n)
        return packed.read(name)


def time_of(text: str | None, divisions: Fraction) -> Fraction:
    """A time in quarter notes, without the rounding to divisions."""
    given = Fraction(text or 0) / divisions
    near = given.limit_denominator(96)
    # A denominator such as 57 is that of no tuplet: the time is meant as it stands.
    meant = abs(near - given) * divisions < 1 and not any(
        near.denominator % prime == 0 for prime in range(17, 96) if is_prime(prime)
    )
    return near if meant else given


def is_prime(number: int) -> bool:
    """Whether a small number is prime."""
    return number > 1 and all(number % factor for factor in range(2, number))


def length_of(note: Any, divisions: Fraction) -> Fraction:
    """A note's length: what its type, dots and tuplet say where the duration, a whole number of
    divisions, is that rounded (as music21 reads it too), else the duration."""
    given = Fraction(note.findtext("duration") or 0) / divisions
    drawn = TYPES.get(note.findtext("type"))
    if drawn is not None:
        drawn *= 2 - Fraction(1, 2 ** len(note.findall("dot")))
        drawn *= Fraction(note.findtext("time-modification/normal-notes") or 1)
        drawn /= Fraction(note.findtext("time-modification/actual-notes") or 1)
        if abs(drawn - given) < 1 / divisions:
            return drawn
    return time_of(note.findtext("duration"), divisions)


def midi(note: Any, prefix: str = "pitch/") -> Fraction:
    """The MIDI number of a note, quarter tones as halves."""
    step = note.findtext(f"{prefix}step")
    if step is None:
        return Fraction(-1)
    alter = Fraction(note.findtext(f"{prefix}alter") or 0)
    return STEPS[step] + alter + 12 * (int(note.findtext(f"{prefix}octave") or 4) + 1)


def contents(xml: bytes) -> dict[str, Any]:
    """What a MusicXML document holds, by kind."""
    root = ElementTree.fromstring(xml)
    found: dict[str, Any] = {"notes": Counter(), "lyrics": Counter(), "graces": Counter()}
    repeats: Counter[Any] = Counter()
    for number, part in enumerate(root.iterfind("part")):
        read_part(part, found, repeats if not number else Counter())
    found["repeats"] = repeats
    titles = [root.findtext("work/work-title"), root.findtext("movement-title")]
    titles += [c.text for c in root.iterfind("identification/creator")
               if c.get("type") in ("composer", None)]  # fmt: skip
    found["titles"] = {" ".join(t.split()) for t in titles if t and t.strip()}
    return found


def read_part(part: Any, found: dict[str, Any], repeats: Counter[Any]) -> None:
    """Notes (ties joined), words, graces and repeats of a part."""
    at, divisions = Fraction(0), Fraction(1)
    held: dict[Fraction, tuple[Fraction, Fraction]] = {}
    sounding: list[tuple[Fraction, Fraction, Any]] = []
    for index, measure in enumerate(part.iterfind("measure")):
        cursor = before = end = Fraction(0)
        moments = {cursor}  # at which a note starts or ends, which a rounded step back means
        for element in measure:
            if element.tag == "attributes":
                divisions = Fraction(element.findtext("divisions") or divisions)
            elif element.tag in ("backup", "forward"):
                step = time_of(element.findtext("duration"), divisions)
                cursor += step if element.tag == "forward" else -step
                near = min(moments, key=lambda moment: abs(moment - cursor))
                cursor = near if abs(near - cursor) * divisions < 2 else cursor
            elif element.tag == "barline":
                for repeat in element.iterfind("repeat"):
                    # the end of one bar is the start of the next
                    place = index + (element.get("location", "right") == "right")
                    repeats[place, repeat.get("direction"), repeat.get("times") or "2"] += 1
                for ending in element.iterfind("ending"):
                    if ending.get("type") == "start":
                        repeats[index, (ending.get("number") or "").replace(" ", ""), ""] += 1
            elif element.tag == "note" and element.find("grace") is not None:
                found["graces"][midi(element)] += 1
            elif element.tag == "note":
                length = length_of(element, divisions)
                chord = element.find("chord") is not None
                onset = before if chord else cursor
                if not chord:
                    before, cursor = cursor, cursor + length
                    moments.add(cursor)
                sounding.append((at + onset, length, element))
            end = max(end, cursor)
        at += end
    # Ties may lead from voice to voice, and voices stand in any order.
    for onset, length, element in sorted(sounding, key=itemgetter(0)):
        read_note(element, onset, length, held, found)
    for pitch, (start, length) in held.items():
        found["notes"][start, pitch, length] += 1


def read_note(
    note: Any, onset: Fraction, length: Fraction,
    held: dict[Fraction, tuple[Fraction, Fraction]], found: dict[str, Any],
) -> None:  # fmt: skip
    """One note and its words."""
    pitch = midi(note)
    if pitch < 0 and note.find("unpitched") is not None:
        pitch = midi(note, "unpitched/display-")
    for lyric in note.iterfind("lyric"):
        text = "".join(t.text or "" for t in lyric.iterfind("text"))
        # Joins and holds are signs, and whether a hyphen is text or a sign differs by program.
        text = "".join(c for c in text if c not in "\u203f_~-" and not c.isspace())
        if text:
            found["lyrics"][onset, text] += 1
    if pitch < 0 or note.get("print-object") == "no" or note.find("cue") is not None:
        return
    ties = {tie.get("type") for tie in note.iterfind("tie")}
    start, so_far = held.pop(pitch, (onset, Fraction(0)))
    if so_far and start + so_far != onset:  # a tie whose end is not marked is one all the same
        found["notes"][start, pitch, so_far] += 1
        start, so_far = onset, Fraction(0)
    if "start" in ties:
        held[pitch] = start, so_far + length
    else:
        found["notes"][start, pitch, so_far + length] += 1


def score_files(count: int, seed: int) -> list[Path]:
    """Files of MusicXML, in an order of their own."""
    root = corpus()
    files = sorted(f for e in ("mxl", "xml", "musicxml") for f in root.rglob(f"*.{e}"))
    return random.Random(seed).sample(files, min(count, len(files)))


def tunes(count: int, seed: int) -> list[Any]:
    """Tunes of the ABC collections."""
    files = [f for name in COLLECTIONS for f in sorted((corpus() / name).glob("*.abc"))]
    books = [tune for f in files for tune in abc.parse(abc.decode(f.read_bytes())).tunes]
    return random.Random(seed).sample(books, min(count, len(books)))


def until_interrupted(pieces: Sequence[T]) -> Iterator[T]:
    """The pieces, until Ctrl-C: what was counted so far is printed."""
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stopped.append(number))
    for piece in pieces:
        if stopped:
            return
        yield piece


def there_and_back(files: list[Path], *, listed: bool) -> None:
    """MusicXML → ABC → MusicXML."""
    same: Counter[str] = Counter()
    refused, whole, done, began = 0, 0, 0, time.perf_counter()
    for file in until_interrupted(files):
        done += 1
        data = file.read_bytes()
        try:
            found = read_tune(data)
            again = abc.parse(abc.write(found.tune)).tunes[0]
            second = contents(write(again))
        except MusicRNNError as error:
            refused += 1
            print(f"{file.name}: {error}")
            continue
        first = contents(unpacked(data))
        second["titles"] &= first["titles"]  # a title found only in the credits is one more
        differs = [kind for kind in KINDS if first[kind] != second[kind]]
        same.update(kind for kind in KINDS if kind not in differs)
        whole += not differs
        if differs and listed:
            print(f"{file.relative_to(corpus())}: {', '.join(differs)}; said: {found.warning}")
            for kind in differs:
                if isinstance(first[kind], Counter):
                    print("   ", kind, "-", list((first[kind] - second[kind]).items())[:3],
                          "+", list((second[kind] - first[kind]).items())[:3])  # fmt: skip
    seconds = (time.perf_counter() - began) / max(done, 1)
    row("MusicXML → ABC → MusicXML", done, refused, whole, same, seconds)


def back_and_there(given: list[Any], *, listed: bool) -> None:
    """ABC → MusicXML → ABC, compared as what sounds and as what is written."""
    same: Counter[str] = Counter()
    refused, whole, done, began = 0, 0, 0, time.perf_counter()
    for tune in until_interrupted(given):
        done += 1
        try:
            first = write(tune)
            found = read_tune(first).tune
            again = abc.parse(abc.write(found)).tunes[0]
        except MusicRNNError as error:
            refused += 1
            print(f"{tune.title}: {error}")
            continue
        one, two = contents(first), contents(write(again))
        heard = [[(n.onset, n.pitch, n.duration) for n in abc.to_score(t)] for t in (tune, again)]
        differs = [kind for kind in KINDS if one[kind] != two[kind]]
        if heard[0] != heard[1]:
            differs.append("sound")
        same.update(kind for kind in KINDS if kind not in differs)
        whole += not differs
        if differs and listed:
            print(f"X:{tune.number} {tune.title}: {', '.join(differs)}")
    seconds = (time.perf_counter() - began) / max(done, 1)
    row("ABC → MusicXML → ABC", done, refused, whole, same, seconds)


def row(
    name: str, count: int, refused: int, whole: int, same: Counter[str], seconds: float
) -> None:  # fmt: skip
    """One line of the table."""
    shares = " | ".join(f"{same[kind] / max(count, 1):.1%}" for kind in KINDS)
    print(f"| {name} | {count} | {refused} | {whole / max(count, 1):.1%} | {shares} "
          f"| {1000 * seconds:.0f} |", flush=True)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--tunes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="only this part of the pieces, as 3/10")
    parser.add_argument("--list", action="store_true", help="name what differs")
    options = parser.parse_args()
    print(f"| way | pieces | refused | all the same | {' | '.join(KINDS)} | ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    part, parts = map(int, options.part.split("/"))
    files, books = score_files(options.files, options.seed), tunes(options.tunes, options.seed)
    there_and_back(files[part - 1 :: parts], listed=options.list)
    back_and_there(books[part - 1 :: parts], listed=options.list)


if __name__ == "__main__":
    main()
