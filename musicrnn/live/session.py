"""A jam from its first note to its last: ports, time, recording, and the end, come what may."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from musicrnn.live.devices import listen
from musicrnn.live.jam import Jam
from musicrnn.live.phrase import Listener, Phrase
from musicrnn.score import Key, Meter

__all__ = ["Recording", "hear_phrase", "play_together"]

#: seconds between two looks at the clock while nothing comes in
_PAUSE: Final = 0.001
_TICKS: Final = 480


class Recording:
    """What both played, as a MIDI file of two tracks."""

    def __init__(self, qpm: float) -> None:
        self._qpm = qpm
        self._events: list[tuple[float, Any, bool]] = []

    def take(self, now: float, message: Any, model: bool) -> None:
        """One message more."""
        self._events.append((now, message, model))

    def save(self, path: Path) -> bool:
        """Write the file, from the first note on; whether there was any."""
        import io

        import mido

        from musicrnn.files import write_whole

        if not self._events:
            return False
        file = mido.MidiFile(type=1, ticks_per_beat=_TICKS)
        tempo = mido.bpm2tempo(self._qpm)
        file.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=tempo)]))
        first = min(now for now, *_ in self._events)
        for model, name in ((False, "You"), (True, "Model")):
            track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
            at = 0
            for now, message, who in sorted(self._events, key=lambda event: event[0]):
                if who is model:
                    tick = round(mido.second2tick(now - first, _TICKS, tempo))
                    track.append(message.copy(channel=int(model), time=max(tick - at, 0)))
                    at = max(tick, at)
            file.tracks.append(track)
        out = io.BytesIO()
        file.save(file=out)
        write_whole(path, out.getvalue())
        return True


def hear_phrase(
    keyboard: Any, beat: float, meter: Meter, key: Key | None = None, *, rest: float = 2.0
) -> Phrase:
    """One phrase from a keyboard: until no key has been down for `rest` seconds. `beat` is seconds
    to a quarter note. Raises DeviceLostError when the keyboard goes."""
    listener = Listener()
    for message in listen(keyboard, _PAUSE):
        now = time.monotonic()
        if message is not None:
            listener.take(message, now)
        elif listener.notes and not listener.held and now - listener.last > rest:
            break
    return Phrase(listener.notes, beat, meter, key)


def play_together(
    jam: Jam,
    keyboard: Any,
    *,
    over: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Listen to `keyboard` and let `jam` play, until `over` says so, the keyboard is unplugged
    (DeviceLostError) or an exception such as KeyboardInterrupt comes; then nothing sounds any more.
    """
    # What is loaded stays: a collection that walks through all of it would hold up a note.
    gc.collect()
    gc.freeze()
    usual = sys.getswitchinterval()
    # The thread that draws may hold the interpreter for that long, and a note is late by it.
    sys.setswitchinterval(_PAUSE / 2)
    try:
        for message in listen(keyboard, _PAUSE):
            now = clock()
            if message is not None:
                jam.receive(message, now)
            jam.tick(now)
            if over():
                return
    finally:
        sys.setswitchinterval(usual)
        gc.unfreeze()
        jam.improviser.close()
        jam.stop(clock())
