"""Coverage of the brand's fonts, against fontTools and Pillow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from PIL import ImageFont

from pipeline.cards import fonts
from pipeline.cards.engine import Page, Takumi
from pipeline.errors import Refused
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand, Font
from pipeline.rendering.languages import languages


def _copy(brand: Brand, **changes: object) -> Brand:
    return replace(brand, **changes)  # type: ignore[arg-type]


def test_coverage_is_what_fonttools_reads() -> None:
    for font in brands.load().fonts.values():
        with TTFont(font.path(), lazy=True) as oracle:
            assert fonts.covered(font.path()) == frozenset(oracle.getBestCmap()), font.family


def test_inter_is_in_every_chain_and_every_language_has_its_fonts() -> None:
    brand = brands.load()
    for lang in languages().values():
        for family in (lang.title, lang.body):
            assert "Inter" in brand.chain(family) and family in brand.fonts


def test_a_missing_glyph_is_refused_naming_the_character_and_the_font() -> None:
    with pytest.raises(Refused, match=r"label.*Archivo.*漢.*U\+6F22"):
        fonts.check("Calais 漢", "Archivo", brands.load(), "label")


def test_an_emoji_is_refused() -> None:
    with pytest.raises(Refused, match=r"U\+1F4E3"):
        fonts.check("📣", "Inter", brands.load(), "body")


def test_a_glyph_of_a_fallback_is_enough() -> None:
    fonts.check("Calais كاليه ካለ 1\u202f320", "Archivo", brands.load(), "label")


PERSIAN = "تخلیه\u200cهای"


def test_a_persian_word_keeps_its_shape_over_a_zero_width_non_joiner() -> None:
    brand = brands.load()
    fonts.check(PERSIAN, "Noto Sans Arabic", brand, "label")
    path = brand.fonts["Noto Sans Arabic"].path()
    oracle = ImageFont.truetype(str(path), 100, layout_engine=ImageFont.Layout.RAQM)
    oracle.set_variation_by_axes([400, 100])
    page = Page(
        f'<div class="r"><div>{PERSIAN}</div></div>',
        (".r{font-family:'Noto Sans Arabic';font-size:100px}",),
        2000,
        400,
        "fa",
        ("Noto Sans Arabic",),
    )
    box = Takumi(brand).measure(page).children[0]
    assert [run.text for run in box.runs] == [PERSIAN]
    assert box.text_width == pytest.approx(oracle.getlength(PERSIAN, direction="rtl", language="fa"), rel=0.01)
    joined = oracle.getlength(PERSIAN.replace("\u200c", ""), direction="rtl", language="fa")
    assert box.text_width != pytest.approx(joined, rel=0.01)


def test_a_brand_whose_arabic_font_lacks_the_joiner_is_refused() -> None:
    brand = brands.load()
    # Archivo stands for the many Arabic faces (Cairo, IBM Plex) without U+200C: here the letter comes from elsewhere.
    broken = _copy(brand, fallback=("Inter",), fonts={**brand.fonts})
    with pytest.raises(Refused, match=r"Inter.*U\+200C"):
        fonts.check("abc\u200cd", "Inter", broken, "label")


def test_a_font_that_is_not_installed_is_refused_with_its_package() -> None:
    absent = Font("Nowhere", "fontpkg-nowhere", "fontpkg_nowhere", "files/Nowhere.ttf")
    with pytest.raises(Refused, match=r"Nowhere.*fontpkg-nowhere"):
        absent.path()


def test_the_width_axis_read_is_the_font_s() -> None:
    from fontTools.ttLib import TTFont

    for font in brands.load().fonts.values():
        axes = {axis.axisTag: axis.maxValue for axis in TTFont(font.path())["fvar"].axes}
        assert fonts.widest(font.path()) == axes.get("wdth", 100)
