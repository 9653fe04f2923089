"""Broken ABC through the tool `fix` of `musicrnn mcp`, called by the official SDK's client.

What comes out is checked by us (errors and warnings) and by abc2midi, and its notes are held to
those of the tune before it was broken.

    python -m benchmarks.mcp_broken [TEXTS]
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from typing import Any

from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client

from benchmarks.broken_abc import Broken, broken
from musicrnn import abc

#: seconds a call may take while other programs share the machine
_LIMIT = "120"


def notes(text: str) -> list[tuple[Any, ...]]:
    """What is heard of the first tune: onsets, pitches, lengths."""
    tunes = abc.parse(text).tunes
    score = abc.to_score(tunes[0]) if tunes else []
    return [(note.onset, note.pitch, note.duration) for note in score]


async def run(texts: list[Broken]) -> None:
    """Send every text and print what came of them."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "musicrnn", "mcp", "--time-limit", _LIMIT]
    )
    counts: Counter[str] = Counter()
    by_way: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    seconds = []
    async with Client(stdio_client(server)) as client:
        await client.call_tool("check", {"text": "X:1"})
        for one in texts:
            began = time.perf_counter()
            answer = await client.call_tool("fix", {"text": one.text})
            seconds.append(time.perf_counter() - began)
            data = answer.structured_content or {}
            if answer.is_error or not data:
                outcome = "no answer"
                reasons[str(answer.content[0])] += 1
            elif data["valid"]:
                assert not [f for f in abc.check(data["abc"]) if f.severity != "info"]
                same = notes(data["abc"]) == notes(one.original)
                outcome = "valid, same notes" if same else "valid, other notes"
            else:
                outcome = "not valid, with the reason"
                reasons[data["findings"][0].rpartition("[")[2].rstrip("]")] += 1
            counts[outcome] += 1
            for way in one.ways:
                by_way.setdefault(way, Counter())[outcome] += 1
    for way, outcomes in by_way.items():
        print(f"{way}: {', '.join(f'{name} {n}' for name, n in outcomes.most_common())}")
    print(f"reasons: {dict(reasons.most_common())}")
    print(f"{len(texts)} texts: {', '.join(f'{name} {n}' for name, n in counts.most_common())}")
    print(f"median {1000 * sorted(seconds)[len(seconds) // 2]:.0f} ms a call")


if __name__ == "__main__":
    asyncio.run(run(broken(*map(int, sys.argv[1:]))))
