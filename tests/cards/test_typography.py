"""The text stage, against what a typesetter expects."""

from __future__ import annotations

import pytest

from pipeline.errors import Refused
from pipeline.rendering.languages import language, languages
from pipeline.rendering.typography import break_lines, clean, markup, polish

NB, NN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("lang", "typed", "read"),
    [
        ("fr", "38 % avant 9 h", f"38{NN}% avant 9{NB}h"),
        ("fr", "Est-ce vrai ? Oui !", f"Est-ce vrai{NN}? Oui{NN}!"),
        ("fr", "Est-ce vrai? Oui; non", f"Est-ce vrai{NN}? Oui{NN}; non"),
        ("fr", "Source : l'équipe", f"Source{NB}: l’équipe"),
        ("fr", "à 10:30, https://a.org/b?c=d", f"à{NB}10:30, https://a.org/b?c=d"),
        ("fr", "« Au moins » 1 320 fois", f"«{NB}Au moins{NB}» 1{NN}320 fois"),
        ("fr", "en 2026 132 expulsions", "en 2026 132 expulsions"),
        ("fr", "observées à Calais", f"observées à{NB}Calais"),
        ("en", "38% of a team's days", f"38% of a{NB}team’s days"),
        ("en", "Why? Now: 12 km", f"Why? Now: 12{NB}km"),
        ("de", "38 % der Tage", f"38{NN}% der Tage"),
        ("ar", "٣٨ ٪ و 1 320", f"٣٨{NN}٪ و 1{NN}320"),
    ],
)
def test_no_line_can_end_where_a_typesetter_forbids_it(lang: str, typed: str, read: str) -> None:
    assert polish(typed, language(lang)) == read


def test_polishing_twice_changes_nothing() -> None:
    for code in languages():
        once = polish("« Vrai ? » : l'équipe, 38 % à Grande-Synthe ; 12 400 fois !", language(code))
        assert polish(once, language(code)) == once


def test_a_code_and_an_account_are_isolated_in_an_arabic_line() -> None:
    assert markup("الرمز #A7F3 من @porte.voix", language("ar")) == (
        "الرمز \u2066#A7F3\u2069 من \u2066@porte.voix\u2069"
    )
    assert markup("١٣٢ في 2026", language("ar")) == "١٣٢ في 2026"


def test_an_arabic_name_is_isolated_in_a_french_line() -> None:
    assert markup("dit محمد علي : non", language("fr")) == "dit \u2067محمد علي\u2069 : non"


def test_markup_is_text() -> None:
    assert markup("<b>&amp;", language("fr")) == "&lt;b&gt;&amp;amp;"


@pytest.mark.parametrize("char", ["\x00", "\x07", "\u202e", "\u202d", "\ud800", "\ufffe", "\ue000", "\x9f"])
def test_what_cannot_be_seen_is_refused_by_its_number_and_place(char: str) -> None:
    with pytest.raises(Refused, match=f"label.*U\\+{ord(char):04X}"):
        clean(f"a{char}b", "label")


def test_what_pasting_brings_along_is_dropped() -> None:
    assert clean(" a\u2068b\u2069\u202bc\u202c \n\td\u00ade\ufeff\u200b ", "label") == "abc de"
    assert clean("می\u200cشود", "label") == "می\u200cشود"
    assert clean("un \u202a\u00ad mot \u2066 seul \u202c", "label") == "un mot seul", "a mark between blanks is no word"


def _lines(text: str, width: float) -> list[str] | None:
    words = text.split(" ")
    found = break_lines(words, [float(len(w)) for w in words], 1.0, width)
    return None if found is None else [" ".join(line) for line in found]


def test_lines_are_as_few_as_can_be_and_even() -> None:
    assert _lines("aaaa bbbb cccc dddd", 18) == ["aaaa bbbb", "cccc dddd"]


def test_a_line_does_not_end_in_a_small_word_where_another_break_serves() -> None:
    assert _lines("evictions seen in the two towns", 19) == ["evictions seen", "in the two towns"]


def test_a_word_wider_than_the_line_cannot_be_set() -> None:
    assert _lines("a bbbbbbbbbbb c", 10) is None


def test_the_lines_hold_every_word_in_order() -> None:
    text = "un deux trois quatre cinq six sept huit neuf dix onze douze"
    for width in range(6, 60):
        lines = _lines(text, width)
        assert lines and " ".join(lines) == text and all(len(line) <= width for line in lines)


def test_numbers_wear_the_digits_of_their_language() -> None:
    said = {code: lang.number(1320) for code, lang in languages().items()}
    assert said["fr"] == f"1{NN}320" and said["en"] == "1,320" and said["de"] == "1.320"
    assert said["ar"] == "١٬٣٢٠" and said["fa"] == said["ps"] == "۱٬۳۲۰"


def test_the_table_agrees_with_cldr() -> None:
    from babel import Locale

    for code, lang in languages().items():
        locale = Locale.parse(lang.locale)
        assert (locale.text_direction == "rtl") == lang.rtl, code


def test_an_unknown_language_is_refused_with_those_that_exist() -> None:
    with pytest.raises(Refused, match=r"xx.*fr, en"):
        language("xx")
