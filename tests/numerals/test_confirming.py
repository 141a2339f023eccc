"""A number that the post's summary does not hold keeps the post back until somebody types it again."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import audit, drafts, numerals, review, summaries
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Contribution, NumeralConfirmation, Post
from pipeline.numerals import known
from pipeline.numerals.checking import strangers_in
from pipeline.passages import Place
from pipeline.protection import textscan
from tests.numerals.conftest import draft
from tests.worlds import World

pytestmark = pytest.mark.django_db
HEADLINE = "En octobre 2026, l’équipe a observé au moins 7 expulsions de 7 lieux de vie dans le Calaisis."


def asked(post: Post) -> list[str]:
    return [one.numeral.text for one in numerals.of_post(post)]


def test_what_the_summary_says_in_each_of_its_languages_passes_as_it_is(
    world: World, note: summaries.SummaryResult
) -> None:
    held = known.of([note.row])
    for name, texts in note.sentences.items():
        for lang, text in texts.items():
            assert strangers_in(Place("text", lang, text), held) == [], (name, lang)
    for card in note.definition.cards:
        for lang in note.definition.languages:
            alt = summaries.alt_text(note, lang, card)
            assert strangers_in(Place("alt", lang, alt), held) == [], (card, lang)


def digits_of(text: str) -> list[int]:
    """Where a figure's digits stand in a sentence: every digit that is not of its date."""
    dated = [span for one in re.finditer(r"(?<!\d)\d{4}(?!\d)", text) for span in range(*one.span())]
    return [at for at, sign in enumerate(text) if sign.isdigit() and at not in dated]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_digit_is_always_caught(world: World, note: summaries.SummaryResult, data: st.DataObject) -> None:
    """Any digit of any figure, in any language; also where the new number is another figure of the same note."""
    held = known.of([note.row])
    said = [(lang, text) for texts in note.sentences.values() for lang, text in texts.items() if digits_of(text)]
    lang, text = data.draw(st.sampled_from(said))
    at = data.draw(st.sampled_from(digits_of(text)))
    zero = ord(text[at]) - int(text[at])
    other = data.draw(st.integers(0, 9).filter(lambda n: n != int(text[at])))
    changed = text[:at] + chr(zero + other) + text[at + 1 :]
    assert strangers_in(Place("text", lang, changed), held), changed


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEADLINE, []),
        (HEADLINE.replace("7 exp", "sept exp"), []),
        (HEADLINE.replace("7 exp", "8 exp"), ["8"]),
        (HEADLINE.replace("7 exp", "huit exp"), ["huit"]),
        (HEADLINE.replace("7 exp", "７ exp"), []),
        (HEADLINE + " Des centaines de personnes.", ["centaines"]),
        (HEADLINE + " #Calais62 https://exemple.org/98 à 8 h 30", []),
        (HEADLINE.replace("octobre 2026", "octobre 2025"), []),
    ],
)
def test_words_and_digits_are_compared_with_the_figures(
    world: World, note: summaries.SummaryResult, text: str, wanted: list[str]
) -> None:
    assert asked(draft(world, note, text)) == wanted


def test_a_number_that_counts_another_noun_is_asked_about(world: World, note: summaries.SummaryResult) -> None:
    """140 people were evicted in 7 evictions: "7 personnes" and "140 expulsions" are what papers print by mistake."""
    wrong = draft(world, note, "7 personnes ont été expulsées lors de 140 expulsions.")
    assert [(one.numeral.text, one.noun) for one in numerals.of_post(wrong)] == [
        ("7", "personnes"), ("140", "expulsions"),
    ]  # fmt: skip
    assert asked(draft(world, note, "140 personnes ont été expulsées lors de 7 expulsions.")) == []


ROWS = "| expulsions | au moins 7 |\n\n| personnes | au moins 140 |\n\n| lieux de vie | 7 |"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (ROWS, []),
        (ROWS.replace("140", "7"), ["7"]),
        (ROWS.replace("moins 7", "moins 140"), ["140"]),
        ("| Total | au moins 7 expulsions |", []),
        ("| Total | au moins 140 expulsions |", ["140"]),
        ("| personnes | 140 (au moins) |", []),
        ("| personnes | 7 (au moins) |", ["7"]),
    ],
)
def test_a_number_in_a_row_of_a_table_counts_what_stands_after_it_or_in_the_cell_before(
    world: World, note: summaries.SummaryResult, text: str, wanted: list[str]
) -> None:
    assert asked(draft(world, note, text)) == wanted


def test_the_post_is_refused_until_each_number_is_typed_again_by_an_author(
    world: World, note: summaries.SummaryResult
) -> None:
    post = draft(world, note, HEADLINE + " Il y a 12 associations.")
    with pytest.raises(NotReady, match="12"):
        review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="“12”"):
        numerals.confirm(post, "13", by=world.editor)
    (row,) = numerals.confirm(post, " 12 ", by=world.editor)
    assert (row.numeral, row.by, len(row.text_sha256)) == ("12", world.editor, 64)
    entry = AuditEntry.objects.get(action="numeral.confirmed")
    assert (entry.actor, entry.detail["numeral"]) == ("noor", "12")
    assert audit.verify().ok
    review.submit(post, by=world.intern)
    assert Contribution.objects.filter(post=post, user=world.editor, part="numeral").exists()


def test_a_phone_number_is_asked_about_once_by_the_scan_and_the_figures_beside_it_by_their_number(
    world: World, note: summaries.SummaryResult
) -> None:
    post = draft(world, note, HEADLINE.replace("7 exp", "8 exp") + " Appelez le 06 12 34 56 78.")
    assert asked(post) == ["8"]
    assert [(one.finding.kind, one.finding.text) for one in textscan.of_post(post)] == [
        (textscan.Kind.PHONE, "06 12 34 56 78")
    ]


def test_whoever_confirms_a_number_cannot_approve_the_post(world: World, note: summaries.SummaryResult) -> None:
    post = draft(world, note, HEADLINE + " Il y a 12 associations.")
    numerals.confirm(post, "12", by=world.coordinator)
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=world.coordinator)
    review.approve(revision, by=world.second)


def test_a_confirmation_is_void_when_the_text_changes(world: World, note: summaries.SummaryResult) -> None:
    post = draft(world, note, HEADLINE + " Il y a 12 associations.")
    numerals.confirm(post, "12", by=world.intern)
    assert asked(post) == []
    drafts.set_text(post.variants.get(), "fr", HEADLINE + " Il y a 12 associations !", by=world.intern)
    assert asked(post) == ["12"]


def test_without_the_texts_hash_it_would_stay_confirmed(world: World, note: summaries.SummaryResult) -> None:
    """The broken variant: a confirmation of the number alone covers a text that nobody confirmed."""
    post = draft(world, note, HEADLINE + " Il y a 12 associations.")
    numerals.confirm(post, "12", by=world.intern)
    drafts.set_text(post.variants.get(), "fr", "12 personnes sont mortes.", by=world.intern)
    loose = set(NumeralConfirmation.objects.values_list("numeral", flat=True))
    assert [one for one in asked(post) if one not in loose] == []
    assert asked(post) == ["12"]


def test_a_number_in_arabic_may_be_typed_with_the_digits_at_hand(world: World, note: summaries.SummaryResult) -> None:
    post = draft(world, note, "١٢ جمعية", "ar")
    (row,) = numerals.confirm(post, "12", by=world.intern)
    assert row.numeral == "١٢"


def test_a_submitted_post_confirms_nothing_and_readers_confirm_nothing(
    world: World, note: summaries.SummaryResult
) -> None:
    post = draft(world, note, HEADLINE + " Il y a 12 associations.")
    with pytest.raises(Refused):
        numerals.confirm(post, "12", by=world.administrator)
    numerals.confirm(post, "12", by=world.intern)
    review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="take it back"):
        numerals.confirm(post, "12", by=world.intern)


def test_a_post_that_no_summary_gave_is_not_asked(world: World) -> None:
    assert asked(world.draft("Nous étions 12 hier.")) == []


def test_descriptions_and_what_a_card_shows_are_read_too(world: World, note: summaries.SummaryResult) -> None:
    """The card of the small world was drawn by hand: 132 and 38 % are no figures of this note."""
    piece = drafts.Piece(world.channel, {"fr": HEADLINE}, [(world.card(), "Une carte avec 99 barres.")])
    post = drafts.create("Octobre", [piece], by=world.intern, summary=note.row)
    found = {(one.place.field, " ".join(one.numeral.text.split())) for one in numerals.of_post(post)}
    assert {("media[0].alt", "99"), ("media[0]", "132"), ("media[0]", "38 %")} <= found
    assert not any(text in ("A7F3", "2026", "2025") for _field, text in found)


def test_the_command_shows_and_confirms(world: World, note: summaries.SummaryResult, typed) -> None:
    post = draft(world, note, HEADLINE + " Il y a 12 associations.")
    assert [one["number"] for one in typed("numerals", post.pk, "--json")["left"]] == ["12"]
    assert "12 associations" in typed("numerals", post.pk)
    assert "12" in typed("submit", post.pk, "--as", "camille", fails=True)
    assert "--as" in typed("numerals", post.pk, "--confirm", "12", fails=True)
    told = typed("numerals", post.pk, "--confirm", "12", "--as", "noor", "--json")
    assert (told["confirmed"], told["left"]) == (["12"], [])
    typed("submit", post.pk, "--as", "camille")
