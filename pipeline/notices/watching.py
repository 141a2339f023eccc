"""What time brings: a scheduler that fell silent, credentials that run out, the morning's digest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from pipeline.hours import midnight
from pipeline.models import (
    WAITING,
    AuditHead,
    Beat,
    Channel,
    Notice,
    NoticeKind,
    NoticeState,
    Publication,
    PublicationState,
    Receipt,
)
from pipeline.notices.owing import Fact, tell
from publishers._sentences import _

K = NoticeKind
S = PublicationState
SCHEDULER = "scheduler"  # the name under which delivery's tick beats
WATCH = "notices"
SILENCE = timedelta(minutes=10)
DYING = (timedelta(days=2), timedelta(days=7), timedelta(days=14))


def watch(now: datetime | None = None) -> int:
    """How many mails are newly owed. Call it each minute, from the studio too: a dead scheduler tells nothing."""
    close_old_connections()
    moment = now or timezone.now()
    return _scheduler(moment) + _credentials(moment) + _digest(moment)


def _scheduler(now: datetime) -> int:
    """Owed where the scheduler is silent now, or was until a moment ago: each look is compared with the last one."""
    beat = Beat.objects.filter(name=SCHEDULER).first()
    if beat is None:
        return 0  # it never ran here: nothing is missed yet
    seen = Beat.objects.filter(name=WATCH).first()
    last = datetime.fromisoformat(seen.details["seen"]) if seen else beat.at
    Beat.objects.update_or_create(name=WATCH, defaults={"at": now, "details": {"seen": beat.at.isoformat()}})
    told = _ticks_again(last, beat.at) if beat.at - last > SILENCE else 0
    if now - beat.at > SILENCE:
        told += tell(K.SILENT, Fact(SCHEDULER, beat.at.isoformat(), {"since": beat.at.isoformat()}))
    return told


def _ticks_again(since: datetime, until: datetime) -> int:
    """Owed once it ticks again; an alarm about this silence that nobody got yet would now be false."""
    why = _("The scheduler ticked again before this mail could be sent.")
    alarms = Notice.objects.filter(kind=K.SILENT, occasion=since.isoformat(), state=NoticeState.WAITING)
    alarms.update(state=NoticeState.GIVEN_UP, why=why.as_json())
    words = {"since": since.isoformat(), "until": until.isoformat()}
    return tell(K.SILENT, Fact(SCHEDULER, f"{since.isoformat()}:back", words))


def _credentials(now: datetime) -> int:
    """Owed at 14, 7 and 2 days before credentials run out: the tightest of them that is reached, once."""
    told = 0
    for channel in Channel.objects.filter(active=True, expires_at__lte=now + DYING[-1]):
        assert channel.expires_at is not None
        left = channel.expires_at - now
        reached = next(days for days in DYING if left <= days)
        day = timezone.localtime(channel.expires_at).date().isoformat()
        words = {"channel": channel.name, "day": day}
        told += tell(K.EXPIRING, Fact(f"channel:{channel.name}", f"{day}:{reached.days}", words))
    return told


def _digest(now: datetime) -> int:
    """Owed once a day, from the hour that is set; a digest of an earlier day that still waits gives way to it."""
    local = timezone.localtime(now)
    day = local.date().isoformat()
    digests = Notice.objects.filter(kind=K.DIGEST)
    if local.hour < settings.PORTEVOIX_DIGEST_HOUR or digests.filter(occasion=day).exists():
        return 0
    told = tell(K.DIGEST, Fact("digest", day, {"day": day, **_counts(local.date(), now), **_head()}))
    why = _("A newer digest took its place.")
    older = digests.filter(state=NoticeState.WAITING).exclude(occasion=day)
    older.update(state=NoticeState.GIVEN_UP, why=why.as_json())
    return told


def _counts(today: date, now: datetime) -> dict[str, int]:
    yesterday, start, tomorrow = (midnight(today + timedelta(days=n)) for n in (-1, 0, 1))
    rows = Publication.objects
    dying = Channel.objects.filter(Q(authorised=False) | Q(expires_at__lte=now + DYING[-1]), active=True)
    return {
        "sent": Receipt.objects.filter(published_at__gte=yesterday, published_at__lt=start).count(),
        "due": rows.filter(state__in=WAITING, due_at__gte=start, due_at__lt=tomorrow).count(),
        "late": rows.filter(state=S.MISSED).count(),
        "failed": rows.filter(state=S.FAILED).count(),
        "decide": rows.filter(state=S.NEEDS_HUMAN).count(),
        "dying": dying.count(),
    }


def _head() -> dict[str, Any]:
    """Where the log stands, whole: the number of its last entry and that entry's hash."""
    head = AuditHead.objects.filter(pk=1).first()
    return {"seq": head.seq, "head": head.hash} if head else {"seq": 0, "head": "0" * 64}
