"""The page of the table: chosen, looked at, confirmed."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pipeline.models import Post, Publication

GOOD = "jour;heure;canal;titre;texte_fr\n2027-11-24;09:00;bluesky;La note <b>;132 expulsions.\n"


def choose(client, text, **more):
    file = SimpleUploadedFile("plan.csv", text.encode("utf-8-sig"), content_type="text/csv")
    return client.post("/plan/", {"file": file, **more}).content.decode()


def confirm(client, page, **more):
    content = re.search(r'name="content" value="([^"]+)"', page)[1]
    return client.post("/plan/", {"content": content, "confirm": "yes", **more}, follow=True).content.decode()


def test_a_table_is_looked_at_first_and_made_when_confirmed(author):
    page = choose(author, GOOD)
    assert "What would be made" in page and "La note &lt;b&gt;" in page and not Post.objects.exists()
    assert "In the calendar." in confirm(author, page)
    assert Publication.objects.count() == 1
    page = choose(author, GOOD)
    assert "Refused rows" in page and "already (post" in page and 'name="confirm"' not in page


def test_a_confirmation_is_tried_again_as_a_whole(author):
    page = choose(author, GOOD)
    confirm(author, page)
    assert "already (post" in confirm(author, page) and Post.objects.count() == 1


@pytest.mark.parametrize("text", ["", "nothing at all", "jour;heure\n1;2\n"])
def test_a_file_that_is_no_plan_is_answered_in_a_sentence(author, text):
    page = choose(author, text)
    assert "Not done." in page or "Choose the file" in page
    assert not Post.objects.exists()


def test_damaged_content_is_not_taken(author):
    assert author.post("/plan/", {"content": "%%%", "confirm": "yes"}).status_code == 200
    assert not Post.objects.exists()


def test_only_who_writes_sees_the_page(studio, enter):
    assert enter(studio.administrator).get("/plan/").status_code == 403


def test_the_month_can_be_taken_along_as_a_table(author):
    confirm(author, choose(author, GOOD))
    answer = author.get("/plan/2027-11.csv")
    assert "attachment" in answer["Content-Disposition"] and "132 expulsions." in answer.content.decode("utf-8-sig")
    assert author.get("/plan/2027-13.csv").status_code == 404
