"""Four voices as one row of tokens: at each sixteenth soprano, alto, tenor and bass in turn.

A token says what one voice does: `hold` goes on with its note, `rest` is silent, `+2` begins a
note two semitones above its last one, `+0` says that one again, and `C5` begins its first note, or
one further off than moves reach. A `^` at the end puts the new note under a fermata. Moves are the
same in every key and register, and pieces are learned in C major and A minor.

One voice leads. Its tokens come a bar (`AHEAD` steps) before those of the others, so whoever
writes the others knows where it goes: that is how a given melody is harmonized. A piece is

    meter:4/4 pickup:4 major lead:soprano      what is said once
    16 tokens of the lead                      its first bar
    4 tokens for each step                     the lead a bar ahead, then the others, high to low
    END

and where the lead is over, its token is `over` (sixteen at the end of every piece, so the others
know that the close is coming). `place.Place` reads the tokens; `VoiceFeatures` tells the network
what it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from musicrnn.errors import UsageError, VocabularyError, choices
from musicrnn.piece import Piece
from musicrnn.score import Key, Meter, Score
from musicrnn.theory.four_voices import REST, VOICES, FourVoices, four_voices
from musicrnn.theory.keyfinding import find_key
from musicrnn.theory.pitch import note_name
from musicrnn.tokens.vocabulary import END, Vocabulary
from musicrnn.tokens.voice_features import VoiceFeatures
from musicrnn.tokens.voice_place import AHEAD, HEADER, HIGHEST, LOWEST, REACH, Meaning

__all__ = ["METERS", "VoicesTokenizer", "normal_shift"]

METERS = ("4/4", "3/4", "2/4", "2/2", "3/2", "6/4", "6/8", "12/8")
#: Steps that an incomplete first bar may have.
MOST_PICKUP = 23


def _meanings() -> dict[str, Meaning]:
    """Every token and what it says."""
    meanings: dict[str, Meaning] = {END: Meaning("end")}
    meanings |= {f"meter:{meter}": Meaning("meter", i) for i, meter in enumerate(METERS)}
    meanings |= {f"pickup:{steps}": Meaning("pickup", steps) for steps in range(MOST_PICKUP + 1)}
    meanings |= {"major": Meaning("mode", 0), "minor": Meaning("mode", 1)}
    meanings |= {f"lead:{voice}": Meaning("lead", i) for i, voice in enumerate(VOICES)}
    meanings |= {"over": Meaning("over"), "rest": Meaning("rest"), "hold": Meaning("hold")}
    for mark, fermata in (("", False), ("^", True)):
        for move in range(-REACH, REACH + 1):
            meanings[f"{move:+d}{mark}"] = Meaning("move", move, fermata)
        for pitch in range(LOWEST, HIGHEST + 1):
            name = note_name(pitch) + mark
            meanings[name] = Meaning("note", pitch, fermata)
    return meanings


_MEANINGS = _meanings()


class VoicesTokenizer:
    """Four voices of a `Score` ↔ ids. `lead` is the voice that `encode` lets lead; a model learns
    all four in turn (`variants`)."""

    name = "voices"
    format = "midi"

    def __init__(self, *, lead: int | str = 0) -> None:
        names: tuple[int | str, ...] = (*VOICES, *range(len(VOICES)))
        if lead not in names:
            raise UsageError(f"no voice {lead!r} can lead; {choices(str(lead), VOICES)}")
        self.lead = names.index(lead) % len(VOICES)
        self.vocabulary = Vocabulary(list(_MEANINGS), specials=(END,))
        #: what each id says
        self.meanings = tuple(_MEANINGS[token] for token in self.vocabulary.tokens)

    @property
    def end(self) -> int:
        """The id of the token before and after a piece."""
        return self.vocabulary.id(END)

    @cached_property
    def features(self) -> VoiceFeatures:
        """What a network is told beside each token."""
        return VoiceFeatures(self.meanings, [Meter(*map(int, m.split("/"))) for m in METERS])

    @classmethod
    def learn(cls, pieces: Iterable[Piece], *, lead: int | str = 0) -> Self:
        """The tokenizer; its vocabulary is the same for every corpus."""
        for _ in pieces:
            pass
        return cls(lead=lead)

    # --- encoding -----------------------------------------------------------------------------

    def encode(self, piece: Piece) -> list[int]:
        """The ids of a piece in four voices, the voice `lead` ahead, in C major or A minor.

        Raises `UsageError` for a piece that has no four voices or another metre than `METERS`.
        """
        return self.encode_voices(self.voices_of(piece), self.lead)

    def variants(self, piece: Piece) -> list[list[int]]:
        """The ids of the piece with each voice leading, the soprano as often as the others."""
        voices = self.voices_of(piece)
        return [self.encode_voices(voices, lead) for lead in (0, 1, 0, 2, 0, 3)]

    def voices_of(self, piece: Piece) -> FourVoices:
        """The four voices of a piece, in C major or A minor."""
        if not isinstance(piece.content, Score):
            raise UsageError(f"a tokenizer of four voices cannot read a piece of {piece.format}")
        score = piece.content
        meters = {str(change.meter) for change in score.meters}
        if len(meters) > 1:
            raise UsageError(
                f"the metre changes ({', '.join(sorted(meters))}); four voices keep one"
            )
        voices = four_voices(score)
        key = voices.key or find_key(score)
        return replace(voices, key=key).transposed(normal_shift(key))

    def encode_voices(self, voices: FourVoices, lead: int) -> list[int]:
        """The ids of `voices` as they stand, the voice `lead` ahead."""
        if str(voices.meter) not in METERS:
            raise UsageError(f"a metre of {voices.meter}; four voices know {', '.join(METERS)}")
        columns = [self._line(voices, voice, marked=voice == lead) for voice in range(4)]
        others = [columns[voice] for voice in range(4) if voice != lead]
        over = self.vocabulary.id("over")
        ahead = columns[lead] + [over] * (AHEAD + max(0, AHEAD - len(voices)))
        ids = [*self.header(voices, lead), *ahead[:AHEAD]]
        for step in range(len(voices)):
            ids += [ahead[step + AHEAD], *(column[step] for column in others)]
        return ids

    def header(self, voices: FourVoices, lead: int) -> list[int]:
        """The ids that say metre, pickup, mode and who leads."""
        names = (
            f"meter:{voices.meter}",
            f"pickup:{min(voices.pickup, MOST_PICKUP)}",
            "minor" if _is_minor(voices) else "major",
            f"lead:{VOICES[lead]}",
        )
        return [self.vocabulary.id(name) for name in names]

    def _line(self, voices: FourVoices, voice: int, *, marked: bool) -> list[int]:
        """One token a step for one voice, with its fermatas if `marked`."""
        ids, last = [], None
        pitches = voices.pitches[:, voice].tolist()
        begins = voices.begins[:, voice].tolist()
        fermatas = _on_notes(voices, voice) if marked else [False] * len(voices)
        for pitch, begin, fermata in zip(pitches, begins, fermatas, strict=True):
            if pitch == REST:
                ids.append(self.vocabulary.id("rest"))
            elif begin:
                ids.append(self.note_id(pitch, last, fermata=fermata))
                last = pitch
            else:
                ids.append(self.vocabulary.id("hold"))
        return ids

    def note_id(self, pitch: int, last: int | None, *, fermata: bool = False) -> int:
        """The id that begins a note of a voice whose last note was `last` (None: there is none).

        Raises `VocabularyError` for a note that no voice sings.
        """
        mark = "^" if fermata else ""
        if last is not None and abs(pitch - last) <= REACH:
            return self.vocabulary.id(f"{pitch - last:+d}{mark}")
        if not LOWEST <= pitch <= HIGHEST:
            raise VocabularyError(f"the pitch {pitch} is in no voice ({LOWEST} to {HIGHEST})")
        return self.vocabulary.id(note_name(pitch) + mark)

    # --- decoding -----------------------------------------------------------------------------

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece that `ids` spell, in C major or A minor; a step that is cut off is left out."""
        voices = self.decode_voices(list(ids))
        return Piece("midi", voices.to_score(), key=str(voices.key), meter=str(voices.meter))

    def decode_voices(self, ids: Sequence[int]) -> FourVoices:
        """The four voices that `ids` spell."""
        ids = [token for token in ids if token != self.end]
        place = self.features.start()
        rows: list[tuple[tuple[int, bool], ...]] = []
        marks = []
        for number, token in enumerate(ids):
            place = self.features.after(place, token)
            if number >= HEADER + AHEAD and (number - HEADER - AHEAD) % 4 == 3:
                rows.append(tuple((v.pitch, v.held == 1 and v.pitch != REST) for v in place.voices))
                marks.append(place.marked and rows[-1][place.lead][1])
        table = np.array(rows or np.zeros((0, 4, 2)), np.int16).reshape(-1, 4, 2)
        return FourVoices(
            np.ascontiguousarray(table[:, :, 0]),
            table[:, :, 1] == 1,
            np.array(marks, bool),
            meter=Meter(*map(int, METERS[place.meter].split("/"))),
            pickup=place.pickup,
            key=Key("A", "minor") if place.mode else Key("C"),
        )

    def to_config(self) -> dict[str, Any]:
        """The options, as JSON values."""
        return {"name": self.name, "lead": VOICES[self.lead]}

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The tokenizer that `to_config` described. Raises `VocabularyError` for other tokens."""
        tokenizer = cls(lead=config.get("lead", 0))
        if vocabulary != tokenizer.vocabulary:
            raise VocabularyError("not the tokens of four voices; install the model again")
        return tokenizer


def normal_shift(key: Key) -> int:
    """Semitones (−6 … 5) that bring the signature of a key to that of C major and A minor."""
    return (6 - key.fifths * 7) % 12 - 6


def _on_notes(voices: FourVoices, voice: int) -> list[bool]:
    """Whether the note of a voice that begins at each step has a fermata while it lasts."""
    on = np.zeros(len(voices), bool)
    starts = np.flatnonzero(voices.begins[:, voice])
    for step in np.flatnonzero(voices.fermatas):
        if len(before := starts[starts <= step]):
            on[before[-1]] = True
    marks: list[bool] = on.tolist()
    return marks


def _is_minor(voices: FourVoices) -> bool:
    """Whether the piece, in C major or A minor, is minor: by where its bass ends, else by its key
    (scores often give the signature alone)."""
    bass = voices.pitches[:, 3]
    sung = bass[bass != REST]
    last = int(sung[-1]) % 12 if len(sung) else -1
    if last in (0, 9):
        return last == 9
    return voices.key is not None and voices.key.mode in ("minor", "dorian", "phrygian", "aeolian")
