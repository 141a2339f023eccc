"""Little text: what stands on LinkedIn of what was sent. Each case was written by hand from the documented grammar."""

from __future__ import annotations

import pytest

from sandbox.linkedin import LinkedIn
from sandbox.linkedin.littletext import RESERVED, render
from tests.sandbox.linked import Linked, error

ACME = "urn:li:organization:1234"


@pytest.mark.parametrize(
    ("sent", "shown", "lost"),
    [
        ("Hello World", "Hello World", ""),
        ("Two\n\nlines, “quotes” – and 100 %: fine!", "Two\n\nlines, “quotes” – and 100 %: fine!", ""),
        (r"2025 \(provisional\)", "2025 (provisional)", ""),
        ("2025 (provisional): all of this", "2025 ", "(provisional): all of this"),
        (r"a\_b\*c\~d \<e\> \{f\} \[g\] \| \\ \@ \#", r"a_b*c~d <e> {f} [g] | \ @ #", ""),
        ("snake_case", "snake", "_case"),
        ("a * b", "a ", "* b"),
        ("5 < 6", "5 ", "< 6"),
        ("me@example.org", "me", "@example.org"),
        ("a [link](https://example.org)", "a ", "[link](https://example.org)"),
        ("C:\\dir", "C:", "\\dir"),
        ("the end\\", "the end", "\\"),
        ("# not a hashtag", "", "# not a hashtag"),
        ("{hashtag|", "", "{hashtag|"),
        ("https://example.org/a\\_b?c=1&d=2", "https://example.org/a_b?c=1&d=2", ""),
        ("https://example.org/a_b", "https://example.org/a", "_b"),
        ("ትግርኛ العربية", "ትግርኛ العربية", ""),
        ("", "", ""),
    ],
)
def test_an_unescaped_sign_of_the_markup_ends_the_text(sent: str, shown: str, lost: str):
    told = render(sent, {})
    assert (told.text, told.lost) == (shown, lost)
    assert told.hashtags == told.mentions == []


@pytest.mark.parametrize("sign", RESERVED)
def test_every_reserved_sign_loses_the_rest_alone_and_stands_for_itself_escaped(sign: str):
    assert render(f"a {sign} b", {}).text == "a "
    told = render(f"a \\{sign} b", {})
    assert (told.text, told.lost) == (f"a {sign} b", "")


@pytest.mark.parametrize(
    ("sent", "shown", "tags"),
    [
        ("#Droits for all", "#Droits for all", ["Droits"]),
        ("say #été2026!", "say #été2026!", ["été2026"]),
        ("#حقوق", "#حقوق", ["حقوق"]),
        (r"#a\_b", "#a_b", ["a"]),
        (r"{hashtag|\#|mytag}", "#mytag", ["mytag"]),
        ("{hashtag|#|Technology} rules", "#Technology rules", ["Technology"]),
        (r"{hashtag|\#|a\_b}", "#a_b", ["a_b"]),
        ("x ＃wide", "x ＃wide", ["wide"]),
        (r"\#plain", "#plain", []),
    ],
)
def test_hashtags(sent: str, shown: str, tags: list[str]):
    told = render(sent, {})
    assert (told.text, told.hashtags, told.lost) == (shown, tags, "")


@pytest.mark.parametrize(
    ("sent", "shown", "found", "lost"),
    [
        (f"Hello @[Acme Corp]({ACME})!", "Hello Acme Corp!", 1, ""),
        (f"Hello @[ACME]({ACME})!", "Hello ACME!", 0, ""),
        (rf"@[Acme \(Lyon\)]({ACME}2)", "Acme (Lyon)", 1, ""),
        (f"Hello @[Acme Corp] ({ACME})", "Hello ", 0, f"@[Acme Corp] ({ACME})"),
        ("Hello @[Acme](urn:li:share:1)", "Hello ", 0, "@[Acme](urn:li:share:1)"),
        ("Hello @[Acme", "Hello ", 0, "@[Acme"),
    ],
)
def test_mentions(sent: str, shown: str, found: int, lost: str):
    told = render(sent, {ACME: "Acme Corp", f"{ACME}2": "Acme (Lyon)"})
    assert (told.text, len(told.mentions), told.lost) == (shown, found, lost)


def test_the_public_sees_the_rendering_and_the_page_its_own_markup(linkedin: LinkedIn):
    page = Linked(linkedin, linkedin.org_token, linkedin.organization.urn)
    sent = rf"With @[Elsewhere]({linkedin.elsewhere.urn}) \(2025\) #Droits and a (lost) end"
    urn = page.urn(sent)
    (row,) = linkedin.published()
    assert row["text"] == "With Elsewhere (2025) #Droits and a "
    assert row["options"]["lost"] == "(lost) end"
    assert row["options"]["hashtags"] == ["Droits"]
    (mention,) = row["options"]["mentions"]
    assert (mention["urn"], mention["at"]) == (linkedin.elsewhere.urn, "5")
    read = page.ask("GET", f"/rest/posts/{urn.replace(':', '%3A')}").json()
    assert read["commentary"] == sent


@pytest.mark.parametrize(
    ("text", "status"), [("é" * 3000, 201), ("é" * 3001, 400), ("😀" * 1501, 400), (r"\(" * 3000, 201)]
)
def test_the_length_is_of_what_is_shown(linkedin: LinkedIn, text: str, status: int):
    page = Linked(linkedin, linkedin.org_token, linkedin.organization.urn)
    answer = page.post(text)
    assert answer.status_code == status
    if status == 400:
        assert error(answer) == (400, "FIELD_LENGTH_TOO_LONG")
