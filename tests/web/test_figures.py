"""The pages of numbers to confirm, of figures that changed, and of a figure's code."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from django.test import Client

from pipeline import numerals, summaries
from pipeline.models import Correction, NumeralConfirmation, Post
from tests.corrections.test_corrections import HEADLINE, NOW, SIX, again
from tests.importing import import_here
from tests.numerals.conftest import TODAY, draft, records
from tests.web.studio import Studio


@pytest.fixture
def note(studio: Studio, tmp_path: Path) -> summaries.SummaryResult:
    import_here(records(tmp_path), "observations", by=None, today=TODAY)
    return summaries.compute("note_mensuelle", "2026-10", today=TODAY)


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def test_a_number_is_confirmed_on_its_page_by_typing_it(
    studio: Studio, note: summaries.SummaryResult, author: Client
) -> None:
    post = draft(studio, note, HEADLINE + " Il y a 12 associations.")
    assert f'href="/post/{post.pk}/numerals/"' in page_of(author, f"/post/{post.pk}/")
    page = page_of(author, f"/post/{post.pk}/numerals/")
    assert "<mark>12</mark> associations" in page
    given = dict(re.findall(r'type="hidden" name="(text|number)" value="([^"]*)"', page))
    wrong = author.post(f"/post/{post.pk}/numerals/", {**given, "typed": "13"})
    assert "Not done." in wrong.content.decode() and not NumeralConfirmation.objects.exists()
    author.post(f"/post/{post.pk}/numerals/", {**given, "typed": "12"})
    assert NumeralConfirmation.objects.get().by == studio.intern
    assert numerals.of_post(post) == []
    assert "camille" in page_of(author, f"/post/{post.pk}/numerals/").lower()


def test_whoever_only_manages_confirms_nothing(studio: Studio, note: summaries.SummaryResult, enter) -> None:
    post = draft(studio, note, HEADLINE + " 12.")
    assert enter(studio.administrator).get(f"/post/{post.pk}/numerals/").status_code == 403


def test_a_changed_figure_stands_on_the_post_the_list_and_the_calendar_and_is_taken_over(
    studio: Studio, note: summaries.SummaryResult, author: Client, tmp_path: Path
) -> None:
    post = draft(studio, note, HEADLINE)
    assert 'aria-labelledby="wrong"' not in page_of(author, "/")
    again(tmp_path, SIX)
    for path in (f"/post/{post.pk}/", "/corrections/"):
        page = page_of(author, path)
        assert "<del><bdi>7</bdi></del> → <ins><bdi>6</bdi></ins>" in page and "evictions" in page, path
    assert 'aria-labelledby="wrong"' in page_of(author, "/")
    answer = author.post(f"/post/{post.pk}/correct/", follow=True)
    assert "Drawn again" in answer.content.decode()
    assert Post.objects.get().variants.get().texts.get().text == NOW
    assert "No post shows a figure that changed." in page_of(author, "/corrections/")


def test_only_a_coordinator_lets_it_stand_and_says_why(
    studio: Studio, note: summaries.SummaryResult, author: Client, approver: Client, tmp_path: Path
) -> None:
    post = draft(studio, note, HEADLINE)
    again(tmp_path, SIX)
    author.post(f"/post/{post.pk}/keep/", {"reason": "non"})
    assert Correction.objects.filter(settled_at=None).count() == 2
    approver.post(f"/post/{post.pk}/keep/", {"reason": "Ligne en double."})
    assert {(one.how, one.reason) for one in Correction.objects.all()} == {("kept", "Ligne en double.")}


def test_a_code_leads_to_rows_files_query_definition_and_posts(
    studio: Studio, note: summaries.SummaryResult, author: Client, tmp_path: Path
) -> None:
    post = draft(studio, note, HEADLINE)
    code = note.figures["expulsions"].code
    found = author.get(f"/figures/?code=%23{code.lower()}")
    assert found["Location"] == f"/figures/{code}/"
    page = page_of(author, f"/figures/{code}/")
    kept = note.row.figures.get(code=code).provenance
    assert kept["sources"][0]["sha256"] in page and "f.csv" in page
    assert kept["query"].splitlines()[0] in page and note.definition.sha256[:16] in page
    assert f'href="/post/{post.pk}/"' in page
    # Seven rows of October, as the spreadsheet numbers them, oracle: the file itself.
    lines = records(tmp_path, "oracle.csv").read_text().splitlines()
    october = [str(number) for number, line in enumerate(lines, 1) if "/10/2026" in line and ";expulsion;" in line]
    assert re.findall(r'<td class="num">(\d+)</td><td dir', page) == october
    assert "no code" not in page and "A1" in page


def test_rows_that_changed_since_are_still_there_and_said_to_be(
    studio: Studio, note: summaries.SummaryResult, author: Client, tmp_path: Path
) -> None:
    again(tmp_path, SIX)
    assert page_of(author, f"/figures/{note.figures['expulsions'].code}/").count("changed since") == 1


def test_whoever_only_manages_sees_no_row(studio: Studio, note: summaries.SummaryResult, enter) -> None:
    page = page_of(enter(studio.administrator), f"/figures/{note.figures['lieux'].code}/")
    assert "Rows are shown to those who work with the records." in page
    assert not re.search(r"\bA1\b", page) and "Lieu de vie" not in page  # a form's token may hold the letters


def test_a_code_that_no_figure_has_is_said_so(studio: Studio, author: Client) -> None:
    for path in ("/figures/ZZZZ/", "/figures/?code=<b>"):
        answer = author.get(path)
        assert answer.status_code == 404 and "No figure has the code" in answer.content.decode()
        assert "<b>" not in answer.content.decode().split("<main")[1].split("code")[0]


def test_nobody_sees_a_figure_without_signing_in(studio: Studio, note: summaries.SummaryResult) -> None:
    for path in (f"/figures/{note.figures['lieux'].code}/", "/corrections/"):
        assert Client().get(path)["Location"].startswith("/sign-in/")
