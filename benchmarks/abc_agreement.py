"""How often our notes are those of abc2midi: ``python -m benchmarks.abc_agreement``.

Every tune of the folk collections that music21 installs, and of Essen, is played by both programs.
Tunes are compared in onset, pitch, duration and tempo, repeats played out. What a player adds is
left out on both sides: abc2midi runs with ``-NGRA -NFER -NFNP -NGUI`` and without chord attack,
decorations are cut from its text, and so is ``R:`` (it swings hornpipes). Every disagreement is
listed with its reason, found by changing one thing in the text and asking again, with what music21
makes of the tune, and with the verdict of who read it by hand.

    python -m benchmarks.abc_agreement [--tunes N] [COLLECTION ...]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import symusic

from benchmarks.abc_tunes import COLLECTIONS, read_tunes
from musicrnn import abc
from musicrnn.abc.checking.checker import check_book
from musicrnn.abc.syntax.tree import Decoration, Field, Grace, ParsedTune
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.order import played_order
from musicrnn.errors import MusicRNNError

OPTIONS = ("-NGRA", "-NFER", "-NFNP", "-NGUI")
TICKS = 480
TOLERANCE = 3  # ticks: abc2midi rounds triplets
#: what abc2midi says of pickups and of the lengths of bars is no complaint about its reading
HARMLESS = ("time units while the time signature", "Bar")

COLUMNS = ("both accept", "agree", "one complains", "agree all the same")
_DA_CAPO = "we are right: abc2midi has no D.C. (4.14)"
_AGAIN = "we are right: after ending 2 nothing is left to repeat (4.9); abc2midi starts over"
_GRACE = "we are right: the accidental of a grace note holds in its bar; -NGRA drops it (11.3)"
#: (file, number) → who is right where the two differ, as read by hand in ABC 2.1
VERDICTS: dict[tuple[str, str], str] = {
    ("1476-1555.abc", "1515"): _DA_CAPO,
    ("1476-1555.abc", "1518"): _DA_CAPO,
    ("HighlandSkipReel.abc", "1"): _DA_CAPO,
    ("1710-1750.abc", "1725"): _AGAIN,
    ("ArmyAndNavyReel.abc", "1"): _AGAIN,
    ("book5.abc", "0860"): _GRACE,
    ("HOnTheWabashJig.abc", "1"): _GRACE,
    ("book6.abc", "1148"): "we are right: P:ABA plays each part with its repeats (3.1.9)",
    ("northumbrianminstrelsyopus.abc", "55"): "we are right: a text alone sets no tempo (3.1.8); "
    "abc2midi looks Andantino up in a table of its own",
}
#: reasons that decide the matter for all tunes that have them
_BY_REASON = {
    "repeats": "we are right: a repeat may start without |: (4.8); abc2midi misses it where "
    "several voices or parts run",
    "spelling": "we are right: bar lines may have any shape (4.8); abc2midi knows some of them",
}

Notes = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Reading:
    """Notes as (onset, pitch, duration) in ticks, tempos as onset → bpm, and complaints."""

    notes: Notes
    tempos: dict[int, float]
    complaints: tuple[str, ...] = ()


def ours(tune: ParsedTune, text: str) -> Reading:
    """What we play; everything that we find wrong is a complaint, old habits apart."""
    found, _ = check_book(abc.TuneBook((tune,), diagnostics=tune.diagnostics), text)
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


def plain(tune: ParsedTune, text: str) -> str:
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


def explicit(tune: ParsedTune) -> str:
    """The tune in canonical spelling with ``|:`` wherever our order of play goes back to."""
    text = abc.write(tune)
    timeline = read_timeline(abc.parse_tune(text))
    places = set()
    for voice in timeline.voices:
        order = played_order(voice.measures, timeline.parts)
        for index, following in pairwise(order):
            start = voice.measures[following]
            if following <= index and not start.before.starts:
                places.add(start.start)
    for place in sorted(places, reverse=True):
        text = f"{text[:place]}|:{text[place:]}"
    return text


def plays(text: str, mine: Reading, folder: Path) -> bool:
    """Whether abc2midi plays `text`, a tune, as `mine`."""
    yours = theirs(plain(abc.parse_tune(text), text), folder)
    return yours is not None and agree(mine, yours)


def same_bars(tune: ParsedTune, folder: Path) -> bool:
    """Whether abc2midi plays each voice as we do once its repeats are written out."""
    for voice in abc.voices(tune) or ("",):
        alone = abc.extract_voice(tune, voice) if voice else tune
        text = abc.write(abc.expand_repeats(alone))
        if not plays(text, ours(abc.parse_tune(text), text), folder):
            return False
    return True


def reason(tune: ParsedTune, mine: Reading, folder: Path) -> str:
    """Why two readings differ: the one change of the text after which they agree."""
    if plays(abc.write(tune), mine, folder):
        return "spelling: the same once the tune is written canonically"
    if plays(explicit(tune), mine, folder):
        return "repeats: the same once |: is written where each starts"
    try:
        if same_bars(tune, folder):
            return "order: the same once the repeats are written out"
    except MusicRNNError as error:
        print(error)
    bare = replace(tune, body=tuple(node for node in tune.body if not isinstance(node, Grace)))
    text = abc.write(bare)
    if plays(text, ours(abc.parse_tune(text), text), folder):
        return "grace notes: the same without them"
    return "other"


def music21_notes(text: str) -> Notes | None:
    """What music21 plays, grace notes left out; None where it fails."""
    from music21 import converter

    try:
        score = converter.parseData(text, format="abc")
        parts = list(score.parts) or [score]
        notes: Notes = []
        for part in parts:
            played = part.expandRepeats().stripTies().flatten()
            for note in played.notes:
                if note.duration.isGrace or "Harmony" in note.classes:
                    continue
                onset, length = Fraction(note.offset), Fraction(note.quarterLength)
                notes += [
                    (round(onset * TICKS), pitch.midi, round(length * TICKS))
                    for pitch in note.pitches
                ]
    except Exception:  # noqa: BLE001 - whatever a witness falls over
        return None
    return sorted(notes)


def witness(text: str, mine: Reading, yours: Reading) -> str:
    """Whom music21 agrees with."""
    notes = music21_notes(text)
    if notes is None:
        return "music21 fails"
    tempos: dict[int, float] = {}
    for name, reading in (("us", mine), ("abc2midi", yours)):
        if agree(Reading(notes, tempos), Reading(reading.notes, tempos)):
            return f"music21 as {name}"
    return "music21 a third way"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("collections", nargs="*", default=COLLECTIONS)
    parser.add_argument("--tunes", type=int, help="at most so many a file")
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for tune, text, collection, file in read_tunes(options.collections, options.tunes):
            mine, yours = ours(tune, text), theirs(plain(tune, text), folder)
            if yours is None or mine.complaints or yours.complaints:
                counts[collection, "one complains"] += 1
                counts[collection, "agree all the same"] += yours is not None and agree(mine, yours)
                continue
            counts[collection, "both accept"] += 1
            if agree(mine, yours):
                counts[collection, "agree"] += 1
                continue
            number = tune.number.strip()
            why = reason(tune, mine, folder)
            kind = why.split(":", maxsplit=1)[0]
            counts[collection, kind] += 1
            said = witness(text[tune.start : tune.end], mine, yours)
            verdict = VERDICTS.get((file, number)) or _BY_REASON.get(kind, "NOT YET READ BY HAND")
            print(f"{file} X:{number} {tune.title}: {why}; {said}; {verdict}", flush=True)
    columns = tuple(dict.fromkeys((*COLUMNS, *(column for _, column in counts))))
    print("\n" + f"{'collection':16}" + "".join(f"{column:>20}" for column in columns))
    for name in options.collections:
        print(f"{name:16}" + "".join(f"{counts[name, column]:20}" for column in columns))
    accepted, same = (
        sum(counts[name, column] for name in options.collections) for column in COLUMNS[:2]
    )
    print(f"{same} of {accepted} tunes that both accept agree ({same / max(accepted, 1):.2%})")


if __name__ == "__main__":
    main()
