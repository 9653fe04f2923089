"""Which encoding a text is in that says nothing about it: ABC and MIDI files of all times.

What is UTF-8 is read as that. Everything else that a file holds is looked at together. Chinese,
Korean and Japanese encodings share their bytes and differ by what is frequent in each language:
`chardet` knows that (no other library that was tried told Chinese from Korean in a title or two).
What it knows less well is decided here: capitals in Russian, Greek and Hebrew, the half-width kana
of sequencers, and single accents: Polish, Czech and Hungarian have another Latin alphabet than the
west of Europe, and which one it is (`latin`) the letters and their neighbours tell.
Anything else is the Windows form of Latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, pairwise
from math import log2
from typing import Final

from musicrnn.encodings.latin import latin_encoding

__all__ = ["ENCODINGS", "decode_as", "encoding_of", "is_utf8"]

#: encoding, by Python's name → what to call it
ENCODINGS: Final = {
    "gb18030": "GB18030 (Chinese)",
    "big5hkscs": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jis_2004": "EUC-JP (Japanese)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8-u": "KOI8-R (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859-2": "ISO-8859-2 (Central European)",
    "cp1252": "Windows-1252 (Western European)",
}

#: no more bytes than this are looked at
_LOOKED_AT: Final = 20_000
#: bytes of a syllable at most, and how many without accents there are to one with
_SYLLABLE, _BETWEEN = 8, 8
_EAST_ASIAN: Final = ("gb18030", "big5hkscs", "cp949", "cp932", "euc_jis_2004")
_FALLBACK: Final = "cp1252"
#: what East Asian text is told from
_TOLD_APART: Final = (*_EAST_ASIAN, "cp1251", "koi8-u", _FALLBACK)

#: Words of Cyrillic, Greek or Hebrew are runs of these bytes; in Latin-1 an accent stands alone.
_NOT_LATIN = re.compile(rb"[\xc0-\xff\xa2\xa3\xa5\xa8\xaa\xaf\xb2-\xb4\xb8-\xba\xbc\xbe\xbf]+")
_SIDE_BY_SIDE = re.compile(rb"[\x80-\xff]{2,}")
#: letters of Chinese, Japanese and Korean with their marks and wide forms
_WIDE = re.compile("[\u3001-\u30ff\u3130-\u318e\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]+")
#: Two kana of Shift-JIS, or kanji that touch no Latin letter; half-width kana of names of tracks.
_KANA_OR_KANJI = re.compile(
    rb"(?:(?:\x82[\x9f-\xf1]|\x83[\x40-\x96])\s?){2}"
    rb"|(?<![A-Za-z\x80-\xff])(?:[\x88-\x9f][\x40-\xfc])+(?![A-Za-z\x80-\xff])"
)
#: what would be a kanji and is a letter with a caron or an acute before a plain one (``ži``)
_CARON = re.compile(rb"[\x8a\x8c-\x8f\x9a\x9c-\x9f][A-Za-z]")
_HALF_WIDTH = re.compile(
    rb"(?<![\x80-\xff])(?=[\xc0-\xdf]*[\xa6-\xbf])[\xa6-\xdf]{3,}(?![\x80-\xff])"
)
#: how many of a thousand letters of Russian prose are this one
_RUSSIAN: Final = {
    "о": 110, "е": 85, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44,
    "к": 35, "м": 32, "д": 30, "п": 28, "у": 26, "я": 20, "ы": 19, "ь": 17, "г": 17, "з": 16,
    "б": 16, "ч": 14, "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5, "щ": 4, "э": 3, "ф": 3,
    "ъ": 1, "ё": 1, "і": 20, "ї": 5, "є": 5, "ґ": 1,  # the last four are Ukrainian
}  # fmt: skip
_GREEK: Final = {
    "α": 95, "ο": 80, "τ": 78, "ε": 65, "ι": 65, "ν": 65, "σ": 45, "ρ": 42, "π": 42, "η": 40,
    "κ": 40, "ς": 35, "υ": 35, "μ": 33, "λ": 27, "ί": 22, "ά": 20, "γ": 18, "δ": 17, "ό": 17,
    "ω": 16, "έ": 15, "ή": 12, "χ": 12, "θ": 12, "ύ": 10, "φ": 9, "β": 7, "ώ": 6, "ξ": 5, "ζ": 4,
    "ψ": 2, "ϊ": 1,
}  # fmt: skip
_HEBREW: Final = {
    "י": 110, "ו": 105, "ה": 90, "ל": 75, "א": 65, "ר": 60, "ת": 55, "ב": 53, "מ": 50, "ש": 48,
    "ע": 35, "נ": 28, "ד": 28, "ם": 26, "כ": 26, "ח": 24, "ק": 22, "פ": 17, "ס": 15, "ט": 13,
    "ג": 13, "ן": 12, "ז": 11, "צ": 9, "ך": 8, "ץ": 3, "ף": 2,
}  # fmt: skip
_LETTERS: Final = {"cp1251": _RUSSIAN, "koi8-u": _RUSSIAN, "cp1253": _GREEK, "cp1255": _HEBREW}
#: what Greek and Hebrew are less likely than Russian before one has looked
_RARER: Final = {"cp1253": 2, "cp1255": 6}
#: the least `_likeness` of words in a language
_LIKELY: Final = -6.0


def encoding_of(texts: Iterable[bytes]) -> str:
    """The encoding, by Python's name, of those of `texts` that are not UTF-8."""
    given = list(texts)
    odd = [text for text in given if not is_utf8(text)]
    data = b"\n".join(odd)[:_LOOKED_AT]
    if not data:
        return "utf-8"
    other = _not_latin(data)
    if other:
        return other
    if _HALF_WIDTH.sub(b"", data).isascii() and any(
        len(run) % 2 or min(run[::2]) < 0xB0 for run in _HALF_WIDTH.findall(data)
    ):
        return "cp932"  # no pairs of bytes, as other East Asian words are
    guess = _east_asian(data)
    if guess:
        return guess
    return "cp932" if _japanese(data) else latin_encoding(data + _between(given, odd))


def _between(texts: Iterable[bytes], odd: Sequence[bytes]) -> bytes:
    """The syllables without accents that stand between those with one."""
    syllables = (text for text in texts if len(text) <= _SYLLABLE and text.isascii())
    if any(len(text) > _SYLLABLE for text in odd):
        return b""
    return b"".join(b"\n" + text for text in islice(syllables, _BETWEEN * len(odd)))


def is_utf8(text: bytes, *, cut: bool = False) -> bool:
    """Whether it reads as UTF-8; a text that was `cut` may end in the middle of a character."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return cut and error.end >= len(text)
    return True


def decode_as(text: bytes, encoding: str) -> str:
    """The characters of `text`, whatever is cut off or damaged in it."""
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:  # a character cut off, or a byte that Windows leaves open
        return text.decode("latin-1" if encoding == _FALLBACK else encoding, "ignore")


def _east_asian(data: bytes) -> str | None:
    """The encoding of Chinese, Korean or Japanese text, None where it is none of these."""
    beside = sum(map(len, _SIDE_BY_SIDE.findall(data)))
    if 3 * beside < sum(byte >= 0x80 for byte in data):
        return None  # accents among Latin letters
    import chardet

    guess = chardet.detect(
        data, include_encodings=_TOLD_APART, no_match_encoding=_FALLBACK, compat_names=False
    )["encoding"]
    if guess not in _EAST_ASIAN:
        return None
    text = data.decode(guess, "ignore")
    wide = [len(run) for run in _WIDE.findall(text)]
    foreign = sum(not c.isascii() for c in text) - sum(wide)
    return (
        guess if (max(wide, default=0) > 1 or len(wide) > 3) and 4 * foreign <= sum(wide) else None
    )


def _japanese(data: bytes) -> bool:
    """Whether it is Shift-JIS that is too short to be known by what is frequent: nearly nothing
    but Japanese, and not by accents that stand side by side."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return False
    wide = sum(map(len, _WIDE.findall(text)))
    if 4 * sum(not c.isascii() for c in text) > 5 * wide:
        return False
    kanji = [match[0] for match in _KANA_OR_KANJI.finditer(data)]
    if kanji and all(map(_CARON.fullmatch, kanji)):
        return len(kanji) == 1 and kanji[0][1:] not in b"AEIOUYaeiouy"
    return bool(kanji or _HALF_WIDTH.search(data))


def _not_latin(data: bytes) -> str | None:
    """The encoding of Russian, Greek or Hebrew text, None where most words that are not ASCII are
    not so from end to end, or have not the letters of the language."""
    words = re.findall(rb"[A-Za-z\x80-\xff]+", data)
    odd = [word for word in words if not word.isascii()]
    whole = [word for word in odd if _NOT_LATIN.fullmatch(word)]
    syllables = sum(len(word) > 1 for word in whole)  # as the words under notes are
    if not (syllables > 3 or any(len(word) > 2 for word in whole)) or 2 * len(whole) <= len(odd):
        return None
    words_alone = b" ".join(whole)
    likely = {
        name: _likeness(words_alone.decode(name, "replace"), frequencies)
        for name, frequencies in _LETTERS.items()
    }
    for name, bits in _RARER.items():
        likely[name] -= bits / len(words_alone)
    best = max(likely, key=likely.__getitem__)
    return best if likely[best] > _LIKELY else None


def _likeness(text: str, frequencies: Mapping[str, int]) -> float:
    """How well letters and case are those of a language: the mean logarithm of the letters'
    frequencies, less what a capital after a small letter costs."""
    letters = text.replace(" ", "")
    inside = sum(a.islower() and b.isupper() for a, b in pairwise(text))
    frequency = sum(log2(frequencies.get(c.lower(), 0.3) / 1000) for c in letters)
    return (frequency - 5 * inside) / len(letters)
