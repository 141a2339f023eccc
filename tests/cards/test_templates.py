"""Templates and brands of the same model that are not in this repository: written here, drawn by the same doors."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline import cards
from pipeline.cards import lint, templates
from pipeline.errors import Refused
from pipeline.rendering import brand as brands

CARD = """
languages = ["fr", "ar"]
[title]
fr = "Avis"
[contrast]
text = [["paper", "ink"]]
[slots.said]
role = "quote"
characters = 200
required = true
[slots.who]
role = "body"
characters = 60
[formats.square]
padding = [90, 90, 90]
[formats.square.slots]
said = { width = 900, largest = 90, smallest = 40, lines = 6 }
who = { width = 900, largest = 36, smallest = 24 }
[formats.badge]
padding = [20, 20, 20]
[formats.badge.slots]
said = { width = 360, largest = 40, smallest = 20, lines = 6 }
who = { width = 360, largest = 24, smallest = 20 }
"""
CSS = """.card { background: var(--ink); color: var(--paper); justify-content: center; }
.s-said { font-family: var(--quote); line-height: 1.2; }
"""
HTML = """{% from "macros.html.j2" import logo %}
{{ slots.said }}{{ slots.who }}
<div>{{ logo(64, "ink") }}</div>
"""
SAID = {"said": "« On nous a\u00a0réveillés à six heures »", "who": "M., Calais"}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one template, `notice`, with a format of its own."""
    folder = tmp_path / "cards" / "notice"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(CARD, "utf-8")
    (folder / "card.css").write_text(CSS, "utf-8")
    (folder / "card.html.j2").write_text(HTML, "utf-8")
    (folder.parent / "formats.toml").write_text("[badge]\nwidth = 400\nheight = 300\n", "utf-8")
    monkeypatch.setenv(templates.FOLDER, str(folder.parent))
    return folder


def _corner(data: bytes) -> Any:
    return Image.open(io.BytesIO(data)).convert("RGB").getpixel((3, 3))


def _changed(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_template_from_elsewhere_is_listed_and_drawn_in_its_own_format(elsewhere: Path) -> None:
    assert "notice" in [listed.name for listed in cards.listed()] and "figure" in templates.names()
    drawn = cards.draw("notice", SAID, lang="fr", format="badge", mime="image/png")
    assert (drawn.width, drawn.height) == (400, 300) and _corner(drawn.data) == (0x15, 0x18, 0x1D)
    assert [text.text for text in drawn.texts] == [
        "«\u00a0On nous a\u00a0réveillés à\u00a0six heures\u00a0»",
        "M., Calais",
    ]


def test_a_card_that_is_not_its_own_is_drawn_beside_it(elsewhere: Path) -> None:
    assert cards.draw("figure", cards.sample("figure"), lang="fr", format="link").width == 1200


def test_another_brand_folder_dresses_every_template_anew(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = cards.draw("figure", cards.sample("figure"), lang="fr", format="link", mime="image/png")
    brand = tmp_path / "other"
    shutil.copytree(brands.BRAND_DIR, brand)
    _changed(brand / "tokens.toml", '"#15181D"', '"#0B3D2E"')
    _changed(brand / "tokens.toml", '"#F4C20D"', '"#9CD3F0"')
    _changed(
        brand / "fonts.toml", '[families."Archivo"]', '[scripts.latn]\ntitle = "Newsreader"\n\n[families."Archivo"]'
    )
    monkeypatch.setenv("PORTEVOIX_BRAND", str(brand))
    dressed = cards.draw("figure", cards.sample("figure"), lang="fr", format="link", mime="image/png")
    assert _corner(usual.data) == (0xF4, 0xC2, 0x0D) and _corner(dressed.data) == (0x9C, 0xD3, 0xF0)
    assert _corner(cards.draw("notice", SAID, lang="fr", format="badge", mime="image/png").data) == (0x0B, 0x3D, 0x2E)


def test_a_changed_template_or_brand_is_seen_by_its_fingerprint(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [cards.fingerprint("notice"), cards.fingerprint("notice")]
    assert seen[0] == seen[1] != cards.fingerprint("figure")
    _changed(elsewhere / "card.css", "1.2", "1.25")
    seen.append(cards.fingerprint("notice"))
    shutil.copytree(brands.BRAND_DIR, tmp_path / "other")
    _changed(tmp_path / "other" / "tokens.toml", "#15181D", "#0B3D2E")
    monkeypatch.setenv("PORTEVOIX_BRAND", str(tmp_path / "other"))
    seen.append(cards.fingerprint("notice"))
    assert len(set(seen)) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("tokens.toml", 'ink = "#15181D"', 'ink = "black"'), "ink is black"),
        (("tokens.toml", "[colours]", "[colors]"), "'colours' is missing"),
        (("tokens.toml", '"megaphone.svg"', '"none.svg"'), "none.svg"),
        (("tokens.toml", "[colours]", "[colours"), "other/tokens.toml cannot be read"),
        (("fonts.toml", '"Inter"]', '"Interr"]'), "Interr"),
    ],
)
def test_what_is_wrong_in_a_brand_is_one_sentence(tmp_path: Path, change: tuple[str, str, str], said: str) -> None:
    shutil.copytree(brands.BRAND_DIR, tmp_path / "other")
    _changed(tmp_path / "other" / change[0], *change[1:])
    with pytest.raises(Refused, match=said):
        brands.load(tmp_path / "other")


def test_a_brand_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nowhere/tokens\.toml cannot be read"):
        brands.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("card.html.j2", "slots.who", "slots.whom"), r"notice/card\.html\.j2, line 2: .*whom"),
        (("card.html.j2", "{{ slots.who }}", "{% if %}"), r"notice/card\.html\.j2, line 2: "),
        (("card.html.j2", "{{ slots.who }}", "{{ 1 / 0 }}"), r"line 2: division by zero"),
        (("card.html.j2", "{{ slots.who }}", "{{ slots.__class__.__mro__ }}"), r"line 2: .*unsafe"),
        (("card.html.j2", "{{ slots.who }}", '{% include "../../secret" %}'), r"line 2: "),
        (("card.toml", 'role = "quote"', 'role = "shout"'), r"notice/card\.toml: said has the role shout"),
        (("card.toml", "[formats.square]", "[formats.poster]"), r"notice/card\.toml: formats\.poster is none of"),
        (("card.toml", "who = { width = 900, largest = 36, smallest = 24 }", ""), r"card\.toml: who needs a place"),
        (("card.toml", 'languages = ["fr", "ar"]', ""), r"notice/card\.toml: languages is missing"),
        (("card.toml", "[title]", "[title"), r"notice/card\.toml cannot be read"),
        (("card.toml", "characters = 200", "letters = 200"), r"notice/card\.toml: .*letters"),
    ],
)
def test_what_is_wrong_in_a_template_is_one_sentence_with_its_file(
    elsewhere: Path, change: tuple[str, str, str], said: str
) -> None:
    _changed(elsewhere / change[0], *change[1:])
    with pytest.raises(Refused, match=said):
        cards.draw("notice", SAID, lang="fr", format="square")


TRAPS = [
    ("card.css", "\n\n.s-who { width: clamp(1px, 2px, 3px); }", r"card\.css, line 5: clamp\(\)"),
    ("card.css", ".s-who { font-size:min(2px, 3px); }", r"min\(\)"),
    ("card.css", ".s-who { -webkit-line-clamp: 2; }", "never cut"),
    ("card.css", ".s-who { text-overflow: ellipsis; }", "never cut"),
    ("card.css", ".s-who { hyphens: auto; }", "hyphenates"),
    ("card.css", ".card img { filter: blur(2px); display: inline; }", "inline picture"),
    ("card.css", "@import 'x.css';", "loads nothing"),
    ("card.css", ".s-who { background: url(https://a.example/x.png); }", "loads nothing"),
    ("card.html.j2", "<style>.card { color: red }</style>", "styles stand in"),
    ("card.html.j2", "<svg><text>x</text></svg>", "words in SVG"),
    ("card.html.j2", "Menschen&shy;rechte", "soft hyphen"),
    ("card.html.j2", '<img src="logo">', "width and height"),
    ("card.html.j2", '<img width="9" height="9" src="file:///etc/hostname">', "loads nothing"),
]


@pytest.mark.parametrize(("file", "trap", "said"), TRAPS)
def test_what_the_engine_would_draw_otherwise_is_refused_before(
    elsewhere: Path, file: str, trap: str, said: str
) -> None:
    path = elsewhere / file
    path.write_text(path.read_text("utf-8") + trap, "utf-8")
    with pytest.raises(Refused, match=said):
        cards.draw("notice", SAID, lang="fr", format="square")


def test_a_trap_that_is_only_spoken_of_is_none(elsewhere: Path) -> None:
    path = elsewhere / "card.css"
    path.write_text(path.read_text("utf-8") + "/* no clamp(), no line-clamp */", "utf-8")
    lint.check(elsewhere)


def test_no_template_of_ours_walks_into_a_trap() -> None:
    for name in templates.names():
        lint.check(templates.CARDS_DIR / name)
    lint.check(templates.CARDS_DIR)
