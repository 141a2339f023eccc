"""The pages of recipes: what there is, and one form that drafts and plans."""

from __future__ import annotations

import re

import pytest

from pipeline import recipes
from pipeline.models import Post, Publication, VariantText
from pipeline.rendering import jobs
from tests.planning.conftest import Drawing
from tests.planning.newsroom import bring_in
from tests.web.studio import drawn

WEEK = {
    "period": "2026-10", "first": "2099-01-05", "at": "09:00",
    "posts": ["expulsions", "lieux", "tentes", "arrestations", "mineurs", "personnes", "methode"],
}  # fmt: skip


@pytest.fixture
def records(studio, tmp_path, monkeypatch) -> None:
    """October's records, and pictures that cost nothing."""
    bring_in(tmp_path)
    monkeypatch.setattr(jobs.cards, "draw", lambda _name, data, **_look: Drawing(drawn(len(data["label"]))))


def ask(client, name="semaine", **given):
    return client.post(f"/recipes/{name}/", given, follow=True).content.decode()


def test_every_recipe_is_listed_and_leads_to_its_page(author):
    page = author.get("/recipes/").content.decode()
    for name in recipes.listed():
        assert f'href="/recipes/{name}/"' in page
        assert author.get(f"/recipes/{name}/").status_code == 200
    assert author.get("/recipes/nowhere/").status_code == 404


def test_the_form_knows_the_last_whole_month_the_channels_that_take_such_posts_and_the_titles(studio, author):
    shut = studio.add_channel("facebook")
    shut.active = False
    shut.save()
    page = author.get("/recipes/semaine/").content.decode()
    assert re.search(r'name="period" value="\d{4}-\d\d"', page)
    ticked = re.findall(r'name="channels" value="(\d+)"[^>]*checked', page)
    assert {int(pk) for pk in ticked} == {studio.channel.pk, studio.instagram.pk}
    words = author.get("/recipes/annonce/").content.decode()
    assert f'name="channels" value="{studio.instagram.pk}"' not in words and 'name="text_fr"' in words


def test_titles_are_shown_for_another_period_before_anything_is_made(studio, author):
    page = ask(author, **{**WEEK, "period": "2026-03"}, look="1")
    assert "Tents seized – March 2026" in page and "Not done." not in page and not Post.objects.exists()


@pytest.mark.parametrize("wrong", [{"period": "mars"}, {"first": ""}, {"posts": []}, {"posts": ["x"]}, {"at": "25:00"}])
def test_what_is_wrong_is_said_on_the_form_and_nothing_is_made(studio, author, records, wrong):
    page = ask(author, **{**WEEK, "channels": [studio.channel.pk], **wrong})
    assert "Not done." in page and not Post.objects.exists()


@pytest.mark.parametrize("period", ["x", "2999-01", "", "2026-04-15..2026-03-01", "2026/10"])
def test_an_address_with_no_period_of_ours_says_so_on_the_page(studio, author, period):
    answer = author.get("/recipes/semaine/", {"period": period})
    assert answer.status_code == 200 and "Not done." in answer.content.decode()
    assert author.get("/recipes/annonce/", {"period": period}).status_code == 200
    assert "Not done." in ask(author, **{**WEEK, "period": period}, look="1")


def test_a_stretch_of_days_is_a_period_too(studio, author, records):
    stretch = "2026-03-01..2026-04-15"
    assert 'maxlength="22"' in author.get("/recipes/semaine/", {"period": stretch}).content.decode()
    page = ask(author, **{**WEEK, "period": stretch}, channels=[studio.channel.pk], draft="1")
    assert "Ensure this value" not in page


def test_another_period_with_a_slash_is_refused_on_the_page_of_the_summary(author, records):
    for period in ("10/2026", "../x", "/", "mars"):
        page = author.get("/summaries/note_mensuelle/2026-10/", {"period": period}, follow=True)
        assert page.status_code == 200 and 'class="wrong"' in page.content.decode()


def test_a_week_is_drafted_and_planned_with_one_button_and_leads_to_its_first_post(studio, author, records):
    page = ask(author, **WEEK, channels=[studio.channel.pk, studio.instagram.pk])
    assert "7 posts are drafted." in page and "Evictions – October 2026</h1>" in page
    days = {row.wall_time.day for row in Publication.objects.all()}
    assert days == {5, 6, 7, 8, 9, 10, 11} and Publication.objects.count() == 14


def test_posts_can_be_left_away_and_drafts_be_made_without_a_time(studio, author, records):
    page = ask(author, **{**WEEK, "posts": ["tentes", "methode"]}, channels=[studio.channel.pk], draft="1")
    assert "2 posts are drafted." in page and not Publication.objects.exists()
    assert set(Post.objects.values_list("title", flat=True)) == {
        "Tents seized – October 2026", "How we count – October 2026"
    }  # fmt: skip


def test_a_post_that_finds_no_place_is_said_beside_those_that_do(studio, author, records):
    studio.channel.slots.create(weekday=0, at="08:00", zone="Europe/Paris")
    page = ask(author, **{**WEEK, "at": ""}, channels=[studio.channel.pk])
    assert page.count("has no free slot on") == 6 and "The post is drafted and has its time." in page
    nothing = ask(author, **{**WEEK, "at": "", "first": "2099-01-06", "posts": ["lieux"]}, channels=[studio.channel.pk])
    assert "Not done." in nothing and Post.objects.count() == 1


def test_words_and_films_are_taken_from_the_form(studio, author):
    given = {"first": "2099-01-05", "at": "09:00"}
    ask(author, "annonce", **given, posts=["annonce"], channels=[studio.channel.pk], text_fr="À 15 h.\r\nVenez.")
    assert VariantText.objects.get().text == "À 15 h.\nVenez."
    film = studio.video()
    page = ask(author, "terrain", **given, posts=["reel"], channels=[studio.instagram.pk], reel=film.pk, text_fr="Là.")
    assert "The post is drafted" in page
    assert Post.objects.order_by("-pk").first().variants.get().media.get().rendition == film
    assert "at least one language" in ask(author, "annonce", **given, posts=["annonce"], channels=[studio.channel.pk])


def test_a_recipe_that_cannot_be_used_says_why_on_the_page(studio, author, tmp_path, monkeypatch):
    (tmp_path / "semaine.yaml").write_text("recipe: semaine\n", encoding="utf-8")
    monkeypatch.setattr(recipes.listed, "__defaults__", (tmp_path,))
    monkeypatch.setattr(recipes.load, "__defaults__", (tmp_path,))
    for address in ("/recipes/", "/recipes/semaine/"):
        assert "semaine.yaml cannot be used" in author.get(address).content.decode()


def test_those_who_do_not_write_read_the_list_and_are_kept_out_of_the_form(studio, enter):
    reader = enter(studio.administrator)
    assert 'href="/recipes/semaine/"' not in reader.get("/recipes/").content.decode()
    assert reader.get("/recipes/semaine/").status_code == 403
    assert reader.post("/recipes/semaine/", WEEK).status_code == 403
    for page in ("/", "/drafts/"):
        assert 'href="/recipes/"' not in reader.get(page).content.decode()


def test_the_pages_are_in_french_for_who_reads_french(studio, enter):
    client = enter(studio.intern, "fr")
    assert "Une semaine de chiffres" in client.get("/recipes/").content.decode()
    page = client.get("/recipes/semaine/").content.decode()
    assert "Rédiger et planifier" in page and "Tentes saisies – " in page and "First day" not in page


def test_a_recipe_shows_the_card_of_each_post_with_the_figures_of_the_period(studio, author, records):
    page = author.get("/recipes/semaine/?period=2026-10").content.decode()
    assert 'value="2026-10"' in page and "/recipes/semaine/expulsions/2026-10.jpg" in page
    answer = author.get("/recipes/semaine/expulsions/2026-10.jpg")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert author.get("/recipes/semaine/expulsions/1999-10.jpg").status_code == 422
    assert author.get("/recipes/semaine/nonesuch/2026-10.jpg").status_code == 422
    assert author.get("/recipes/nowhere/expulsions/2026-10.jpg").status_code == 404
    assert not Post.objects.exists()


def test_the_page_of_a_summary_leads_to_the_posts_that_are_made_of_it(studio, author, records):
    page = author.get("/summaries/note_mensuelle/2026-10/").content.decode()
    assert 'href="/recipes/semaine/?period=2026-10"' in page and "/recipes/annonce/" not in page
