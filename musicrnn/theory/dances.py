"""The dances: how each is called, written and played. One row a dance.

Tempos are those that players take for dancers, in quarter notes a minute whatever the metre.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from musicrnn.errors import UsageError, choices

__all__ = [
    "DANCES", "STYLES", "Dance", "dance_of", "known_rhythm", "refused_meter", "spell_rhythm",
    "usual_tempo",
]  # fmt: skip

#: traditions that a tune may be asked for in, as the sources of the corpora name them
STYLES = ("irish", "scottish", "english", "american")
#: kinds of tunes that are no dances with steps of their own: they may be in any metre
_ANY_METER = frozenset({"air", "march", "lament", "quick step", "walkaround"})


@dataclass(frozen=True, slots=True)
class Dance:
    """One dance: the metres it is written in, the most usual first, its tempo in quarter notes a
    minute, other spellings of its name, and whether its eighths are played long and short. A rare
    one is known when it is named, but neither offered nor chosen."""

    name: str
    meters: tuple[str, ...]
    tempo: int
    spellings: tuple[str, ...] = ()
    swung: bool = False
    rare: bool = False


#: name → dance
DANCES: dict[str, Dance] = {
    dance.name: dance
    for dance in (
        Dance("reel", ("4/4", "2/2"), 192, ("reels",)),
        Dance("jig", ("6/8",), 168, ("jigs", "double jig", "single jig", "irish jig")),
        # programs that swing hornpipes know them in these two metres only
        Dance("hornpipe", ("4/4", "2/4"), 152, ("hornpipes",), swung=True),
        Dance("slip jig", ("9/8",), 180, ("slipjig", "slip-jig", "hop jig", "hop-jig", "hopjig")),
        Dance("slide", ("12/8", "6/8"), 210, ("slides",)),
        Dance("polka", ("2/4",), 132, ("polkas",)),
        Dance("waltz", ("3/4", "3/8"), 138, ("waltzes", "valse")),
        Dance("march", ("2/4", "4/4", "2/2", "6/8"), 112, ("marches",)),
        Dance(
            "air",
            ("4/4", "3/4", "6/8", "2/4", "2/2", "9/8", "3/8"),
            92,
            ("airs", "slow air", "song", "songs"),
        ),
        Dance("strathspey", ("4/4", "2/2"), 116, ("strathspeys",)),
        Dance("quick step", ("2/4", "6/8"), 120, ("quickstep", "quick-step")),
        Dance("fling", ("4/4", "2/2"), 160, ("highland fling", "highland")),
        Dance("schottische", ("4/4", "2/4"), 144, swung=True),
        Dance("minuet", ("3/4", "3/8"), 126, ("minuetto", "menuet")),
        Dance("mazurka", ("3/4",), 138),
        Dance("clog", ("4/4", "2/2", "2/4"), 144, ("clog dance",), swung=True),
        Dance("barndance", ("4/4",), 160, ("barn dance",), swung=True, rare=True),
        Dance("walkaround", ("2/4", "4/4"), 120, ("walk around",), rare=True),
        Dance("lament", ("4/4", "3/4"), 72, rare=True),
    )
}

_SPELLINGS = {
    spelling: dance.name for dance in DANCES.values() for spelling in (dance.name, *dance.spellings)
}


def spell_rhythm(rhythm: str) -> str:
    """`` SlipJig`` → ``slip jig``; a name that is not in the table stands in lower case.

    Of a list (``reel, hornpipe``) the first is taken; an empty string stays empty.
    """
    plain = " ".join(re.split(r"[,;/(]", rhythm.lower())[0].split()).strip(" .")
    return _SPELLINGS.get(plain, plain)


def known_rhythm(rhythm: str) -> str:
    """The name of a dance by any of its spellings: ``double jig`` → ``jig``.

    Raises `UsageError` for one that is not in the table, with the nearest that is.
    """
    name = spell_rhythm(rhythm)
    if name in DANCES:
        return name
    near = difflib.get_close_matches(name, _SPELLINGS, n=1)
    meant = [_SPELLINGS[word] if word.endswith("s") else word for word in near]  # of plurals one
    hint = f"did you mean {meant[0]}?" if meant else choices(name, DANCES)
    raise UsageError(f"{rhythm!r} is not a rhythm; {hint}")


def refused_meter(rhythm: str, meter: str) -> str:
    """Why a dance cannot be in a metre; ``""`` where it can."""
    dance = DANCES.get(rhythm)
    if dance is None or meter in dance.meters or rhythm in _ANY_METER:
        return ""
    if meter == "2/4" and "4/4" in dance.meters:  # the same, written with shorter notes
        return ""
    others = [
        name for name, other in DANCES.items() if meter in other.meters[:1] and not other.rare
    ]
    hint = f"; in {meter} there is the {others[0]}" if others else ""
    return f"a {rhythm} is in {' or '.join(dance.meters)}, not in {meter}{hint}"


def dance_of(rhythm: str) -> Dance | None:
    """The dance that a rhythm names, by any spelling, or by a word of it (``Scotch reel``)."""
    name = spell_rhythm(rhythm)
    if name in DANCES:
        return DANCES[name]
    words = f" {re.sub(r'[^a-z]+', ' ', name)} "
    by_length = sorted(_SPELLINGS, key=len, reverse=True)
    spelling = next((spelling for spelling in by_length if f" {spelling} " in words), None)
    return DANCES[_SPELLINGS[spelling]] if spelling else None


def usual_tempo(rhythm: str) -> int | None:
    """The tempo of the dance that a rhythm names, in quarter notes a minute."""
    dance = dance_of(rhythm)
    return dance.tempo if dance else None
