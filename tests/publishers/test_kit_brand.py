"""A newsletter wears the brand that is chosen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from publishers import _kit_mails
from publishers._base import Rejected
from publishers._kit_words import Words
from publishers._templating import BRAND, BRAND_DIR


def newsletter() -> str:
    return _kit_mails.newsletter_html(Words("fr", "Titre", "Corps."), [], None, "HRO")


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another brand folder, chosen."""
    shutil.copytree(BRAND_DIR, tmp_path / "brand", ignore=shutil.ignore_patterns("logos", "examples"))
    monkeypatch.setenv(BRAND, str(tmp_path / "brand"))
    return tmp_path / "brand" / "tokens.toml"


def test_the_colours_are_those_of_the_brand_that_is_chosen(other: Path):
    mine = other.read_text("utf-8")
    colours = {colour for colour in ("#F3EFE6", "#15181D", "#F4C20D") if colour in newsletter()}
    assert colours
    for colour in colours:
        mine = mine.replace(colour, "#123456")
    other.write_text(mine, "utf-8")
    _kit_mails._toml.cache_clear()
    shown = newsletter()
    assert "#123456" in shown
    assert not any(colour in shown for colour in colours)


def test_a_brand_that_cannot_be_read_is_said(other: Path):
    other.write_text("colours = [", "utf-8")
    _kit_mails._toml.cache_clear()
    with pytest.raises(Rejected, match="colours cannot be read"):
        newsletter()
    _kit_mails._toml.cache_clear()
