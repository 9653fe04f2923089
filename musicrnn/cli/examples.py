"""What the help of each command ends with. A test reads every line as the command would."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["EXAMPLES", "FIRST", "Example"]


class Example(NamedTuple):
    """A command line and what it does."""

    line: str
    what: str = ""


#: for musicrnn without a command
FIRST = (
    Example("musicrnn generate --key D --meter 6/8 --rhythm jig", "a jig, on the screen"),
    Example("musicrnn generate --rhythm reel -o reel.mp3", "a reel to listen to"),
    Example("musicrnn check song.abc", "what is wrong with a file"),
    Example("musicrnn serve --open", "all of this in the browser"),
)

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "": FIRST,
    "generate": (
        Example("musicrnn generate --key D --meter 6/8 --rhythm jig"),
        Example("musicrnn generate --rhythm reel --form AABB --bars 8 -o reel.mid"),
        Example("musicrnn generate -n 10 --instrument fiddle --seed 7 --to abc,wav -o tunes/"),
        Example("musicrnn generate --prime 'D2F2|A2d2' --key D --meter 4/4", "goes on from there"),
        Example("musicrnn generate --rhythm reel --style scottish --key A"),
    ),
    "complete": (
        Example("musicrnn complete song.abc -o whole.abc", "|?| is a bar, ... is the rest"),
        Example("musicrnn complete song.abc --rewrite B", "another second part"),
    ),
    "play": (
        Example("musicrnn play song.abc --tempo 90"),
        Example("musicrnn generate --rhythm waltz | musicrnn play"),
    ),
    "jam": (
        Example("musicrnn jam --devices", "which keyboards there are"),
        Example("musicrnn jam --mode trade --bars 4 --click --record jam.mid"),
    ),
    "chords": (
        Example("musicrnn chords song.abc -o chords.abc"),
        Example("musicrnn chords song.abc --per bar --backing guitar -o song.mp3", "to play along"),
    ),
    "harmony": (
        Example("musicrnn harmony song.abc --instrument fiddle -o duet.pdf"),
        Example("musicrnn harmony song.abc --bass -o song.mid"),
    ),
    "harmonize": (
        Example("musicrnn harmonize hymn.abc -o hymn.pdf", "alto, tenor and bass to a soprano"),
        Example("musicrnn harmonize hymn.mid --voice bass --sound organ -o hymn.wav"),
    ),
    "vary": (
        Example("musicrnn vary song.abc --closeness 0.6 --keep 1-4"),
        Example("musicrnn vary song.abc --ornaments -o song.pdf"),
    ),
    "set": (
        Example("musicrnn set --rhythm reel -n 3 -o reels.mp3", "three new reels"),
        Example("musicrnn set tunes/*.abc -n 4 -o set.pdf", "four of your own that go well"),
    ),
    "render": (
        Example("musicrnn render song.abc", "song.mid and song.wav"),
        Example("musicrnn render book.abc --to pdf,mp3 -o out/"),
        Example("musicrnn generate | musicrnn render - -o tune.ogg"),
    ),
    "check": (
        Example("musicrnn check --strict tunes/*.abc"),
        Example("musicrnn check song.abc --json", "for an editor"),
    ),
    "fix": (
        Example("musicrnn fix song.abc --diff", "what would change"),
        Example("musicrnn fix --in-place tunes/*.abc"),
    ),
    "convert": (
        Example("musicrnn convert song.abc --key A -o song-in-a.abc"),
        Example("musicrnn convert song.mid -o song.abc"),
        Example("musicrnn convert book.abc --number 3,7-9 -o chosen/"),
    ),
    "novelty": (
        Example("musicrnn novelty tune.abc"),
        Example("musicrnn novelty tune.abc --corpus my-tunes/"),
    ),
    "train": (
        Example(
            "musicrnn train my-tunes/ --from folk --output runs/mine", "folk learns your style"
        ),
        Example("musicrnn train book.abc --recipe mit-lab --epochs 20"),
        Example("musicrnn train --resume runs/mine", "go on after Ctrl-C"),
        Example("musicrnn generate --model runs/mine"),
    ),
    "compare": (Example("musicrnn compare runs/mine runs/other -o curves.svg"),),
    "evaluate": (
        Example("musicrnn evaluate folk -o folk.html"),
        Example("musicrnn evaluate runs/mine folk --samples 64"),
    ),
    "models list": (Example("musicrnn models list"),),
    "models info": (Example("musicrnn models info folk"),),
    "models export": (Example("musicrnn models export runs/mine -o my-model"),),
    "recipes show": (Example("musicrnn recipes show folk > mine.toml"),),
    "corpus info": (Example("musicrnn corpus info my-tunes/"),),
    "corpus build": (Example("musicrnn corpus build my-tunes/ -o corpus/ --jobs 4"),),
    "corpus stats": (Example("musicrnn corpus stats folk -o folk.html"),),
    "serve": (
        Example("musicrnn serve --open"),
        Example("musicrnn serve --model mine=runs/mine --port 8080"),
    ),
}
