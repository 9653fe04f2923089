"""MusicXML files as bytes: plain or packed (``.mxl``), within limits, to a tree of elements.

What a stranger sends may be a bomb. The limits are stated here and hold for all readers of
MusicXML: bytes, elements, nesting, digits of a number. No document type is loaded, no entity may be
declared.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from fractions import Fraction
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from musicrnn.errors import FormatError, want

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_ELEMENTS", "is_musicxml", "number", "pack", "parse",
           "whole"]  # fmt: skip

Element = ElementTree.Element

#: a score of a whole opera is some 30 MB; a packed one that unfolds to more is not one
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_ELEMENTS: Final = 4_000_000
MAX_DEPTH: Final = 100
_MAX_ENTRIES: Final = 1_000
_MAX_CONTAINER: Final = 100_000
#: texts of numbers shorter than this are remembered
_SHORT: Final = 20
_ROOTS: Final = ("score-partwise", "score-timewise")
_NUMBER: Final = re.compile(r"\s*([+-]?\d{1,9})(?:\.(\d{0,12})\d*)?\s*")
_CONTAINER: Final = "META-INF/container.xml"
_MIME: Final = "application/vnd.recordare.musicxml+xml"


def is_musicxml(data: bytes) -> bool:
    """Whether data look like MusicXML: a packed file, or XML that names one of its roots."""
    want(data, bytes, "MusicXML is read from the bytes of a file")
    if data[:4] == b"PK\x03\x04":
        return True
    head = data[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"")
    return b"<score-partwise" in head or b"<score-timewise" in head


def parse(data: bytes, *, file: str | None = None) -> Element:
    """The root element of a MusicXML file, plain or packed; a score by time is turned into one by
    parts. Raises FormatError for what is none, or passes a limit."""
    want(data, bytes, "MusicXML is read from the bytes of a file")
    if len(data) > MAX_BYTES:
        raise FormatError(f"{len(data)} bytes; at most {MAX_BYTES} are read", file=file)
    if data[:2] == b"PK":
        data = _unpacked(data, file)
    root = _tree(data, file)
    if root.tag not in _ROOTS:
        raise FormatError(f"<{root.tag[:40]}> is no score of MusicXML", file=file)
    return _by_parts(root) if root.tag == "score-timewise" else root


def pack(xml: bytes) -> bytes:
    """A packed file (``.mxl``) of one document; the same document gives the same bytes."""
    want(xml, bytes, "pack wants the bytes of a document")
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        f'<rootfile full-path="score.musicxml" media-type="{_MIME}"/></rootfiles></container>\n'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (
            ("mimetype", b"application/vnd.recordare.musicxml"),
            (_CONTAINER, container.encode()),
            ("score.musicxml", xml),
        ):
            entry = zipfile.ZipInfo(name)  # dated 1980, on any day
            stored = name == "mimetype"
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return out.getvalue()


def number(text: str | None, default: Fraction = Fraction(0)) -> Fraction:
    """The decimal that an element holds; `default` for none, for one of more digits than any music
    needs, for ``inf``."""
    if not text:
        return default
    read = _decimal if len(text) < _SHORT else _decimal.__wrapped__
    decimal = read(text)
    return default if decimal is None else decimal


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Fraction | None:
    match = _NUMBER.fullmatch(text)
    return Fraction(f"{match[1]}.{match[2] or 0}") if match else None


def whole(text: str | None, default: int = 0) -> int:
    """The whole number that an element holds, as `number`."""
    return int(number(text, Fraction(default)))


def _unpacked(data: bytes, file: str | None) -> bytes:
    """The document in a packed file: the one its container names, else the first ``.xml``."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > _MAX_ENTRIES:
                raise FormatError(f"{len(entries)} files packed in one score", file=file)
            names = [entry.filename for entry in entries]
            if _CONTAINER in names:
                root = _tree(_content(packed, _CONTAINER, _MAX_CONTAINER, file), file)
                named = root.find(".//{*}rootfile")
                name = named.get("full-path", "") if named is not None else ""
            else:
                name = next(
                    (n for n in names if n.lower().endswith((".xml", ".musicxml"))
                     and not n.startswith("META-INF")), "",
                )  # fmt: skip
            if name not in names:
                raise FormatError("no score in the packed file", file=file)
            return _content(packed, name, MAX_BYTES, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError,
            ValueError) as error:  # fmt: skip
        raise FormatError(f"a packed file that is damaged ({error})", file=file) from None


def _content(packed: zipfile.ZipFile, name: str, most: int, file: str | None) -> bytes:
    """One file of the archive; what its header says of the size is not believed."""
    with packed.open(name) as entry:
        content = entry.read(most + 1)
    if len(content) > most:
        raise FormatError(f"{name[:60]} unpacks to more than {most} bytes", file=file)
    return content


class _Builder:
    """Builds the tree while it counts."""

    def __init__(self, file: str | None) -> None:
        self._file = file
        self._tree = ElementTree.TreeBuilder()
        self._depth = self._count = 0
        self.parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._tree.data
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def close(self) -> Element:
        """The root element."""
        return self._tree.close()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise FormatError("elements nested too deep, or too many of them", file=self._file)
        self._tree.start(tag.rpartition("}")[2], attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._tree.end(tag.rpartition("}")[2])

    def _entity(self, *_: object) -> None:
        raise FormatError("it declares entities, which no score needs", file=self._file)


def _tree(data: bytes, file: str | None) -> Element:
    builder = _Builder(file)
    try:
        builder.parser.Parse(data, True)
        return builder.close()
    except expat.ExpatError as error:
        raise FormatError(f"not XML that can be read: {expat.ErrorString(error.code)}", file=file,
                          line=error.lineno, column=error.offset + 1) from None  # fmt: skip
    except (LookupError, ValueError, AssertionError) as error:  # an encoding that nobody knows
        raise FormatError(f"not XML that can be read: {error}", file=file) from None


def _by_parts(root: Element) -> Element:
    """A score by time, measure after measure, as one by parts."""
    out = Element("score-partwise", root.attrib)
    parts: dict[str, Element] = {}
    for child in root:
        if child.tag != "measure":
            out.append(child)
            continue
        for part in child.iterfind("part"):
            name = part.get("id", "")
            if name not in parts:
                parts[name] = Element("part", {"id": name})
            measure = ElementTree.SubElement(parts[name], "measure", child.attrib)
            measure.extend(part)
    out.extend(parts.values())
    return out
