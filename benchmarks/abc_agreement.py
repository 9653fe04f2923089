"""How often our notes are those of abc2midi: ``python benchmarks/abc_agreement.py``.

Every tune of the folk collections that music21 installs, and of Essen, is played by both programs.
Tunes are compared in onset, pitch, duration and tempo, repeats played out. What a player adds is
left out on both sides: abc2midi runs with ``-NGRA -NFER -NFNP -NGUI`` and without chord attack,
decorations are cut from its text, and so is ``R:`` (it swings hornpipes). Every disagreement is
listed with its reason, found by changing one thing in the text and asking again.

    python benchmarks/abc_agreement.py [--tunes N] [COLLECTION ...]
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import symusic

from musicrnn import abc
from musicrnn.abc.checker import check_tune
from musicrnn.abc.tree import Decoration, Field, Grace, Tune
from musicrnn.errors import MusicRNNError

COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs", "miscFolk", "essenFolksong")
OPTIONS = ("-NGRA", "-NFER", "-NFNP", "-NGUI")
TICKS = 480
TOLERANCE = 3  # ticks: abc2midi rounds triplets
#: what abc2midi says of pickups and of the lengths of bars is no complaint about its reading
HARMLESS = ("time units while the time signature", "Bar")

Notes = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Reading:
    """Notes as (onset, pitch, duration) in ticks, tempos as onset → bpm, and complaints."""

    notes: Notes
    tempos: dict[int, float]
    complaints: tuple[str, ...] = ()


def corpus_folder() -> Path:
    """The corpora of the installed music21, found without importing it."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        sys.exit("this needs music21: pip install music21")
    return Path(spec.origin).parent / "corpus"


def tunes(names: list[str], most: int) -> Iterator[tuple[str, Tune, str]]:
    """(file name, tune, text of the file) of every tune, at most `most` a file."""
    for name in names:
        for path in sorted((corpus_folder() / name).glob("*.abc")):
            text = abc.decode(path.read_bytes()).replace("\r\n", " \n")
            for tune in abc.parse(text).tunes[:most]:
                yield path.name, tune, text


def ours(tune: Tune, text: str) -> Reading:
    """What we play; everything that we find wrong is a complaint, old habits apart."""
    found = check_tune(tune, text)
    complaints = tuple(
        f"{finding.code}" for finding in found
        if finding.severity == "error" or finding.code in ("implied-repeat", "unknown-symbol")
    )  # fmt: skip
    score = abc.to_score(tune)
    notes = sorted(
        (round(note.onset * TICKS), note.pitch, round(note.duration * TICKS)) for note in score
    )
    tempos = {round(tempo.onset * TICKS): float(tempo.qpm) for tempo in score.tempos}
    return Reading(notes, {0: 120.0} | tempos, complaints)


def theirs(text: str, folder: Path) -> Reading | None:
    """What abc2midi plays; None where it writes no file."""
    source, target = folder / "tune.abc", folder / "tune.mid"
    target.unlink(missing_ok=True)
    source.write_text(text, encoding="utf-8")
    said = subprocess.run(
        ["abc2midi", source, "-o", target, *OPTIONS], capture_output=True, timeout=30, check=False
    ).stdout.decode("latin-1")
    complaints = tuple(
        line for line in said.splitlines()
        if ("Error" in line or "Warning" in line) and not any(word in line for word in HARMLESS)
    )  # fmt: skip
    if not target.exists():
        return None
    score = symusic.Score(target)
    # abc2midi starts each note one tick late and makes it one tick shorter.
    notes = sorted(
        (note.time - 1, note.pitch, note.duration + 1)
        for track in score.tracks for note in track.notes
    )  # fmt: skip
    tempos = {max(0, tempo.time - 1): tempo.qpm for tempo in score.tempos}
    return Reading(notes, {0: 120.0} | tempos, complaints)


def plain(tune: Tune, text: str) -> str:
    """The text of a tune for abc2midi: no decorations, no R:, no chord attack."""
    kept, at = [], tune.start
    cut = [node for node in tune.body if isinstance(node, Decoration)]
    cut += [field for field in tune.header if isinstance(field, Field) and field.letter in "RI"]
    for node in sorted(cut, key=lambda node: node.start):
        kept.append(text[at : node.start])
        at = node.end
    kept.append(text[at : tune.end])
    lines = [line for line in "".join(kept).replace("`", "").split("\n") if line.strip()]
    place = next((n for n, line in enumerate(lines) if line.startswith("K:")), len(lines) - 1)
    return "\n".join([*lines[: place + 1], "%%MIDI chordattack 0", *lines[place + 1 :], ""])


def agree(one: Reading, other: Reading) -> bool:
    """Whether two readings are the same but for the rounding of ticks."""
    return (
        len(one.notes) == len(other.notes)
        and len(one.tempos) == len(other.tempos)
        and all(
            abs(mine[0] - yours[0]) <= TOLERANCE and abs(mine[1] - yours[1]) < 0.01 * mine[1]
            for mine, yours in zip(
                sorted(one.tempos.items()), sorted(other.tempos.items()), strict=True
            )
        )
        and all(
            mine[1] == yours[1]
            and abs(mine[0] - yours[0]) <= TOLERANCE
            and abs(mine[2] - yours[2]) <= TOLERANCE
            for mine, yours in zip(one.notes, other.notes, strict=True)
        )
    )


def reason(tune: Tune, mine: Reading, yours: Reading, folder: Path) -> str:
    """Why two readings differ: the one change of the text after which they agree."""
    try:
        expanded = abc.expand_repeats(tune)
    except MusicRNNError:  # several voices
        expanded = None
    if expanded is not None:
        written = abc.write(expanded)
        again = theirs(plain(abc.parse_tune(written), written), folder)
        if again is not None and agree(mine, again):
            return "the order of play: abc2midi goes back to another place, or not at all"
    if any(
        isinstance(field, Field) and field.letter == "V" for field in (*tune.header, *tune.body)
    ):
        return "voices: abc2midi goes back to another place in one of them"
    if any(item.letter == "V" for item in (*tune.header, *tune.body) if isinstance(item, Field)):
        return "voices: abc2midi goes back to another place in one of them"
    bare = replace(tune, body=tuple(node for node in tune.body if not isinstance(node, Grace)))
    written = abc.write(bare)
    again = theirs(plain(abc.parse_tune(written), written), folder)
    if again is not None and agree(ours(abc.parse_tune(written), written), again):
        return "-NGRA: abc2midi drops the accidental of a grace note with it"
    if tune.value("P"):
        return "parts: abc2midi plays a part with two repeated sections in another way"
    written = abc.write(tune)
    again = theirs(plain(abc.parse_tune(written), written), folder)
    if again is not None and agree(mine, again):
        return "spelling: abc2midi agrees once the tune is written canonically"
    for mine_note, your_note in zip(mine.notes, yours.notes, strict=False):
        if mine_note != your_note:
            return f"note at {mine_note[0] / TICKS:g} quarters: {mine_note} and {your_note}"
    return (
        f"{len(mine.notes)} and {len(yours.notes)} notes, tempos {mine.tempos} and {yours.tempos}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("collections", nargs="*", default=COLLECTIONS)
    parser.add_argument("--tunes", type=int, default=1 << 30, help="at most so many a file")
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, tune, text in tunes(list(options.collections), options.tunes):
            mine, yours = ours(tune, text), theirs(plain(tune, text), folder)
            accepted = yours is not None and not mine.complaints and not yours.complaints
            same = yours is not None and agree(mine, yours)
            counts["both accept" if accepted else "one complains", "same" if same else "not"] += 1
            if accepted and not same and yours is not None:
                why = reason(tune, mine, yours, folder)
                print(f"{file} X:{tune.number} {tune.title}: {why}", flush=True)
    for group in ("both accept", "one complains"):
        same, other = counts[group, "same"], counts[group, "not"]
        total = same + other
        print(f"{group}: {same} of {total} tunes agree ({same / max(total, 1):.2%})")


if __name__ == "__main__":
    main()
