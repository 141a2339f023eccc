"""The coordinator's sheet: one page in each language, set anew from the words that stand in the templates."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from docs import sheets


@pytest.fixture(params=["fr", "en"])
def made(request):
    return sheets.sheet(request.param), sheets.PLACES[request.param]


def test_it_is_one_page_of_a4_and_the_one_that_lies_in_docs(made):
    sheet, place = made
    assert (sheet.pages, sheet.width, sheet.height) == (1, 595, 842)
    assert place.read_bytes() == sheet.data  # else: make gallery


def test_both_languages_say_as_much():
    told = tomllib.loads(Path(sheets.WORDS).read_text(encoding="utf-8"))
    shapes = {lang: [len(part["lines"]) for part in one["parts"]] for lang, one in told.items()}
    assert shapes["fr"] == shapes["en"]
