"""How often the encoding of a text is found: ``python -m benchmarks.old_encodings``.

Short phrases come from the translations that a system installs (``/usr/share/locale``), in each
encoding in which such texts were written, alone, three lines together, and syllable by syllable.
"""

from __future__ import annotations

import gettext
import random
import re
from pathlib import Path

from musicrnn.encodings import encoding_of

LOCALES = Path("/usr/share/locale")
#: language, encoding, whether its letters are Latin
CASES = (
    ("zh_CN", "gb18030", False), ("zh_TW", "big5", False), ("ko", "euc-kr", False),
    ("ja", "cp932", False), ("ja", "euc-jp", False), ("ru", "cp1251", False),
    ("ru", "koi8-r", False), ("uk", "cp1251", False), ("fr", "cp1252", True),
    ("de", "cp1252", True), ("es", "cp1252", True), ("sv", "cp1252", True), ("it", "cp1252", True),
    ("pt", "cp1252", True), ("da", "cp1252", True), ("nb", "cp1252", True), ("fi", "cp1252", True),
    ("nl", "cp1252", True), ("is", "cp1252", True), ("ca", "cp1252", True), ("ga", "cp1252", True),
    ("pl", "cp1250", True), ("cs", "cp1250", True), ("hu", "cp1250", True), ("sk", "cp1250", True),
    ("ro", "cp1250", True), ("hr", "cp1250", True), ("sl", "cp1250", True),
    ("pl", "iso8859-2", True), ("cs", "iso8859-2", True), ("hu", "iso8859-2", True),
    ("el", "cp1253", False), ("he", "cp1255", False),
)  # fmt: skip
PHRASES = 900


def main() -> None:
    print("| language | encoding | one phrase | in capitals | three lines | syllables |")
    print("|---|---|---|---|---|---|")
    for language, encoding, latin in CASES:
        texts = phrases(language, encoding, latin=latin)
        lines = ["\n".join(texts[i : i + 3]) for i in range(0, len(texts), 3)]
        sung = [re.findall(r"\S{1,2}", line) for line in lines]
        shares = [
            share([[text] for text in texts], encoding),
            share([[text.upper()] for text in texts], encoding),
            share([line.split("\n") for line in lines], encoding),
            share(sung, encoding),
        ]
        print(f"| {language} | {encoding} | {' | '.join(f'{one:.1%}' for one in shares)} |")


def share(pieces: list[list[str]], encoding: str) -> float:
    """The share of pieces, each some texts, that come back as they were."""
    right = tried = 0
    for texts in pieces:
        try:
            data = [text.encode(encoding) for text in texts]
        except UnicodeEncodeError:  # a capital that the encoding has not
            continue
        tried += 1
        found = encoding_of(data)
        right += [one.decode(found, "replace") for one in data] == texts
    return right / max(tried, 1)


def phrases(language: str, encoding: str, *, latin: bool) -> list[str]:
    """Up to 900 phrases of 3 to 30 characters that are not ASCII."""
    found = set()
    for path in LOCALES.glob(f"{language}/LC_MESSAGES/*.mo"):
        with path.open("rb") as file:
            try:
                catalog = vars(gettext.GNUTranslations(file))["_catalog"]
            except UnicodeDecodeError:
                continue
        for text in filter(lambda value: isinstance(value, str), catalog.values()):
            for part in re.split(r"[\n.:,;%()«»\"<>]|[A-Z]{2,}", text):
                phrase = " ".join(part.split())
                if fits(phrase, encoding) and (latin or not re.search("[A-Za-z]", phrase)):
                    found.add(phrase)
    chosen = sorted(found)
    random.Random(1).shuffle(chosen)
    return chosen[:PHRASES]


def fits(phrase: str, encoding: str) -> bool:
    try:
        phrase.encode(encoding)
    except UnicodeEncodeError:
        return False
    return 3 <= len(phrase) <= 30 and not phrase.isascii()


if __name__ == "__main__":
    main()
