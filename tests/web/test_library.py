"""The library: found by words and tags, where it is used, and nothing that a page must not show."""

from __future__ import annotations

import re

import pytest

from pipeline import library
from pipeline.errors import Refused
from pipeline.models import Rendition, Tag


@pytest.fixture
def shelf(studio):
    """A post with two cards, a film in no post, and a card that failed."""
    post = studio.post("Octobre à Calais")
    film = studio.video()
    Rendition.objects.filter(pk=film.pk).update(alt="Deux personnes, de dos, près d’une tente.")
    Rendition.objects.create(kind="card", state="failed", inputs_sha256="f" * 64, spec={}, lang="fr", format="square",
                             requested_by=studio.intern)  # fmt: skip
    return post, film


def listed(client, query=""):
    page = client.get(f"/library/?{query}").content.decode()
    return [int(pk) for pk in re.findall(r'<li><a href="/library/(\d+)/">', page)]


def test_only_what_is_finished_stands_in_the_library_the_newest_first(studio, author, shelf):
    post, film = shelf
    cards = sorted({use.rendition_id for variant in post.variants.all() for use in variant.media.all()}, reverse=True)
    assert listed(author) == sorted([film.pk, *cards], reverse=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=tente", "film"), ("q=TENTE+dos", "film"), ("q=tente+Calais", "none"), ("q=octobre", "cards"),
     ("kind=reel", "film"), ("kind=card", "cards"), ("used=no", "film"), ("used=yes", "cards"), ("lang=ar", "none"),
     ("tag=loon", "film"), ("q=loon", "film"), ("kind=nonsense", "all"), ("q=%25", "none"), ("page=99", "all")],
)  # fmt: skip
def test_it_is_found_by_words_tags_kind_language_and_use(studio, author, shelf, query, found):
    post, film = shelf
    library.label(film, ["Loon"], by=studio.intern)
    cards = {use.rendition_id for variant in post.variants.all() for use in variant.media.all()}
    assert (
        set(listed(author, query))
        == {"film": {film.pk}, "cards": cards, "none": set(), "all": cards | {film.pk}}[found]
    )


def test_a_file_s_page_says_where_it_is_used_and_keeps_its_tags(studio, author, shelf):
    post, film = shelf
    card = post.variants.first().media.first().rendition
    assert "Octobre à Calais" in author.get(f"/library/{card.pk}/").content.decode()
    page = author.get(f"/library/{film.pk}/").content.decode()
    assert "In no post yet." in page and "/footage/" in page
    page = author.post(f"/library/{film.pk}/", {"tags": " Tente ,  loon-plage, tente,"}, follow=True).content.decode()
    assert 'value="loon-plage, tente"' in page
    author.post(f"/library/{film.pk}/", {"tags": "tente"})
    assert [tag.name for tag in Tag.objects.all()] == ["tente"], "a tag that nothing has is gone"


def test_a_tag_that_is_none_changes_nothing_and_says_why(studio, author, shelf):
    _post, film = shelf
    library.label(film, ["tente"], by=studio.intern)
    for wrong in ("<script>", "a" * 41, ",".join(f"t{n}" for n in range(13))):
        page = author.post(f"/library/{film.pk}/", {"tags": wrong}).content.decode()
        assert "is no tag" in page or "12 tags at most" in page
    assert [tag.name for tag in film.tags.all()] == ["tente"]


def test_who_does_not_write_looks_and_changes_nothing(studio, enter, shelf):
    _post, film = shelf
    reader = enter(studio.administrator)
    page = reader.get(f"/library/{film.pk}/").content.decode()
    assert '<form method="post" class="fields"' not in page and 'href="/footage/' not in page
    assert reader.post(f"/library/{film.pk}/", {"tags": "x"}).status_code == 403
    with pytest.raises(Refused):
        library.label(film, ["x"], by=studio.administrator)


def test_the_page_costs_the_same_queries_however_full(studio, author, shelf, django_assert_max_num_queries):
    for number in range(60):
        Rendition.objects.create(kind="card", state="ready", inputs_sha256=f"{number:064}", sha256=f"{number:064}",
                                 size=1, mime="image/jpeg", width=9, height=9, spec={}, lang="fr", format="square",
                                 requested_by=studio.intern)  # fmt: skip
    with django_assert_max_num_queries(10):
        assert len(listed(author)) == 48
    assert len(listed(author, "page=2")) == 15
