"""Masks as they stand: versions by named people, gaps decided, one review; and what waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline import audit, composing, drafts, review
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import (
    Consent,
    Faces,
    FaceTimeline,
    Footage,
    How,
    PostState,
    Rendition,
    TimelineReview,
    User,
    Voice,
)
from pipeline.protection import consents, edits, record, timelines, withdrawing
from pipeline.protection.tracks import Box, Track
from tests.protection.settled import searched

FACE = Track((Box(0, 0.4, 0.4, 0.1, 0.1), Box(6, 0.5, 0.4, 0.1, 0.1)), 0.0, 6.4, 1)  # ends inside a film of 10 s
NEW = Box(1.0, 0.1, 0.1, 0.1, 0.1)


@pytest.fixture
def footage(world) -> Footage:
    row = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=world.intern)
    world.card().footage.add(row)
    return searched(row, (FACE,))


def decide_all(footage: Footage, by: User) -> None:
    for gap in timelines.gap_report(timelines.standing(footage)):
        timelines.decide(footage, gap.key, "hidden", by=by)


def rendered(world) -> Rendition:
    """The card as if it were made with the masks as they are now."""
    card = world.card()
    masks = {one.sha256: timelines.standing(one).sha256 for one in card.footage.all()}
    Rendition.objects.filter(pk=card.pk).update(spec={**card.spec, "masks": masks})
    card.refresh_from_db()
    return card


def settle(world, footage: Footage) -> Rendition:
    decide_all(footage, world.intern)
    timelines.review(footage, by=world.intern, seen=timelines.standing(footage).number)
    card = rendered(world)
    record.confirm(card, by=world.intern, faces=Faces.MASKED, voice=Voice.MUTED)
    return card


def test_every_edit_is_a_new_version_by_a_named_person_and_the_log_has_it(world, footage):
    first = timelines.standing(footage)
    second = edits.add(footage, NEW, start=1, end=2, by=world.editor)
    assert (second.number, second.made_by, second.before) == (2, world.editor, first)
    assert len(second.tracks) == 2 and len(first.tracks) == 1
    FaceTimeline.objects.get(pk=first.pk, sha256=first.sha256)  # as it was
    assert audit.last("faces.add") is not None and audit.verify().ok


def test_two_who_change_the_same_version_do_not_overwrite_each_other(world, footage):
    edits.add(footage, NEW, start=1, end=2, by=world.editor, seen=1)
    with pytest.raises(Refused, match="since you opened"):
        edits.delete(footage, 1, by=world.intern, seen=1)
    assert [track["number"] for track in timelines.standing(footage).tracks] == [1, 2]


def test_undo_goes_back_step_by_step_and_can_be_followed(world, footage):
    first = timelines.standing(footage).sha256
    second = edits.add(footage, NEW, start=1, end=2, by=world.editor).sha256
    edits.delete(footage, 1, by=world.editor)
    assert timelines.undo(footage, by=world.intern).sha256 == second
    assert timelines.undo(footage, by=world.intern).sha256 == first
    with pytest.raises(Refused, match="nothing to undo"):
        timelines.undo(footage, by=world.intern)
    assert timelines.standing(footage).number == 5


def test_one_person_is_shown_only_with_a_consent_and_hidden_again_when_it_ends(world, footage):
    for code in ("", "  ", "oui oui"):
        with pytest.raises(Refused, match="consent"):
            edits.show(footage, 1, code, by=world.editor)
    record_consent(world)
    edits.show(footage, 1, "C-014", by=world.editor)
    assert timelines.masks_of(timelines.standing(footage)).tracks[0].consent == "C-014"
    withdrawing.withdraw(consents.find("C-014"), by=world.intern)
    assert timelines.masks_of(timelines.standing(footage)).tracks[0].consent == ""
    assert edits.hide_all("C-014", by=world.coordinator) == []


def record_consent(world) -> None:
    scope = consents.Scope(face=True)
    consents.record("C-014", given_on=timezone.localdate(), how=How.values[0], scope=scope, by=world.intern)


def test_a_face_is_not_shown_longer_than_its_consent_lasts(world, footage):
    record_consent(world)
    edits.show(footage, 1, "C-014", by=world.editor)
    card = settle(world, footage)
    assert record.missing(card) == []
    Consent.objects.update(until=timezone.localdate() - timedelta(days=1))
    (why,) = record.missing(card)
    assert "C-014" in str(why)


def test_an_administrator_changes_and_confirms_nothing(world, footage):
    with pytest.raises(Refused, match="role"):
        edits.delete(footage, 1, by=world.administrator)
    with pytest.raises(Refused, match="role"):
        timelines.review(footage, by=world.administrator, seen=1)


def test_nobody_confirms_before_every_gap_was_looked_at(world, footage):
    with pytest.raises(Refused, match="1 places"):
        timelines.review(footage, by=world.intern, seen=1)
    (gap,) = timelines.gap_report(timelines.standing(footage))
    with pytest.raises(Refused, match="what you saw"):
        timelines.decide(footage, gap.key, "whatever", by=world.intern)
    with pytest.raises(Refused, match="not there any more"):
        timelines.decide(footage, "0" * 16, "hidden", by=world.intern)
    timelines.decide(footage, gap.key, "hidden", by=world.editor)
    held = timelines.review(footage, by=world.intern, seen=1)
    assert held.sha256 == timelines.standing(footage).sha256
    assert [(one["kind"], one["decision"], one["by"]) for one in held.gaps] == [("ends", "hidden", "noor")]


def test_only_the_version_that_was_seen_is_confirmed(world, footage):
    decide_all(footage, world.intern)
    edits.add(footage, NEW, start=0, end=9.95, by=world.editor)
    with pytest.raises(Refused, match="since you opened"):
        timelines.review(footage, by=world.intern, seen=1)


def test_a_moved_end_is_another_gap_that_asks_again(world, footage):
    decide_all(footage, world.intern)
    row = edits.last(footage, 1, 0.0, 7.0, by=world.intern)
    with pytest.raises(Refused, match="1 places"):
        timelines.review(footage, by=world.intern, seen=row.number)


def test_without_a_review_nothing_is_confirmed_or_submitted(world, footage):
    card = rendered(world)
    with pytest.raises(Refused, match="Nobody has reviewed the masks"):
        record.confirm(card, by=world.intern, faces=Faces.MASKED, voice=Voice.MUTED)
    with pytest.raises(NotReady, match="Nobody has reviewed the masks"):
        review.submit(world.draft(), by=world.intern)


def test_what_was_rendered_with_other_masks_is_neither_confirmed_nor_submitted(world, footage):
    card = rendered(world)
    edits.add(footage, NEW, start=0, end=9.95, by=world.intern)
    decide_all(footage, world.intern)
    timelines.review(footage, by=world.intern, seen=2)
    with pytest.raises(Refused, match="not rendered with the reviewed masks"):
        record.confirm(card, by=world.intern, faces=Faces.MASKED, voice=Voice.MUTED)
    with pytest.raises(NotReady, match="not rendered with the reviewed masks"):
        review.submit(world.draft(), by=world.intern)


def test_a_film_cut_without_masks_is_not_submitted_even_where_the_masks_are_reviewed(world, footage):
    settle(world, footage)
    card = world.card()
    Rendition.objects.update(spec={name: value for name, value in card.spec.items() if name != "masks"})
    card.refresh_from_db()
    with pytest.raises(NotReady, match="not rendered with the reviewed masks"):
        review.submit(world.draft(), by=world.intern)


def test_settled_it_is_submitted_and_the_record_names_the_masks(world, footage):
    card = settle(world, footage)
    assert review.submit(world.draft(), by=world.intern)
    assert card.protections.get().masks_sha256 == timelines.standing(footage).sha256


def test_an_edit_voids_the_review_and_the_approval_and_the_editor_becomes_an_author(world, footage):
    settle(world, footage)
    post = world.approved()
    edits.add(footage, NEW, start=0, end=9.95, by=world.second)
    post.refresh_from_db()
    assert post.state == PostState.DRAFT and timelines.in_force(footage) is None
    assert post.contributions.filter(user=world.second, part="mask").exists()
    assert [one.code for one in composing.problems(post.variants.get())] == ["unprotected"]


def test_another_cut_of_the_footage_keeps_the_review(world, footage):
    card = settle(world, footage)
    other = Rendition.objects.get(pk=card.pk)
    other.pk, other.inputs_sha256, other.spec = None, "9" * 64, {**card.spec, "cuts": "another"}
    other.save()
    other.footage.set([footage])
    assert timelines.unsettled(other, footage) is None
    (missing,) = record.missing(other)  # these bytes still have to be watched
    assert "watch it and confirm" in str(missing)


def test_whoever_changed_or_reviewed_masks_does_not_approve_what_shows_them(world, footage):
    edits.add(footage, NEW, start=0, end=9.95, by=world.second)
    settle(world, footage)
    revision = review.submit(world.draft(), by=world.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=world.second)
    assert review.approve(revision, by=world.coordinator)


def test_a_review_that_ignored_edits_would_let_unseen_masks_out(world, footage, monkeypatch):
    """The broken variant: a review that holds for every version."""
    settle(world, footage)
    edits.delete(footage, 1, by=world.intern)
    assert record.missing(world.card())
    held = TimelineReview.objects.latest("pk")
    monkeypatch.setattr(timelines, "in_force", lambda _footage: held)
    assert record.missing(world.card()) == []


# -------------------------------------------------------------------------------------------------------------- machine


class Protecting(RuleBasedStateMachine):
    """People edit, decide, review, render, confirm and submit in any order; the oracle keeps its own books."""

    world = None

    def __init__(self) -> None:
        super().__init__()
        world = Protecting.world
        self.world, self.card = world, world.card()
        self.footage = Footage.objects.create(
            sha256=f"{Footage.objects.count():064x}", size=1, kind="video", added_by=world.intern
        )
        self.card.footage.set([self.footage])
        Rendition.objects.filter(pk=self.card.pk).update(spec={"template": "figure"})
        self.card.refresh_from_db()
        self.card.protections.update(withdrawn_at=self.card.ready_at)
        searched(self.footage, (FACE,))
        self.post = drafts.create(
            "Octobre",
            [drafts.Piece(world.channel, {"fr": "132 expulsions."}, [(self.card, "132 expulsions, en barres.")])],
            by=world.intern,
        )
        self.seen: str | None = None  # the masks that a person confirmed, until somebody changes them
        self.used: str | None = None  # those in the file
        self.watched = False

    def now(self) -> str:
        return timelines.standing(self.footage).sha256

    @rule(left=st.integers(1, 8))
    def add(self, left):
        edits.add(self.footage, Box(0, left / 10, 0.1, 0.1, 0.1), start=0, end=9.95, by=self.world.editor)
        self.seen = None

    @rule()
    def undo(self):
        try:
            timelines.undo(self.footage, by=self.world.editor)
        except Refused:
            return
        self.seen = None

    @rule()
    def decide(self):
        decide_all(self.footage, self.world.editor)

    @rule()
    def confirm_masks(self):
        row = timelines.standing(self.footage)
        try:
            timelines.review(self.footage, by=self.world.editor, seen=row.number)
        except Refused:
            assert any(gap.key not in timelines.decisions(self.footage) for gap in timelines.gap_report(row))
            return
        self.seen = row.sha256

    @rule()
    def render(self):
        rendered_now = {self.footage.sha256: self.now()}
        Rendition.objects.filter(pk=self.card.pk).update(spec={"template": "figure", "masks": rendered_now})
        self.card.refresh_from_db()
        if self.used != self.now():  # other masks, other bytes
            self.watched = False
            self.card.protections.update(rendition_sha256="0" * 64)
        self.used = self.now()

    @rule()
    def watch(self):
        try:
            record.confirm(self.card, by=self.world.editor, faces=Faces.MASKED, voice=Voice.NONE)
        except Refused:
            assert not (self.seen and self.seen == self.used)
            return
        assert self.seen == self.used == self.now()
        self.watched = True

    @precondition(lambda self: self.post.state == PostState.DRAFT)
    @rule()
    def submit(self):
        try:
            review.submit(self.post, by=self.world.intern)
        except Refused:
            assert not self.may_go()
            return
        assert self.may_go()

    def may_go(self) -> bool:
        return self.watched and self.seen is not None and self.seen == self.used == self.now()

    @invariant()
    def what_waits_to_be_read_is_protected(self):
        self.post.refresh_from_db()
        if self.post.state == PostState.IN_REVIEW:
            assert self.may_go()
        assert (record.missing(self.card) == []) == self.may_go()


@pytest.mark.django_db
def test_no_order_of_steps_gets_unprotected_footage_submitted(world):
    from hypothesis.stateful import run_state_machine_as_test

    Protecting.world = world
    run_state_machine_as_test(
        Protecting,
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
