"""How the page holds up: many clients at once, a flood, and what one visitor waits for.

    python -m benchmarks.serving [--clients 64] [--seconds 60] [--visits 20]
    python -m benchmarks.serving --hostile [--clients 64] [--seconds 60]
    python -m benchmarks.serving --pages 1000

Starts ``musicrnn serve`` on this machine. Each client asks without a pause for what a visitor's
browser asks for: the page, a new tune with its score, its sound, a picture to download, a check;
and for the page again after each, as one who loads it anew. Every tune is a new one, so nothing
comes from memory but the page and the sound of a tune that was just written. With ``--hostile`` the
same crowd, each from an address of its own, is served twice: alone, and beside one visitor who
sends slow and huge bodies, takes requests back and asks for the dearest tunes; the others' times
are put side by side. The hostile one is a process of its own, which begins at the same moment as
the crowd: one who sends megabytes keeps his own machine busy, not theirs. ``--pages`` has one
client ask over one connection for the page, a file and a check: what each takes of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import math
import multiprocessing
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import httpx

QUEUE = 64
BROKEN = "X:1\nT:Broken\nM:6/8\nL:1/8\nK:D\nABc def|AB cde|]\n"
#: what each client chooses among, as the form would send it
WISHES = (
    {"rhythm": "jig", "key": "D"},
    {"rhythm": "reel", "key": "G", "form": "AABB"},
    {"rhythm": "waltz"},
    {"rhythm": "polka", "bars": 8},
    {"key": "Am", "meter": "6/8", "bars": 16},
    {},
)
#: the address of the visitor who means ill
HOSTILE = "127.0.9.9"
FRAGMENT = {"X-Fragment": "result"}


@contextmanager
def served(*options: str) -> Iterator[tuple[str, int]]:
    """A running page: its address and process number."""
    command = [sys.executable, "-m", "musicrnn", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        line = server.stderr.readline()
        match = re.search(r"http://[\d.:]+", line)
        assert match, line
        log = subprocess.Popen(["cat"], stdin=server.stderr, stdout=subprocess.DEVNULL)
        for seed in range(8):  # until every worker has loaded its models
            httpx.get(f"{match[0]}/api/tune?seed={seed}", timeout=120).raise_for_status()
        try:
            yield match[0], server.pid
        finally:
            server.terminate()
            server.wait(timeout=30)
            log.wait(timeout=10)


def megabytes(pid: int) -> float:
    """Memory of a process and all its descendants; what they share is counted once."""
    total, children = 0, [pid]
    while children:
        process = Path("/proc") / str(children.pop())
        with suppress(OSError):  # it may have ended by now
            rollup = (process / "smaps_rollup").read_text()
            shared = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
            total += int(shared[1]) if shared else 0
            for task in (process / "task").iterdir():
                children += map(int, (task / "children").read_text().split())
    return total / 1024


class Load:
    """What many clients were answered."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int | str] = Counter()

    async def ask(
        self, client: httpx.AsyncClient, name: str, method: str, path: str, **options: Any
    ) -> httpx.Response | None:
        """One request, its time noted under `name`."""
        began = time.perf_counter()
        try:
            answer = await client.request(method, path, **options)
        except httpx.HTTPError as error:
            self.statuses[type(error).__name__] += 1
            return None
        self.seconds[name].append(time.perf_counter() - began)
        self.statuses[answer.status_code] += 1
        return answer if answer.is_success else None

    async def visitor(self, client: httpx.AsyncClient, number: int, end: float) -> None:
        """Asks until `end` for what a browser asks for."""
        choose = random.Random(number)
        await self.ask(client, "page, first", "GET", "/")
        while time.perf_counter() < end:
            query = choose.choice(WISHES) | {"seed": choose.randrange(2**32)}
            tune = await self.ask(
                client, "tune and score", "GET", "/", params=query, headers=FRAGMENT
            )
            await self.ask(client, "page, later", "GET", "/")
            for name, path in (("sound", "/tune.mp3"), ("PDF", "/tune.pdf")):
                if tune and time.perf_counter() < end:
                    await self.ask(client, name, "GET", path, params=query)
                    await self.ask(client, "page, later", "GET", "/")
            await self.ask(client, "check", "POST", "/api/fix", json={"abc": BROKEN})
            await self.ask(client, "page, later", "GET", "/")

    def table(self) -> Iterator[str]:
        """Latencies by what was asked for."""
        yield "| asked for | answers | p50 s | p95 s | p99 s |\n|---|---|---|---|---|"
        for name, seconds in self.seconds.items():
            marks = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
            p50, p95, p99 = (marks[k - 1] for k in (50, 95, 99))
            yield f"| {name} | {len(seconds)} | {p50:.3f} | {p95:.3f} | {p99:.3f} |"


async def crowd(address: str, pid: int, clients: int, seconds: float) -> None:
    """`clients` visitors at once: latencies, failures, memory."""
    load = Load()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
        end = time.perf_counter() + seconds
        visitors = [asyncio.create_task(load.visitor(client, i, end)) for i in range(clients)]
        memory = []
        while time.perf_counter() < end:
            await asyncio.sleep(min(10, max(end - time.perf_counter(), 0.1)))
            memory.append(megabytes(pid))
        await asyncio.gather(*visitors)
    failures = {status: n for status, n in load.statuses.items() if status != 200}
    print(f"{clients} clients at once for {seconds:g} s, no pause between requests\n")
    print(*load.table(), sep="\n")
    print(f"\nfailures: {failures or 'none'}")
    print("memory, MB, every 10 s: " + ", ".join(f"{size:.0f}" for size in memory))


def quick_transport(local: str) -> httpx.AsyncHTTPTransport:
    """A client's connections from an address, without certificates: to load them takes 20 ms, and
    dozens at the first moment would be taken for the page's."""
    return httpx.AsyncHTTPTransport(local_address=local, limits=httpx.Limits(), verify=False)


def visitor_of(address: str, number: int) -> httpx.AsyncClient:
    """A client with an address of its own on this machine."""
    local = f"127.0.{1 + number // 250}.{1 + number % 250}"
    return httpx.AsyncClient(base_url=address, timeout=300, transport=quick_transport(local))


async def neighbours(
    address: str, pid: int, clients: int, seconds: float, *, hostile: bool
) -> tuple[Load, list[float]]:
    """`clients` visitors for some time, beside a hostile one or not; their load, and the memory."""
    load, memory = Load(), []
    visitors = [visitor_of(address, i) for i in range(clients)]
    # Other tunes than the crowd without it asked for: those the page still remembers.
    first = clients if hostile else 0
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Barrier(2)
    # For as long as the last of the crowd waits.
    attacker = spawn.Process(target=attack, args=(address, begun), daemon=True)
    if hostile:
        attacker.start()
        begun.wait()
    end = time.perf_counter() + seconds
    asking = [asyncio.create_task(load.visitor(c, i, end)) for i, c in enumerate(visitors, first)]
    while time.perf_counter() < end:
        await asyncio.sleep(min(10, max(end - time.perf_counter(), 0.1)))
        memory.append(megabytes(pid))
    await asyncio.gather(*asking)
    if hostile:
        attacker.kill()
        attacker.join()
    for client in visitors:
        await client.aclose()
    return load, memory


def attack(address: str, begun: Barrier) -> None:
    """What one hostile visitor does without end, many times at once, from `begun` on."""

    async def at_once() -> None:
        kinds = (dripping, oversized, taken_back, dear)
        await asyncio.gather(*(kind(address) for kind in kinds for _ in range(8)))

    begun.wait()
    asyncio.run(at_once())


async def dripping(address: str) -> None:
    """A request whose body comes a byte at a time."""
    host, port = address.removeprefix("http://").split(":")
    head = "POST /api/fix HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, int(port), local_addr=(HOSTILE, 0))
            writer.write(head.encode())
            for _ in range(50):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.2)
            writer.close()


async def oversized(address: str) -> None:
    """Bodies of 16 MB."""
    await repeated(address, "POST", "/api/read", content=b"X:1\n" * (1 << 22))


async def taken_back(address: str) -> None:
    """Sounds of new tunes, given up a moment after they were asked for."""
    transport = quick_transport(HOSTILE)
    async with httpx.AsyncClient(base_url=address, timeout=0.2, transport=transport) as client:
        while True:
            query = {"seed": random.randrange(2**32), "bars": 64}
            with suppress(httpx.HTTPError):
                await client.get("/tune.mp3", params=query)


async def dear(address: str) -> None:
    """The longest tune that is taken, to be engraved and played."""
    text = "X:1\nT:t\nM:4/4\nL:1/16\nQ:1/4=300\nK:C\n" + "[CEGc]" * 8000 + "|]\n"
    await repeated(address, "POST", "/api/render/pdf", json={"abc": text})


async def repeated(address: str, method: str, path: str, **options: Any) -> None:
    """One request of the hostile visitor, again and again."""
    transport = quick_transport(HOSTILE)
    async with httpx.AsyncClient(base_url=address, timeout=60, transport=transport) as client:
        while True:
            with suppress(httpx.HTTPError):
                await client.request(method, path, **options)


def beside_a_hostile_one(address: str, pid: int, clients: int, seconds: float) -> None:
    """The same crowd without and with a hostile visitor."""
    print(f"{clients} visitors for {seconds:g} s, without and with a hostile one\n", flush=True)
    alone, _ = asyncio.run(neighbours(address, pid, clients, seconds, hostile=False))
    print("without:", *alone.table(), sep="\n", flush=True)
    beside, memory = asyncio.run(neighbours(address, pid, clients, seconds, hostile=True))
    print()
    print("| asked for | answers | p50 s | answers beside | p50 s beside | ratio |")
    print("|---|---|---|---|---|---|")
    for name, times in alone.seconds.items():
        both = statistics.median(times), statistics.median(beside.seconds.get(name) or [math.nan])
        print(f"| {name} | {len(times)} | {both[0]:.3f} | {len(beside.seconds[name])} "
              f"| {both[1]:.3f} | {both[1] / both[0]:.2f} |")  # fmt: skip
    for load in (alone, beside):
        failures = {status: n for status, n in load.statuses.items() if status != 200}
        print(f"failures {'beside it' if load is beside else 'without'}: {failures or 'none'}")
    print("memory beside it, MB, every 10 s: " + ", ".join(f"{size:.0f}" for size in memory))


def processor_seconds(pid: int) -> float:
    """What a process has had of the processor, its children not counted."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pages(address: str, pid: int, count: int) -> None:
    """What a page takes of the server and of whoever asks for it."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    headers = {"Accept-Encoding": "gzip"}
    print("| asked for | ms of the server | ms until it is there |\n|---|---|---|")
    for path in ("/", "/static/page.css", "/check"):
        taken, began = processor_seconds(pid), time.perf_counter()
        for _ in range(count):
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()
        waited = time.perf_counter() - began
        taken = processor_seconds(pid) - taken
        print(
            f"| `{path}` | {1000 * taken / count:.2f} | {1000 * waited / count:.2f} |", flush=True
        )


async def flood(address: str, clients: int) -> None:
    """More at once than the queue holds."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
        asked = [client.get("/api/tune", params={"seed": 10**6 + i}) for i in range(clients)]
        answers = await asyncio.gather(*asked)
    statuses = Counter(answer.status_code for answer in answers)
    with_a_time = sum(
        "retry-after" in answer.headers for answer in answers if answer.status_code == 503
    )
    print(
        f"\na flood of {clients} at a queue of {QUEUE}: {statuses[200]} tunes, {statuses[503]} "
        f"refused with 503, {with_a_time} of them told when to come back, "
        f"{len(answers) - statuses[200] - statuses[503]} other answers"
    )


def visits(address: str, count: int) -> None:
    """What one visitor waits for in a browser: the score, and then the sound."""
    from playwright.sync_api import sync_playwright

    scores, sounds = [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = chromium.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(address, wait_until="networkidle")
        for _ in range(count):
            tab.evaluate("document.getElementById('result').replaceChildren()")
            began = time.perf_counter()
            tab.click("text=Write a tune")
            tab.wait_for_selector("#score svg")
            scores.append(time.perf_counter() - began)
            while tab.evaluate("document.getElementById('audio').readyState") < 4:
                tab.wait_for_timeout(10)
            sounds.append(time.perf_counter() - began)
        chromium.close()
    print(
        f"\none visitor, {count} new tunes, from the click: score after "
        f"{statistics.median(scores):.2f} s (median; longest {max(scores):.2f} s), sound ready "
        f"after {statistics.median(sounds):.2f} s (longest {max(sounds):.2f} s)"
    )


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--visits", type=int, default=20)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--pages", type=int, default=0)
    options = parser.parse_args()
    if options.pages:
        with served() as (address, pid):
            pages(address, pid, options.pages)
        return
    if options.hostile:
        with served("--queue", str(2 * options.clients)) as (address, pid):
            beside_a_hostile_one(address, pid, options.clients, options.seconds)
        return
    with served("--queue", str(QUEUE)) as (address, pid):
        visits(address, options.visits)
        asyncio.run(crowd(address, pid, options.clients, options.seconds))
        asyncio.run(flood(address, 3 * QUEUE))


if __name__ == "__main__":
    main()
