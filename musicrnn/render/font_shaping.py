"""What HarfBuzz does with a font of one's own, in the engraver's process (`engraver_process`).

A font is a program of a stranger's for native code, so `fonts` never opens one: it asks here.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from musicrnn.errors import RenderError
from musicrnn.files import read_limited

__all__ = ["describe", "shape"]

_MOST_BYTES: Final = 1 << 26
#: characters of path data that one text may have
_MOST_PATH: Final = 1 << 24


@lru_cache(maxsize=32)
def _loaded(path: str) -> Any:
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(read_limited(Path(path), _MOST_BYTES, regular=True)))


def describe(request: dict[str, Any]) -> dict[str, Any]:
    """``{"path": …}`` → the units of its em, and the first and last of each run of its characters,
    none for a file that is no font."""
    face = _loaded(request["path"]).face
    runs = []
    for _, run in groupby(enumerate(sorted(face.unicodes)), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        runs.append((codes[0], codes[-1]))
    return {"em": face.upem, "characters": runs}


def shape(request: dict[str, Any]) -> dict[str, Any]:
    """``{"path": …, "text": …, "right_to_left": …}`` → path data, advance, and by how much to move
    it right and up, of each glyph from left to right, in units of the em."""
    import uharfbuzz
    from fontTools.pens.svgPathPen import SVGPathPen

    font = _loaded(request["path"])
    buffer = uharfbuzz.Buffer()
    buffer.add_str(request["text"])
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if request["right_to_left"] else "ltr"
    uharfbuzz.shape(font, buffer)
    glyphs, length = [], 0
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        pen = SVGPathPen(None)
        font.draw_glyph_with_pen(info.codepoint, pen)
        path = pen.getCommands()
        length += len(path)
        if length > _MOST_PATH:
            raise RenderError("its letters have too many points")
        glyphs.append((path, place.x_advance, place.x_offset, place.y_offset))
    return {"glyphs": glyphs}
