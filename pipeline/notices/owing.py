"""Who is owed a mail: one row per person and fact, written in the transaction of what befell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from pipeline.models import (
    AuditEntry,
    Channel,
    Comment,
    Hold,
    Mute,
    Notice,
    NoticeKind,
    Panic,
    Post,
    Publication,
    Role,
    User,
)
from pipeline.notices import kinds
from pipeline.notices.kinds import Group

BY_TIME = (NoticeKind.SILENT, NoticeKind.EXPIRING, NoticeKind.DIGEST)
About = Publication | Post | Comment | Channel | Hold | Panic | None


@dataclass(frozen=True)
class Fact:
    """What befell: the thing, which time it befell it, and the few words that the mail may hold of it."""

    subject: str
    occasion: str
    words: dict[str, Any] = field(default_factory=dict)
    post: Post | None = None
    planner: int | None = None


def owe(kind: NoticeKind | str, *, about: About = None, by: User | None = None) -> int:
    """How many people are now owed a mail about this; 0 where they already were.

    Call it inside the transaction in which the thing befell, with the person who did it, who is not told. A
    publication is read anew, so that an object as it was before an UPDATE will do. What only time brings, `watch` owes.
    """
    assert kind not in BY_TIME, f"{kind} is owed by watch()"
    return tell(NoticeKind(kind), _fact(NoticeKind(kind), about), by)


def tell(kind: NoticeKind, fact: Fact, by: User | None = None) -> int:
    """How many people are now owed a mail about this fact."""
    known = Notice.objects.filter(kind=kind, subject=fact.subject, occasion=fact.occasion)
    told = recipients(kind, fact.post, by, fact.planner).exclude(pk__in=known.values("recipient"))
    now = timezone.now()
    rows = [
        Notice(
            kind=kind, recipient=user, subject=fact.subject, occasion=fact.occasion, facts=fact.words, owed_at=now
        )
        for user in told
    ]  # fmt: skip
    # Another process may have written the same row since it was looked for: the database keeps one of them.
    return len(Notice.objects.bulk_create(rows, ignore_conflicts=True))


def recipients(
    kind: NoticeKind, post: Post | None, by: User | None = None, planner: int | None = None
) -> QuerySet[User]:
    """The people who are told: of the right group, active, with an address, who did not mute it nor do it."""
    groups = kinds.RULES[kind].to
    chosen = set(authors(post)) if Group.AUTHORS in groups and post else set()
    if Group.PLANNER in groups and planner:
        chosen.add(planner)
    if Group.TALKERS in groups and post:
        chosen |= set(post.comments.values_list("by_id", flat=True))
    if Group.OTHER_COORDINATORS in groups:
        chosen |= _of_role(Role.COORDINATOR) - (set(authors(post)) if post else set())
    if Group.COORDINATORS in groups:
        chosen |= _of_role(Role.COORDINATOR)
    if Group.ADMINISTRATORS in groups:
        chosen |= _of_role(Role.ADMINISTRATOR)
    muted = Mute.objects.filter(kind=kind)
    if kind in kinds.FIXED:  # a mute from before they became one does not count
        muted = muted.exclude(user__role=Role.ADMINISTRATOR)
    people = User.objects.filter(pk__in=chosen, is_active=True).exclude(email="").exclude(pk__in=muted.values("user"))
    return (people.exclude(pk=by.pk) if by else people).order_by("pk")


def authors(post: Post) -> Iterable[int]:
    """The ids of those who made any part of the post."""
    return {post.created_by_id, *post.contributions.values_list("user_id", flat=True)}


def _of_role(role: Role) -> set[int]:
    return set(User.objects.filter(role=role).values_list("pk", flat=True))


def _fact(kind: NoticeKind, about: About) -> Fact:
    match about:
        case Publication():
            return _of_publication(kind, about.pk)
        case Post() if kind == NoticeKind.CORRECT:
            found = about.corrections.order_by("-found_at").values_list("found_at", flat=True).first()
            return Fact(f"post:{about.pk}", found.isoformat() if found else "", {"post": about.pk}, about)
        case Comment():
            return Fact(f"post:{about.post_id}", f"comment:{about.pk}", {"post": about.post_id}, about.post)
        case Post():
            revision = about.revisions.order_by("-number").values_list("number", flat=True).first()
            return Fact(f"post:{about.pk}", str(revision or 0), {"post": about.pk}, about)
        case Hold():
            return Fact(f"hold:{about.pk}", "", {"channel": about.channel.name} if about.channel else {})
        case Panic():
            return Fact(f"panic:{about.pk}", "")
        case Channel():
            return Fact(f"channel:{about.name}", _last_entry(about), {"channel": about.name})
        case None:
            return Fact("everything", timezone.now().isoformat(timespec="minutes"))


def _of_publication(kind: NoticeKind, pk: int) -> Fact:
    """A publication as it stands in this transaction.

    Its fence tells one failure from the next. A hand-off is looked at again and again under new fences, so what tells
    it apart is when it was announced; and a published post can be gone but once.
    """
    row = Publication.objects.select_related("channel", "variant__post").get(pk=pk)
    occasion = str(row.fence)
    if kind == NoticeKind.HANDOFF:
        occasion = (row.committed_at or row.due_at).isoformat()
    elif kind == NoticeKind.DEADLINE:
        occasion = row.due_at.isoformat()
    elif kind == NoticeKind.GONE:
        occasion = ""
    post = row.variant.post
    words = {"post": post.pk, "channel": row.channel.name}
    return Fact(f"publication:{row.pk}", occasion, words, post, row.scheduled_by_id)


def _last_entry(channel: Channel) -> str:
    """Which time this is: the number of the channel's last entry in the log, as each closing writes one."""
    seqs = AuditEntry.objects.filter(subject=f"channel:{channel.name}").order_by("-seq")
    return str(seqs.values_list("seq", flat=True).first() or 0)
