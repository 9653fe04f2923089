"""The table of everything the checker can say. Codes are stable: programs may rely on them."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["RULES", "Rule"]


class Rule(NamedTuple):
    """`severity` is error, warning or info; `{}` in `message` is filled in; `about` is for the
    documentation: what the rule wants, and the section of ABC 2.1 that says so."""

    severity: str
    message: str
    about: str


_E, _W, _I = "error", "warning", "info"

#: code → rule
RULES: Final[dict[str, Rule]] = {
    # the file and the header
    "no-tune": Rule(_E, "there is no tune here: a tune starts with X: and its header ends with K:",
                    "the text holds at least one tune (2.2)"),
    "field-order": Rule(_W, "{}: stands out of order: X: comes first, then T:, and K: last",
                        "X first, T second, K last (3)"),
    "missing-number": Rule(_W, "the tune has no number: put X:1 before its header",
                           "a tune starts with X: (3.1.1)"),
    "missing-title": Rule(_W, "the tune has no title: put T: after X:", "a tune has a T: (3.1.2)"),
    "missing-key": Rule(_E, "the tune has no key: end its header with K:",
                        "the header ends with K: (3.1.14)"),
    "bad-number": Rule(_W, "X: wants a whole number, not {!r}", "X: is a number (3.1.1)"),
    "duplicate-number": Rule(_W, "the number X:{} was used before, in line {}",
                             "each tune of a book has its own number (3.1.1)"),
    "no-blank-line": Rule(_W, "a tune starts here without an empty line before it",
                          "an empty line ends a tune (2.2.4)"),
    "music-outside": Rule(_W, "this looks like music, but an empty line ended the tune above; "
                          "it does not sound", "an empty line ends a tune (2.2.4)"),
    "repeated-field": Rule(_W, "{}: is given twice in the header; the last one counts",
                           "only some fields may be repeated (3)"),
    "field-place": Rule(_W, "{}: may not stand in {}", "where each field is legal (3)"),
    "unknown-field": Rule(_W, "{}: is not a field that ABC knows", "the table of fields (3)"),
    "bad-meter": Rule(_E, "M:{} is not a metre; write M:6/8, M:C, M:(2+3)/8 or M:none",
                      "metre (3.1.6)"),
    "bad-unit": Rule(_E, "L:{} is not a note length; write L:1/8", "unit note length (3.1.7)"),
    "unusual-unit": Rule(_W, "L:{} is no note value (1, 1/2, 1/4 … 1/512); it is read as it stands",
                         "unit note length (3.1.7)"),
    "bad-tempo": Rule(_W, "Q:{} is not a tempo; write Q:1/4=120", "tempo (3.1.8)"),
    "unusual-beat": Rule(_W, "Q:{}: a beat of {} is no note value; it is read as it stands",
                         "tempo (3.1.8)"),
    "old-tempo": Rule(_I, "Q:{} is the old way to write a tempo; write Q:{}",
                      "old forms of the tempo (10.1)"),
    "bad-key": Rule(_E, "K:{} is not a key; write K:G, K:Am, K:D mix, K:none", "key (3.1.14)"),
    "unknown-word": Rule(_W, "{}: the word {!r} means nothing here; the rest of the line holds",
                         "keys, metres, tempos (3.1.6, 3.1.8, 3.1.14)"),
    "half-meter": Rule(_W, "M:{} has no lower number; it is read as {}", "metre (3.1.6)"),
    "bad-parts": Rule(_W, "P:{} cannot be played: {}", "parts (3.1.9)"),
    "bad-symbol-definition": Rule(_W, "U:{} does not define a symbol; write U: T = !trill!",
                                  "redefinable symbols (4.16)"),
    "bad-macro": Rule(_W, "m:{} is not a macro; write m: ~G3 = G{{A}}G{{F}}G", "macros (9)"),
    "bad-voice": Rule(_W, "V: wants a name", "voices (7)"),
    "include": Rule(_W, "other files are never included; this line is left out",
                    "abc-include is not followed, on purpose"),
    "unclosed-block": Rule(_E, "%%begin{0} has no %%end{0}: all that follows is read as text",
                           "text blocks end with a line of their own (2.2.3)"),
    # the music
    "stray-character": Rule(_E, "{!r} means nothing here", "the characters of the body (8.1)"),
    "unclosed-chord": Rule(_E, "this [ has no ]", "chords (4.17)"),
    "old-chord": Rule(_W, "+ … + is the old way to write a chord; write {}", "chords (4.17, 10.2)"),
    "empty-chord": Rule(_E, "this chord holds no note", "chords (4.17)"),
    "unclosed-grace": Rule(_E, "this {{ has no }}", "grace notes (4.12)"),
    "loose-grace": Rule(_W, "these grace notes belong to no note", "grace notes (4.12)"),
    "unclosed-quote": Rule(_E, 'this " has no other "', "chord symbols and annotations (4.18)"),
    "unclosed-slur": Rule(_W, "this ( has no )", "slurs (4.11)"),
    "unopened-slur": Rule(_W, "this ) has no (", "slurs (4.11)"),
    "unclosed-field": Rule(_E, "this inline field has no ]", "inline fields (3.2)"),
    "unknown-decoration": Rule(_W, "!{}! is not a decoration that ABC knows", "decorations (4.14)"),
    "unknown-symbol": Rule(_W, "{} stands for no decoration; define it with U:",
                           "redefinable symbols (4.16)"),
    "old-symbol": Rule(_W, "{} is the old sign for a {}; write {}", "redefinable symbols (4.16)"),
    "loose-tie": Rule(_W, "a tie stands directly after its note", "ties (4.11)"),
    "tie-nowhere": Rule(_I, "this tie leads to no note of the same pitch; a slur is written (AB)",
                        "ties (4.11); older tunes write slurs so"),
    "loose-broken-rhythm": Rule(_W, "{} stands between two notes", "broken rhythm (4.4)"),
    "bad-length": Rule(_E, "a note cannot be {} long", "note lengths (4.3)"),
    "unusual-length": Rule(_W, "lengths such as {} are no note values; they are read as they stand",
                           "note lengths (4.3), tuplets (4.13)"),
    "bad-tuplet": Rule(_E, "({} is not a tuplet; write (3, (5:4 or (3:2:4", "tuplets (4.13)"),
    "short-tuplet": Rule(_W, "this tuplet wants {} more notes", "tuplets (4.13)"),
    "note-range": Rule(_W, "this note lies outside of what MIDI can play (C,,,,, … g''''')",
                       "octaves (4.1)"),
    "bad-ending": Rule(_E, "{} is not a number of an ending; write [1 or [1,3",
                       "variant endings (4.9)"),
    "old-line-break": Rule(_I, "a lone ! is an old line break", "line breaks (6.1)"),
    "reserved-character": Rule(_W, "{!r} is reserved and means nothing yet",
                               "reserved characters (8.1)"),
    "too-many-words": Rule(_W, "these words want {} notes; the music above has {}",
                           "words under the notes (5.1)"),
    # rhythm and form
    "bar-length": Rule(_E, "bar {} has {}, the metre {} wants {}",
                       "every bar fills the metre, but for pickups and what completes them"),
    "bar-incomplete": Rule(_W, "bar {} ends a section with {}; the metre {} wants {}",
                           "the last bar of a section is full or completes a pickup"),
    "overlay-length": Rule(_W, "the overlaid voice lasts {}, the bar {}", "overlays (7.4)"),
    "repeat-unclosed": Rule(_E, "|: has no :|", "repeats (4.8)"),
    "implied-repeat": Rule(_I, "no |: starts this repeat; it is played from line {}",
                           "programs differ in where a repeat without |: starts (4.8)"),
    "ending-unpaired": Rule(_E, "ending {} has no ending {}", "variant endings (4.9)"),
    "ending-twice": Rule(_E, "ending {} stands twice in one repeat", "variant endings (4.10)"),
    "ending-unrepeated": Rule(_E, "ending {} does not end with :|", "variant endings (4.9)"),
    "no-final-bar": Rule(_W, "the tune does not end with |] or :|", "bar lines (4.8)"),
    "empty-tune": Rule(_W, "the tune has no notes", "a tune has a body (2.2.1)"),
    "voice-lengths": Rule(_W, "voice {} lasts {}, voice {} {}", "voices run together (7)"),
    "too-long": Rule(_E, "{}", "the limits of this reader"),
}  # fmt: skip
