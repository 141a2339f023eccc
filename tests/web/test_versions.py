"""What differs between versions of a post, and what people say of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone

from pipeline import comments, comparing, drafts, history, planning, review
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Comment, Notice, PostState, VariantMedia, VariantText
from tests.web.studio import page_of, path, press

OLD, NEW = "132 expulsions à Calais, dit-elle.", "138 expulsions à Calais et Grande-Synthe, dit-elle."


def marked(stretches):
    return "".join({"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}[one.fate].format(one.text) for one in stretches)


def first_text(post):
    return VariantText.objects.filter(variant__post=post, lang="fr").order_by("pk").first()


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (OLD, NEW, "[-132 -]{+138 +}expulsions à [-Calais, -]{+Calais et Grande-Synthe, +}dit-elle."),
        ("", "Oui.", "{+Oui.+}"),
        ("Oui.", "", "[-Oui.-]"),
        ("Un.\n\nDeux.", "Un.\n\nTrois.", "Un.\n\n[-Deux.-]{+Trois.+}"),
        ("Pareil.", "Pareil.", "Pareil."),
    ],
)
def test_words_are_marked_as_they_came_and_went_and_both_texts_can_be_read_from_it(old, new, shown):
    found = comparing.words(old, new)
    assert marked(found) == shown
    assert "".join(one.text for one in found if one.fate != "new") == old
    assert "".join(one.text for one in found if one.fate != "gone") == new


def test_a_text_of_one_word_over_and_over_is_marked_as_a_whole():
    old, new = "a " * 9_000, "a " * 8_999 + "b"
    assert comparing.words(old, new) == [comparing.Stretch("gone", old), comparing.Stretch("new", new)]
    assert comparing.words(old, old) == [comparing.Stretch("same", old)]


def test_every_part_that_is_noted_as_changed_has_a_word():
    assert str(history.named("voices")) == "voice"


@pytest.fixture
def twice(studio):
    """A post sent back once, changed in words, a description, a picture and a channel, and submitted again."""
    post = studio.in_review(read=("fr", "en", "ar"))
    studio.place(post, timezone.now() + timedelta(days=1))
    review.request_changes(post.revisions.latest(), by=studio.coordinator, text="Le chiffre est celui de mars.")
    row = first_text(post)
    drafts.set_text(row.variant, "fr", row.text.replace("132", "138"), by=studio.intern)
    drafts.mark_read(first_text(post), by=studio.editor)
    one, two = VariantMedia.objects.filter(variant=row.variant)
    drafts.set_alt(one, "138 expulsions en octobre.", by=studio.intern)
    drafts.set_rendition(two, studio.picture(57), by=studio.intern)
    planning.move(row.variant.publications.get(), planning.wall_time("2026-12-24 09:00"), by=studio.editor)
    post.refresh_from_db()
    review.submit(post, by=studio.intern)
    post.refresh_from_db()
    return post


def test_the_page_shows_what_changed_from_one_version_to_the_next_and_when_it_was_moved(twice, approver):
    shown = " ".join(approver.get(path(twice, "versions") + "?from=1&to=2").content.decode().split())
    assert "132 </del>" in shown and "138 </ins>" in shown
    assert "put in" in shown and "taken out" in shown and shown.count("<img") == 3
    assert "Nothing changed on:" in shown and "Bluesky" in shown.split("Nothing changed on:")[1]
    assert "gave it another time" in shown and "24 December, 09:00" in shown
    turned = approver.get(path(twice, "versions") + "?from=2&to=1").content.decode()
    assert turned.count("<ins>") == shown.count("<ins>")


def test_the_page_compares_with_the_post_as_it_stands_and_says_when_nothing_differs(twice, author, studio):
    assert "Nothing differs" in author.get(path(twice, "versions") + "?from=2").content.decode()
    drafts.set_text(first_text(twice).variant, "fr", "Tout autre.", by=studio.intern)
    assert "Tout autre." in author.get(path(twice, "versions") + "?from=2&to=now").content.decode()
    assert "never submitted" in author.get(path(studio.post("Neuf"), "versions")).content.decode()


def test_a_history_tells_who_changed_what_where_and_when_it_was_placed(twice, studio):
    told = [(one.who.username if one.who else None, str(one.what)) for one in reversed(history.of(twice))]
    assert told == [
        ("camille", "drafted it"), ("camille", "submitted it"), ("camille", "gave it a time"),
        ("samira", "asked for changes"), ("camille", "changed: text (français)"),
        ("camille", "changed: description of a picture"), ("camille", "changed: pictures and videos"),
        (studio.editor.username, "gave it another time"), ("camille", "submitted it"),
    ]  # fmt: skip


def test_whoever_approved_sees_that_it_changed_since_and_what(studio, approver, author):
    post = studio.in_review(read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    assert "Changed since you approved it" not in page_of(approver, post)
    drafts.set_text(first_text(post).variant, "fr", "Tout autre.", by=studio.intern)
    shown = page_of(approver, post)
    assert "Changed since you approved it" in shown and "versions/?from=1&amp;to=now" in shown
    assert "Changed since you approved it" not in page_of(author, post)
    drafts.mark_read(first_text(post), by=studio.editor)
    post.refresh_from_db()
    review.submit(post, by=studio.intern)
    assert "versions/?from=1&amp;to=2" in page_of(approver, post)
    post.refresh_from_db()
    review.approve(post.revisions.latest(), by=studio.coordinator)
    assert "Changed since you approved it" not in page_of(approver, post)


# ---------------------------------------------------------------------------------------------- comments


def test_a_comment_is_said_shown_and_settled_and_makes_nobody_an_author(studio, approver, author):
    studio.intern.email = "camille@example.org"
    studio.intern.save()
    post = studio.in_review()
    shown = press(approver, post, "comment", text="Et la source ?\r\n\r\n")
    assert "Et la source ?" in shown and "Samira Haddad" in shown
    assert post.contributions.filter(user=studio.coordinator).count() == 0
    assert Notice.objects.get(kind="comment").recipient == studio.intern
    row = Comment.objects.get()
    assert row.text == "Et la source ?"
    assert "settled by Camille Roux" in press(author, post, "comment", row.pk, "resolve")
    assert "Somebody settled this comment already." in press(approver, post, "comment", row.pk, "resolve")
    assert "Et la source" not in " ".join(str(entry.detail) for entry in AuditEntry.objects.all())


def test_a_comment_may_send_the_post_back_where_its_writer_decides(studio, approver, author):
    post = studio.in_review()
    assert "Ask for corrections with it" not in page_of(author, post)
    press(author, post, "comment", text="Non.", request_changes="1", revision=1)
    post.refresh_from_db()
    assert post.state == PostState.IN_REVIEW
    assert "Le lieu." in press(approver, post, "comment", text="Le lieu.", request_changes="1", revision=1)
    post.refresh_from_db()
    assert post.state == PostState.CHANGES_REQUESTED and not Comment.objects.exists()


def test_who_does_not_write_posts_reads_comments_and_says_none(studio, enter):
    post = studio.post()
    comments.say(post, "À relire.", by=studio.editor)
    client = enter(studio.administrator)
    assert "À relire." in page_of(client, post) and "never sent" not in page_of(client, post)
    assert "Your role does not write posts" in press(client, post, "comment", text="Non.")
    with pytest.raises(Refused):
        comments.say(post, " \u200b ", by=studio.editor)
    assert Comment.objects.count() == 1


def test_a_comment_of_another_post_is_not_settled_through_this_one(studio, author):
    one, two = studio.post("Un"), studio.post("Deux")
    row = comments.say(two, "Là.", by=studio.editor)
    assert author.post(path(one, "comment", row.pk, "resolve")).status_code == 404


# ---------------------------------------------------------------------------------------------- the commands


def test_the_commands_say_the_same(twice, studio, monkeypatch):
    from cli import main

    for name in ("commands._terminal.person", "commands.history.person"):
        monkeypatch.setattr(name, lambda _name: studio.editor)
    monkeypatch.setattr("pipeline.setup.require", lambda: None)

    def run(*given):
        answer = CliRunner().invoke(main, [*given, "--json"])
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.output)

    said = run("comment", str(twice.pk), "Et la source ?", "--as", "x")
    assert [one["text"] for one in said["comments"]] == ["Et la source ?"]
    number = said["comments"][0]["comment"]
    settled = run("comment", str(twice.pk), "--resolve", str(number), "--as", "x")
    assert settled["comments"][0]["resolved_by"] == studio.editor.username
    told = run("history", str(twice.pk), "--from", "1", "--to", "2")
    assert len(told["history"]) == 9 and len(told["comments"]) == 1
    (sheet,) = told["changed"]
    assert "[-132 -]{+138 +}" in sheet["texts"][0]["words"]
    assert [one["fate"] for one in sheet["pictures"]] == ["same", "new", "gone"]
    plain = CliRunner().invoke(main, ["history", str(twice.pk)]).output
    assert "Et la source ?" in plain and studio.editor.username in plain
    assert CliRunner().invoke(main, ["history", str(twice.pk), "--from", "9"]).exit_code == 1
