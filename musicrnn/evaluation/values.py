"""Figures as JSON, which has no word for undefined but null."""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["to_json"]


def to_json(found: Any) -> str:
    """`found` as JSON, six digits after the point; nan and infinities are null."""
    return json.dumps(_plain(found), ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
