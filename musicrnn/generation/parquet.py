"""Tunes as a Parquet table: what a data scientist's tools read, one row a tune.

pyarrow comes with Ray (extra ``cluster``). Rows are written in groups of bounded size as they
come, so a table of any length takes the memory of one group.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from musicrnn.errors import MissingExtraError

__all__ = ["TuneTable"]

#: Rows of one group.
GROUP = 4096


class TuneTable:
    """Writes rows as `bulk` describes tunes: number, seed, likelihood, checks, content.

    The content is ABC or plain text; of a MIDI tune its score as JSON. Raises
    `MissingExtraError` without pyarrow.
    """

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError as error:
            raise MissingExtraError("writing Parquet", "cluster") from error
        self._table = pa.Table
        self._schema = pa.schema(
            [
                pa.field("index", pa.int64(), nullable=False),
                pa.field("seed", pa.int64(), nullable=False),
                pa.field("logprob", pa.float64(), nullable=False),
                pa.field("tokens", pa.int32(), nullable=False),
                pa.field("complete", pa.bool_(), nullable=False),
                pa.field("wrong", pa.list_(pa.string()), nullable=False),
                pa.field("shared_bars", pa.int32()),
                pa.field("content", pa.string(), nullable=False),
            ]
        )
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def add(self, row: dict[str, Any]) -> None:
        """One more row."""
        content = row["content"]
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        self._rows.append({**row, "content": text})
        if len(self._rows) == GROUP:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(self._table.from_pylist(self._rows, self._schema))
        self._rows.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._rows:
            self._flush()
        self._writer.close()
