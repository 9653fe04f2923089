"""A backend for mido: one keyboard and one instrument that exist in memory alone."""

from __future__ import annotations

from typing import Any

from mido.ports import BaseInput, BaseOutput

#: what is connected; a test takes a name away to unplug it
CONNECTED: list[str] = []
#: the ports that were opened, by name
OPENED: dict[str, Any] = {}
NAMES = ["Midi Through:0", "Keystation 49:0", "Digital Piano:0"]


def plug_in() -> None:
    CONNECTED[:] = NAMES
    OPENED.clear()


def get_devices(**_: Any) -> list[dict[str, Any]]:
    return [{"name": name, "is_input": True, "is_output": True} for name in CONNECTED]


class Input(BaseInput):
    def _open(self, **_: Any) -> None:
        OPENED[self.name] = self

    def play(self, *messages: Any) -> None:
        """What is played on the keyboard."""
        self._messages.extend(messages)


class Output(BaseOutput):
    def _open(self, **_: Any) -> None:
        OPENED[self.name] = self
        self.sent: list[Any] = []

    def _send(self, message: Any) -> None:
        if self.name not in CONNECTED:
            raise OSError("no such device")
        self.sent.append(message)
