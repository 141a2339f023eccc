"""One post after the other: reading, submitting and approving lead to the next; copies and series from the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import drafts, review
from pipeline.models import Approval, Post, PostState, Publication, VariantText
from tests.web.studio import page_of, path, press


def planned(studio, title: str, days: int, **more) -> Post:
    post = studio.post(title, read=(), **more)
    studio.place(post, timezone.localtime().replace(hour=12) + timedelta(days=days))
    return post


def went(client, post: Post, *more, **given) -> str:
    """The address to which a button leads."""
    return client.post(path(post, *more), given)["Location"]


# ---------------------------------------------------------------------------------------------- reading


def test_one_button_notes_all_languages_that_are_ticked_and_no_other(studio, author):
    post = studio.post(read=())
    page = page_of(author, post)
    ticks = [lang for lang in ("fr", "en", "ar") if f'name="lang" value="{lang}" checked' in page]
    assert ticks == ["fr", "en"] and 'name="lang" value="ar"' in page  # nobody knows that she reads Arabic
    assert "you have read these texts" in press(author, post, "read", lang=["fr", "en"])
    read = {(t.lang, t.read_by) for t in VariantText.objects.filter(variant__post=post)}
    assert read == {("fr", studio.intern), ("en", studio.intern), ("ar", None)}
    post.refresh_from_db()
    assert post.state == PostState.DRAFT


def test_a_language_that_somebody_read_before_is_ticked_for_them_the_next_time(studio, author):
    arabic = VariantText.objects.get(variant__post=studio.post(read=()), lang="ar")
    drafts.mark_read(arabic, by=studio.intern)
    assert 'name="lang" value="ar" checked' in page_of(author, studio.post("Suite", read=()))


def test_reading_and_submitting_leads_to_ones_own_next_draft_that_has_a_time(studio, author):
    later, sooner = planned(studio, "Plus tard", 5), planned(studio, "Bientôt", 3)
    first = planned(studio, "D’abord", 1)
    studio.post("Sans heure", read=())
    planned(studio, "D’une autre", 2, by=studio.editor)
    assert went(author, first, "read", lang=["fr", "en"], submit="1") == path(sooner)
    shown = press(author, sooner, "read", lang=["fr", "en"], submit="1")
    assert "“Bientôt” is submitted. The next one to read: Plus tard" in shown
    assert went(author, later, "read", lang=["fr", "en"], submit="1") == path(later)
    assert set(Post.objects.filter(state=PostState.IN_REVIEW)) == {first, sooner, later}


def test_what_stands_against_a_submission_is_said_and_the_reading_counts(studio, author):
    post = studio.post(read=())
    post.variants.first().media.update(alt="")
    assert "Not done." in press(author, post, "read", lang=["fr"], submit="1")
    assert VariantText.objects.filter(variant__post=post, read_by=studio.intern).exists()
    post.refresh_from_db()
    assert post.state == PostState.DRAFT


def test_who_does_not_write_is_offered_nothing_and_notes_nothing(studio, enter):
    post, reader = studio.post(read=()), enter(studio.administrator)
    page = page_of(reader, post)
    for button in ("Read: submit", "Copy this post", "Every week"):
        assert button not in page
    for address, given in (("read", {"lang": ["fr"]}), ("copy", {}), ("series", {"weeks": "2"})):
        assert "Not done." in press(reader, post, address, **given)
    assert not VariantText.objects.exclude(read_by=None).exists() and Post.objects.count() == 1


# ---------------------------------------------------------------------------------------------- approving


@pytest.fixture
def three(studio) -> list[Post]:
    """Three posts that wait, the one that goes out first at the head."""
    posts = [studio.in_review(f"Post {n}", read=("fr", "en", "ar")) for n in range(3)]
    for days, post in zip((3, 1, 2), posts, strict=True):
        studio.place(post, timezone.localtime().replace(hour=12) + timedelta(days=days))
    return [posts[1], posts[2], posts[0]]


def test_approving_leads_to_the_next_post_that_waits_those_due_first_at_the_head(studio, approver, three):
    first, second, third = three
    assert went(approver, first, "approve", revision="1") == path(second)
    shown = press(approver, second, "approve", revision="1")
    assert f"“{second.title}” is approved. The next one to approve: {third.title}" in shown
    assert went(approver, third, "approve", revision="1") == path(third)
    assert Approval.objects.count() == 3


def test_a_post_that_one_worked_on_oneself_is_not_the_next_one(studio, approver, three):
    first, second, third = three
    # She changed the second one: it is a draft again, submitted anew by its author.
    text = VariantText.objects.filter(variant__post=second).first()
    drafts.set_text(text.variant, text.lang, "Autrement dit.", by=studio.coordinator)
    review.submit(Post.objects.get(pk=second.pk), by=studio.intern)
    assert went(approver, first, "approve", revision="1") == path(third)
    assert went(approver, third, "approve", revision="1") == path(third)


def test_a_refused_approval_stays_where_it_is(studio, approver, three):
    first = three[0]
    VariantText.objects.filter(variant__post=first, lang="ar").update(read_by=None)
    assert went(approver, first, "approve", revision="1") == path(first)
    assert not Approval.objects.exists()


# ---------------------------------------------------------------------------------------------- once more


def test_a_copy_is_made_with_one_button_and_is_the_page_one_comes_to(studio, author):
    post = studio.in_review()
    shown = press(author, post, "copy")
    twin = Post.objects.get(pk=post.pk + 1)
    assert "This is the copy" in shown and f"/post/{twin.pk}/text/" in shown
    assert twin.state == PostState.DRAFT


def test_a_series_is_planned_from_the_page_and_its_days_are_said(studio, author):
    post = studio.post()
    assert "Every week" not in page_of(author, post)
    assert "no time yet" in press(author, post, "series", weeks="2")
    studio.place(post, timezone.localtime().replace(year=2099, month=1, day=7, hour=12))
    assert "Every week" in page_of(author, post)
    shown = press(author, post, "series", weeks="2")
    assert "14 January, 21 January" in shown and Publication.objects.count() == 6
    again = press(author, post, "series", weeks="2")
    assert again.count("goes out at that time already") == 2 and "No week was planned." in again
    assert "1 to 53" in press(author, post, "series", weeks="many")
