"""How the people of the machine use the doors of the tool, and what the witness is told of each answer."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine

from pipeline import audit, delivery, drafts, planning, review
from pipeline.errors import Refused
from pipeline.models import (
    Post,
    PostKind,
    Publication,
    PublicationState,
    Revision,
    RevisionItem,
    Role,
    User,
    VariantText,
)
from tests.faults import meddling
from tests.faults.stage import Stage
from tests.faults.witness import Left, Place, Told, Witness, folder_left

S = PublicationState
PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
FIRST_WORDS = "132 expulsions à Calais."


class Doors(RuleBasedStateMachine):
    """What the rules of the machine are made of; all of it is undone after each example."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.witness, self.rows, self.read, self.folders = Witness(), [], 0, set()
        self.stage.platform.moods.clear()
        self.stage.platform.asked.clear()

    def teardown(self) -> None:
        whole = audit.verify().ok
        self.clock.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        self.stage.mend()
        shutil.rmtree(self.stage.outbox, ignore_errors=True)
        assert whole

    def count(self) -> None:
        self.stage.seen["steps"] += 1

    def person(self, name: str) -> User:
        return self.stage.people[name]

    def chosen(self, n: int) -> tuple[Told, Post]:
        """The n-th post, the newest first, as a page that was just opened shows it."""
        told = self.witness.posts[-1 - n % len(self.witness.posts)]
        return told, Post.objects.get(pk=self.rows[self.witness.posts.index(told)])

    def place(self, n: int, m: int) -> tuple[Told, str, Publication] | None:
        """One of the n-th post's places in the calendar."""
        told, post = self.chosen(n)
        rows = list(Publication.objects.filter(variant__post=post).select_related("channel", "variant").order_by("pk"))
        newest = {row.channel.name: row for row in rows}
        if not newest:
            return None
        name = sorted(newest)[m % len(newest)]
        return told, name, newest[name]

    @contextlib.contextmanager
    def door(self, name: str):
        """Notes whether the door said yes or no; a no without a sentence in both languages is no answer."""
        try:
            yield
        except Refused as refusal:
            self.stage.seen[f"{name}: no"] += 1
            for lang in ("fr", "en"):
                if len(refusal.sentence.text(lang)) < 10:
                    self.witness.wrong.append(f"{name} was refused without a sentence")
        else:
            self.stage.seen[f"{name}: yes"] += 1

    def wall(self, minutes: int) -> planning.WallTime:
        at = timezone.now().astimezone(PARIS) + timedelta(minutes=minutes)
        return planning.wall_time(at.isoformat())

    def draft(self, by: str, names: list[str], langs: tuple[str, ...], picture: int | None, news: bool) -> bool:
        token = f"«{len(self.rows)}»"
        texts = {name: {lang: f"{token} {lang} {FIRST_WORDS}" for lang in langs} for name in names}
        chosen = [] if picture is None else [self.stage.pictures[picture]]
        pieces = [drafts.Piece(self.stage.channels[n], texts[n], [(p, f"alt {token}") for p in chosen]) for n in names]
        kind = PostKind.NEWS if news else PostKind.EVERGREEN
        with self.door("draft"):
            post = drafts.create(f"Post {token}", pieces, by=self.person(by), kind=kind)
            makers = {by} | {p.requested_by.username for p in chosen}
            shown = {name: [p.sha256 for p in chosen] for name in names}
            alts = {name: [f"alt {token}" for _p in chosen] for name in names}
            self.witness.posts.append(Told(token, str(kind), makers, texts, alts, shown))
            self.rows.append(post.pk)
            return True
        return False

    def reads(self, n: int, by: str) -> None:
        _told, post = self.chosen(n)
        for row in VariantText.objects.filter(variant__post=post):
            with self.door("mark read"):
                drafts.mark_read(row, by=self.person(by))

    def submits(self, n: int, by: str) -> None:
        _told, post = self.chosen(n)
        with self.door("submit"):
            review.submit(post, by=self.person(by))

    def approves(self, n: int, by: str, *, accept: bool, older: bool) -> None:
        told, post = self.chosen(n)
        revision = Revision.objects.filter(post=post).order_by("number" if older else "-number").first()
        if revision is None:
            return
        with self.door("approve"):
            review.approve(revision, by=self.person(by), accept_unread=("fr", "en", "de") if accept else ())
            rows = RevisionItem.objects.filter(revision=revision).select_related("variant__channel")
            self.witness.approved(told, by, [(r.variant.channel.name, r.submission, r.seal) for r in rows])
            if self.person(by).role != Role.COORDINATOR:
                self.witness.wrong.append(f"{by} approved without being a coordinator")

    def schedules(self, n: int, minutes: int, by: str) -> None:
        told, post = self.chosen(n)
        with self.door("schedule"):
            at = self.wall(minutes)
            for row in planning.schedule(post, at, by=self.person(by), in_quiet_time=True):
                told.places[row.channel.name] = Place(at.instant, at.wall.date())

    def agrees(self, by: str, told: Told) -> bool:
        return self.person(by).role == Role.COORDINATOR and by not in told.makers

    def tick(self) -> None:
        """One tick, what left in it, and what its rows say must be asked about now."""
        before = len(self.witness.left)
        delivery.tick()
        self.watch()
        self.stage.seen["left"] += len(self.witness.left) - before
        for row in Publication.objects.filter(state__in=[S.MISSED, S.FAILED, S.NEEDS_HUMAN]).select_related("channel"):
            told = self.witness.posts[self.rows.index(row.variant.post_id)]
            self.stage.seen[f"ended as {row.state}"] += not told.places[row.channel.name].asked
            told.places[row.channel.name].asked = True
            if not row.error:
                self.witness.wrong.append(f"a post ended as {row.state} without a sentence")

    def watch(self) -> None:
        """Lets the witness see what the platforms and the outbox have got since it last looked."""
        for one in self.stage.platform.asked[self.read :]:
            self.witness.leaves(Left(one.channel, one.submission, one.files, one.at, one.out_at is not None))
        self.read = len(self.stage.platform.asked)
        for found in sorted(set(self.stage.outbox.rglob("submission.json")) - self.folders):
            self.folders.add(found)
            self.witness.leaves(folder_left(found.parent, timezone.now()))

    def next_due(self) -> list[datetime]:
        places = [place for told in self.witness.posts for place in told.places.values()]
        return sorted(p.due for p in places if p.due > timezone.now() and not p.cancelled)

    def meddle(self, n: int, m: int, what: str) -> None:
        told, post = self.chosen(n)
        meddling.meddle(self.stage, told, post, sorted(told.texts)[m % len(told.texts)], what, m % 2)
