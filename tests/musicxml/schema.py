"""The schema of MusicXML 4.0, as the package ``musicxml`` ships it, to hold files against."""

from __future__ import annotations

import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_XML = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
    targetNamespace="http://www.w3.org/XML/1998/namespace">
  <xs:attribute name="lang" type="xs:language"/>
  <xs:attribute name="space" type="xs:NCName"/>
</xs:schema>"""
#: The schema refers to W3C's for attributes of links, by an address that no test may open.
_XLINK = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
    targetNamespace="http://www.w3.org/1999/xlink">
  <xs:attribute name="href" type="xs:anyURI"/>
  <xs:attribute name="type" type="xs:string"/>
  <xs:attribute name="role" type="xs:string"/>
  <xs:attribute name="title" type="xs:string"/>
  <xs:attribute name="show" type="xs:string"/>
  <xs:attribute name="actuate" type="xs:string"/>
</xs:schema>"""


@cache
def _schema() -> Any:
    from lxml import etree

    spec = find_spec("musicxml")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "generate_classes"

    # The addresses of the two schemas that are imported become names of files beside it.
    text = (folder / "musicxml_4_0.xsd").read_text()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "xlink.xsd").write_text(_XLINK)
        (place / "xml.xsd").write_text(_XML)
        (place / "musicxml.xsd").write_text(text.replace("http://www.musicxml.org/xsd/", ""))
        return etree.XMLSchema(etree.parse(place / "musicxml.xsd"))


def faults(xml: bytes) -> list[str]:
    """What the schema finds wrong with a document; nothing where it is valid."""
    from lxml import etree

    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    schema = _schema()
    schema.validate(etree.fromstring(xml, parser))
    return [f"line {error.line}: {error.message}" for error in schema.error_log]
