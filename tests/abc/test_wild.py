"""ABC as people have it: habits of real books that the standard does not foresee, or hardly."""

from __future__ import annotations

from fractions import Fraction

import pytest

import musicrnn
from musicrnn import abc, midi, musicxml
from musicrnn.abc.syntax.tree import Chord, Field
from musicrnn.errors import UsageError
from musicrnn.midi.writer import to_midi
from tests.abc.notation import fault_codes, heard, score_of, spell, tune_text

OUT_OF_PLACE = [
    ("a book before the music", "B:A book\nDFAA|BAF2|]", "D4 F4 A4 A4 B4 A4 F4:2"),
    ("a composer between lines", "DF|\nC:Someone\nAB|]", "D4 F4 A4 B4"),
    ("an address with a colon", "D\nF:http://example.org/x\nE|]", "D4 E4"),
    ("an area, a disc, a group", "A:Kerry\nD:A disc\nG:Flute\nD|]", "D4"),
    ("history, source, transcription", "H:old\nS:a friend\nZ:me\nO:Ireland\nD|]", "D4"),
    ("the elemskip of ABC 1", "E:9\nD|]", "D4"),
    ("without a value", "D|\nC:\nE|]", "D4 E4"),
    ("behind a space", "D|\n C:Someone\nE|]", "D4 E4"),
    ("with a space before the colon", "D|\nC : Someone\nE|]", "D4 E4"),
    ("a bar line within", "D|\nD:side 2 |: track 3\nE|]", "D4 E4"),
    ("history in several lines", "D|\nH:an old story\nwith more of it here\nE|]", "D4 E4"),
    ("music after history", "D|\nH:old\nFE|]", "D4 F4 E4"),
    ("between the voices", "V:1\nD|\nC:a\nE|]\nV:2\nF|\nZ:b\nG|]", "D4 E4 / F4 G4"),
    ("a bar line behind a space", "|:D|\n A :|]", "D4 A4 D4 A4"),
    ("a bar line is music", "D:|\nA:|]", "D4 D4 A4 A4"),
    ("so is a double repeat", "A::\nB:|", "A4 A4 B4 B4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in OUT_OF_PLACE]
)
def test_a_field_out_of_place_does_not_sound(body: str, expected: str) -> None:
    assert heard(body) == expected


@pytest.mark.parametrize("letter", "ABCDFGHOSZ")
def test_a_field_out_of_place_is_reported_and_kept(letter: str) -> None:
    tune = abc.parse_tune(tune_text(f"D2|\n{letter}:http://a.b/c\nE2|]"))
    assert [d.code for d in tune.diagnostics] == ["field-place"]
    assert Field(letter, "http://a.b/c") in tune.body
    assert f"\n{letter}:http://a.b/c\n" in abc.write(tune)
    assert abc.parse_tune(abc.write(tune)) == tune


PARTS = [
    ("a word belongs to its part", "AAB", "P:A\nD4|\nP:segno\nE4|F4|\nP:B\nG4|]",
     "D4 E4 F4 D4 E4 F4 G4"),
    ("a word with a capital too", "AB", "P:A\nD4|\nP:Chorus\nE4|\nP:B\nG4|]", "D4 E4 G4"),
    ("a letter that the order lacks", "AB", "P:A\nD4|\nP:C\nE4|\nP:B\nG4|]", "D4 E4 G4"),
    ("labels in quotes and words", "AAB", 'P:"A"\nD4|\nP:Part B\nG4|]', "D4 D4 G4"),
    ("a letter with a remark", "BA", "P:A (slow)\nD4|\nP:B.\nG4|]", "G4 D4"),
    ("two halves of a part", "AAB", "P:A1\nD4|\nP:A2\nE4|\nP:B\nG4|]", "D4 E4 D4 E4 G4"),
    ("a part written out each time", "ABA", "P:A\nD4|\nP:B\nE4|\nP:A\nF4|]", "D4 E4 F4"),
    ("an order among words", "Play AAB (twice)", "P:A\nD4|\nP:B\nE4|]", "D4 D4 E4"),
    ("an order with commas", "A, A, B.", "P:A\nD4|\nP:B\nE4|]", "D4 D4 E4"),
    ("within the line", "AAB", "[P:A]D4|[P:segno]E4|[P:B]G4|]", "D4 E4 D4 E4 G4"),
    ("no part at all", "AB", "D4|\nP:Chorus\nE4|]", "D4 E4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in PARTS]
)
def test_no_music_is_lost_to_a_label(order: str, body: str, expected: str) -> None:
    assert heard(body, L="1/16", more=f"P:{order}\n") == expected


def test_the_words_beside_an_order_of_parts_are_named() -> None:
    text = tune_text("P:A\nD4|\nP:B\nE4|]", more="P:Play AAB\n")
    assert fault_codes(text) == ["unknown-word"]
    assert fault_codes(text.replace("Play AAB", "twice each")) == ["bad-parts"]


def test_parts_of_the_first_voice_hold_for_all() -> None:
    body = "V:1\nP:A\nC4|\nP:B\nD4|]\nV:2\nE4|F4|]"
    assert heard(body, more="P:BA\n") == "D4:4 C4:4 / F4:4 E4:4"


ENDINGS = [
    ("|:C4|1,3 D4:|2 E4:|4 F4|]", "C D C E C D C F", []),
    ("|:C4[1,3 D4:|[2,4 F4:|", "C D C F C D C F", []),
    ("|:C4|2 E4:|1 D4|]", "", ["ending-unrepeated"]),
    ("|:C4|2 E4:|1 D4:|3 F4|]", "C D C E C F", []),
    ("|:C4|[3 E4:|[1 D4:|[2 F4:|G4|]", "C D C F C E G", []),
    ("|:C4|[2 E4:|[1 D4:|C4|]", "C D C E C", []),
    ("|:C4|2,3 E4:|1 D4:|]", "C D C E C E", []),
    ("C4|[2,4 E4:|[1,3 D4:|[5 F4||G4|]", "C D C E C D C E C F G", []),
    ("|:C4|1 D4:|2 E4:|]F4|1 G4:|2 A4|]", "C D C E F G F A", []),
    ("|:C4|[1-3 D4:|[4 F4|]", "C D C D C D C F", []),
    ("|:C4|1,2 D4:|3 E4|]|:F4|1 G4:|2 A4|]", "C D C D C E F G F A", []),
    ("|:C4|1,3 D4:|2 E4|]", "", ["ending-unrepeated"]),
    ("|:C4|1 D4:|3 E4|]", "", ["ending-unpaired"]),
    ("|:C4|1 D4:|2 E4:|2 F4|]", "", ["ending-twice"]),
]


@pytest.mark.parametrize(("body", "expected", "codes"), ENDINGS)
def test_endings_in_any_order(body: str, expected: str, codes: list[str]) -> None:
    """4.10"""
    said = [code for code in fault_codes(tune_text(body)) if code.startswith("ending")]
    assert said == codes
    if not codes:
        assert [word.split("4")[0] for word in heard(body).split()] == expected.split()


KEYS = [
    ("a question mark", "Ador?", "F B", "F#4 B4", 1),
    ("an octave sign", "G dor -8va", "B F", "A#4 F4", 1),
    ("words of other programs", "Emin foo=bar baz", "F", "F#4", 2),
    ("an alternative", "D (or Bm)", "F", "F#4", 2),
    ("a full stop", "D major.", "FC", "F#4 C#4", 1),
    ("a chord's figure", "Dmaj7", "FC", "F#4 C#4", 1),
    ("the mode behind a word", "A harmonic minor", "GC", "G4 C4", 1),
    ("another key behind it", "D or G minor", "FB", "F#4 B4", 2),
    ("German", "D-moll", "B", "A#4", 0),
    ("a hyphen", "E-flat", "BA", "A#4 G#4", 0),
    ("a hyphen of a word processor", "E\u2011flat", "BA", "A#4 G#4", 0),
    ("brackets", "[Ador]", "FB", "F#4 B4", 0),
    ("microtones and a word", "Dphr ^/f what", "B", "A#4", 1),
    ("a capo", "Em, capo 2", "F", "F#4", 3),
]


@pytest.mark.parametrize(
    ("key", "body", "expected", "unknown"), [pytest.param(*case[1:], id=case[0]) for case in KEYS]
)
def test_a_key_holds_beside_unknown_words(key: str, body: str, expected: str, unknown: int) -> None:
    assert heard(body, K=key) == expected
    assert fault_codes(tune_text(f"{body}|]", K=key, M="none")) == ["unknown-word"] * unknown


def test_unknown_words_of_a_key_are_written_again() -> None:
    tune = abc.parse_tune(tune_text("C|]", K="Emin foo=bar baz"))
    assert tune.key == "Em foo=bar baz"
    assert abc.parse_tune(abc.write(tune)) == tune


@pytest.mark.parametrize(
    ("value", "qpm"),
    [("1/4=120 bpm", 120), ("Allegro 1/4=90", 90), ("120 bpm", 120), ("1/4=100-120", 100),
     ('"Slow" 3/8=60 or so', 90), ("1/8=1/8=100", 50)],
)  # fmt: skip
def test_a_tempo_holds_beside_unknown_words(value: str, qpm: int) -> None:
    text = tune_text("C4|]", more=f"Q:{value}\n")
    assert [change.qpm for change in abc.to_score(abc.parse_tune(text)).tempos] == [qpm]
    assert set(fault_codes(text)) == {"unknown-word"}
    assert abc.parse_tune(abc.write(abc.parse_tune(text))) == abc.parse_tune(text)


@pytest.mark.parametrize("value", ["♩=100", "MM=100", "M.M. = 100"])
def test_the_rate_of_a_metronome(value: str) -> None:
    assert [t.qpm for t in score_of("C4|]", more=f"Q:{value}\n").tempos] == [100]


def test_a_metre_for_a_tempo_is_none() -> None:
    assert fault_codes(tune_text("C4|]", more="Q:1/4=1/4\n")) == ["bad-tempo"]


@pytest.mark.parametrize(
    ("value", "unknown"), [("3/4 waltz", 1), ("3/4.", 1), ("3/4=120", 1), ("3/4 (in one)", 2)]
)
def test_a_metre_holds_beside_unknown_words(value: str, unknown: int) -> None:
    assert fault_codes(tune_text("C3|]", M=value)) == ["unknown-word"] * unknown


@pytest.mark.parametrize(("value", "unknown"), [("1/16 or so", 2), ("1/16.", 1)])
def test_a_unit_holds_beside_unknown_words(value: str, unknown: int) -> None:
    text = tune_text("C16|]", L=value)
    assert fault_codes(text) == ["unknown-word"] * unknown
    assert heard("C16", L=value) == "C4:4"
    assert abc.parse_tune(abc.write(abc.parse_tune(text))) == abc.parse_tune(text)


def test_a_metre_without_a_lower_number_counts_halves() -> None:
    text = tune_text("C4|]", M="2")
    assert fault_codes(text) == ["half-meter"]
    (fault,) = abc.check(text)
    assert fault.fix is not None
    assert fault.fix.edits[0].text == "M:2/2"
    assert abc.parse_tune(text).meter == "2/2"


def microtones(body: str, **header: str) -> list[tuple[int, Fraction]]:
    return [(note.pitch, note.cents) for note in score_of(body, **header)]


def test_microtones_sound_exactly() -> None:
    """4.2: accidentals may have fractions; ``^/`` is half of a sharp."""
    assert microtones("^/F _/B ^3/2c _3/2d ^1/3C") == [
        (65, 50), (71, -50), (73, 50), (73, -50), (60, Fraction(100, 3)),
    ]  # fmt: skip


def test_microtones_last_for_the_bar_and_over_ties() -> None:
    assert microtones("^/F F|F ^/F-|F F|") == [
        (65, 50), (65, 50), (65, 0), (65, 50), (65, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "written", "sounds"),
    [("Bb _/A", "Bb _/a", [(69, -50), (70, 0)]),
     ("D exp _/B ^/f", "D exp _/b ^/f", [(69, 0), (71, -50)])],
)  # fmt: skip
def test_microtones_in_the_key(key: str, written: str, sounds: list[tuple[int, Fraction]]) -> None:
    tune = abc.parse_tune(tune_text("AB|]", K=key))
    assert tune.key == written
    assert f"K:{written}\n" in abc.write(tune)
    assert microtones("AB", K=key) == sounds
    assert fault_codes(tune_text("A2B2|]", K=key)) == []


def test_a_key_with_microtones_is_transposed() -> None:
    tune = abc.parse_tune(tune_text("AB|]", K="Bb _/A"))
    assert abc.transpose(tune, semitones=2).key == "C _/b"


@pytest.mark.parametrize("key", ["HP", "Hp"])
def test_pipes_sound_sharp_whatever_is_printed(key: str) -> None:
    assert heard("GABcdefga", K=key) == "G4 A4 B4 C#5 D5 E5 F#5 G5 A5"
    tune = abc.parse_tune(tune_text("Acef|]", K=key))
    up = abc.transpose(tune, semitones=2)
    assert up.key == "Bmix"
    assert abc.to_score(up).notes == abc.to_score(tune).transposed(2).notes
    assert abc.transpose(tune, to="G mixolydian").key == "Gmix"


def test_a_title_goes_on_after_a_backslash() -> None:
    text = "X:1\nT:my tu\\\nne\nN:one \\\ntwo \\\nthree\nM:4/4\nL:1/4\nK:C\nC4|]\n"
    tune = abc.parse_tune(text)
    assert (tune.title, tune.value("N")) == ("my tune", "one two three")
    assert heard("C4|\nT:Second\\\n part\nD4|]") == "C4:4 D4:4"


def test_words_go_on_after_a_backslash() -> None:
    tune = abc.parse_tune(tune_text("CDEF|\nw:one two thr\\\nee four\nGABc|]"))
    assert [f.value for f in tune.body if isinstance(f, Field)] == ["one two three four"]
    assert heard("CDEF|\nw:one two \\\n three four\nGABc|]") == "C4 D4 E4 F4 G4 A4 B4 C5"
    assert heard("CDEF|\nw:one two \\\nGABc|]") == "C4 D4 E4 F4 G4 A4 B4 C5"


def test_a_backslash_before_the_next_field_goes() -> None:
    tune = abc.parse_tune("X:1\nT:name\\\nM:4/4\nL:1/4\nK:C\nC4|]\n")
    assert (tune.title, tune.meter) == ("name", "4/4")


def test_old_chords() -> None:
    body = "+CEG+2 +^FA,++c'e'+|]"
    assert heard(body) == "C4:2+E4:2+G4:2 A3+F#4 C6+E6"
    assert fault_codes(tune_text(body)) == ["old-chord"] * 3
    tune = abc.parse_tune(tune_text("+CEG+2-[CEG]2|]"))
    assert isinstance(tune.body[0], Chord)
    assert "[CEG]2-[CEG]2|]" in abc.write(tune)


def test_the_old_letters_for_a_roll_and_a_slide() -> None:
    text = tune_text("RA2 JB2|]")
    assert fault_codes(text) == ["old-symbol"] * 2
    assert "~A2 !slide!B2|]" in abc.write(abc.parse_tune(text))
    new = text.replace("R", "~").replace("J", "!slide!")
    one, other = (abc.to_score(abc.parse_tune(t), ornaments=True) for t in (text, new))
    assert one == other
    assert fault_codes("X:1\nT:t\nU:R=!turn!\nL:1/4\nM:4/4\nK:C\nRA2 B2|]") == []


@pytest.mark.parametrize(
    ("more", "body", "expected"),
    [("I:linebreak !\n", "CD!EF!f!|", "C4 D4 E4 F4 F5"),
     ("I:linebreak !\n", "CD!EF!!trill!G!|", "C4 D4 E4 F4 G4"),
     ("", "CD!E2!|", "C4 D4 E4:2"),
     ("", "C!f!D!p!E", "C4 D4 E4")],
)  # fmt: skip
def test_notes_between_two_line_breaks_sound(more: str, body: str, expected: str) -> None:
    assert heard(body, more=more) == expected
    tune = abc.parse_tune(tune_text(body, more=more))
    assert spell(abc.to_score(abc.parse_tune(abc.write(tune)))) == expected


def test_decorations_between_plus_signs_stay_decorations() -> None:
    assert heard("+trill+C +f+D") == "C4 D4"


def test_a_tuplet_of_one_note() -> None:
    assert heard("(1:2:2CC D") == "C4:2 C4:2 D4"
    assert "bad-tuplet" in fault_codes(tune_text("(1CC D2|]"))


def test_the_version_stays_the_first_line() -> None:
    text = "%abc-2.1\n" + tune_text("C4|]")
    book = abc.parse(text)
    assert book.version == "2.1"
    assert abc.write_book(book).startswith("%abc-2.1\n")


def test_without_bars_an_accidental_holds_once() -> None:
    assert heard("%%MIDI nobarlines\n^F F2 F") == "F#4 F4:2 F4"
    assert heard("%%MIDI nobarlines\n^F F\n%%MIDI barlines\n^F F") == "F#4 F4 F#4 F#4"


def test_metre_and_tempo_go_back_with_a_repeat() -> None:
    score = score_of("|:A6|[M:3/8][Q:1/4=90]F3:|", M="6/8", L="1/8", more="Q:1/4=120\n")
    third = Fraction(9, 2)
    assert [(t.onset, t.qpm) for t in score.tempos] == [
        (0, 120), (3, 90), (third, 120), (third + 3, 90),
    ]  # fmt: skip
    assert [(m.onset, str(m.meter)) for m in score.meters] == [
        (0, "6/8"), (3, "3/8"), (third, "6/8"), (third + 3, "3/8"),
    ]  # fmt: skip


def test_the_key_goes_back_with_a_repeat() -> None:
    score = score_of("|:C4|[K:G]F4:|")
    assert [(k.onset, str(k.key)) for k in score.keys] == [
        (0, "C major"), (4, "G major"), (8, "C major"), (12, "G major"),
    ]  # fmt: skip
    assert spell(score) == "C4:4 F#4:4 C4:4 F#4:4"


def test_a_voice_without_changes_does_not_undo_those_of_another() -> None:
    body = "V:1\n[Q:1/4=90]|:C4|D4:|\nV:2\n|:E4|F4:|"
    assert [(t.onset, t.qpm) for t in score_of(body, more="Q:1/4=120\n").tempos] == [(0, 90)]


def test_wrong_arguments_are_named() -> None:
    tune = abc.parse_tune(tune_text("C4|]"))
    assert abc.transpose(tune, to="D").key == "D"
    for call in (
        lambda: abc.transpose(tune, to="cheese"),
        lambda: abc.transpose("X:1\nK:C\nC", semitones=1),  # type: ignore[arg-type]
        lambda: abc.decode("X:1"),  # type: ignore[arg-type]
        lambda: abc.parse(b"X:1"),  # type: ignore[arg-type]
        lambda: abc.to_score("X:1\nK:C\nC"),  # type: ignore[arg-type]
        lambda: abc.write("X:1\nK:C\nC"),  # type: ignore[arg-type]
        lambda: abc.write_book(tune),  # type: ignore[arg-type]
        lambda: abc.voices("X:1\nK:C\nC"),  # type: ignore[arg-type]
        lambda: abc.extract_voice("X:1\nK:C\nC", "1"),  # type: ignore[arg-type]
        lambda: abc.expand_repeats("X:1\nK:C\nC"),  # type: ignore[arg-type]
        lambda: abc.fold_repeats("X:1\nK:C\nC"),  # type: ignore[arg-type]
        lambda: abc.with_unit("X:1\nK:C\nC", Fraction(1, 8)),  # type: ignore[arg-type]
        lambda: abc.with_unit(tune, "1/8"),  # type: ignore[arg-type]
        lambda: abc.from_score(tune),  # type: ignore[arg-type]
        lambda: abc.from_score(abc.to_score(tune), key="D"),  # type: ignore[arg-type]
        lambda: abc.from_score(abc.to_score(tune), unit="1/8"),  # type: ignore[arg-type]
        lambda: abc.from_score(abc.to_score(tune), reference="1"),  # type: ignore[arg-type]
        lambda: abc.standalone("X:1\nK:C\nC"),  # type: ignore[arg-type]
        lambda: abc.write_body("C"),  # type: ignore[arg-type]
        lambda: abc.write_body(None),  # type: ignore[arg-type]
        lambda: abc.transpose(tune, to=5),  # type: ignore[arg-type]
        lambda: abc.transpose(tune, semitones=1.5),  # type: ignore[arg-type]
        lambda: abc.transpose(tune, semitones=1000),
        lambda: abc.parse_key(3),  # type: ignore[arg-type]
        lambda: abc.parse_meter(None),  # type: ignore[arg-type]
        lambda: abc.parse_unit([1, 8]),  # type: ignore[arg-type]
        lambda: abc.spell_key("D"),  # type: ignore[arg-type]
        lambda: abc.write_body([1]),  # type: ignore[list-item]
        lambda: abc.to_score(tune, backing="guitar"),  # type: ignore[arg-type]
        lambda: tune.place("1"),  # type: ignore[arg-type]
        lambda: abc.from_score(abc.to_score(tune), unit=Fraction(-1)),
        lambda: midi.read(5),  # type: ignore[arg-type]
        lambda: musicxml.read("<score-partwise>"),  # type: ignore[arg-type]
        lambda: musicxml.is_musicxml("x"),  # type: ignore[arg-type]
        lambda: musicxml.write("X:1"),  # type: ignore[arg-type]
        lambda: to_midi(tune),  # type: ignore[arg-type]
        lambda: musicrnn.read(5),  # type: ignore[arg-type]
    ):
        with pytest.raises(UsageError):
            call()


def test_symbol_lines_steer_and_sound() -> None:
    """4.15"""
    body = "C4|D4|\ns:!segno! !fine!\nE4|]\ns:!D.S.!"
    assert heard(body) == heard("!segno!C4|!fine!D4|!D.S.!E4|]")
    score = score_of('CDEF|\ns:!ff! "Am" | \nGABc|]\ns:| * !pp!')
    assert [note.velocity for note in score][::4] == [106, 106]
    assert [(chord.onset, chord.text) for chord in score.chords] == [(1, "Am")]
