"""Which Latin alphabet the accents of a text are of: that of western or of central Europe.

The same byte is ``è`` in Windows-1252 and ``č`` in Windows-1250. Three things tell: how probable
the language is by the pairs of its letters (`chardet`), which accents each language has and how
often, and that vowels and consonants take turns (``nøkkel``, not ``nřkkel``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import log2
from typing import Final

__all__ = ["latin_encoding"]

#: language → how many of a thousand letters are which accent
_WESTERN: Final = {
    "French": "é19 è4 à5 ê2 ç1 â.5 î.5 ô.5 û.4 ù.6 œ.2 ë.1 ï.1",
    "German": "ä6 ö3 ü7 ß3",
    "Spanish": "á5 é4 í7 ñ3 ó8 ú2 ü.1",
    "Italian": "à6 è3 é.5 ì.3 ò1.5 ù1.6",
    "Portuguese": "á3 â.5 ã7 à.7 ç5 é4 ê2 í3 ó2 ô.5 õ2 ú1",
    "Danish, Norwegian": "æ8 ø9 å12 é.5",
    "Swedish": "å13 ä18 ö13 é.5",
    "Finnish": "ä36 ö4 å.1",
    "Dutch": "ë1 é1 ï.5 è.3 ö.2 ü.2",
    "Icelandic": "á18 é6 í16 ó10 ú6 ý2 þ15 æ9 ö8 ð44",
    "Catalan": "à6 ç1.5 è3 é5 í3 ï1 ó5 ò1.5 ú1 ü.5",
    "Irish": "á14 é7 í15 ó8 ú6",
    "Breton": "ñ8 ù3 ê1",
    "Estonian": "ä10 õ10 ü7 ö2",
}
_CENTRAL: Final = {
    "Polish": "ą10 ć4 ę11 ł18 ń2 ó8 ś7 ź.6 ż8",
    "Czech": "á22 č10 ď.2 é13 ě16 í32 ň.7 ó.3 ř12 š8 ť.4 ú1 ů7 ý10 ž10",
    "Slovak": "á18 ä.5 č9 ď1.5 é8 í11 ĺ.1 ľ4 ň1.5 ó1 ô2 ŕ.1 š8 ť5 ú8 ý8 ž9",
    "Hungarian": "á34 é33 í6 ó9 ö10 ő8 ú3 ü5 ű2",
    "Romanian": "ă40 â9 î14 ş14 ţ12",
    "Croatian, Slovene": "č10 ć5 đ3 š8 ž5",
}
#: signs beside letters, as frequent as a rare letter
_SIGNS: Final = {"western": "ºª¿¡«»©°·", "central": "«»©°"}
_RARE, _FOREIGN, _CONTROL = 7e-4, 3e-5, 1e-7
#: what the accents of another language of the same part of Europe are less frequent by
_BORROWED: Final = 0.05


def _tables(languages: dict[str, str], signs: str) -> list[dict[str, float]]:
    """For each language the share of each accent among its letters, and under ``""`` that of the
    letters without one. Names and words of its neighbours occur in each."""
    own = [
        {part[0]: float(part[1:]) / 1000 for part in accents.split()}
        for accents in languages.values()
    ]
    borrowed: dict[str, float] = dict.fromkeys(signs, _RARE)
    for table in own:
        for accent, share in table.items():
            borrowed[accent] = max(borrowed.get(accent, 0.0), share * _BORROWED)
    return [borrowed | table | {"": 1 - sum(table.values())} for table in own]


_WEST: Final = _tables(_WESTERN, _SIGNS["western"])
_CENTRE: Final = _tables(_CENTRAL, _SIGNS["central"])
#: encoding → its languages, and what it is less likely than Windows-1252 before one has looked
_CANDIDATES: Final = {
    "cp1252": (_WEST, 0.0),
    "cp1250": (_CENTRE, 1.0),
    "iso8859-2": (_CENTRE, 2.0),
}
_VOWELS: Final = frozenset("aeiouyáéíóúýàèìòùâêîôûäëïöüãõåæøœąęěůőűă")
#: what two vowels or two consonants in a row cost where one is an accent, and an accented
#: consonant that is a word alone
_SAME_KIND, _ALONE = 1.5, 4.5
#: signs that do not touch a letter, and what it costs if one does
_APART: Final = frozenset("©®¬±¶¹²³¼½¾£¥¦§¨¯´¸¢¤÷×˘ˇ˛˝")
_STUCK: Final = 4.5
#: what a capital after a small letter costs
_CAPITAL: Final = 4.0
#: weight of what `chardet` says, and the least that it can say
_PAIRS, _LEAST = 2.0, 0.001
_ACCENTS: Final = 0.75


def latin_encoding(data: bytes) -> str:
    """The encoding, by Python's name, of a text of Latin letters some of which are no ASCII."""
    scores = {
        encoding: _score(data, encoding, languages) - prior
        for encoding, (languages, prior) in _CANDIDATES.items()
    }
    return max(scores, key=scores.__getitem__)


def _score(data: bytes, encoding: str, languages: list[dict[str, float]]) -> float:
    """How likely it is, as a logarithm."""
    text = data.decode(encoding, "replace")
    small = text.lower()
    letters = Counter("" if c.isascii() else c for c in small if c.isalpha() or not c.isascii())
    likeliest = max(
        sum(
            count * log2(table.get(c, _FOREIGN if c.isprintable() else _CONTROL))
            for c, count in letters.items()
        )
        for table in languages
    )
    capitals = sum(a.islower() and b.isupper() for a, b in pairwise(text) if not (a + b).isascii())
    return (
        _PAIRS * log2(max(_confidence(small, encoding), _LEAST))
        + _ACCENTS * likeliest
        - _CAPITAL * capitals
        - sum(_costs(small))
    )


def _confidence(text: str, encoding: str) -> float:
    """What `chardet` gives the text in this encoding, whose models know small letters best."""
    import chardet

    found = chardet.detect_all(
        text.encode(encoding, "replace"), ignore_threshold=True, include_encodings=[encoding],
        no_match_encoding=encoding, compat_names=False,
    )  # fmt: skip
    return max((one["confidence"] or 0.0 for one in found), default=0.0)


def _costs(text: str) -> Iterator[float]:
    """What speaks against the places of the accents."""
    for before, c, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if c.isascii():
            continue
        if not c.isalpha():
            yield _STUCK * (c in _APART and (before.isalpha() or after.isalpha()))
            continue
        vowel = c in _VOWELS
        beside = [one for one in (before, after) if one.isalpha()]
        # Of two accents in a row, the first counts the pair.
        counted = [one for one in beside if one is not before or one.isascii()]
        yield _SAME_KIND * sum((one in _VOWELS) == vowel for one in counted)
        if not beside and not vowel:
            yield _ALONE
