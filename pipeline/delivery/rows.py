"""Every end of a worker's hold on a row: one conditional UPDATE that says whether it happened (see claims.py)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from pipeline import audit, channels, notices
from pipeline.compiled import Change, Given, given
from pipeline.delivery import pace, retry
from pipeline.delivery.checkpoints import checkpoint
from pipeline.delivery.claims import LEASE, bound, grown, mine, now_is, open_channels
from pipeline.models import SETTLE, Attempt, Channel, NoticeKind, Publication, PublicationState, Receipt
from publishers._base import Receipt as PlatformReceipt
from publishers._base import Sentence
from publishers._sentences import _

S = PublicationState


def keep(publication: Publication, saved: dict[str, Any], *, prepared: bool) -> bool:
    """Whether the adapter's state was stored and the lease renewed; false where another worker took over."""
    assert publication.item is not None
    checkpoint("before storing a step")
    stored: dict[str, Any] = {
        "saved": saved,
        "saved_seal": bound(publication.item.seal, saved),
        "state": S.PREPARED if prepared else S.CLAIMED,
        "lease_until": timezone.now() + LEASE,
    }
    kept = KEEP(pk=publication.pk, seen=publication.fence, **stored)
    checkpoint("after storing a step")
    return now_is(publication, kept, **stored)


def _held(*states: PublicationState | Given) -> QuerySet[Publication]:
    """This worker's row (claims.mine), its key and fence to be given."""
    at: dict[str, Any] = given(Publication, "pk", seen="fence")
    return mine(Publication(pk=at["pk"], fence=at["seen"]), *states)


KEEP = Change(lambda: _held(S.CLAIMED), lambda: given(Publication, "saved", "saved_seal", "state", "lease_until"))


def rest(publication: Publication) -> bool:
    """Whether a row prepared before its time now waits for it, in nobody's hands."""
    checkpoint("before laying by")
    done = mine(publication, S.PREPARED).update(lease_until=None, worker="")
    checkpoint("after laying by")
    return bool(done)


class _NoToken(Exception):
    """The account has sent enough for now; carries when it may send again."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


def announce(publication: Publication, seal: str) -> bool:
    """Whether the irreversible request may be made: durable before it is, refused on hold, once per fence.

    A row that may not go now goes back to the queue here.
    """
    checkpoint("before committing")
    now, at = timezone.now(), None
    announced = {"state": S.COMMITTING, "committed_at": now, "lease_until": now + LEASE}
    try:
        with transaction.atomic():
            free = ANNOUNCE(pk=publication.pk, seen=publication.fence, now=now, **announced)
            if free:
                if wait := pace.take(publication.channel_id, now, publication):
                    raise _NoToken(wait)
                Attempt.objects.create(publication=publication, fence=publication.fence, seal=seal, started_at=now)
    except _NoToken as enough:
        free, at = 0, enough.at
    checkpoint("after committing")
    if not free:
        again(publication, pace.ENOUGH if at else None, at)
    return now_is(publication, free, **announced)


def _may_go() -> QuerySet[Publication]:
    """This worker's prepared row, where its channel lets posts out."""
    now = Given("now", Publication, "due_at")
    return _held(S.PREPARED).filter(channel_id__in=open_channels(now).values("pk"))


ANNOUNCE = Change(_may_go, lambda: given(Publication, "state", "committed_at", "lease_until"))


def published(publication: Publication, receipt: PlatformReceipt, read_back_at: datetime | None = None) -> bool:
    """Whether the receipt was recorded; the same remote post is never taken for two publications."""
    checkpoint("before the receipt")
    try:
        with transaction.atomic():
            done = _let_go(
                publication, "published", state=S.PUBLISHED, error=None, doubt_since=None, restored_at=None,
                attempts=0, looks=0, next_try_at=read_back_at,
            )  # fmt: skip
            if done:
                _write_receipt(publication, receipt)
    except IntegrityError:
        needs_human(
            publication,
            _(
                "{channel}: the platform named a post that another publication owns: look there and say which it is.",
                channel=publication.channel.name,
            ),
        )
        return False
    checkpoint("after the receipt")
    return bool(done)


def put_up(publication: Publication, receipt: PlatformReceipt) -> bool:
    """Whether a person's word ended a hand-off: out under that address. Whoever else looked into the row has lost it.

    Call it in a transaction; raises IntegrityError where the same remote post is another publication's.
    """
    waiting = Publication.objects.filter(pk=publication.pk, state=S.PENDING)
    done = waiting.update(
        state=S.PUBLISHED, fence=grown(), lease_until=None, next_try_at=None, doubt_since=None, restored_at=None,
        error=None, attempts=0, looks=0,
    )  # fmt: skip
    if done:
        _write_receipt(publication, receipt)
    return bool(done)


def _write_receipt(publication: Publication, receipt: PlatformReceipt) -> None:
    Receipt.objects.create(
        publication=publication,
        channel_id=publication.channel_id,
        remote_id=receipt.id,
        url=receipt.url,
        published_at=receipt.published_at or timezone.now(),
        details=receipt.details,
    )
    audit.append(None, "publication.published", f"publication:{publication.pk}", remote=receipt.id)


def pending(publication: Publication, saved: dict[str, Any], not_before: datetime | None) -> bool:
    """Whether the row now waits for the platform, or a person, to finish what was accepted."""
    checkpoint("before noting as accepted")
    assert publication.item is not None
    seal = bound(publication.item.seal, saved)
    accepted = {"saved": saved, "saved_seal": seal, "next_try_at": not_before}
    with transaction.atomic():
        done = _let_go(publication, "pending", state=S.PENDING, error=None, **accepted)
        if done and publication.state != S.PENDING and publication.channel.platform in channels.by_hand():
            notices.owe(NoticeKind.HANDOFF, about=publication)
    checkpoint("after noting as accepted")
    return done


def failed(publication: Publication, why: Sentence, outcome: str = "rejected", *, absent: bool = False) -> bool:
    """Whether the row ended: nothing was published and trying again would not help.

    Where the answer to an earlier request was lost, the row is in doubt instead: a refusal of the second one says
    nothing of the first. It is looked for as soon as the platform cannot take that one late any more; `absent` then.
    """
    if publication.doubt_since and not absent and publication.state != S.PENDING:
        return unknown(publication, why, since=publication.doubt_since, at=settled_at(publication))
    return _ended(publication, S.FAILED, why, outcome, doubt_since=None)


def settled_at(publication: Publication) -> datetime:
    """From when on a look at the platform proves whether a row in doubt is out: no request arrives that late."""
    return (publication.doubt_since or publication.committed_at or timezone.now()) + SETTLE


def needs_human(publication: Publication, why: Sentence) -> bool:
    """Whether the row now waits for a person's word: only they can tell what became of it."""
    return _ended(publication, S.NEEDS_HUMAN, why, "unknown")


def again(
    publication: Publication,
    why: Sentence | None,
    at: datetime | None,
    outcome: str = "later",
    *,
    tried: int = 0,
    absent: bool = False,
) -> bool:
    """Whether the row went back to the queue: nothing was published. What the adapter saved is kept.

    A doubt stays one, unless the row was looked for and is `absent` when no request can arrive late any more.
    """
    checkpoint("before going back")
    over = {"doubt_since": None} if absent else {}
    done = _let_go(
        publication, outcome, state=S.SCHEDULED, next_try_at=at, worker="", error=why.as_json() if why else None,
        attempts=publication.attempts + tried, **over,
    )  # fmt: skip
    checkpoint("after going back")
    return done


def unknown(
    publication: Publication, why: Sentence, *, since: datetime | None = None, at: datetime | None = None
) -> bool:
    """Whether the row is now in doubt, or was `since`: the request was made and its answer is lost. Looked for `at`."""
    checkpoint("before the doubt")
    done = _let_go(
        publication, "unknown", state=S.UNCERTAIN, error=why.as_json(), next_try_at=at, looks=0,
        doubt_since=since or timezone.now(),
    )  # fmt: skip
    checkpoint("after the doubt")
    return done


def look_later(publication: Publication, why: Sentence, at: datetime) -> bool:
    """Whether the row stays what it is, uncertain, pending or published, to be looked into again at `at`."""
    checkpoint("before looking later")
    state = PublicationState(publication.state)
    error = publication.error if state == S.PUBLISHED else why.as_json()
    done = _let_go(publication, "unknown", state=state, error=error, next_try_at=at, looks=publication.looks + 1)
    checkpoint("after looking later")
    return done


def read_back(publication: Publication, *, verified: bool, why: Sentence | None = None) -> bool:
    """Whether the end of reading back was noted: the post stands there as sent, or what a person should know."""
    checkpoint("before the verdict")
    state = S.VERIFIED if verified else S.PUBLISHED
    with transaction.atomic():
        done = _let_go(publication, "", state=state, error=why.as_json() if why else None, next_try_at=None)
        if done and why:
            audit.append(None, "publication.not_found_again", f"publication:{publication.pk}")
            notices.owe(NoticeKind.GONE, about=publication)
    checkpoint("after the verdict")
    return done


def pause_channel(channel: Channel, until: datetime) -> None:
    """Leaves the whole account alone until then, as its platform asked."""
    checkpoint("before pausing the channel")
    Channel.objects.filter(pk=channel.pk).update(paused_until=until)
    checkpoint("after pausing the channel")


def answered_late(publication: Publication, receipt: PlatformReceipt, seal: str) -> bool:
    """Whether an answer that came after this worker had been given up settled a doubt; it is written down in any case.

    Only where the row still doubts that very request: if another was announced since, looking it up decides.
    """
    with transaction.atomic():
        Attempt.objects.filter(publication=publication, fence=publication.fence).update(
            ended_at=timezone.now(), outcome="late"
        )
        audit.append(None, "publication.answered_late", f"publication:{publication.pk}", remote=receipt.id)
        newer = Attempt.objects.filter(publication=publication, fence__gt=publication.fence).exists()
        newer = newer or Receipt.objects.filter(channel=publication.channel_id, remote_id=receipt.id).exists()
        row = Publication.objects.filter(pk=publication.pk, state__in=[S.UNCERTAIN, S.NEEDS_HUMAN], item__seal=seal)
        if newer or not row.update(
            state=S.PUBLISHED, fence=grown(), lease_until=None, next_try_at=None, doubt_since=None, error=None
        ):
            return False
        _write_receipt(publication, receipt)
    return True


def crashed(publication: Publication) -> None:
    """Writes on the row that our own program failed on it, and lets it go: back to the queue, or into doubt.

    After the usual number of tries it ends: as failed where nothing was announced, else with a question to a person.
    """
    why = _("The program itself failed on this post: see its log, and tell those who look after it.")
    publication.refresh_from_db(fields=["state", "attempts", "looks"])
    state = PublicationState(publication.state)
    if state in (S.CLAIMED, S.PREPARED):
        at = retry.next_try(timezone.now(), publication.attempts + 1)
        again(publication, why, at, "crashed", tried=1) if at else failed(publication, why, "crashed")
    elif state == S.COMMITTING:
        unknown(publication, why)
    elif publication.looks + 1 < retry.ATTEMPTS or state == S.PUBLISHED:
        look_later(publication, why, retry.next_look(timezone.now(), publication.looks + 1))
    else:
        needs_human(publication, why)


def _ended(publication: Publication, state: PublicationState, why: Sentence, outcome: str, **more: None) -> bool:
    checkpoint("before the end")
    with transaction.atomic():
        done = _let_go(publication, outcome, state=state, error=why.as_json(), next_try_at=None, **more)
        if done:
            audit.append(None, f"publication.{state}", f"publication:{publication.pk}")
            notices.owe(NoticeKind.FAILED if state == S.FAILED else NoticeKind.DECIDE, about=publication)
    checkpoint("after the end")
    return done


def _let_go(publication: Publication, outcome: str, **fields: Any) -> bool:
    """Ends this worker's hold on the row, and its attempt where one was announced."""
    with transaction.atomic(savepoint=False):
        change = _letting_go(tuple(fields))
        done = change(pk=publication.pk, seen=publication.fence, was=publication.state, **fields)
        if done:
            END_ATTEMPT(
                publication=publication.pk, fence=publication.fence,
                ended_at=timezone.now(), outcome=outcome, error=fields.get("error"),
            )  # fmt: skip
    return bool(done)


@cache
def _letting_go(fields: tuple[str, ...]) -> Change:
    """The end of this worker's hold that writes these fields: there are as many as ends in this file."""
    was = Given("was", Publication, "state")
    return Change(lambda: _held(was), lambda: {"lease_until": None, **given(Publication, *fields)})


END_ATTEMPT = Change(
    lambda: Attempt.objects.filter(ended_at=None, **given(Attempt, "publication", "fence")),
    lambda: given(Attempt, "ended_at", "outcome", "error"),
)
