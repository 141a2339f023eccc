"""One more channel, one channel less, one more language: from the page, with what it says and shows elsewhere."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import cards, delivery, drafts, planning, reach, review
from pipeline.errors import Refused
from pipeline.models import Contribution, Post, PostState, Publication, PublicationState, Variant
from pipeline.rendering import jobs
from tests.web.studio import path, press


def said(variant: Variant) -> dict[str, str]:
    return dict(variant.texts.values_list("lang", "text"))


@pytest.fixture
def facebook(studio):
    return studio.add_channel("facebook")


def sent(client, post: Post, **given: object) -> str:
    return html.unescape(client.post(path(post, "reach"), given, follow=True).content.decode())


def test_a_post_goes_to_one_more_channel_with_what_it_says_and_shows_on_another(studio, enter, facebook):
    post = studio.post()
    page = sent(enter(studio.editor), post, do="channel", channel=facebook.pk, like=post.variants.first().pk)
    assert "The channel is added." in page
    model, made = post.variants.get(channel=studio.instagram), post.variants.get(channel=facebook)
    languages = [lang for lang in facebook.languages if lang in said(model)]
    assert said(made) == {lang: said(model)[lang] for lang in languages} and languages
    assert list(made.media.values_list("rendition", "alt")) == list(model.media.values_list("rendition", "alt"))
    assert made.texts.filter(read_by=None).count() == made.texts.count(), "nobody has read them there"
    assert Contribution.objects.filter(post=post, user=studio.editor).exists(), "who added it is an author"


def test_a_card_is_drawn_anew_in_the_format_of_the_network(studio, facebook):
    card = jobs.card("figure", cards.sample("figure", "fr"), lang="fr", format="portrait", by=studio.intern, alt="132.")
    post = drafts.create(
        "Une carte", [drafts.Piece(studio.instagram, {"fr": "132."}, [(card, "132.")])], by=studio.intern
    )
    linkedin = studio.add_channel("linkedin")
    drawn = reach.add_channel(post, linkedin, by=studio.intern).media.get().rendition
    assert drawn.format != "portrait" and drawn.spec["data"] == card.spec["data"]
    assert (drawn.width, drawn.height) != (card.width, card.height)


def test_one_more_channel_ends_the_approval_and_the_time_is_asked_for_it_alone(studio, facebook):
    post = studio.in_review(read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    at = timezone.now() + timedelta(days=3)
    studio.place(post, at)
    before = set(Publication.objects.values_list("pk", "due_at"))
    reach.add_channel(post, facebook, by=studio.intern)
    post.refresh_from_db()
    assert post.state == PostState.DRAFT
    assert set(Publication.objects.values_list("state", flat=True)) == {PublicationState.PLANNED}
    made = planning.schedule(post, planning.wall_time(at.isoformat()), by=studio.intern, in_quiet_time=True)
    assert [row.channel for row in made] == [facebook]
    assert before < set(Publication.objects.values_list("pk", "due_at"))


def test_it_goes_nowhere_twice_and_what_is_out_is_copied_instead(studio, enter, facebook):
    post = studio.scheduled(minutes=1).variant.post
    with pytest.raises(Refused, match="goes to bluesky already"):
        reach.add_channel(post, studio.channel, by=studio.intern)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        delivery.tick()
        assert studio.sent()
    with pytest.raises(Refused, match="already out, or on its way"):
        reach.add_channel(post, facebook, by=studio.intern)
    assert post.variants.count() == 1


def test_it_is_taken_off_a_channel_until_it_was_submitted_or_planned(studio, enter):
    client, post = enter(studio.intern), studio.post()
    on = post.variants.get(channel=studio.channel)
    assert "does not go to Bluesky" in press(client, post, "reach", on.pk, "take-off")
    assert list(post.variants.values_list("channel", flat=True)) == [studio.instagram.pk]
    last = post.variants.get()
    assert "only channel" in press(client, post, "reach", last.pk, "take-off")
    other = studio.in_review()
    for variant in other.variants.all():
        assert "stays on record" in press(client, other, "reach", variant.pk, "take-off")
    other.refresh_from_db()
    assert other.variants.count() == 2 and other.state == PostState.IN_REVIEW, "what was refused changed nothing"


def test_a_language_is_added_where_it_lacks_and_replaced_where_it_stands(studio, enter):
    post = studio.post()
    client = enter(studio.intern)
    everywhere = [studio.instagram.pk, studio.channel.pk]
    page = sent(client, post, do="language", lang="de", text="132 Räumungen im Oktober.", on=everywhere)
    assert "counts as unread" in page
    assert all(said(one)["de"] == "132 Räumungen im Oktober." for one in post.variants.all())
    sent(client, post, do="language", lang="en", text="132 evictions.", on=[studio.channel.pk])
    on = {one.channel_id: said(one) for one in post.variants.all()}
    assert on[studio.channel.pk]["en"] == "132 evictions." != on[studio.instagram.pk]["en"]
    assert [one.position for one in post.variants.first().texts.order_by("position")] == [0, 1, 2, 3]
    assert "Not done." in sent(client, post, do="language", lang="de", text="  ", on=everywhere)
    assert "Not done." in sent(client, post, do="language", lang="xx", text="Mot", on=everywhere)


def test_readers_neither_add_nor_take_off(studio, enter, facebook):
    post = studio.post()
    with pytest.raises(Refused):
        reach.add_channel(post, facebook, by=studio.administrator)
    client = enter(studio.administrator)
    assert client.get(path(post, "reach")).status_code == 403
    assert client.post(path(post, "reach", post.variants.first().pk, "take-off")).status_code == 403
    assert post.variants.count() == 2
