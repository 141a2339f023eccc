"""Links, tags and mentions: their byte offsets against an oracle that only slices bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publishers._base import Facet
from publishers._facets import find_facets, graphemes, validate_facets

WORDS = st.sampled_from([
    "Calais", "é", "\U0001f468‍\U0001f469‍\U0001f467", "#droits", "#حقوق", "https://example.org/a(b)",
    "(voir https://example.org/x).",
    "@note.example.org", "\u202f:", "«\u00a0#Été\u00a0»", "\n", "#", "#2026", "https://", "مرحبا",
    "a@b.org", "#ሰብኣዊ", "?",
])  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=12).map(" ".join)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one sign to a reader, 18 bytes


def said(text: str, facet: Facet) -> str:
    return text.encode()[facet.start : facet.end].decode()


@given(TEXTS)
@example("#a#b https://example.org/#c")
@settings(max_examples=300, deadline=None)
def test_every_facet_cuts_out_exactly_the_words_that_it_stands_for(text: str) -> None:
    found = find_facets(text, lambda handle: f"did:plc:{handle}")
    for facet in found:
        shown = said(text, facet)  # decoding fails if an offset is inside a character
        meant = {"link": facet.value, "tag": f"#{facet.value}", "mention": f"@{facet.value[8:]}"}[facet.kind]
        assert shown.replace("＃", "#").lower() == meant.lower()
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert validate_facets(text, found) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lire https://example.org/note.", [("link", "https://example.org/note")]),
        ("(https://example.org/a_(b))", [("link", "https://example.org/a_(b)")]),
        ("« https://example.org/é »", [("link", "https://example.org/é")]),
        ("https://example.org/x\u202f!", [("link", "https://example.org/x")]),
        ("https://example.org/#Calais", [("link", "https://example.org/#Calais")]),
        ("https:// et http://.", []),
        ("#Calais, #Grande-Synthe", [("tag", "Calais"), ("tag", "Grande")]),
        ("#1 mais #12mois", [("tag", "12mois")]),
        ("تقرير #حقوق_الإنسان اليوم", [("tag", "حقوق_الإنسان")]),
        ("ጸብጻብ #ሰብኣዊ", [("tag", "ሰብኣዊ")]),
        ("x#no &#39; a/#no", []),
        ("@note.example.org.", [("mention", "did:plc:note.example.org")]),
        ("info@example.org @seul", []),
        ("#" + "é" * 64, [("tag", "é" * 64)]),
        ("#" + "é" * 65, []),
    ],
)
def test_a_sentence_gives_the_links_tags_and_mentions_that_a_reader_sees(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = find_facets(text, lambda handle: f"did:plc:{handle}")
    assert [(facet.kind, facet.value) for facet in found] == expected


def test_an_unknown_handle_stays_plain_text() -> None:
    assert find_facets("Avec @nobody.example.org") == []


@pytest.mark.parametrize(
    ("facet", "word"),
    [
        (Facet(start=0, end=99, kind="tag", value="a"), "outside"),
        (Facet(start=3, end=2, kind="tag", value="a"), "outside"),
        (Facet(start=1, end=3, kind="tag", value="a"), "inside a character"),
        (Facet(start=0, end=1, kind="tag", value="a"), "inside a character"),
        (Facet(start=0, end=2, kind="tag", value="a" * 65), "more than 64"),
        (Facet(start=0, end=2, kind="link", value="javascript:x"), "https://"),
        (Facet(start=0, end=2, kind="tag", value=FAMILY * 36), "more than 64"),  # 36 signs to a reader, 648 bytes
        (Facet(start=0, end=2, kind="link", value="https://"), "https://"),
        (Facet(start=0, end=2, kind="link", value="https://example.org/a b"), "https://"),
        (Facet(start=0, end=2, kind="link", value="https://e.org/" + "é" * 4090), "https://"),
        (Facet(start=0, end=2, kind="mention", value="@somebody"), "account's id"),
        (Facet(start=0, end=2, kind="mention", value="did:"), "account's id"),
        (Facet(start=0, end=2, kind="mention", value="did:plc:abc "), "account's id"),
        (Facet(start=0, end=2, kind="mention", value="did:plc:abc:"), "account's id"),
    ],
)
def test_a_facet_that_the_server_would_swallow_is_refused_with_its_reason(facet: Facet, word: str) -> None:
    [problem] = validate_facets("éa", [facet])
    assert word in str(problem.sentence) and problem.field == "facets[0]"


def test_overlapping_facets_are_refused_whatever_their_order() -> None:
    long, inner = Facet(start=0, end=5, kind="tag", value="abcd"), Facet(start=2, end=3, kind="tag", value="c")
    assert [p.field for p in validate_facets("#abcd", [inner, long])] == ["facets[0]"]
    assert [p.field for p in validate_facets("#abcd", [long, inner])] == ["facets[1]"]


def test_a_family_is_one_character_for_a_reader() -> None:
    assert graphemes("\U0001f468‍\U0001f469‍\U0001f467") == 1 == graphemes("e\u0301")
