"""What is hard to engrave, in one sheet to be looked at.

    python -m benchmarks.picture_cases OUT.html

Each case is a small tune with what other programs, or earlier versions, drew wrong or not at all.
Text in other scripts is drawn by the browser's fonts here; PNG and PDF take `--font`.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

from musicrnn import abc
from musicrnn.render import engrave

#: title → header fields between T: and K:, key, body
CASES = {
    "Rolls ~ and R": ("M:6/8\nL:1/8", "D", "~D3 RF3|~A2B {g}~A3|R(d2e) f3|]"),
    "Scripts: שלום, سلام, 茉莉花": (
        "M:4/4\nL:1/4", "Am", "ABcd|e2 d2|]\nw:שָׁ-לוֹם سلام 好 一 朵"),
    "Accents in words": (
        "M:4/4\nL:1/4", "C",
        "CDEF|G2A2|]\nw:d\\'e-j\\`a \\\"uber &eacute;t\\'e \\oe"),
    "Titles, composers, words after the tune": (
        "T:Second title\nC:First composer\nC:Second composer\nO:Ireland\nR:jig\nM:6/8\nL:1/8", "G",
        "GAB d2e|ded BAG|]\nW:1. First verse of words,\nW:with a second line.\nW:\nW:2. Second"),
    "Hyphens over melismas": (
        "M:4/4\nL:1/4", "F", "FGAB|c2 BA|GFED|C4|]\nw:Al-_-le-lu-_ ia _ A_-_men__ o"),
    "Long bars": ("M:none\nL:1/8", "C", "CDEFGABc" * 10 + "|" + "cBAGFEDC" * 9 + "|]"),
    "Long bars of two voices": (
        "M:none\nL:1/8", "C",
        "V:1\n" + "CDEF GABc " * 8 + "|]\nV:2 clef=bass\n" + "C,4 G,4 " * 8 + "|]"),
    "Lines of the source": (
        "M:4/4\nL:1/8", "G", "GABc dedB|dedB dedB|\nc2ec B2dB|\nc2A2 A2BA|GABc dedB|A2F2 G4|]"),
    "C and C|": (
        "M:C\nL:1/4", "C",
        "CDEF|[M:C|]G2A2|[M:4/4]GABc|[M:(2+3)/8]C/D/E/F/G/|[M:2/2]c4|]"),
    "Grace notes before bar lines and rests": (
        "M:4/4\nL:1/4", "D", "|:DEFG|AB(Tc2{Bc}):|{g}z2 D{ef}z|d4{cd}&D2F2{E}|]"),
    "Pauses at bar lines, breaths, dotted slurs and ties": (
        "M:4/4\nL:1/4", "C", "CDEFH|.(GA)B!breath!c:|G2.-G2!breath!|Hc4|]"),
    "Groups of grace notes": (
        "M:6/8\nL:1/8", "HP", "{g}A{d}A{e}A {gAGAG}A3|{gef}e3 {GdGe}d3|{/c}d3 {[ce]}c3|]"),
    "Chord symbols and places": (
        "M:4/4\nL:1/4", "C",
        '"F/a"C"Am7"D"Bb7sus4"E"G/B"F|"^above"G"_below"A"<l"B">r"c|"@0,10at"c"@20,-15here"B"N.C."A"C"G|]'),
    "A second voice on a staff": (
        '%%score (1 2) 3\nM:4/4\nL:1/4\nV:1 name="Soprano"\nV:2 name="Alto"\nV:3 clef=bass',
        "G", "V:1\ng2 ab|c'4|]\nV:2\nd2 ef|g4|]\nV:3\nG,2 A,B,|C4|]"),
    "Parts and a pickup": ("M:4/4\nL:1/4\nP:ABA", "D", "P:A\n|:D|DEFG|A3:|\nP:B\n|:A|dcBA|G3:|"),
    "Parts over two staves": (
        "%%score {RH LH}\nM:4/4\nL:1/4\nP:AB\nV:RH\nV:LH clef=bass", "F",
        "V:RH\nP:A\n|:cdef|g4:|\nP:B\nagfe|f4|]\nV:LH\n|:F,4|C,4:|\nC,4|F,4|]"),
    "A bar line first": ("M:4/4\nL:1/4", "G", "| GABc | d2 B2 | G4 |]"),
    "Clefs that change": (
        "M:4/4\nL:1/8", "C",
        "CE[K:bass]G,E, C,2[K:treble]ce|[K:clef=alto]cBAG [K:clef=tenor]FEDC|]"),
    "Overlays of three": (
        "M:4/4\nL:1/4", "C", "cdef&A2G2&C4|g4&e2d2&cBAG|c4|edcB&z2 G2|]"),
    "Bars numbered after a pickup": (
        "M:3/4\nL:1/8", "D",
        "A2|" + "\n".join(["d2f2a2|g2e2c2|d4A2|B2d2g2|f2d2f2|e4A2|"] * 2) + "d4|]"),
    "Microtones": ("M:4/4\nL:1/4", "D exp _/B ^/f", "^/F _/B ^3/2c _3/2d|FBfb|]"),
    "Pipes": ("M:4/4\nL:1/4", "Hp", "FCGA|[K:HP]FCGA|]"),
    "Symbol lines": (
        "M:4/4\nL:1/4", "C", 'CDEF|GABc|]\ns:"^slow" * !f! !trill!|!fermata! . ~ "Am"'),
    "Broken rhythm with grace notes": ("M:4/4\nL:1/4", "C", "c>{g}d e<{A}c|^C c =c C|]"),
    "Endings": ("M:4/4\nL:1/4", "C", "|:C4|[1,3 D4:|[2 E4:|[4 F4|]"),
}  # fmt: skip


def main() -> None:
    page = ['<!doctype html><meta charset="utf-8"><title>Cases</title>']
    for title, (fields, key, body) in CASES.items():
        text = f"X:1\nT:{title}\n{fields}\nK:{key}\n{body}\n"
        picture = engrave(abc.parse_tune(text))
        said = "".join(f"<p>{escape(line)}</p>" for line in picture.warnings)
        page.append(f"<section>{picture.pages[0]}{said}<pre>{escape(text)}</pre></section>")
    Path(sys.argv[1]).write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
