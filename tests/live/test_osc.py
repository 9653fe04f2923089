"""What is played as OSC: the packets that arrive, read by the letter of OSC 1.0."""

from __future__ import annotations

import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import mido
import pytest

from musicrnn.cli import main
from musicrnn.errors import UsageError
from musicrnn.live.osc import OscPlayer, osc_port
from tests.live import fake_midi

pytestmark = pytest.mark.needs("pythonosc")

Heard = tuple[str, tuple[int, ...]]


@pytest.fixture
def listener() -> Any:
    """A socket that waits for OSC."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(10)
        yield one


def read(packet: bytes) -> Heard:
    """Address and whole numbers of a message: strings end in zeros and fill words of four bytes."""

    def text(at: int) -> tuple[str, int]:
        end = packet.index(b"\0", at)
        return packet[at:end].decode("ascii"), (end // 4 + 1) * 4

    address, at = text(0)
    types, at = text(at)
    assert set(types[1:]) <= {"i"}
    return address, struct.unpack_from(f">{len(types) - 1}i", packet, at)


def address_of(listener: socket.socket) -> str:
    return f"localhost:{listener.getsockname()[1]}"


def test_messages_by_the_letter_of_osc(listener: socket.socket) -> None:
    player = OscPlayer(osc_port(address_of(listener)), "you")
    sent = [
        (mido.Message("note_on", note=60, velocity=90), ("/musicrnn/you/on", (60, 90))),
        (mido.Message("note_on", note=60, velocity=0), ("/musicrnn/you/off", (60,))),
        (mido.Message("note_off", note=61), ("/musicrnn/you/off", (61,))),
        (
            mido.Message("control_change", control=64, value=127),
            ("/musicrnn/you/control", (64, 127)),
        ),
        (mido.Message("control_change", control=123), ("/musicrnn/you/silence", ())),
        (mido.Message("pitchwheel", pitch=-100), ("/musicrnn/you/bend", (-100,))),
        (mido.Message("note_on", channel=9, note=76), ("/musicrnn/click", (1,))),
        (mido.Message("note_on", channel=9, note=77), ("/musicrnn/click", (0,))),
    ]
    player.send(mido.Message("clock"))
    player.send(mido.Message("note_off", channel=9, note=76))
    for message, heard in sent:
        player.send(message)
        assert read(listener.recv(1024)) == heard


@pytest.mark.parametrize("address", ["4560", "localhost:0", "localhost:70000", "a b:1", ":1"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(UsageError, match="write HOST:PORT; Sonic Pi is localhost:4560"):
        osc_port(address)


def test_a_jam_is_sent_and_every_note_ends(
    listener: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_midi.plug_in()
    before = mido.backend
    mido.set_backend("tests.live.fake_midi")
    packets: list[Heard] = []

    def perform() -> None:
        until = time.monotonic() + 30
        while "Keystation 49:0" not in fake_midi.OPENED and time.monotonic() < until:
            time.sleep(0.01)
        keyboard = fake_midi.OPENED["Keystation 49:0"]
        for pitch in (62, 66, 69, 74):
            keyboard.play(mido.Message("note_on", note=pitch))
            time.sleep(0.05)
            keyboard.play(mido.Message("note_off", note=pitch))
        while not any(address == "/musicrnn/model/on" for address, _ in packets):
            packets.append(read(listener.recv(1024)))
        keyboard.play(mido.Message("note_on", note=40))
        time.sleep(0.1)
        fake_midi.CONNECTED.remove("Keystation 49:0")

    thread = threading.Thread(target=perform)
    thread.start()
    options = ["--input", "Keystation", "--tempo", "240", "--seed", "1"]
    try:
        with pytest.raises(SystemExit) as stopped:
            main(["jam", *options, "--osc", address_of(listener)])
    finally:
        thread.join()
        mido.set_backend(before)
    assert stopped.value.code == 1
    assert "Keystation 49:0 was unplugged" in capsys.readouterr().err
    listener.settimeout(0.2)
    try:
        while True:
            packets.append(read(listener.recv(1024)))
    except TimeoutError:
        pass
    you = [values[0] for address, values in packets if address == "/musicrnn/you/on"]
    assert you == [62, 66, 69, 74, 40]
    for player in ("you", "model"):
        begun = {v[0] for address, v in packets if address == f"/musicrnn/{player}/on"}
        ended = {v[0] for address, v in packets if address == f"/musicrnn/{player}/off"}
        assert begun <= ended
        assert (f"/musicrnn/{player}/silence", ()) in packets


@pytest.mark.needs("ruby")
def test_the_program_of_the_docs_is_ruby(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "playing.md").read_text()
    (program,) = re.findall(r"```ruby\n(.*?)```", page, re.DOTALL)
    source = tmp_path / "jam.rb"
    source.write_text(program)
    ruby = shutil.which("ruby")
    assert ruby
    subprocess.run([ruby, "-c", source], check=True, capture_output=True)
    assert "/osc*/musicrnn/model/on" in program
