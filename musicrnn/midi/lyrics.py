"""What the texts of a MIDI file are: chord symbols, the words of a song, or neither.

A file says of a text only that it is one, or a lyric, or a marker; programs write chord symbols and
karaoke files (.kar) their words as any of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from musicrnn.midi.tracks import Track
from musicrnn.theory.chords import is_chord

__all__ = ["chord_texts", "chords", "lyric_texts", "lyrics", "unread_texts"]

#: Track and meta event: the texts of one kind in one track are chord symbols or words together.
Source: TypeAlias = tuple[int, int]

_TEXT, _COPYRIGHT, _LYRIC, _MARKER, _CUE = 0x01, 0x02, 0x05, 0x06, 0x07
#: Meta event → what a text of it is called, in the singular and in the plural.
_CALLED: Final = {
    _TEXT: ("text", "texts"), _COPYRIGHT: ("copyright notice", "copyright notices"),
    _LYRIC: ("lyric", "lyrics"), _MARKER: ("marker", "markers"), _CUE: ("cue point", "cue points"),
}  # fmt: skip


def chord_texts(tracks: Sequence[Track]) -> set[Source]:
    """Where the chord symbols stand: texts of one kind in one track, when all of them are such.

    Markers and lyrics that are all bare letters are rehearsal marks and no chords.
    """
    sources = set()
    for number, track in enumerate(tracks):
        for kind in _kinds(track) & {_TEXT, _LYRIC, _MARKER}:
            texts = [text.strip() for _, k, text in track.texts if k == kind]
            marks = kind != _TEXT and all(len(text) == 1 for text in texts)
            if not marks and all(is_chord(text) for text in texts):
                sources.add((number, kind))
    return sources


def lyric_texts(tracks: Sequence[Track]) -> set[Source]:
    """Where the words of the songs stand: lyric events or, where there are none, the texts of a
    karaoke file, which has lines marked by ``/`` or ``\\`` or a title behind ``@T``."""
    return _sung(tracks, chord_texts(tracks))


def _sung(tracks: Sequence[Track], symbols: set[Source]) -> set[Source]:
    """`lyric_texts`, where those of `symbols` are chords."""
    sung = {
        (number, kind)
        for number, track in enumerate(tracks)
        for kind in _kinds(track) & {_TEXT, _LYRIC}
        if (number, kind) not in symbols
    }
    if any(kind == _LYRIC for _, kind in sung):
        return {source for source in sung if source[1] == _LYRIC}
    return {
        (number, kind)
        for number, kind in sung
        if any(
            k == kind and text.startswith(("@T", "/", "\\")) for _, k, text in tracks[number].texts
        )
    }


def _kinds(track: Track) -> set[int]:
    return {kind for _, kind, _ in track.texts}


def unread_texts(tracks: Sequence[Track]) -> Iterator[tuple[int, str]]:
    """Track, from 0, and number and kind of its texts that are neither chord symbols nor words."""
    if not any(track.texts for track in tracks):
        return
    symbols = chord_texts(tracks)
    read = symbols | _sung(tracks, symbols)
    for number, track in enumerate(tracks):
        if all((number, kind) in read for kind in _kinds(track)):
            continue
        counts = Counter(kind for _, kind, _ in track.texts if (number, kind) not in read)
        for kind, count in sorted(counts.items()):
            yield number, f"{count} {_CALLED[kind][count > 1]}"


def chords(tracks: Sequence[Track], starts: Sequence[int]) -> list[tuple[int, str]]:
    """Tick and text of each chord symbol, the last one of a tick."""
    symbols: dict[int, str] = {}
    for number, kind in sorted(chord_texts(tracks)):
        texts = tracks[number].texts
        symbols |= ((tick + starts[number], text.strip()) for tick, k, text in texts if k == kind)
    return sorted(symbols.items())


def lyrics(
    tracks: Sequence[Track], starts: Sequence[int], parts: Sequence[int]
) -> list[tuple[int, str, int]]:
    """Tick, text and part of each syllable, a hyphen after one that goes on; `parts` are the tracks
    of the parts.

    Words belong to the part that plays in their track, else to that of the track whose notes begin
    where most of them stand.
    """
    own = {track: part for part, track in reversed(list(enumerate(parts)))}
    words: list[tuple[int, str, int]] = []
    for number, kind in sorted(lyric_texts(tracks)):
        texts = [
            (tick, text)
            for tick, k, text in tracks[number].texts
            if k == kind and text.strip() and text[0] != "@"
        ]
        if texts:
            part = own.get(number, _singer(tracks, parts, {tick for tick, _ in texts}))
            words += ((tick + starts[number], text, part) for tick, text in texts)
    words.sort(key=lambda word: word[0])
    return list(_syllables(words))


def _singer(tracks: Sequence[Track], parts: Sequence[int], ticks: set[int]) -> int:
    """The part of the track with most onsets at `ticks`; the first one at last."""
    hits = [len(ticks.intersection(tracks[track].onsets.tolist())) for track in parts]
    return max(range(len(hits)), key=lambda part: (hits[part], -part), default=0)


def _syllables(words: Sequence[tuple[int, str, int]]) -> Iterator[tuple[int, str, int]]:
    """Karaoke files set a space before or after each word rather than a hyphen within, or a stroke
    where a line begins."""
    spaced = any(text[0] in " /\\" or text[-1] == " " for _, text, _ in words)
    for place, (tick, text, part) in enumerate(words):
        following = words[place + 1][1] if place + 1 < len(words) else " "
        apart = text[-1] in " -" or following[0] in " /\\"
        syllable = text.strip(" /\\")
        if syllable:
            goes_on = spaced and not apart
            yield tick, syllable + "-" * goes_on, part
