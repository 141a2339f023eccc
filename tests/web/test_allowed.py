"""The page of numbers of few people."""

from __future__ import annotations

from pipeline.models import Allowance

ASKED = {
    "summary": "note_mensuelle",
    "period": "2026-10",
    "figure": "arrestations",
    "reason": "Le procès <b> est public.",
}


def test_one_asks_another_agrees_and_the_page_names_both(author, approver):
    assert "Nobody asked" in author.get("/few-people/").content.decode()
    page = author.post("/few-people/", ASKED, follow=True).content.decode()
    assert "Asked. It is told once a coordinator agrees." in page and "Le procès &lt;b&gt; est public." in page
    assert 'name="agree"' not in page
    row = Allowance.objects.get()
    page = approver.post("/few-people/", {"agree": row.pk}, follow=True).content.decode()
    assert "camille asked on" in page and "samira agreed on" in page
    page = approver.post("/few-people/", {"end": row.pk}, follow=True).content.decode()
    assert "samira ended it on" in page and 'name="end"' not in page


def test_nobody_agrees_to_what_they_asked(approver):
    page = approver.post("/few-people/", ASKED, follow=True).content.decode()
    assert 'name="agree"' not in page and 'name="end"' in page
    page = approver.post("/few-people/", {"agree": Allowance.objects.get().pk}).content.decode()
    assert "Not done." in page and "A second person has to agree" in page


def test_what_is_refused_is_said_and_what_was_typed_stays(author):
    page = author.post("/few-people/", ASKED | {"figure": "tentes"}).content.decode()
    assert "tentes is no figure of people" in page and 'value="tentes"' in page
    page = author.post("/few-people/", {"agree": "x"}).content.decode()
    assert "Not done." in page and not Allowance.objects.exists()


def test_an_administrator_asks_for_nothing(studio, enter):
    admin = enter(studio.administrator)
    assert admin.get("/few-people/").status_code == 200
    assert admin.post("/few-people/", ASKED).status_code == 403
