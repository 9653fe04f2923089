"""Texts that do not say their encoding: titles and words as files have them."""

from __future__ import annotations

import pytest

from musicrnn import abc, midi
from musicrnn.encodings import encoding_of

#: encoding → titles, lines of a song, names of tracks
TEXTS = {
    "gb18030": ["月亮代表我的心", "黄河大合唱\n作词 光未然\n风在吼 马在叫", "小提琴 大提琴 钢琴"],
    "gb2312": ["东方红 太阳升 中国出了个毛泽东", "第一个音轨 钢琴"],
    "big5": ["月亮代表我的心", "高山青\n作詞 鄧禹平\n高山青 澗水藍", "小提琴 大提琴 鋼琴"],
    "euc-kr": ["고향의 봄", "애국가\n동해물과 백두산이", "피아노 바이올린 첼로"],
    "cp932": ["上を向いて歩こう", "荒城の月\n滝廉太郎 作曲", "ﾄﾞﾗﾑ ﾍﾞｰｽ", "ディレクトリ", "雪"],
    "euc-jp": ["上を向いて歩こう", "夕焼け小焼けの赤とんぼ"],
    "koi8-r": ["Катюша", "КАТЮША", "РУССКАЯ НАРОДНАЯ ПЕСНЯ", "ФОРТЕПИАНО\nСКРИПКА", "Вечер"],
    "koi8-u": ["Ой у лузі червона калина"],
    "cp1251": ["Катюша", "КАТЮША", "РУССКАЯ НАРОДНАЯ ПЕСНЯ", "ФОРТЕПИАНО\nСКРИПКА", "Їхав козак"],
    "cp1253": [
        "Ζορμπάς", "Μισιρλού\nΝίκος Ρουμπάνης", "ΧΑΣΑΠΙΚΟΣ ΧΟΡΟΣ\nΜΙΚΗΣ ΘΕΟΔΩΡΑΚΗΣ",
        "Της τριανταφυλλιάς τα φύλλα",
    ],
    "cp1255": ["הבה נגילה ונשמחה", "שיר העמק\nדניאל סמבורסקי"],
    "cp1250": [
        "Krakowiak żywy", "Święta noc", "Pieśń o małym rycerzu", "GÓRALU, CZY CI NIE ŻAL",
        "Wśród nocnej ciszy\nMędrcy świata", "Škoda lásky", "Ach synku, synku, doma-li jsi",
        "Kdyby byl Bavorov", "Andulko šafářova", "ČERVENÁ RŮŽIČKA", "Szép a tavasz, szép a nyár",
        "Tavaszi szél vizet áraszt", "Erdő, erdő, de magas vagy\nA csitári hegyek alatt",
        "Gyűjtötte Bartók Béla",
        "Hej, sokoły", "Tancuj, vykrúcaj", "Slovenské mamičky, pekných synov máte",
        "Hora de mână", "Sârba lui Ioniţă",
        "Lijepa li si\nPreko šume, preko gore", "Čez Šuštarski most",
    ],
    "iso8859-2": ["Pieśń o małym rycerzu", "Wśród nocnej ciszy", "Škoda lásky", "Tavaszi szél"],
    "cp1252": [
        "È arrivata la bufera", "Quanno nascette ninno, è Natale", "Là-bas, où coule le fleuve",
        "A Rosinha dos limões não é", "Jämtländsk brudmarsch", "Bésame mucho, corazón", "Þjóðvísa",
        "Für Elise", "It’s a façade", "L’été – “ici”", "Ça à été", "© 1998 by John", "Åse's død",
        "PRÉFÉRENCES DES ÉLÈVES", "El Niño ©", "l’usuari no és vàlid", "FRÜHLINGSSTIMMEN",
        "Gärdebylåten", "ÉTUDE Nº 3", "Sørlandsvisa\nÅ høre", "Où vas-tu, bergère",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "text"), [(name, text) for name, texts in TEXTS.items() for text in texts]
)
def test_a_text_is_read_in_its_encoding(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    assert data.decode(encoding_of(data.splitlines())) == text


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("gb18030", "好一朵美丽的茉莉花"),
        ("big5", "獨夜無伴守燈下清風對面吹"),
        ("euc-kr", "아리랑아리랑아라리요"),
        ("cp932", "さくらさくらやよいのそらは"),
    ],
)
def test_syllables_are_read_in_their_encoding(encoding: str, words: str) -> None:
    syllables = [letter.encode(encoding) for letter in words]
    assert b"".join(syllables).decode(encoding_of(syllables)) == words


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1250", "ži- vi- jo naj vsi na- ro- di ki hre- pe- ne do- ča- kat dan še"),
        ("cp1250", "wśród noc- nej ci- szy głos się roz- cho- dzi"),
        ("cp1250", "ta- va- szi szél vi- zet á- raszt vi- rá- gom"),
        ("cp1252", "não sei por quê te vás meu co- ra- ção"),
        ("cp1252", "è ar- ri- va- ta la bu- fe- ra più non c'è"),
    ],
)
def test_latin_syllables_are_read_in_their_encoding(encoding: str, words: str) -> None:
    syllables = [word.encode(encoding) for word in words.split()]
    assert b" ".join(syllables).decode(encoding_of(syllables)) == words


def test_polish_abc_is_read_and_the_guess_is_said() -> None:
    text = "X:1\nT:Święta noc\nL:1/4\nK:C\nCDEF|\nw:Ci- cha noc, świę- ta\n"
    said: list[str] = []
    assert abc.decode(text.encode("cp1250"), tell=said.append) == text
    assert said[0].startswith("not UTF-8: read as Windows-1250 (Central European), a guess")


def test_abc_in_an_old_encoding_is_read_and_the_guess_is_said() -> None:
    text = "X:1\nT:望春風\nC:鄧雨賢\nL:1/4\nK:C\nCDEF|\nw:獨 夜 無 伴\n"
    said: list[str] = []
    assert abc.decode(text.encode("big5"), tell=said.append) == text
    assert said == [
        "not UTF-8: read as Big5 (Chinese), a guess; %%abc-charset names the encoding, "
        "or save it as UTF-8"
    ]
    named = "%%abc-charset koi8-r\nX:1\nT:Катюша\nK:C\nC|\n"
    read = abc.decode(named.encode("koi8-r"), tell=said.append)
    assert read == named
    assert "%%abc-charset utf-8\n" in abc.write_book(abc.parse(read))
    assert len(said) == 1


@pytest.mark.parametrize("charset", ["iso-8859-2", "koi8-r", "gb18030", "windows-1250"])
def test_a_charset_that_was_left_standing_does_not_spoil_utf_8(charset: str) -> None:
    title = {"koi8-r": "Катюша", "gb18030": "月亮代表我的心"}.get(charset, "Škoda lásky, píseň")
    text = f"X:1\n%%abc-charset {charset}\nT:{title}\nK:C\nC|\n"
    assert abc.decode(text.encode(charset)) == text
    assert abc.decode(text.encode()) == text
    book = abc.parse(abc.decode(text.encode(charset)))
    assert abc.parse(abc.decode(abc.write_book(book).encode())).tunes[0].title == title


def test_a_midi_file_in_an_old_encoding_says_the_guess() -> None:
    name = "КАТЮША".encode("koi8-r")
    body = b"\0\xff\x03" + bytes([len(name)]) + name + b"\0\x90\x3c\x50\x60\x80\x3c\0\0\xff\x2f\0"
    data = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(body).to_bytes(4, "big") + body
    score, findings = midi.read_with_warnings(data)
    assert score.title == "КАТЮША"
    assert [str(finding) for finding in findings] == [
        "info: texts are not UTF-8: read as KOI8-R (Cyrillic), a guess [encoding]"
    ]
    midi.read(data, strict=True)  # no damage
