"""How soon a model answers over sockets, and whether a note is ever left sounding.

    python benchmarks/jam.py [PHRASES] [DISCONNECTS]

`musicrnn jam` (its session, with the shipped model, which computes on one thread) plays with a
player at the other end of a TCP socket of mido's. A phrase has three to eight notes of 60 ms and
ends when a quarter of a second of silence is over; *first note* is the time from that moment until
the first note of the answer is sent. In the second part the player's end is closed at a
random moment, in the middle of a phrase or of an answer, and what was sent is counted.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import mido
import numpy as np
from mido.sockets import SocketPort

from musicrnn import generation
from musicrnn.live.devices import DeviceLostError
from musicrnn.live.improviser import Draw, Improviser, model_answers
from musicrnn.live.jam import Jam, Mode, Settings
from musicrnn.live.session import play_together

QPM = 480
BEAT = 60 / QPM
REST = 2  # quarter notes
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 74, 76)


def pair() -> tuple[SocketPort, SocketPort]:
    """Both ends of a connection."""
    with socket.create_server(("localhost", 0)) as server:
        near = SocketPort("localhost", server.getsockname()[1])
        connection, _ = server.accept()
        return near, SocketPort("localhost", 0, conn=connection)


def hang_up(port: SocketPort) -> None:
    with suppress(OSError):
        port._socket.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        port.close()


class Evening:
    """One session in a thread of its own, and the player's end of it."""

    def __init__(self, draw: Draw, mode: Mode = Mode.ANSWER) -> None:
        keyboard, self.player = pair()
        self.heard: list[tuple[float, Any]] = []
        self.jam = Jam(
            Improviser(draw),
            self._hear,
            Settings(mode=mode, qpm=QPM, rest=REST),
            echo=self._hear,
        )
        self._thread = threading.Thread(target=self._session, args=(keyboard,))
        self._thread.start()

    def _session(self, keyboard: SocketPort) -> None:
        with suppress(DeviceLostError):
            play_together(self.jam, keyboard)
        hang_up(keyboard)

    def _hear(self, message: Any) -> None:
        self.heard.append((time.monotonic(), message))

    def play(self, pitches: list[int]) -> float:
        """Play a phrase; when its last key went up."""
        for pitch in pitches:
            self.player.send(mido.Message("note_on", note=pitch, channel=1))
            time.sleep(BEAT * 0.45)
            self.player.send(mido.Message("note_off", note=pitch, channel=1))
            end = time.monotonic()
            time.sleep(BEAT * 0.05)
        return end

    def end(self) -> None:
        hang_up(self.player)
        self._thread.join()

    def hanging(self) -> int:
        down: Counter[tuple[int, int]] = Counter()
        for _, message in self.heard:
            if message.type in ("note_on", "note_off"):
                down[message.channel, message.note] = int(message.type == "note_on")
        return down.total()


def answered(evening: Evening, end: float) -> float:
    """Seconds from the end of the phrase to the first note of the answer."""
    seen = len(evening.heard)
    while True:
        for at, message in evening.heard[seen:]:
            if message.type == "note_on" and message.channel == 0:
                return at - end - REST * BEAT
        if time.monotonic() - end > 20:
            return float("inf")
        time.sleep(0.0005)


def main() -> None:
    phrases = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    disconnects = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = np.random.default_rng(1)
    draw = model_answers(generation.load("folk"), bars=2, seed=1)
    evening = Evening(draw)
    # Each phrase takes over from the answer to the one before, as players do.
    waits = [
        answered(evening, evening.play(rng.choice(SCALE, rng.integers(3, 9)).tolist()))
        for _ in range(phrases)
    ]
    evening.end()
    hanging = evening.hanging()
    p50, p99 = (np.percentile(waits, share) * 1000 for share in (50, 99))
    print(f"{phrases} phrases: first note p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
          f"worst {max(waits) * 1000:.1f} ms; notes left sounding: {hanging}")  # fmt: skip
    kinds = Counter(kind for _, kind in evening.jam.waited)
    print("answers to: " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()))
    stuck = during = 0
    for _ in range(disconnects):
        evening = Evening(draw, list(Mode)[rng.integers(2)])
        for pitch in rng.choice(SCALE, 3).tolist():
            evening.player.send(mido.Message("note_on", note=pitch, channel=1))
            time.sleep(0.01)
            evening.player.send(mido.Message("note_off", note=pitch, channel=1))
        if rng.random() < 0.5:
            evening.player.send(mido.Message("note_on", note=60, channel=1))
            time.sleep(float(rng.uniform(0, 0.05)))
        else:
            time.sleep(float(rng.uniform(0, 4 * BEAT + 0.3)))
        during += bool(evening.jam._sounding or evening.jam._echoed)
        evening.end()
        stuck += evening.hanging()
    print(
        f"{disconnects} disconnects, {during} while something sounded: notes left sounding: {stuck}"
    )


if __name__ == "__main__":
    main()
