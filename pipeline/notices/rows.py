"""Every change of a notice's state: one conditional UPDATE that says whether it happened.

A mail cannot be sent exactly once: the server may take it and its answer be lost. The choice made here is **at most
once from the first byte on**. A sender claims the rows (durable, with a lease), talks to the server, and only when that
has asked for the mail's text writes `handing`, durable too, before any of it leaves. So

- whatever ends before that (no connection, a no to the address, a killed sender) is tried again: nothing was handed
  over, nothing can double;
- a clear no afterwards (4xx, 5xx) is believed, and tried again or ended;
- an answer that is lost, or a sender killed while it hands over, leaves `unknown`, which is never sent again by itself.
  People see the same facts in the studio and in the next digest; two mails of which one is false would teach them to
  distrust both.

The mail's Message-ID is made from the rows, so that a repeat, as after a store is restored from a backup, is
recognisable.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from pipeline.models import Notice, NoticeKind, NoticeState, User
from publishers._sentences import Sentence, _

S = NoticeState
LEASE = timedelta(minutes=5)  # more than twice what a mail may take (line.WHOLE)
PAUSES = tuple(timedelta(minutes=n) for n in (1, 2, 4, 8, 15))  # the last again and again: alerts do not wait for long
PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class Batch:
    """The rows of one person that one sender has claimed: one mail."""

    claim: str
    person: User
    rows: list[Notice]

    @property
    def mine(self) -> QuerySet[Notice]:
        """Its rows, as long as nobody else has claimed them."""
        return Notice.objects.filter(claim=self.claim)

    @property
    def identity(self) -> str:
        """What the Message-ID is made from: these very facts for this person, whatever the numbers of the rows."""
        parts = [[r.kind, r.subject, r.occasion, r.recipient_id, r.owed_at.isoformat()] for r in self.rows]
        return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()[:32]


def give_back(now: datetime) -> None:
    """Claims of dead senders are free again; what one was handing over when it died is never sent again."""
    late = Notice.objects.filter(_past("lease_until", now, LEASE))
    late.filter(state=S.CLAIMED).update(state=S.WAITING, claim="", lease_until=None)
    # The claim stays: a sender that was only slow may still say what the server answered.
    why = _("The sender stopped while it handed this mail over: it may have arrived, and is not sent again.")
    late.filter(state=S.HANDING).update(state=S.UNKNOWN, lease_until=None, why=why.as_json())


def due(now: datetime) -> list[tuple[int, bool]]:
    """Whom to write to now, those who wait longest first; true where it is their digest, a mail of its own."""
    free = Notice.objects.filter(Q(next_try_at=None) | _past("next_try_at", now, PAUSES[-1]), state=S.WAITING)
    order = free.order_by("owed_at", "pk").values_list("recipient_id", "kind")
    return list(dict.fromkeys((recipient, kind == NoticeKind.DIGEST) for recipient, kind in order))


def _past(field: str, now: datetime, longest: timedelta) -> Q:
    """That a time is past; one so far ahead as we never set it is from a clock that was wrong, and past too."""
    return Q((f"{field}__lte", now)) | Q((f"{field}__gt", now + 2 * longest))


def claim(recipient: int, *, digest: bool, now: datetime) -> Batch | None:
    """What this sender may write to the person now: all that waits for them, so that one mail follows an outage."""
    token = uuid.uuid4().hex
    free = Notice.objects.filter(recipient=recipient, state=S.WAITING)
    free = free.filter(kind=NoticeKind.DIGEST) if digest else free.exclude(kind=NoticeKind.DIGEST)
    taken = free.update(
        state=S.CLAIMED,
        claim=token,
        lease_until=now + LEASE,
        tries=F("tries") + 1,
        first_try_at=Coalesce("first_try_at", now),
        next_try_at=None,
    )
    if not taken:
        return None
    rows = list(Notice.objects.filter(claim=token).select_related("recipient").order_by("owed_at", "pk"))
    return Batch(token, rows[0].recipient, rows)


def hand_over(batch: Batch, message_id: str) -> bool:
    """Whether the mail's text may leave now: durable before it does, and refused to a sender that was given up."""
    until = timezone.now() + LEASE
    ours = batch.mine.filter(state=S.CLAIMED)
    return ours.update(state=S.HANDING, lease_until=until, message_id=message_id) == len(batch.rows)


def sent(batch: Batch, now: datetime) -> int:
    """How many notices are now sent; a sender that was given up while it waited for the answer is believed too."""
    open_ones = batch.mine.filter(state__in=[S.HANDING, S.UNKNOWN])
    return open_ones.update(state=S.SENT, sent_at=now, lease_until=None, why=None)


def again(batch: Batch, why: Sentence, now: datetime) -> None:
    """Nothing was handed over: another try after a pause that grows, until a day has passed."""
    ours = batch.mine.filter(state__in=[S.CLAIMED, S.HANDING])
    ours.filter(first_try_at__lte=now - PATIENCE).update(state=S.GIVEN_UP, lease_until=None, why=why.as_json())
    # The pause of the newest notice counts for all, so that they still go in one mail.
    pause = PAUSES[min(len(PAUSES), *(row.tries for row in batch.rows)) - 1]
    ours.update(state=S.WAITING, claim="", lease_until=None, next_try_at=now + pause, why=why.as_json())


def unknown(batch: Batch, why: Sentence) -> None:
    """The mail was handed over and its answer lost: it is not sent again."""
    batch.mine.filter(state=S.HANDING).update(state=S.UNKNOWN, lease_until=None, why=why.as_json())


def given_up(batch: Batch, why: Sentence) -> None:
    """Trying again would not help."""
    ours = batch.mine.filter(state__in=[S.CLAIMED, S.HANDING])
    ours.update(state=S.GIVEN_UP, lease_until=None, why=why.as_json())
