"""Doubts settled: ask the platform whether the post is out, and only where it cannot tell, ask a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from pipeline import audit, channels, planning
from pipeline.authorship import unplan
from pipeline.delivery import claims, retry, rows, verify
from pipeline.delivery.answers import Answer, answer
from pipeline.delivery.checkpoints import checkpoint
from pipeline.errors import Refused
from pipeline.models import SETTLE, Post, PostState, Publication, PublicationState, User
from pipeline.models import Receipt as Recorded
from pipeline.people import refuse_all_but_coordinators
from publishers._base import (
    Absent,
    Pending,
    Publisher,
    PublisherError,
    Receipt,
    Reconciliation,
    Rejected,
    Sentence,
    Submission,
    Unauthorized,
    Unclear,
)
from publishers._sentences import _

S = PublicationState
# Where a look proves no absence, only a person's word puts a post back into the queue.
BY_WORD = (Reconciliation.LIST, Reconciliation.NONE)
LIMIT = timedelta(hours=24)  # Instagram's containers expire after a day; nothing takes longer


def in_doubt(now: datetime) -> QuerySet[Publication]:
    """The rows to look into now: uncertain ones, and accepted ones that the platform still works on.

    And what went back to the queue in doubt, to be sent again where that cannot double, but was not until the platform
    could take the first request late no more: it was held, say. Nothing else tells whether it is out.
    """
    queued = Q(state__in=[S.SCHEDULED, S.PREPARED], due_at__lte=now, doubt_since__lte=now - SETTLE)
    return claims.to_look_into(now).filter(Q(state__in=[S.UNCERTAIN, S.PENDING]) | queued)


def cut_off(now: datetime) -> QuerySet[Publication]:
    """The rows in doubt for a day on a closed channel: nothing can be asked there, and nothing else ends them."""
    doubted = Q(state__in=[S.UNCERTAIN, S.PENDING]) | Q(state__in=[S.SCHEDULED, S.PREPARED], due_at__lte=now)
    long_since = Publication.objects.filter(doubted, doubt_since__lt=now - LIMIT, lease_until=None)
    return long_since.filter(channel__authorised=False).select_related("channel", "item").order_by("due_at")


def hand_over(publication: Publication, worker: str) -> None:
    """Asks a person what nobody else can tell."""
    if claims.look_into(publication, worker, timezone.now()):
        _ask_a_person(publication)


def look(publication: Publication, worker: str) -> None:
    """Asks the platform once and records what it says; read-only towards the platform."""
    if not claims.look_into(publication, worker, timezone.now()):
        return
    if claims.noted(publication) is None:  # under what it went out is lost: no look-up would prove anything
        _ask_a_person(publication)
        return
    try:
        adapter = channels.adapter(publication.channel)
    except Refused as refusal:  # this machine cannot: no key, no disk
        rows.look_later(publication, refusal.sentence, timezone.now() + retry.FIRST)
        return
    checkpoint("before asking what became of it")
    found = _ask(publication, adapter)
    checkpoint("after asking what became of it")
    if publication.state == S.PENDING:
        _record_pending(publication, adapter.reconciliation, found)
    else:
        _record_doubt(publication, adapter.reconciliation, found)


def _ask(publication: Publication, adapter: Publisher) -> Answer:
    assert publication.item is not None
    if publication.state == S.PENDING:
        return answer(lambda: adapter.check(Pending(saved=publication.saved)))
    submission = Submission.model_validate_json(publication.item.submission)
    return answer(lambda: adapter.find(submission, publication.saved))


def _record_pending(publication: Publication, kind: Reconciliation, found: Answer) -> None:
    """What became of an accepted post: out, dropped by the platform, or still under way."""
    if isinstance(found, Receipt):
        rows.published(publication, found, verify.first_look(kind, timezone.now()))
    elif isinstance(found, Pending):
        rows.pending(publication, found.saved, found.not_before)
    elif isinstance(found, Rejected):
        rows.failed(publication, found.sentence)
    else:
        _ask_again(publication, found)


def _record_doubt(publication: Publication, kind: Reconciliation, found: Answer) -> None:
    """Whether a request whose answer was lost was obeyed: out, proved absent, or not known yet."""
    if isinstance(found, Receipt):
        rows.published(publication, found, verify.first_look(kind, timezone.now()))
    elif isinstance(found, Pending):
        # It is out; what follows it, such as a first comment, is the adapter's `check`.
        rows.pending(publication, found.saved, found.not_before)
    elif isinstance(found, PublisherError):
        _ask_again(publication, found)
    elif publication.state != S.UNCERTAIN and kind in BY_WORD:
        _back(publication, None, absent=True)
    elif kind == Reconciliation.NONE or publication.restored_at:
        # After a restore the store may have forgotten under which key the post went out: no absence is proof.
        _ask_a_person(publication)
    elif isinstance(found, Absent):
        _absent(publication, kind)
    elif isinstance(found, Unclear) and found.final:
        _ask_a_person(publication)
    else:
        _ask_again(publication, found)


def _absent(publication: Publication, kind: Reconciliation) -> None:
    """Not there: back to the queue, where sending again cannot double. Each round counts as a try.

    A platform may take what it was sent a little late, so that time is waited for unless repeating is harmless and the
    post is not late, in which case it may have to wait for a person instead. Where the post can only be searched for in
    a list, its absence proves too little: a person looks.
    """
    now, settled = timezone.now(), rows.settled_at(publication)
    late = publication.due_at < now - claims.ON_TIME
    tried = int(publication.state == S.UNCERTAIN)  # what waits in the queue was counted when it went back there
    tries = publication.attempts + tried
    at = retry.next_try(now, tries)
    if now < settled and (late or at is None or kind != Reconciliation.EXACTLY_ONCE):
        rows.look_later(publication, _("The platform does not show the post yet; looking again."), settled)
    elif kind == Reconciliation.LIST:
        _ask_a_person(publication)
    elif at is None:
        rows.failed(publication, _never_taken(publication, tries), "absent", absent=True)
    else:
        at = at if tried and tries > 1 else None
        _back(publication, at, tried=tried, absent=now >= settled)


def _back(publication: Publication, at: datetime | None, *, tried: int = 0, absent: bool) -> None:
    """Back to the queue; off it, where the post was held back or sent back while this row was in doubt."""
    with transaction.atomic():
        rows.again(publication, None, at, "absent", tried=tried, absent=absent)
        post = publication.variant.post_id
        if absent and not Post.objects.filter(pk=post, state=PostState.APPROVED).exists():
            unplan(publication.variant.post)


def _never_taken(publication: Publication, tries: int) -> Sentence:
    return _(
        "{channel}: sent {n} times without an answer, and no such post is there. Send it after all when the platform "
        "answers again, or cancel it.",
        channel=publication.channel.name,
        n=tries,
    )


def _ask_again(publication: Publication, found: Answer) -> None:
    """The platform could not say: later; after a day a person is asked."""
    if isinstance(found, Unauthorized):
        channels.mark_unauthorised(publication.channel, found.sentence)
    now = timezone.now()
    since = publication.doubt_since or publication.committed_at or now
    if now > since + LIMIT:
        _ask_a_person(publication)
        return
    at = retry.next_look(now, publication.looks + 1)
    if isinstance(found, PublisherError):
        at = max(at, now + retry.pause_of(found))
    rows.look_later(publication, _why(found), at)


def _why(found: Answer) -> Sentence:
    if isinstance(found, PublisherError):
        return found.sentence
    why = found.reason if isinstance(found, Unclear) else ""
    return _("The platform cannot tell whether the post is out. {why}", why=why)


def _ask_a_person(publication: Publication) -> None:
    rows.needs_human(
        publication,
        _(
            "{channel}: nobody can tell whether this post is out. Look at the account, then say so here.",
            channel=publication.channel.name,
        ),
    )


def decide(publication: Publication, *, by: User, link: str | None) -> bool:
    """Whether a person's word settled a doubt: the link where the post is live, or None for "it is not, send it".

    Sent again, it keeps what the adapter saved: where the person erred, the same key still stands for the same post.
    """
    refuse_all_but_coordinators(by)
    if link is not None:
        _refuse_no_link(publication, link)
    with transaction.atomic():
        done = _it_is_live(publication, link) if link else _it_is_not(publication)
        if done:
            audit.append(by, "publication.decided", f"publication:{publication.pk}", live=bool(link))
    return done


def _refuse_no_link(publication: Publication, link: str) -> None:
    if not link.startswith("https://"):
        raise Refused(_("Paste the address of the post, beginning with https://."))
    owner = Recorded.objects.filter(channel=publication.channel_id, url=link).exclude(publication=publication).first()
    if owner is not None:
        raise Refused(
            _("This address belongs to publication {number}: look at the account again.", number=owner.publication_id)
        )


def _it_is_live(publication: Publication, link: str) -> bool:
    publication.refresh_from_db()
    asked = publication.state in (S.NEEDS_HUMAN, S.UNCERTAIN) and publication.lease_until is None
    return asked and rows.published(publication, Receipt(id=link, url=link))


def _it_is_not(publication: Publication) -> bool:
    return bool(
        Publication.objects.filter(pk=publication.pk, state=S.NEEDS_HUMAN).update(
            state=S.SCHEDULED,
            fence=claims.grown(),
            next_try_at=None,
            attempts=0,
            looks=0,
            doubt_since=Case(When(doubt_since__lte=timezone.now() - SETTLE, then=None), default=F("doubt_since")),
            restored_at=None,
            error=None,
            **planning.time_fields(planning.this_moment()),
        )
    )
