"""What a reel says: every text drawn in its place, in every template and script, within the safe zone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pipeline.errors import Refused
from pipeline.reels import dressing
from pipeline.reels.cutlist import CutList
from pipeline.reels.lettering import Lettering, draw, told
from pipeline.reels.overlays import lay
from pipeline.rendering.languages import language

WORDS = {
    "fr": ("Ils ont coupé les tentes.", "Calais", "au moins", "1 320"),
    "en": ("They cut the tents.", "Calais", "at least", "1,320"),
    "ar": ("قطّعوا الخيام ونحن في داخلها.", "كاليه", "", "١٬٣٢٠"),
    "ti": ("ነቲ ተንዳታት ቆሪጾምዎ።", "ካለ", "", "1,320"),
}
TEMPLATES = ("eviction", "explainer", "field", "month", "testimony")


def reel(lang: str, **more: Any) -> CutList:
    said, place, *_rest = WORDS[lang]
    whole = {
        "language": lang,
        "title": said,
        "when": "2026-11-03",
        "where": place,
        "cuts": [
            {"clip": "a", "to": 4, "caption": said, "speaker": place, "when": "2026-10"},
            {"card": {"text": said, "label": place, "source": place}, "to": 3},
            {
                "card": {"text": said, "value": 1320, "floor": True, "bars": [{"label": place, "value": 900}]},
                "to": 3,
            },
        ],
        "lower_thirds": [{"from": 1, "to": 3, "text": said, "detail": place}],
        "end": {"text": said, "source": place},
    }
    return CutList.model_validate(whole | more)


def shown(words: Lettering, size: tuple[int, int], frame: int, ground: np.ndarray | None = None) -> np.ndarray:
    return lay(np.full((size[1], size[0], 3), 128, np.uint8) if ground is None else ground, words.overlays, frame)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_sets_every_text_in_each_script_within_the_safe_zone(template: str):
    for lang, format in zip(WORDS, ("portrait", "square", "landscape", "feed"), strict=True):
        whole = reel(lang, template=template, format=format)
        wanted = whole.model_copy(update={"cuts": whole.cuts[:2]})
        width, height = wanted.size
        words = draw(wanted, wanted.size, "rgb24")
        top, side, foot = dressing.template(template).safe[format]
        inside = np.zeros((height, width), bool)
        inside[top - 32 : height - foot + 2, side - 2 : width - side + 2] = True  # a title rises by 24 pixels
        for frame in (30, 95):
            written = (shown(words, wanted.size, frame) != 128).any(axis=2)
            assert written.any()
            assert not (written & ~inside).any()
        slots = {spoken.slot for spoken in words.texts}
        assert slots == {"label", "title", "caption", "speaker", "who", "detail", "card", "source", "end"}


@pytest.mark.parametrize("lang", WORDS)
def test_a_figure_is_written_with_the_digits_of_its_language(lang: str):
    whole = reel(lang, template="month")
    words = draw(whole.model_copy(update={"cuts": whole.cuts[2:], "lower_thirds": ()}), (270, 480), "rgb24")
    said = [spoken.text.replace("\u202f", " ") for spoken in words.texts if spoken.slot in {"figure", "qualifier"}]
    assert said[-1] == WORDS[lang][3]
    assert WORDS[lang][2] in said[0]


def test_a_figure_counts_up_and_its_bars_grow_until_the_card_stands():
    wanted = reel("fr")
    size = (270, 480)
    words = draw(wanted, size, "rgb24")
    card = words.cards[2]
    assert card is not None and words.cards[0] is None
    at = wanted.cuts[0].frames + wanted.cuts[1].frames
    frames = [shown(words, size, at + step, card) for step in range(40)]
    apart = [int((frame != card).any(axis=2).sum()) for frame in frames]
    assert apart[0] > 100
    assert apart[26:] == [0] * 14
    rows = card.shape[0] // 2, 265  # below the figure, above the rule of the foot
    ink = [max(_run(row) for row in (frame[slice(*rows)] < 60).all(axis=2)) for frame in frames]
    assert all(later >= earlier for earlier, later in pairwise(ink))
    assert ink[-1] > 2 * ink[0]
    assert [spoken.text for spoken in words.texts if spoken.slot == "figure"] == ["1\u202f320"]


def _run(row: np.ndarray) -> int:
    """The longest run of dark pixels."""
    return max(len(piece) for piece in "".join("x" if dark else " " for dark in row).split(" "))


def test_the_planes_of_a_card_show_what_its_rgb_shows():
    wanted, size = reel("fr"), (270, 480)
    rgb, planes = draw(wanted, size, "rgb24"), draw(wanted, size, "yuv420p")
    at = wanted.cuts[0].frames + wanted.cuts[1].frames + 5
    bright = shown(rgb, size, at, rgb.cards[2]).astype(float) @ np.array([0.2126, 0.7152, 0.0722]) * 219 / 255 + 16
    luma = lay(planes.cards[2], planes.overlays, at)[: size[1]]
    assert np.abs(luma - bright).max() < 2


def test_a_lower_third_stands_above_a_caption_and_at_the_foot_without_one():
    size = (270, 480)
    low = draw(reel("fr", captions={"burned": False}), size, "rgb24")
    high = draw(reel("fr"), size, "rgb24")
    captions = {spoken.slot for spoken in low.texts}
    assert "caption" not in captions

    def foot(words: Lettering) -> int:
        third = next(one for one in words.overlays if (one.first, one.last) == (30, 90) and one.y > 100)
        return third.y + len(third.layers[0].colour)

    assert foot(low) - foot(high) == pytest.approx(290 / 4, abs=2)


def test_a_date_stands_over_its_cut_once_the_title_has_gone():
    words = draw(reel("fr", title={"text": "Un titre", "seconds": 1}), (270, 480), "rgb24")
    tag = next(one for one in words.overlays if (one.first, one.last) == (30, 120) and one.y < 100)
    assert tag.y < 80
    said = [spoken.text for spoken in words.texts if spoken.slot == "label"]
    assert said[:2] == ["Calais · 3 novembre 2026", "Octobre 2026"]


@pytest.mark.parametrize(
    ("when", "lang", "said"),
    [
        ("2026-11-03", "en", "Calais · 3 November 2026"),
        ("2026-11", "fr", "Calais · novembre 2026"),
        ("2026", "ar", "Calais · ٢٠٢٦"),
        ("", "fr", "Calais"),
    ],
)
def test_a_day_is_written_as_coarsely_as_it_was_given(when: str, lang: str, said: str):
    assert told(when, "Calais", language(lang)) == said


def test_a_card_that_is_too_full_is_refused_and_a_fuller_one_is_set_smaller():
    bars = [{"label": f"Lieu {'abcdefghijkl'[n]}", "value": 12 - n} for n in range(12)]
    crowded = {"text": "expulsions de lieux de vie " * 3, "value": 1320, "source": "Nous " * 30, "bars": bars}
    with pytest.raises(Refused, match="leave a bar out"):
        draw(reel("fr", format="square", cuts=[{"card": crowded, "to": 3}], lower_thirds=[]), (270, 270), "rgb24")
    fewer = crowded | {"bars": bars[:5]}
    draw(reel("fr", format="square", cuts=[{"card": fewer, "to": 3}], lower_thirds=[]), (270, 270), "rgb24")


def test_every_template_asks_for_four_decisions_at_most():
    templates = dressing.listed()
    assert [template.name for template in templates] == list(TEMPLATES)
    for template in templates:
        assert 1 <= len(template.decisions) <= dressing.MOST_DECISIONS
        assert all(set(words) == {"fr", "en"} for words in (template.title, *template.decisions.values()))


def test_an_unknown_template_is_refused_with_the_known_ones():
    with pytest.raises(Refused, match="eviction, explainer, field, month, testimony"):
        draw(reel("fr", template="none"), (270, 480))
