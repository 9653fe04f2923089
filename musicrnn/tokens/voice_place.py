"""Where a piece in four voices stands after some of its tokens: read once, told to network,
decoder and constraint alike (see `tokens.voices` for the tokens)."""

from __future__ import annotations

from typing import NamedTuple

from musicrnn.theory.four_voices import RANGES, REST

__all__ = [
    "AHEAD", "HEADER", "HIGHEST", "LOWEST", "REACH", "Ahead", "Meaning", "Place", "Voice", "after",
    "step_and_voice",
]  # fmt: skip

#: Steps by which the lead comes before the others.
AHEAD = 16
#: Tokens that say what holds for the whole piece.
HEADER = 4
#: The farthest that a voice moves by one token, in semitones.
REACH = 16
#: The notes that can be begun by name, after a transposition to C major or A minor.
LOWEST, HIGHEST = 28, 90
#: Steps that are kept of the past.
_PAST = 16


class Meaning(NamedTuple):
    """What a token says: its kind, a number, and whether a fermata stands over the note."""

    kind: str
    number: int = 0
    fermata: bool = False


class Voice(NamedTuple):
    """What one voice does at a step: its pitch (`REST`: none), its last note (None before the
    first), for how many steps it has been held (1: it begins), and its last move in semitones."""

    pitch: int = REST
    last: int | None = None
    held: int = 0
    move: int | None = None


class Ahead(NamedTuple):
    """What the lead does at a coming step."""

    pitch: int
    begins: bool
    fermata: bool


class Place(NamedTuple):
    """Where a piece stands. `read` is the number of tokens read; `voices` are as of the step that
    is being written; `far` is the lead as of its last token, `coming` what it does at the steps
    from the next one on; `marked` says whether the lead's note is under a fermata; `sung` which
    voices have had their token of this step; `past` the pitches at the steps before it, the last
    first."""

    read: int = 0
    meter: int = 0
    pickup: int = 0
    mode: int = 0
    lead: int = 0
    voices: tuple[Voice, ...] = (Voice(),) * 4
    far: Voice = Voice()
    coming: tuple[Ahead | None, ...] = ()
    marked: bool = False
    sung: tuple[bool, ...] = (False,) * 4
    past: tuple[tuple[int, ...], ...] = ()


def step_and_voice(place: Place) -> tuple[int, int]:
    """The step and the voice of the token to come (the lead's own step, which lies ahead); of the
    header a step of −1."""
    at = place.read - HEADER
    if at < 0:
        return -1, place.lead
    if at < AHEAD:
        return at, place.lead
    step, slot = divmod(at - AHEAD, 4)
    if slot == 0:
        return step + AHEAD, place.lead
    return step, slot - 1 if slot - 1 < place.lead else slot


def after(place: Place, meaning: Meaning) -> Place:
    """The place after a token, whichever it is."""
    at = place.read - HEADER
    if at < 0:
        return _headed(place, meaning)
    if at < AHEAD:
        return _led(place, meaning)._replace(read=place.read + 1)
    slot = (at - AHEAD) % 4
    if slot == 0:
        place = _next_step(_led(place, meaning))
        return place._replace(read=place.read + 1)
    number = slot - 1 if slot - 1 < place.lead else slot
    voice = _moved(place.voices[number], meaning, number)
    voices = (*place.voices[:number], voice, *place.voices[number + 1 :])
    sung = (*place.sung[:number], True, *place.sung[number + 1 :])
    return place._replace(read=place.read + 1, voices=voices, sung=sung)


def _headed(place: Place, meaning: Meaning) -> Place:
    values: dict[str, int] = {"read": place.read + 1}
    if meaning.kind in ("meter", "pickup", "mode", "lead"):
        values[meaning.kind] = meaning.number
    return place._replace(**values)  # type: ignore[arg-type]


def _led(place: Place, meaning: Meaning) -> Place:
    """The lead's token: what it does lies ahead."""
    if meaning.kind in ("over", "end"):
        return place._replace(coming=(*place.coming, None))
    far = _moved(place.far, meaning, place.lead)
    new = Ahead(far.pitch, far.held == 1, meaning.fermata and far.held == 1)
    return place._replace(far=far, coming=(*place.coming, new))


def _next_step(place: Place) -> Place:
    """The step that is complete goes to the past; the lead does what lay ahead."""
    now, *coming = place.coming
    lead = place.voices[place.lead]
    marked = place.marked
    if now is None or now.pitch == REST:
        lead = Voice(
            REST, lead.last, min(lead.held + 1, 99) if lead.pitch == REST else 1, lead.move
        )
        marked = False
    elif now.begins:
        move = None if lead.last is None else now.pitch - lead.last
        lead, marked = Voice(now.pitch, now.pitch, 1, move), now.fermata
    else:
        lead = lead._replace(pitch=now.pitch, held=lead.held + 1)
    past = place.past
    if place.read > HEADER + AHEAD:
        past = (tuple([voice.pitch for voice in place.voices]), *past[: _PAST - 1])
    voices = (*place.voices[: place.lead], lead, *place.voices[place.lead + 1 :])
    sung = tuple([voice == place.lead for voice in range(4)])
    return place._replace(voices=voices, coming=tuple(coming), marked=marked, sung=sung, past=past)


def _moved(voice: Voice, meaning: Meaning, number: int) -> Voice:
    """A voice after its token; a token that says nothing to a voice is silence."""
    kind = meaning.kind
    if kind == "hold" and voice.pitch != REST:
        return voice._replace(held=voice.held + 1)
    if kind == "move":
        base = sum(RANGES[number]) // 2 if voice.last is None else voice.last
        pitch = min(max(base + meaning.number, 0), 127)
    elif kind == "note":
        pitch = meaning.number
    else:
        return Voice(REST, voice.last, voice.held + 1 if voice.pitch == REST else 1, voice.move)
    move = None if voice.last is None else pitch - voice.last
    return Voice(pitch, pitch, 1, move)
