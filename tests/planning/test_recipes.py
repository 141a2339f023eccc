"""Recipes: a file that people edit, a week of posts from one summary, each in its place or left out aloud."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
import yaml

from pipeline import composing, drafts, planning, recipes, summaries
from pipeline.errors import Refused
from pipeline.models import Channel, Post, PostKind, Publication, Rendition, VariantText
from pipeline.planning import likeness, slots
from pipeline.recipes import Given, definitions
from pipeline.summaries import definitions as declared
from tests.planning.newsroom import bring_in
from tests.web.studio import Studio

MONDAY = date(2099, 1, 5)
OCTOBER = Given(period="2026-10")


@pytest.fixture
def desk(db, home, tmp_path) -> Studio:
    """Four accounts of four networks, and October's records."""
    studio = Studio(tmp_path)
    for network in ("facebook", "linkedin"):
        studio.add_channel(network)
    bring_in(tmp_path)
    return studio


def week(desk, name="semaine", given=OCTOBER, **more):
    return recipes.week(recipes.load(name), given, by=desk.intern, first=MONDAY, **more)


def walls(rows):
    return sorted({row.wall_time.strftime("%a %d %H:%M") for row in rows})


# ---------------------------------------------------------------------------------------------- the files


def test_every_declared_recipe_can_be_used(db):
    assert {"bulletin", "semaine", "annonce", "terrain"} <= set(recipes.listed())
    assert [recipes.load(name).recipe for name in recipes.listed()] == recipes.listed()


def test_an_unknown_recipe_is_refused_naming_those_that_exist():
    with pytest.raises(Refused, match="bulletin"):
        recipes.load("nowhere")


def changed(folder: Path, change) -> None:
    """The weekly recipe with something changed in its file, read again."""
    given = yaml.safe_load((definitions.FOLDER / "semaine.yaml").read_text(encoding="utf-8"))
    change(given)
    (folder / "semaine.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    recipes.load("semaine", folder)


MISTAKES = {
    "a strange sentence": (lambda r: r["posts"][2]["say"].update(headline="tentz"), r"posts\.tentes\.say: no sentence"),
    "a strange card": (lambda r: r["posts"][3].update(card="poster"), r"posts\.arrestations\.card: no card poster"),
    "a strange place": (lambda r: r["posts"][0]["say"].update(title="headline"), r"posts\.1\.say\.title"),
    "no source": (lambda r: r["posts"][0].update(say={"headline": "headline"}), "say: the places source are empty"),
    "no card": (lambda r: r["posts"][0].pop("card"), r"posts\.expulsions\.card: name one"),
    "a strange key": (lambda r: r.update(when="monday"), "when: "),
    "two of a name": (lambda r: r["posts"][1].update(name="expulsions"), "expulsions stands there twice"),
    "no posts": (lambda r: r.update(posts=[]), "posts: "),
    "a strange summary": (lambda r: r.update(summary="note"), "no summary note; there are .*note_mensuelle"),
    "no summary": (lambda r: r.pop("summary"), "name one where the source is summary"),
    "a strange language": (lambda r: r.update(languages=["xx"]), "xx is not in"),
    "a strange network": (lambda r: r.update(networks=["fax"]), "networks: no fax; there are bluesky"),
    "a strange kind": (lambda r: r.update(kind="urgent"), "kind: "),
    "another name": (lambda r: r.update(recipe="autre"), "write semaine"),
    "a strange word": (lambda r: r["posts"][0]["title"].update(fr="{month}"), r"\{month\} stands for nothing"),
    "words of its own": (lambda r: r["posts"][0].update(words={"fr": "{text}"}), "take their words from `say`"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_in_a_recipe_is_told_with_its_place_in_the_file(tmp_path, mistake):
    change, said = MISTAKES[mistake]
    with pytest.raises(Refused, match=said) as refusal:
        changed(tmp_path, change)
    sentence = str(refusal.value.sentence)
    assert "/semaine.yaml cannot be used; correct it: " in sentence
    assert "\n" not in sentence and "pydantic" not in sentence


def test_a_file_that_is_no_yaml_is_refused_in_one_line(tmp_path):
    (tmp_path / "semaine.yaml").write_text("recipe: [semaine\n", encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        recipes.load("semaine", tmp_path)
    assert "\n" not in str(refusal.value.sentence)


# ---------------------------------------------------------------------------------------------- a week


def test_a_week_is_seven_different_posts_a_day_on_four_networks_in_two_languages(desk):
    made = week(desk, at=time(9))
    assert not made.left_out and len(made.posts) == 7
    assert walls(made.publications) == [f"{day} 09:00" for day in
        ("Fri 09", "Mon 05", "Sat 10", "Sun 11", "Thu 08", "Tue 06", "Wed 07")]  # fmt: skip
    for number, post in enumerate(made.posts):
        variants = list(post.variants.select_related("channel", "post"))
        assert {v.channel.network for v in variants} == {"bluesky", "facebook", "instagram", "linkedin"}
        assert {tuple(t.lang for t in v.texts.all()) for v in variants} == {("fr", "en")}
        rows = Publication.objects.filter(variant__post=post)
        assert {(row.wall_time.day, row.state) for row in rows} == {(5 + number, "planned")}
        # Pictures, descriptions and lengths as each network takes them; only the protection of people is no question.
        assert [p.sentence for v in variants for p in composing.problems(v)] == []
    headlines = [post.variants.first().texts.get(lang="fr").text.split("\n")[0] for post in made.posts]
    assert len(set(headlines)) == 7 and all("octobre 2026" in line for line in headlines)
    assert "7 tentes" not in headlines[2] and "au moins 21 tentes saisies" in headlines[2]
    # Three shapes of seven cards: Bluesky's and Instagram's is the same file.
    assert Rendition.objects.count() == 21
    assert {(r.lang, r.state) for r in Rendition.objects.all()} == {("fr", "ready")}
    assert {post.summary.period for post in made.posts} == {"2026-10"}


def test_the_days_of_a_week_are_not_taken_for_one_another_and_the_same_week_again_is(desk, cheap_cards):
    made = week(desk, at=time(9), accounts=[desk.channel, desk.instagram])
    assert likeness.of_all(made.publications) == []
    again = week(desk, at=time(10), accounts=[desk.channel])
    found = likeness.of_all(again.publications[:1])
    assert {one.publication.variant.post for one in found} == {made.posts[0]}
    assert {one.what for one in found} == {"figures", "picture", "text"}


def test_the_same_recipe_again_draws_no_card_again(desk, cheap_cards):
    recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.intern)
    first = list(cheap_cards)
    recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.intern)
    assert len(first) == 3 and cheap_cards == first
    assert Post.objects.count() == 2


def test_each_post_takes_a_free_slot_of_its_own_day_before_the_hour_given(desk, cheap_cards):
    for day in range(7):
        slots.add(desk.channel, day, time(8), by=desk.intern)
        slots.add(desk.channel, day, time(18), by=desk.intern)
    taken = drafts.create("x", [drafts.Piece(desk.channel, {"fr": "Déjà là."})], by=desk.intern)
    planning.schedule(taken, planning.wall_time("2099-01-06 08:00"), by=desk.intern)
    made = week(desk, at=time(12), accounts=[desk.channel, desk.instagram])
    by_channel = {
        channel.name: [r.wall_time.strftime("%d %H:%M") for r in made.publications if r.channel == channel]
        for channel in (desk.channel, desk.instagram)
    }
    assert by_channel["bluesky"] == ["05 08:00", "06 18:00", *(f"{d:02} 08:00" for d in range(7, 12))]
    assert by_channel["hro-instagram"] == [f"{d:02} 12:00" for d in range(5, 12)]
    slotted = {row.channel.name for row in made.publications if row.slot}
    assert slotted == {"bluesky"}


def test_a_post_without_a_place_is_left_out_whole_and_told(desk, cheap_cards):
    slots.add(desk.channel, 0, time(8), by=desk.intern)  # Mondays only
    made = week(desk, accounts=[desk.channel])
    assert [post.title for post in made.posts] == ["Expulsions – octobre 2026"]
    assert len(made.left_out) == 6
    assert str(made.left_out[0].sentence) == "bluesky has no free slot on 2099-01-06: add one, or give an hour."
    assert Post.objects.count() == 1 and VariantText.objects.count() == 2


def test_a_post_whose_figure_is_not_known_is_left_out_and_its_day_stays_empty(db, home, tmp_path, cheap_cards):
    desk = Studio(tmp_path)
    bring_in(tmp_path, minors="?")
    made = week(desk, at=time(9), accounts=[desk.channel])
    assert [one.name for one in made.left_out] == ["mineurs"]
    assert "figure" in str(made.left_out[0].sentence)
    assert sorted(row.wall_time.day for row in made.publications) == [5, 6, 7, 8, 10, 11]


def test_a_day_that_is_over_and_a_quiet_hour_are_refused_for_each_post(desk, cheap_cards, settings):
    bulletin = recipes.load("bulletin")
    over = recipes.week(bulletin, OCTOBER, by=desk.intern, first=date(2020, 1, 6), at=time(9))
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    quiet = recipes.week(bulletin, OCTOBER, by=desk.intern, first=MONDAY, at=time(23))
    said = recipes.week(bulletin, OCTOBER, by=desk.intern, first=MONDAY, at=time(23), in_quiet_time=True)
    assert "is over" in str(over.left_out[0].sentence) and "quiet" in str(quiet.left_out[0].sentence)
    assert walls(said.publications) == ["Mon 05 23:00"] and Post.objects.count() == 1


def test_only_the_posts_that_were_chosen_are_made_in_their_order(desk, cheap_cards):
    given = Given(period="2026-10", only=["tentes", "lieux"], title="Semaine 45")
    made = recipes.draft(recipes.load("semaine"), given, by=desk.intern, accounts=[desk.channel])
    assert [post.title for post in made.posts] == [
        "Semaine 45 – Tentes saisies – octobre 2026", "Semaine 45 – Lieux de vie – octobre 2026"
    ]  # fmt: skip
    assert not made.publications
    with pytest.raises(Refused, match="expulsions"):
        recipes.draft(recipes.load("semaine"), Given(only=["x"]), by=desk.intern)


def test_a_person_reads_titles_in_their_own_language(desk, cheap_cards):
    desk.intern.language = "en"
    made = recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.intern, accounts=[desk.channel])
    assert made.posts[0].title == "Note – October 2026"


@pytest.fixture
def few_languages(monkeypatch):
    """The note, in French and English alone."""
    real = declared.load
    few = {"languages": ("fr", "en")}
    monkeypatch.setattr(declared, "load", lambda *given: real(*given).model_copy(update=few))


def test_a_recipe_in_a_language_that_its_summary_does_not_speak_is_refused(tmp_path, few_languages):
    with pytest.raises(Refused, match="does not speak de"):
        changed(tmp_path, lambda recipe: recipe.update(languages=["de"]))


def test_languages_that_the_summary_does_not_speak_are_left_away_and_a_channel_without_any_is_refused(
    desk, cheap_cards, few_languages
):  # fmt: skip
    Channel.objects.filter(pk=desk.channel.pk).update(languages=["de", "en"])
    desk.channel.refresh_from_db()
    made = recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.intern, accounts=[desk.channel])
    assert [t.lang for t in made.posts[0].variants.get().texts.all()] == ["en"]
    Channel.objects.filter(pk=desk.channel.pk).update(languages=["de"])
    desk.channel.refresh_from_db()
    made = recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.intern, accounts=[desk.channel])
    assert "speaks none of the languages of bluesky" in str(made.left_out[0].sentence)


# ---------------------------------------------------------------------------------------------- words and films


def test_given_words_go_to_every_channel_that_takes_words_alone_in_the_order_of_its_languages(desk):
    Channel.objects.filter(name="facebook").update(languages=["en", "fr"])
    given = Given(texts={"fr": "À 15 h.", "en": "At 3 p.m."})
    post = recipes.draft(recipes.load("annonce"), given, by=desk.intern).posts[0]
    assert post.kind == PostKind.NEWS
    said = {v.channel.name: [(t.lang, t.text) for t in v.texts.all()] for v in post.variants.all()}
    fr, en = ("fr", "À 15 h."), ("en", "At 3 p.m.")
    assert said == {"bluesky": [fr, en], "facebook": [en, fr], "linkedin": [fr, en]}
    with pytest.raises(Refused, match="at least one language"):
        recipes.draft(recipes.load("annonce"), Given(), by=desk.intern)


def test_a_film_takes_the_form_that_each_network_calls_it_by(desk):
    given = Given(texts={"fr": "Ce matin."}, media=[(desk.video(), "Deux personnes, de dos.")])
    post = recipes.draft(recipes.load("terrain"), given, by=desk.intern).posts[0]
    kinds = {v.channel.network: v.kind for v in post.variants.select_related("channel")}
    assert kinds == {"bluesky": "video", "facebook": "reel", "instagram": "reel", "linkedin": "video"}
    assert {t.text for t in VariantText.objects.filter(variant__post=post)} == {
        "Ce matin.\n\nLes visages sont masqués."
    }
    with pytest.raises(Refused, match="one film"):
        recipes.draft(recipes.load("terrain"), Given(texts={"fr": "Sans film."}), by=desk.intern)


def test_a_recipe_goes_to_its_networks_by_itself_and_to_others_that_are_named(desk, cheap_cards):
    press = desk.add_channel("newsletter")
    assert press in recipes.taking(recipes.load("semaine"))
    assert press not in recipes.channels_for(recipes.load("semaine"))
    assert press in recipes.channels_for(recipes.load("bulletin"))
    made = recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.intern, accounts=[press])
    assert [v.channel for v in made.posts[0].variants.all()] == [press]


def test_who_does_not_write_drafts_nothing(desk, cheap_cards):
    with pytest.raises(Refused, match="role"):
        recipes.draft(recipes.load("bulletin"), OCTOBER, by=desk.administrator)
    assert not cheap_cards and not Post.objects.exists()


def test_a_post_of_a_recipe_says_what_the_summary_says(desk, cheap_cards):
    """Oracle: the summary's own sentences, word for word."""
    result = summaries.compute("note_mensuelle", "2026-10")
    made = recipes.draft(recipes.load("semaine"), OCTOBER, by=desk.intern, accounts=[desk.instagram])
    for post, name in zip(made.posts, ("headline", "sites", "tents", "arrests", "minors", "people", "method"),
                          strict=True):  # fmt: skip
        for text in VariantText.objects.filter(variant__post=post):
            assert text.text.startswith(result.sentences[name][text.lang])
            assert result.sentences["source"][text.lang] in text.text
