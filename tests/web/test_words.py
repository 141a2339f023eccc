"""Every word of the pages exists in French."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract
from django.utils import translation
from django.utils.translation.template import templatize

WEB = Path(__file__).parents[2] / "web"
ASKED = {"gettext": None, "gettext_lazy": None, "_": None}
ALIKE = {"photos", "reels", "documents",
         "Posts", "document", "reel", "story", "Pages", "Code", "Photos", "Documents", "Format", "portrait, 4:5",
         "story, 9:16", "Import %(id)s", "import %(n)s (%(file)s), %(day)s",
         "photo", "film", "Version %(n)s", "version %(n)s",
         "version %(n)s, %(day)s %(time)s, %(who)s", "Films", "Reels", "Commune"}  # fmt: skip  # the same word in both


def words() -> set[str]:
    """The msgids of templates and code, found as Django and Babel find them."""
    sources = [templatize(page.read_text("utf-8")) for page in (WEB / "templates").rglob("*.html")]
    sources += [code.read_text("utf-8") for code in WEB.glob("*.py")]
    return {found[1] for source in sources for found in extract("python", io.BytesIO(source.encode()), keywords=ASKED)}


def test_every_word_of_the_pages_has_its_french():
    with translation.override("fr"):
        if translation.gettext("Hold everything") == "Hold everything":
            pytest.fail("the French catalogue does not hold the pages' words at all: merge and compile it")
        missing = {word for word in words() - ALIKE if translation.gettext(word) == word}
    assert len(words()) > 150 and missing == set()
