"""Writing files so that each appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replaced", "write_whole"]


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, renamed over it when the block ends well, else removed.

    The temporary name keeps the extension, since many libraries choose the format by it. The
    content is on disk (fsync) before the rename, so a crash leaves the old file or the new one.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.stem[:80]}.{secrets.token_hex(6)}{target.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (UTF-8, newlines as they are) or bytes; the file appears whole or not at all."""
    data = content.encode() if isinstance(content, str) else content
    with replaced(path) as temporary:
        temporary.write_bytes(data)
