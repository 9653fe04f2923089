"""What ABC calls a decoration and MusicXML an articulation, ornament, dynamic or direction.

One row an equivalence, used in both directions: the first name of a row is the one that is read
back. Source: ABC 2.1, section 4.14; MusicXML 4.0, elements ``notations`` and ``direction-type``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from musicrnn.abc.syntax.decorations import DYNAMICS

__all__ = ["DIRECTIONS", "NOTATIONS", "STEERING", "Sign", "direction_name", "notation_name"]


@dataclass(frozen=True, slots=True)
class Sign:
    """An element of MusicXML: `tag` inside `group` (``""``: directly), with attributes."""

    group: str
    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""


def _sign(group: str, tag: str, text: str = "", **attributes: str) -> Sign:
    return Sign(group, tag, tuple(sorted(attributes.items())), text)


#: decoration → what a note carries
NOTATIONS: Final[dict[str, Sign]] = {
    "staccato": _sign("articulations", "staccato"),
    "tenuto": _sign("articulations", "tenuto"),
    "accent": _sign("articulations", "accent"),
    ">": _sign("articulations", "accent"),
    "emphasis": _sign("articulations", "accent"),
    "marcato": _sign("articulations", "strong-accent"),
    "^": _sign("articulations", "strong-accent"),
    "umarcato": _sign("articulations", "strong-accent", type="down"),
    "wedge": _sign("articulations", "staccatissimo"),
    "slide": _sign("articulations", "scoop"),
    "breath": _sign("articulations", "breath-mark"),
    "caesura": _sign("articulations", "caesura"),
    "shortphrase": _sign("articulations", "caesura"),
    "fermata": _sign("", "fermata"),
    "invertedfermata": _sign("", "fermata", type="inverted"),
    "arpeggio": _sign("", "arpeggiate"),
    "trill": _sign("ornaments", "trill-mark"),
    "uppermordent": _sign("ornaments", "inverted-mordent"),
    "pralltriller": _sign("ornaments", "inverted-mordent"),
    "lowermordent": _sign("ornaments", "mordent"),
    "mordent": _sign("ornaments", "mordent"),
    "turn": _sign("ornaments", "turn"),
    "turnx": _sign("ornaments", "turn", slash="yes"),
    "invertedturn": _sign("ornaments", "inverted-turn"),
    "invertedturnx": _sign("ornaments", "inverted-turn", slash="yes"),
    "roll": _sign("ornaments", "other-ornament", "roll"),
    "/": _sign("ornaments", "tremolo", "1", type="single"),
    "//": _sign("ornaments", "tremolo", "2", type="single"),
    "///": _sign("ornaments", "tremolo", "3", type="single"),
    "////": _sign("ornaments", "tremolo", "4", type="single"),
    "trill(": _sign("ornaments", "wavy-line", type="start"),
    "trill)": _sign("ornaments", "wavy-line", type="stop"),
    "~(": _sign("", "glissando", type="start"),
    "~)": _sign("", "glissando", type="stop"),
    "glissando(": _sign("", "glissando", type="start"),
    "glissando)": _sign("", "glissando", type="stop"),
    "-(": _sign("", "slide", type="start"),
    "-)": _sign("", "slide", type="stop"),
    "upbow": _sign("technical", "up-bow"),
    "downbow": _sign("technical", "down-bow"),
    "open": _sign("technical", "open-string"),
    "thumb": _sign("technical", "thumb-position"),
    "snap": _sign("technical", "snap-pizzicato"),
    "plus": _sign("technical", "stopped"),
    "+": _sign("technical", "stopped"),
    **{finger: _sign("technical", "fingering", finger) for finger in "012345"},
}

_WEDGES: Final = {"crescendo": ("crescendo", "<"), "diminuendo": ("diminuendo", ">")}
_OCTAVES: Final = {"8va": ("down", "8"), "8vb": ("up", "8"), "15ma": ("down", "15"),
                   "15mb": ("up", "15")}  # fmt: skip

#: decoration → what stands above or below the staff
DIRECTIONS: Final[dict[str, Sign]] = {
    **{name: _sign("dynamics", name) for name in (*DYNAMICS, "sf", "sfz", "fp")},
    "segno": _sign("", "segno"),
    "coda": _sign("", "coda"),
    **{
        name + "(": _sign("", "wedge", type=kind)
        for kind, names in _WEDGES.items()
        for name in names
    },
    **{name + ")": _sign("", "wedge", type="stop") for names in _WEDGES.values() for name in names},
    **{
        name + "(": _sign("", "octave-shift", type=way, size=size)
        for name, (way, size) in _OCTAVES.items()
    },
    **{
        name + ")": _sign("", "octave-shift", type="stop", size=size)
        for name, (_, size) in _OCTAVES.items()
    },
    "ped": _sign("", "pedal", type="start", line="no"),
    "ped-up": _sign("", "pedal", type="stop", line="no"),
    "ped(": _sign("", "pedal", type="start", line="yes"),
    "ped)": _sign("", "pedal", type="stop", line="yes"),
}

#: decoration → the words that are drawn, and the attribute of ``<sound>`` that says the same
STEERING: Final[dict[str, tuple[str, str, str]]] = {
    "D.C.": ("D.C.", "dacapo", "yes"),
    "dacapo": ("Da Capo", "dacapo", "yes"),
    "D.C.alfine": ("D.C. al Fine", "dacapo", "yes"),
    "D.C.alcoda": ("D.C. al Coda", "dacapo", "yes"),
    "D.S.": ("D.S.", "dalsegno", "segno"),
    "D.S.alfine": ("D.S. al Fine", "dalsegno", "segno"),
    "D.S.alcoda": ("D.S. al Coda", "dalsegno", "segno"),
    "fine": ("Fine", "fine", "yes"),
    "tocoda": ("To Coda", "tocoda", "coda"),
    "dacoda": ("Da Coda", "tocoda", "coda"),
}

_NAMES: Final[dict[Sign, str]] = {sign: name for name, sign in reversed(NOTATIONS.items())}
_DIRECTION_NAMES: Final[dict[Sign, str]] = {
    sign: name for name, sign in reversed(DIRECTIONS.items())
}


def notation_name(group: str, tag: str, text: str, attributes: dict[str, str]) -> str | None:
    """The decoration that an element of ``notations`` is, None for one that ABC has not."""
    return _name(_NAMES, group, tag, text.strip(), attributes)


def direction_name(group: str, tag: str, attributes: dict[str, str]) -> str | None:
    """The decoration that an element of ``direction-type`` is, None for one that ABC has not."""
    return _name(_DIRECTION_NAMES, group, tag, "", attributes)


def _name(
    names: dict[Sign, str], group: str, tag: str, text: str, attributes: dict[str, str]
) -> str | None:
    kept = {key: value for key, value in attributes.items() if key in ("type", "slash", "size")}
    for trial in (attributes, kept, {}):
        name = names.get(Sign(group, tag, tuple(sorted(trial.items())), text))
        if name is not None:
            return name
    return None
