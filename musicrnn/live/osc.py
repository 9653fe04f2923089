"""What is played as OSC messages, for Sonic Pi or any program that listens (extra ``live``).

Addresses, and what follows them; PLAYER is ``you`` or ``model``:

    /musicrnn/PLAYER/on       note (MIDI number), velocity (1…127)
    /musicrnn/PLAYER/off      note
    /musicrnn/PLAYER/control  controller, value: the pedal is 64
    /musicrnn/PLAYER/bend     -8192…8191
    /musicrnn/PLAYER/silence  every note ends here
    /musicrnn/click           1 on the first beat of a bar, 0 on the others
"""

from __future__ import annotations

import re
import socket
from typing import Any, Final

from musicrnn.errors import MissingExtraError, UsageError
from musicrnn.live.jam import CLICK_CHANNEL, CLICKS

__all__ = ["OscPlayer", "osc_port"]

_ADDRESS: Final = re.compile(r"(?P<host>[\w.-]+):(?P<port>\d{1,5})")
_SILENCE: Final = 123  # all notes off


def osc_port(address: str) -> Any:
    """A client that sends to ``HOST:PORT``. Raises UsageError where that is no address."""
    parts = _ADDRESS.fullmatch(address)
    if not parts or not 0 < int(parts["port"]) < 2**16:
        raise UsageError(f"{address!r} is no address: write HOST:PORT; Sonic Pi is localhost:4560")
    try:
        from pythonosc.udp_client import SimpleUDPClient
    except ImportError:
        raise MissingExtraError("sending OSC", "live") from None
    try:
        # Resolved once; and Sonic Pi listens on IPv4 alone.
        host = socket.gethostbyname(parts["host"])
    except OSError as error:
        raise UsageError(f"{address}: no computer is called {parts['host']} ({error})") from None
    return SimpleUDPClient(host, int(parts["port"]), family=socket.AF_INET)


class OscPlayer:
    """An `Output` for messages (`devices`) that sends them as those of one player."""

    def __init__(self, client: Any, player: str) -> None:
        self._client = client
        self._player = player

    def send(self, message: Any) -> None:
        """Send what there is an address for."""
        if getattr(message, "channel", None) == CLICK_CHANNEL:
            if message.type == "note_on":
                self._client.send_message("/musicrnn/click", int(message.note == CLICKS[0]))
            return
        match message.type:
            case "note_on" if message.velocity:
                self._say("on", message.note, message.velocity)
            case "note_on" | "note_off":
                self._say("off", message.note)
            case "control_change" if message.control == _SILENCE:
                self._say("silence")
            case "control_change":
                self._say("control", message.control, message.value)
            case "pitchwheel":
                self._say("bend", message.pitch)

    def _say(self, what: str, *values: int) -> None:
        self._client.send_message(f"/musicrnn/{self._player}/{what}", list(values))

    def close(self) -> None:
        """Nothing is open."""
