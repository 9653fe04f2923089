"""The decorations of ABC (2.1, section 4.14), their shorthand, and what they do to the sound."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BEHIND",
    "DECORATIONS",
    "DEFAULT_SYMBOLS",
    "DYNAMICS",
    "FERMATAS",
    "MARKS",
    "OLDER_SYMBOLS",
    "SYMBOL_LETTERS",
]

#: shorthand → name, before any ``U:`` (4.16)
DEFAULT_SYMBOLS: Final[dict[str, str]] = {
    ".": "staccato", "~": "roll", "H": "fermata", "L": "accent", "M": "lowermordent",
    "O": "coda", "P": "uppermordent", "S": "segno", "T": "trill", "u": "upbow", "v": "downbow",
}  # fmt: skip

#: what older books write, and abcm2ps and abc2midi read, though ABC 2.1 has it no longer
OLDER_SYMBOLS: Final[dict[str, str]] = {"R": "roll", "J": "slide"}

#: the letters that ``U:`` may define
SYMBOL_LETTERS: Final = frozenset("~HIJKLMNOPQRSTUVWhijklmnopqrstuvw")

#: dynamic → MIDI velocity
DYNAMICS: Final[dict[str, int]] = {
    "pppp": 20, "ppp": 32, "pp": 44, "p": 56, "mp": 68, "mf": 80, "f": 94, "ff": 106,
    "fff": 116, "ffff": 124,
}  # fmt: skip

#: the decorations that steer the order of play
MARKS: Final = frozenset({"segno", "coda", "D.S.", "D.C.", "dacoda", "tocoda", "dacapo", "fine",
                          "D.C.alfine", "D.C.alcoda", "D.S.alfine", "D.S.alcoda"})  # fmt: skip

#: decorations that may stand at a bar line, and those that end a note: before a bar line they are
#: not the next note's
FERMATAS: Final = ("fermata", "invertedfermata")
BEHIND: Final = frozenset({"breath", "caesura", "shortphrase", "mediumphrase", "longphrase",
                           "trill)", "~)", "-)", "glissando)", "slide)"})  # fmt: skip

_SPANS: Final = ("crescendo", "diminuendo", "<", ">", "trill", "8va", "8vb", "15ma", "15mb",
                 "slide", "~", "-", "glissando", "ped", "cresc", "dim")  # fmt: skip

#: every name that ABC 2.1 lists, and the few that abcm2ps and abc2midi add
DECORATIONS: Final = frozenset(
    {
        "trill", "lowermordent", "uppermordent", "mordent", "pralltriller", "roll", "turn",
        "turnx", "invertedturn", "invertedturnx", "arpeggio", ">", "accent", "emphasis",
        "fermata", "invertedfermata", "tenuto", "0", "1", "2", "3", "4", "5", "+", "plus",
        "snap", "slide", "wedge", "upbow", "downbow", "open", "thumb", "breath", "sfz", "sf",
        "fp", "shortphrase", "mediumphrase", "longphrase", "staccato", "editorial", "courtesy",
        "^", "marcato", "/", "//", "///", "////", "tremolo", "beambr1", "beambr2", "xstem",
        "rbstop", "rbend", "ped", "ped-up", "invisible", "nil", "cpu", "repeatbar", "dot",
        "D.C.", "D.S.", "fine", "segno", "coda", "tocoda", "caesura", "umarcato", "gmark",
        "trem1", "trem2", "trem3", "trem4", "style=normal", "style=rhythm", "style=x",
    }
    | set(DYNAMICS) | MARKS | {span + sign for span in _SPANS for sign in "()"}
)  # fmt: skip
