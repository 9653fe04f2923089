"""`Score` → sound: −16 LUFS, no peak above −1 dBFS, the last notes ring out, nothing clips.

WAV, FLAC, OGG (Vorbis) and MP3 are written by libsndfile; the same score, SoundFont and
synthesizer give the same bytes.
"""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import MidiError, RenderError, UsageError, want
from musicrnn.files import write_whole
from musicrnn.midi.channels import lanes
from musicrnn.midi.reader import load
from musicrnn.midi.writer import to_midi
from musicrnn.render.loudness import integrated_loudness, limited
from musicrnn.render.soundfonts import find_soundfont
from musicrnn.render.synthesizer_process import synthesize
from musicrnn.render.synthesizers import RATE
from musicrnn.score import Score

if TYPE_CHECKING:
    import mido

__all__ = ["AUDIO_FORMATS", "MAX_SECONDS", "Audio", "to_audio"]

#: A longer score is refused: half an hour is 350 MB of samples.
MAX_SECONDS = 30 * 60
#: Silence after the last note, in which it and the reverberation die away; what is left is cut.
TAIL_SECONDS = 5
#: How loud music is for listening on phones and computers (AES TD1008: −16 LUFS for streams).
LOUDNESS = -16.0
#: −1.5 dBFS: lossy coders overshoot a little, and what is decoded is to stay below −1 dBFS.
PEAK = 10 ** (-1.5 / 20)
#: Loudness is set again after the limiter, which takes some, at most so often.
_ROUNDS = 6
#: controller 91 of a file that sets none: midirenderer's own 40 is a hall of which the sides are as
#: loud as a fifth of the middle; FluidSynth's are next to dry
_REVERBERATION = 14
#: The sound is over when it stays 66 dB below its peak.
_INAUDIBLE = 10 ** (-66 / 20)
#: the controller of how much of a channel goes to the reverberation
_HALL = 91
_FADE_SECONDS = 0.02
_FULL_SCALE = 32767

#: Extension → (libsndfile's format, subtype, MIME type)
AUDIO_FORMATS: dict[str, tuple[str, str, str]] = {
    ".wav": ("WAV", "PCM_16", "audio/wav"),
    ".flac": ("FLAC", "PCM_16", "audio/flac"),
    ".ogg": ("OGG", "VORBIS", "audio/ogg"),
    ".mp3": ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
}


_LOSSY = frozenset({"OGG", "MP3"})


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Stereo sound: `samples` float32 ``(n, 2)`` in −1…1, `rate` samples a second; `title` is
    written into files."""

    samples: NDArray[np.float32]
    rate: int = RATE
    title: str = ""

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return len(self.samples) / self.rate

    def encode(self, extension: str, *, small: bool = False) -> bytes:
        """The bytes of a file with this extension (``".mp3"``); UsageError on an unknown one.

        `small` makes it mono, and MP3 and OGG coarser: a third of the bytes, for a tune on a page.
        """
        import soundfile

        try:
            kind, subtype, _ = AUDIO_FORMATS[extension.lower()]
        except KeyError:
            known = ", ".join(AUDIO_FORMATS)
            raise UsageError(f"no sound is written as {extension!r}: choose {known}") from None
        out = io.BytesIO()
        settings: dict[str, Any] = {"format": kind, "subtype": subtype}
        samples = self.samples.mean(axis=1, keepdims=True) if small else self.samples
        if small and kind in _LOSSY:
            settings["compression_level"] = 0.8
        try:
            with soundfile.SoundFile(out, "w", self.rate, samples.shape[1], **settings) as file:
                if self.title:
                    file.title = " ".join(self.title.split())
                # One OGG write of a minute or more overruns libsndfile's stack, so: by the second.
                for start in range(0, len(samples), self.rate):
                    file.write(samples[start : start + self.rate])
        except soundfile.SoundFileError as error:
            raise RenderError(f"this libsndfile cannot write {extension}: {error}") from None
        return _steady_ogg(out.getvalue()) if kind == "OGG" else out.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file whose extension decides the format; it appears whole or not at all."""
        write_whole(path, self.encode(Path(path).suffix))


def to_audio(
    score: Score,
    *,
    soundfont: str | os.PathLike[str] | None = None,
    synthesizer: str = "auto",
    midi: bytes | None = None,
) -> Audio:
    """The score as sound at `LOUDNESS`, no peak above `PEAK`, until the last note has died away.

    `midi` is the file that the score was read from, if it was: then its own events sound, those
    included that a score does not hold. `soundfont` is a path or a name (`find_soundfont`),
    `synthesizer` a name (`synthesize`).
    Raises RenderError when there is nothing to play, no SoundFont, or more than `MAX_SECONDS`.
    """
    want(score, Score, "to_audio wants a Score (render.performed makes one of ABC)")
    if not score.notes:
        raise RenderError("there is nothing to play: the score has no notes")
    seconds = score.seconds(score.length)
    if seconds > MAX_SECONDS:
        raise RenderError(
            f"the score lasts {seconds / 60:.0f} minutes; sound is made up to "
            f"{MAX_SECONDS // 60}: render to .mid, or a part of it"
        )
    font = find_soundfont(soundfont)
    samples = _unclipped(_own(midi) or _files(score), font, synthesizer)
    peak = _peak(samples)
    if peak == 0:
        raise RenderError(f"{font}: silent for these instruments; give a General MIDI SoundFont")
    kept = samples[: _end(samples, peak * _INAUDIBLE, round(seconds * RATE))]
    return Audio(
        _faded(_mastered(kept.astype(np.float32) / np.float32(_FULL_SCALE))), RATE, score.title
    )


def _mastered(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples at `LOUDNESS`, peaks limited to `PEAK`; what is too short or too soft to have a
    loudness has its peak there."""
    for _ in range(_ROUNDS):
        loudness = integrated_loudness(samples)
        if not np.isfinite(loudness):
            return samples * np.float32(PEAK / max(float(np.abs(samples).max()), 1e-9))
        samples = samples * np.float32(10 ** ((LOUDNESS - loudness) / 20))
        if np.abs(samples).max() <= PEAK:
            break
        samples = limited(samples, PEAK)
    return samples


def _own(midi: bytes | None) -> list[bytes]:
    """The file itself, where a synthesizer plays it as it stands: nothing in it is damaged, it
    counts in beats, its tracks sound together and need one port."""
    import mido

    if midi is None:
        return []
    try:
        file = load(midi, strict=True)
        mido.MidiFile(file=io.BytesIO(midi))
    except (MidiError, OSError, EOFError, ValueError, KeyError, IndexError):
        return []  # it is played from the score
    several = file.format == 2 or any(track.port for track in file.tracks)
    return [] if several or "smpte" in {d.code for d in file.warnings} else [midi]


def _files(score: Score) -> list[bytes]:
    """The score as MIDI files that are to sound together: one for each port that it needs."""
    plan = lanes(score)
    ports = sorted({lane.turns[0].port for lane in plan})
    if len(ports) == 1:
        return [to_midi(score)]
    return [
        to_midi(score.with_notes(note for lane in plan for note in lane.notes
                                 if lane.turns[0].port == port))
        for port in ports
    ]  # fmt: skip


def _unclipped(files: Sequence[bytes], font: Path, synthesizer: str) -> NDArray[np.int32]:
    """Samples as loud as 16 bits hold: full channel volume, or lower where that would clip."""
    hall = synthesizer == "midirenderer" or (
        synthesizer == "auto" and font.suffix.lower() != ".sf3"
    )
    for volume in (127, 64, 32, 16):
        sounds = [
            synthesize(_for_playing(midi, volume, hall=hall), font, synthesizer) for midi in files
        ]
        samples = np.zeros((max(map(len, sounds)), 2), np.int32)
        for sound in sounds:
            samples[: len(sound)] += sound
        if max(map(_peak, sounds)) < _FULL_SCALE:
            break
    return samples


def _peak(samples: NDArray[np.signedinteger]) -> int:
    return max(int(samples.max(initial=0)), -int(samples.min(initial=0)))


def _for_playing(midi: bytes, volume: int, *, hall: bool) -> bytes:
    """The file with its channels' volumes (controller 7) scaled so that the loudest a channel
    can be is `volume`, and silence added to its end; with `hall` the reverberation
    (controller 91) is set where the file sets none.

    Where it sets none, all channels are that loud; else those that it leaves alone stay at 100,
    as General MIDI has it.
    """
    import mido

    file = mido.MidiFile(file=io.BytesIO(midi), clip=True)
    controls = [m for track in file.tracks for m in track if m.type == "control_change"]
    own = [message for message in controls if message.control == 7]
    for message in own:
        message.value = message.value * volume // 127
    first = 100 * volume // 127 if own else volume
    events = [
        mido.Message("control_change", channel=channel, control=7, value=first)
        for channel in range(16)
    ]
    if hall and not any(message.control == _HALL for message in controls):
        events += [
            mido.Message("control_change", channel=channel, control=_HALL, value=_REVERBERATION)
            for channel in range(16)
        ]
    file.tracks[0][:0] = events
    ticks = round(mido.second2tick(TAIL_SECONDS, file.ticks_per_beat, _last_tempo(file)))
    for track in file.tracks:
        if not track or track[-1].type != "end_of_track":
            track.append(mido.MetaMessage("end_of_track"))
        track[-1].time += ticks
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _last_tempo(file: mido.MidiFile) -> int:
    """The tempo at the end, in microseconds a quarter."""
    found, since = 500_000, -1
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "set_tempo" and message.tempo and now >= since:
                found, since = message.tempo, now
    return found


def _end(samples: NDArray[np.signedinteger], inaudible: float, earliest: int) -> int:
    """Where the silence after the last sound starts, but not before `earliest`."""
    for start in range((len(samples) - 1) // RATE * RATE, -1, -RATE):  # the end is near
        heard = np.flatnonzero((np.abs(samples[start : start + RATE]) > inaudible).any(axis=1))
        if len(heard):
            return max(start + int(heard[-1]) + 1 + RATE // 10, earliest)
    return earliest


def _faded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples, their last moment faded out in place."""
    fade = min(round(_FADE_SECONDS * RATE), len(samples))
    samples[len(samples) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return samples


#: A byte with its bits in reverse; Ogg's checksum runs from the other end than zlib's.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _steady_ogg(data: bytes) -> bytes:
    """The same Ogg stream with serial number 1 in place of libsndfile's random one.

    Source: RFC 3533, section 6: serial number at byte 14 of a page, checksum at 22, table of
    segment lengths from 27. The checksum (polynomial 04c11db7) is taken with its field zero.
    """
    out = bytearray(data)
    page = 0
    while page < len(out):
        segments = out[page + 26]
        end = page + 27 + segments + sum(out[page + 27 : page + 27 + segments])
        out[page + 14 : page + 18] = (1).to_bytes(4, "little")
        out[page + 22 : page + 26] = bytes(4)
        mirrored = bytes(out[page:end]).translate(_MIRRORED)
        checksum = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF  # start from 0, not inverted
        # Mirrored back: big-endian bytes each reversed are the little-endian bytes of the field.
        out[page + 22 : page + 26] = checksum.to_bytes(4, "big").translate(_MIRRORED)
        page = end
    return bytes(out)
