"""Descriptions of a card: every number in them is drawn, in each of the nine languages."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline import summaries
from pipeline.observations.importing import import_file
from pipeline.rendering.languages import languages
from pipeline.summaries import describing
from tests.numerals.conftest import records

TODAY = date(2026, 11, 23)
LANGS = list(languages())


@pytest.fixture
def result(db: None, home: Path, tmp_path: Path) -> summaries.SummaryResult:
    path = records(tmp_path, months={7: 12, 8: 30, 9: 4, 10: 27}, people=46)
    import_file(path, "observations", by=None, today=TODAY)
    return summaries.compute("note_mensuelle", "2026-10", today=TODAY)


def numbers(text: str) -> set[int]:
    """The numbers of a text by its digits alone, whatever their script; thousands joined."""
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in text)
    return {int(re.sub(r"\D", "", one)) for one in re.findall(r"\d+(?:[\u202f.,٬]\d{3})*", plain)}


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_that_is_told_is_a_number_that_is_drawn(result: summaries.SummaryResult, lang: str) -> None:
    for card in result.definition.cards:
        data = summaries.card_data(result, card, lang)
        told = ("tag", "place", "title", "qualifier", "figure", "label", "body", "source")
        words = " ".join(str(data[slot]) for slot in told if slot in data)
        bars = {int(bar["value"]) for bar in data["bars"] if bar["value"] is not None}
        drawn = numbers(words) | bars | numbers(" ".join(str(bar.get("year", "")) for bar in data["bars"]))
        short = summaries.alt_text(result, lang, card)
        assert len(short) <= 250 and numbers(short) <= drawn, card
        long = describing.long_alt(data, lang)
        assert len(long) <= 1500 and numbers(long) <= drawn, card
        if bars:
            assert bars <= numbers(long)
            assert {4, 30} <= numbers(short), "the lowest and the highest"


def test_with_a_number_of_its_own_it_would_be_seen(result: summaries.SummaryResult) -> None:
    """The broken variant: a description that adds up what nobody drew."""
    data = summaries.card_data(result)
    bars = [bar["value"] for bar in data["bars"] if bar["value"] is not None]
    drawn = numbers(" ".join(map(str, data.values())))
    assert not numbers(describing.long_alt(data, "fr") + f" En tout, {sum(bars)}.") <= drawn


def test_the_long_form_says_what_the_picture_is_its_numbers_its_extremes_and_its_trend(
    result: summaries.SummaryResult,
) -> None:
    told = describing.long_alt(summaries.card_data(result), "fr")
    assert told.startswith("Octobre 2026, Calaisis. Au moins 27 expulsions de lieux de vie observées. Dans 27 lieux")
    assert "Diagramme en barres\u00a0: nov. 2025 non connu" in told
    assert "juil. 2026 12\u202f; août 2026 30\u202f; sept. 2026 4\u202f; oct. 2026 27." in told
    assert "Minimum\u00a0: 4 (sept. 2026)\u202f; maximum\u00a0: 30 (août 2026)." in told
    assert "C’est 23 de plus qu’en septembre 2026." in told
    assert told.endswith("Chiffres minimaux.")


class Cells(HTMLParser):
    """The texts of a table's cells, and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def test_the_table_holds_the_bars_as_text_and_as_html(result: summaries.SummaryResult) -> None:
    data = summaries.card_data(result, lang="ar")
    rows = describing.table(data, "ar")
    assert [value for _period, value in rows][-4:] == ["١٢", "٣٠", "٤", "٢٧"]
    assert rows[-1][0].endswith("٢٠٢٦")
    found = Cells(describing.table_html(data, "ar"))
    assert found.cells[1:] == [text for row in rows for text in row]
    hostile = describing.table_html({**data, "label": "<script>alert(1)</script>"}, "ar")
    assert "script" not in Cells(hostile).tags
    assert describing.table_html(summaries.card_data(result, "tents"), "fr") == ""
