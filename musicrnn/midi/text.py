"""The text of a MIDI file, whose encoding the standard leaves open.

What is UTF-8 is read as that. Other files say nothing about it either, so all that they hold is
looked at together: Shift-JIS (`cp932`) is what Japanese sequencers write, Windows-1251 and KOI8-R
are Russian, and anything else is the Windows form of Latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

__all__ = ["decode", "encode", "encoding_of"]

#: Longer texts are cut, and no more than this is looked at to find the encoding.
MAX_TEXT, _LOOKED_AT = 400, 20_000

#: Words of Windows-1251 or KOI8-R are runs of these bytes; in Latin-1 an accent stands alone.
_CYRILLIC = re.compile(rb"[\xc0-\xff\xa3\xa5\xa8\xaa\xaf\xb2-\xb4\xb8\xba\xbf]+")
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff9f]+")
#: Kanji that touch no Latin letter, and half-width kana as they stand in names of tracks.
_KANJI = re.compile("(?<![A-Za-z])[\u4e00-\u9fff]+(?![A-Za-z])")
_HALF_WIDTH = re.compile(
    rb"(?<![\x80-\xff])(?=[\xc0-\xdf]*[\xa6-\xbf])[\xa6-\xdf]{3,}(?![\x80-\xff])"
)
_FALLBACK = "cp1252"


def encoding_of(texts: Iterable[bytes]) -> str:
    """The encoding, by Python's name, of those of `texts` that are not UTF-8."""
    odd = [text for text in texts if not _utf8(text)]
    data = b"\n".join(odd)[:_LOOKED_AT]
    if not data:
        return "utf-8"
    if _japanese(data):
        return "cp932"
    if _russian(data):
        return min(("cp1251", "koi8-r"), key=lambda name: _capitals_inside(data.decode(name)))
    return _FALLBACK


def decode(text: bytes, encoding: str) -> str:
    """One line without control characters: as UTF-8 or, where it is not, by `encoding`."""
    text = text[:MAX_TEXT]
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        try:
            decoded = text.decode(encoding)
        except UnicodeDecodeError:  # a character cut off, or a byte that Windows leaves open
            decoded = text.decode("latin-1" if encoding == _FALLBACK else encoding, "ignore")
    return "".join(c if c.isprintable() else " " for c in decoded)


def encode(text: str) -> bytes:
    """The bytes of a text event: UTF-8, of which ASCII is a part."""
    return text.encode("utf-8", "replace")


def _utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.end >= len(text) > MAX_TEXT - 4  # cut in the middle of a character
    return True


def _japanese(data: bytes) -> bool:
    """Whether it reads as Japanese nearly throughout: one kanji beside a Latin letter is an
    apostrophe of Windows, and accents next to one another are not kana alone."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return False
    runs = _JAPANESE.findall(text)
    foreign = sum(not c.isascii() for c in text) - sum(map(len, runs))
    kana = any("\u3040" <= c <= "\u30ff" for c in text)
    return (
        (any(len(run) > 1 or kana for run in runs) or bool(_KANJI.search(text)))
        and 4 * foreign <= sum(map(len, runs))
        and (kana or any(0x80 <= byte <= 0x9F for byte in data) or bool(_HALF_WIDTH.search(data)))
    )


def _russian(data: bytes) -> bool:
    """Whether most words that are not ASCII are so from end to end."""
    words = re.findall(rb"[A-Za-z\x80-\xff]+", data)
    odd = [word for word in words if not word.isascii()]
    whole = [word for word in odd if _CYRILLIC.fullmatch(word)]
    return any(len(word) > 2 for word in whole) and 2 * len(whole) > len(odd)


def _capitals_inside(text: str) -> int:
    """How often a capital follows a small letter, as it does where upper and lower case are
    exchanged."""
    return sum(a.islower() and b.isupper() for a, b in pairwise(text))
