"""Characters: bytes to text, the escapes of ABC (2.1, section 8.2), and what is prose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from musicrnn.encodings import ENCODINGS, decode_as, encoding_of, is_utf8
from musicrnn.errors import AbcError, UsageError

__all__ = ["decode", "decode_escapes", "end_of_code", "is_line_of_music", "looks_like_music",
           "spell_quoted", "spell_text", "strange_words"]  # fmt: skip

_CHARSET = re.compile(rb"^(?:%%|I:)abc-charset[ \t]+([A-Za-z0-9_-]+)", re.MULTILINE)
#: letters of UTF-8 beyond ASCII, and how many of them no text of another encoding has by accident
_UTF8_LETTER, _NO_ACCIDENT = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+"), 3
#: name behind ``abc-charset`` → Python's: those of the standard, and the others that are guessed
_ENCODINGS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "latin-1",
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs",
    "euc-kr": "cp949", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932",
    "euc-jp": "euc_jis_2004", "koi8-r": "koi8-u", "koi8-u": "koi8-u",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso-8859-{part}" for part in range(1, 17) if part != 12},
    **{f"latin{n}": f"latin-{n}" for n in range(1, 11)},
    **{f"latin-{n}": f"latin-{n}" for n in range(1, 11)},
}  # fmt: skip

#: accent sign after a backslash → combining character
_ACCENTS: Final = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "u": "\u0306",
    "v": "\u030c", "c": "\u0327", "H": "\u030b", "=": "\u0304",
}  # fmt: skip
_LETTERS: Final = {
    "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "ss": "ß", "/O": "Ø", "/o": "ø", "AA": "Å",
    "aa": "å", "DH": "Ð", "dh": "ð", "TH": "Þ", "th": "þ", "O/": "Ø", "o/": "ø",
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\u(?P<hex4>[0-9A-Fa-f]{4})|\\U(?P<hex8>[0-9A-Fa-f]{8})"
    r"|\\(?P<letter>AE|ae|OE|oe|ss|/[Oo]|[Oo]/|AA|aa|DH|dh|TH|th)"
    r"|\\(?P<accent>[`'^~\"uvcH=])(?P<base>[A-Za-z])"
    r"|\\(?P<plain>[%&\\])"
    r"|&(?P<entity>[A-Za-z]{2,31}\d{0,2};)|&#(?P<decimal>\d{1,7});"
)
#: what would start a remark or an entity
_NOT_PLAIN: Final = re.compile(r"%|&(?=[A-Za-z]{2,31}\d{0,2};|#\d{1,7};)")
#: the sign before a remark
_COMMENT: Final = re.compile(r"(?<!\\)%")
#: words of a line that may be music: without chord names and decorations
_NO_WORDS: Final = re.compile(r"\"[^\"]*\"|![^!\s]*!")
_LONG_WORD: Final = re.compile(r"[^\W\d_]{3,}")
#: letters that are notes or rests
_MUSIC_LETTERS: Final = frozenset("ABCDEFGabcdefgxyzZ")
#: what a line of music without chord names and decorations is made of
_MUSIC: Final = re.compile(r"[A-Ga-gxyzZH-Wh-w0-9|:\[\](){}<>/_^='~.,\-&$\\` \t]*(?:%.*)?")
_LETTER: Final = re.compile("[A-Za-z]")


def decode(
    data: bytes, *, file: str | None = None, tell: Callable[[str], None] | None = None
) -> str:
    """The text of an ABC file.

    UTF-8, with or without a byte order mark, or UTF-16 with one; else the encoding that
    ``%%abc-charset`` names; else the one that its bytes are likest to, of which `tell` is given a
    line. Raises AbcError for data that is not text, UsageError for what is no bytes.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise UsageError(
            "decode wants the bytes of a file; text needs no decoding: abc.parse(text)"
        )
    data = bytes(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise AbcError("this is not text; save it as UTF-8", file=file) from None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise AbcError("this is not ABC text: it holds zero bytes", file=file, line=line)
    named = _CHARSET.search(data)
    encoding = _ENCODINGS.get(named.group(1).decode("ascii").lower(), "utf-8") if named else "utf-8"
    if named and len(_UTF8_LETTER.findall(data)) >= _NO_ACCIDENT and is_utf8(data):
        encoding = "utf-8"  # saved anew, and the old name left standing
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        guess = encoding_of(line for line in data.splitlines() if not line.isascii())
    if tell:
        tell(
            f"not UTF-8: read as {ENCODINGS[guess]}, a guess; %%abc-charset names the encoding, "
            "or save it as UTF-8"
        )
    return decode_as(data, guess)


def decode_escapes(text: str) -> str:
    """`text` with mnemonics (``\\'e``), named entities (``&eacute;``) and ``\\u`` codes decoded.

    What is not a known escape stays as it is.
    """
    if "\\" not in text and "&" not in text:
        return text
    return _ESCAPE.sub(_decoded, text)


def spell_text(text: str) -> str:
    """A text as it stands in a field, so that `decode_escapes` has it back: in one line, ``%``
    and what would be an escape marked by a backslash."""
    text = " ".join(text.split())
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return _NOT_PLAIN.sub(r"\\\g<0>", text)


def spell_quoted(text: str) -> str:
    """A text as it stands between quotes."""
    return spell_text(text).replace('"', "&quot;")


def strange_words(line: str) -> tuple[int, int]:
    """How many words of three letters and more a line has, and how many of them are of other
    letters than those of music."""
    words = _LONG_WORD.findall(_NO_WORDS.sub("", line))
    return len(words), sum(not set(word) <= _MUSIC_LETTERS for word in words)


def looks_like_music(line: str) -> bool:
    """Whether a line has bar lines and no words but those of the letters of music."""
    return "|" in line and not strange_words(line)[1]


def is_line_of_music(line: str, *, fewest: int) -> bool:
    """Whether a line can be nothing but music: bar lines, so many notes or more, no sign of prose
    or of a table."""
    plain = _NO_WORDS.sub("", line)
    notes = sum(character in _MUSIC_LETTERS for character in plain)
    return (
        looks_like_music(line)
        and notes >= fewest
        and 2 * notes >= len(_LETTER.findall(plain))
        and _MUSIC.fullmatch(plain) is not None
    )


def _decoded(match: re.Match[str]) -> str:
    kind = match.lastgroup
    value = match[kind] if kind else ""
    if kind in ("hex4", "hex8"):
        return _character(int(value, 16), match[0])
    if kind == "decimal":
        return _character(int(value), match[0])
    if kind == "letter":
        return _LETTERS[value]
    if kind == "base":
        composed = unicodedata.normalize("NFC", value + _ACCENTS[match["accent"]])
        return composed if len(composed) == 1 else match[0]
    if kind == "entity":
        from html.entities import html5  # 15 ms to import, and hardly ever needed

        return html5.get(value, match[0])
    return value


def _character(code: int, written: str) -> str:
    """The character of a code point; surrogates and what lies past Unicode stay as written."""
    return written if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def end_of_code(text: str, start: int, end: int) -> int:
    """Where a remark starts in a line, else the line's end."""
    if text.find("%", start, end) < 0:
        return end
    comment = _COMMENT.search(text, start, end)
    return comment.start() if comment else end
