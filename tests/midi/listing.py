"""MIDI files as commented hex listings: what stands after # says what the bytes before it are."""

from __future__ import annotations


def midi(listing: str) -> bytes:
    """The bytes of a listing; ``"text"`` in quotes stands for its ASCII bytes."""
    data = b""
    for line in listing.splitlines():
        for word in line.split("#", 1)[0].split():
            data += word[1:-1].encode() if word.startswith('"') else bytes.fromhex(word)
    return data


def track(listing: str) -> bytes:
    """A track chunk around the events of a listing, its length filled in."""
    body = midi(listing)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


#: Type 1, 96 ticks a quarter note; the number of tracks is the argument.
def header(tracks: int = 1, *, kind: int = 1, division: str = "00 60") -> bytes:
    """A header chunk."""
    return midi(f'"MThd" 00 00 00 06  00 {kind:02x}  00 {tracks:02x}  {division}')
