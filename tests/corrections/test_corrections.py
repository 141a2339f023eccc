"""Rows change after posts have shown their figures: the posts are marked, held back, corrected; what is out is not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from pipeline import composing, corrections, delivery, drafts, numerals, planning, review, summaries
from pipeline.composing import NotReady
from pipeline.corrections import finding
from pipeline.errors import Refused
from pipeline.models import (
    AuditEntry,
    Correction,
    Import,
    Notice,
    Post,
    PostState,
    Publication,
    PublicationState,
    Receipt,
    User,
)
from pipeline.observations.importing import undo
from pipeline.summaries import definitions
from tests.importing import import_here
from tests.numerals.conftest import TODAY, draft, records
from tests.worlds import World

pytestmark = pytest.mark.django_db
HEADLINE = "En octobre 2026, l’équipe a observé au moins 7 expulsions de 7 lieux de vie dans le Calaisis."
NOW = "En octobre 2026, l’équipe a observé au moins 6 expulsions de 6 lieux de vie dans le Calaisis."
SEVEN, SIX = {8: 9, 9: 5, 10: 7}, {8: 9, 9: 5, 10: 6}


def again(folder: Path, months: dict[int, int], *, people: int | str = 20, name: str = "again.csv") -> Import:
    """The records once more, as they are now; rows that are no more are dropped."""
    report = import_here(
        records(folder, name, months, people), "observations", by=None, drop_vanished=True, today=TODAY
    )
    return Import.objects.get(pk=report.import_id)


def planned(world: World, post: Post) -> Publication:
    """The post approved and due in a while."""
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    at = timezone.now() + timedelta(minutes=5)
    return planning.schedule(post, planning.wall_time(at.isoformat()), by=world.intern, in_quiet_time=True)[0]


def send(post: Post, world: World) -> None:
    """The post, out on its channel as its adapter would leave it."""
    row = planned(world, post)
    item = review.Revision.objects.filter(post=post).latest().items.get()
    Publication.objects.filter(pk=row.pk).update(state=PublicationState.PUBLISHED, item=item)
    Receipt.objects.create(
        publication=row, channel=world.channel, remote_id="1", url="https://exemple.org/1", published_at=timezone.now()
    )


def told(post: Post) -> dict[str, tuple[str, str]]:
    return {one.name: (one.was, one.now) for one in Correction.objects.filter(post=post, settled_at=None)}


def test_a_post_out_is_marked_with_the_old_and_the_new_figure_and_stays_as_it_is(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    send(post, world)
    before = list(post.variants.values_list("texts__text", flat=True))
    cause = again(tmp_path, SIX)
    assert told(post) == {"expulsions": ("7", "6"), "lieux": ("7", "6")}
    post.refresh_from_db()
    assert post.state == PostState.APPROVED
    assert list(post.variants.values_list("texts__text", flat=True)) == before
    (listed,) = corrections.waiting()
    assert (listed.post, listed.out, listed.corrections[0].cause) == (post, True, cause)
    entry = AuditEntry.objects.get(action="figure.changed")
    assert entry.detail["figures"] == ["expulsions", "lieux"]


def test_only_posts_that_show_the_figure_are_marked(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    tents = draft(world, note, "En octobre 2026, l’équipe a compté au moins 140 personnes.")
    free = world.draft("7 expulsions, dit la presse.")
    shown = draft(world, note, HEADLINE)
    again(tmp_path, SEVEN, people=21)
    assert told(tents) == {"personnes": ("140", "147")}
    assert told(shown) == told(free) == {}


def test_a_change_of_another_month_that_is_compared_with_is_found_too(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    trend = note.sentences["trend"]["fr"]
    post, plain = draft(world, note, f"{HEADLINE}\n\n{trend}"), draft(world, note, HEADLINE)
    again(tmp_path, {8: 9, 9: 6, 10: 7})
    assert told(post) == {"say.trend": (trend, "C’est 1 de plus qu’en septembre 2026.")}
    assert told(plain) == {}


def test_a_change_of_a_later_month_touches_nothing_and_computes_nothing(
    world: World, note: summaries.SummaryResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = draft(world, note, HEADLINE)
    computed: list[str] = []
    real = summaries.compute
    monkeypatch.setattr(summaries, "compute", lambda name, period: computed.append(period) or real(name, period))
    again(tmp_path, SEVEN | {11: 3})
    assert (told(post), computed) == ({}, [])
    again(tmp_path, SIX | {11: 3}, name="third.csv")
    assert computed == ["2026-10"]


def test_an_upper_end_that_changed_is_found_where_the_post_says_it_and_corrected(
    world: World, note: summaries.SummaryResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """140 to 210 people were seen, then it is 140 to 217: the lower end, which another post says alone, stays."""
    exact = note.definition.metrics["personnes"].model_copy(update={"floor": False})  # a floor has no upper end
    told_whole = note.definition.model_copy(update={"metrics": {**note.definition.metrics, "personnes": exact}})
    monkeypatch.setattr(definitions, "load", lambda name: told_whole)
    again(tmp_path, SEVEN, people="20-30", name="ranges.csv")
    shown = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    post = draft(world, shown, "En octobre 2026, l’équipe a compté entre 140 et 210 personnes.")
    lower = draft(world, shown, "En octobre 2026, l’équipe a compté au moins 140 personnes.")
    send(post, world)
    again(tmp_path, SEVEN, people="20-31")
    assert (told(post), told(lower)) == ({"personnes": ("210", "217")}, {})
    made = corrections.correct(post, by=world.editor)
    assert "au lieu de 210 personnes, il faut lire 217 personnes" in made.variants.get().texts.get().text


def test_a_post_in_the_queue_is_held_back_and_never_goes_out_with_the_old_figure(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    row = planned(world, post)
    again(tmp_path, SIX)
    post.refresh_from_db()
    row.refresh_from_db()
    assert (post.state, row.state, row.item) == (PostState.DRAFT, PublicationState.PLANNED, None)
    with pytest.raises(NotReady, match="changed in the records"):
        review.submit(post, by=world.intern)
    for minute in range(0, 40, 5):
        with time_machine.travel(timezone.now() + timedelta(minutes=minute), tick=False):
            delivery.tick()
    assert world.sent() == []


def test_without_the_hold_the_old_figure_would_go_out(
    world: World, note: summaries.SummaryResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: an import that only makes a list."""
    monkeypatch.setattr(finding, "_hold_back", lambda post, by: None)
    post = draft(world, note, HEADLINE)
    row = planned(world, post)
    again(tmp_path, SIX)
    row.refresh_from_db()
    assert row.state == PublicationState.SCHEDULED


def test_the_people_concerned_are_told_once_and_the_mail_holds_no_figure(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    User.objects.update(email="a@exemple.org")
    post = draft(world, note, HEADLINE)
    again(tmp_path, SIX)
    rows = Notice.objects.filter(kind="correct")
    assert {row.recipient.username for row in rows} == {"camille", "samira", "jo"}
    assert {str(row.facts) for row in rows} == {str({"post": post.pk})}


def test_an_undo_that_brings_the_old_rows_back_settles_it(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    cause = again(tmp_path, SIX)
    undo(cause.pk, by=None)
    assert told(post) == {}
    assert {one.how for one in Correction.objects.filter(post=post)} == {"back"}
    assert numerals.of_post(post) == []


def test_an_undo_that_leaves_no_rows_marks_every_figure_shown(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    undo(Import.objects.get().pk, by=None)
    assert told(post) == {"expulsions": ("7", ""), "lieux": ("7", "")}
    with pytest.raises(Refused, match="holds no row"):
        corrections.correct(post, by=world.intern)


def test_a_second_change_is_told_anew_with_the_figure_that_stands_now(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    again(tmp_path, SIX)
    again(tmp_path, {8: 9, 9: 4, 10: 5}, name="third.csv")
    assert told(post) == {"expulsions": ("7", "5"), "lieux": ("7", "5")}


def test_a_post_that_is_not_out_is_drawn_again_and_read_again(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, f"{HEADLINE}\n\nVenez nous voir.")
    planned(world, post)
    again(tmp_path, SIX)
    assert corrections.correct(post, by=world.editor) == post
    (text,) = post.variants.get().texts.all()
    assert (text.text, text.read_by) == (f"{NOW}\n\nVenez nous voir.", None)
    assert told(post) == {}
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="fr"):
        review.approve(revision, by=world.coordinator)
    review.approve(revision, by=world.coordinator, accept_unread=["fr"])


def test_a_card_is_drawn_again_with_its_description(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    piece = drafts.summary_piece(note, world.channel, by=world.intern, langs=["fr"])
    post = drafts.create("Octobre", [piece], by=world.intern, summary=note.row)
    assert numerals.of_post(post) == []
    again(tmp_path, SIX)
    assert [one.code for one in composing.problems(post.variants.get())] == ["figure_changed"]
    corrections.correct(post, by=world.intern)
    use = post.variants.get().media.get()
    assert use.rendition.spec["data"]["figure"] == "6"
    assert use.alt.startswith("Octobre 2026, Calaisis\u00a0: au moins 6 expulsions de 6 lieux de vie.")
    assert numerals.of_post(post) == []


def test_a_post_that_is_out_gets_a_draft_that_says_what_changed_and_leads_to_it(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    send(post, world)
    again(tmp_path, SIX)
    made = corrections.correct(post, by=world.editor)
    assert made != post
    (text,) = made.variants.get().texts.all()
    assert text.text == (
        "Rectificatif : au lieu de 7 expulsions et 7 lieux de vie, il faut lire 6 expulsions et 6 lieux de vie.\n\n"
        f"{NOW}\n\nPremier post : https://exemple.org/1"
    )
    assert numerals.of_post(made) == []
    with pytest.raises(Refused, match=str(made.pk)):
        corrections.correct(post, by=world.intern)
    assert post.variants.get().texts.get().text == HEADLINE
    assert [(one.post, one.draft) for one in corrections.waiting()] == [(post, made)]
    drafts.mark_read(text, by=world.editor)
    send_correction(made, world)
    assert corrections.waiting() == []


def send_correction(made: Post, world: World) -> None:
    review.approve(review.submit(made, by=world.editor), by=world.second)
    at = timezone.now() + timedelta(minutes=30)
    row = planning.schedule(made, planning.wall_time(at.isoformat()), by=world.intern, in_quiet_time=True)[0]
    Publication.objects.filter(pk=row.pk).update(state=PublicationState.PUBLISHED)


def test_the_old_number_passes_only_in_the_sentence_that_corrects_it(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    send(post, world)
    again(tmp_path, SIX)
    made = corrections.correct(post, by=world.editor)
    text = made.variants.get().texts.get().text
    drafts.set_text(made.variants.get(), "fr", text.replace("au moins 6 exp", "au moins 7 exp"), by=world.editor)
    assert [one.numeral.text for one in numerals.of_post(made)] == ["7"]


def test_a_coordinator_may_let_it_stand_with_a_reason_and_then_approves_it_no_more(
    world: World, note: summaries.SummaryResult, tmp_path: Path
) -> None:
    post = draft(world, note, HEADLINE)
    again(tmp_path, SIX)
    with pytest.raises(Refused):
        corrections.keep(post, "parce que", by=world.intern)
    with pytest.raises(Refused, match="Say why"):
        corrections.keep(post, "  ", by=world.coordinator)
    corrections.keep(post, "Une ligne est en double dans le nouveau fichier.", by=world.coordinator)
    assert corrections.waiting() == []
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused):
        review.approve(revision, by=world.coordinator)


def test_the_commands_list_and_correct(world: World, note: summaries.SummaryResult, tmp_path: Path, typed) -> None:
    post = draft(world, note, HEADLINE)
    again(tmp_path, SIX)
    (one,) = typed("corrections", "--json")
    assert (one["post"], [f["now"] for f in one["figures"]]) == (post.pk, ["6", "6"])
    assert f"correct {post.pk}" in typed("corrections")
    assert f"correct {post.pk}" in typed("status")
    assert typed("correct", post.pk, "--as", "noor", "--json")["post"] == post.pk
    assert typed("corrections", "--json") == []
