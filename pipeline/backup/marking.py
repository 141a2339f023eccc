"""A store that forgot: what it may have sent since it was copied becomes a doubt, and everything is on hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pipeline import audit, places
from pipeline.backup import epoch
from pipeline.delivery import claims, hold
from pipeline.models import Hold, Publication, PublicationState, SignIn
from publishers._sentences import Sentence, _

S = PublicationState
WORKED_ON = (S.CLAIMED, S.PREPARED, S.COMMITTING, S.PENDING, S.UNCERTAIN, S.NEEDS_HUMAN)

PUT_BACK = _(
    "The database was put back from a copy: posts may be out of which it knows nothing. Settle the doubts, cancel what "
    "was sent or moved early by hand since, then release."
)


@dataclass(frozen=True)
class Marked:
    """How many publications are now looked up first, and how many keep their time behind the hold."""

    doubted: int
    still_to_come: int


def mark(action: str, why: Sentence, new_epoch: str, **detail: object) -> Marked:
    """What was marked, in one transaction, in the database that we stand on.

    The store knows nothing after the moment it was copied. For each publication the question is whether it may have
    gone out since, by the clock or by a person:

    - Worked on when the copy was made (claimed to needs_human): it may be out. Doubt.
    - Scheduled and due by now: delivery had its chance. Doubt. Also what is due within the next twenty minutes, since
      another machine may have prepared it; that costs at most one question too many.
    - Scheduled for later: out only if a person sent or moved it early in the forgotten time. The store has no key of
      such a post, so a look-up could prove nothing, and a question for each post of the calendar would be clicked
      away. They stay scheduled, behind the hold; the hold says whom to ask and what for, only a coordinator or an
      administrator releases it, and what became due meanwhile is then listed as missed and never floods out.
    - Planned and due by now: it may have been approved and sent since. Without a sealed item it cannot be a doubt; it
      becomes missed with the reason, so that nobody plans it anew without looking.
    - Missed or failed: a person may have sent it after all since. It is missed, with the reason.
    - Published, cancelled, removed: nothing goes out from there without a person's further word.

    A doubt of such a row is marked `restored_at`: that the platform does not show the post proves nothing, for what
    was saved to find it by may be older than what was sent. It ends published, or with a question to a person.
    """
    now = timezone.now()
    with transaction.atomic():
        doubted = _doubt(now)
        _warn(now)
        SignIn.objects.all().delete()  # whoever was signed in then may have been signed out, or sent away, since
        _hold_everything(why)
        epoch.store(new_epoch, now)
        audit.append(None, action, "store", doubted=doubted, **detail)
        waiting = Publication.objects.filter(state=S.SCHEDULED).count()
    return Marked(doubted=doubted, still_to_come=waiting)


def _doubt(now: datetime) -> int:
    may_be_out = Q(state__in=WORKED_ON) | Q(state=S.SCHEDULED, due_at__lte=now + claims.LEAD)
    return Publication.objects.filter(may_be_out).update(
        state=S.UNCERTAIN,
        restored_at=now,
        doubt_since=now,
        next_try_at=None,
        lease_until=None,
        worker="",
        looks=0,
        fence=claims.grown(),
        error=_("Restored from a copy: this post may be out already. It is looked up first.").as_json(),
    )


def _warn(now: datetime) -> None:
    """What a person could send a second time, without a lost answer ever, carries the reason to look first."""
    why = _("Restored from a copy: this post may have been sent since. Look at the account before you send or move it.")
    asked = Publication.objects.filter(Q(state__in=[S.MISSED, S.FAILED]) | Q(state=S.PLANNED, due_at__lte=now))
    asked.update(state=S.MISSED, fence=claims.grown(), error=why.as_json())


def _hold_everything(why: Sentence) -> None:
    """One hold on everything that gives the reason, whether or not the copy already had one."""
    held = hold.pull(None, by=None, why=why)
    Hold.objects.filter(pk=held.pk).update(why=why.as_json())


def check_epoch() -> bool:
    """Whether database and home belong together; where neither has a name yet, both get one. Cheap: for every tick.

    A database put back by hand forgets what was sent since: then its name differs from the home's, or its log is
    shorter than the home remembers. Such a store is marked as `restore` does it, and the next call fits again.
    """
    home = Path(settings.PORTEVOIX_HOME)
    marker, length = epoch.read(home), epoch.entries()  # in this order: the log is as long as any marker ever said
    if _fits(home, marker, length):
        if marker and marker.seq < length:
            with places.locked(home):
                _remember(home)
        return True
    with places.locked(home):  # several workers may find it at once; the first settles it
        return _fits(home, epoch.read(home), epoch.entries()) or _settled(home)


def _fits(home: Path, marker: epoch.Epoch | None, length: int) -> bool:
    named = marker is not None and marker.id == epoch.stored() and marker.seq <= length
    return named and not _half_restored(home).exists()


def _remember(home: Path) -> None:
    """The home remembers how far the log goes by now, unless it was given another name in this moment."""
    marker = epoch.read(home)
    if marker and marker.id == epoch.stored():
        epoch.write(home, epoch.Epoch(marker.id, epoch.entries()))


def _settled(home: Path) -> bool:
    """Whether there was nothing to settle: a store without a name yet, or without a post that could go out twice."""
    new = epoch.new_id()
    nameless = epoch.read(home) is None and epoch.stored() is None and not _half_restored(home).exists()
    harmless = nameless or not Publication.objects.exists()
    if harmless:
        epoch.store(new, timezone.now())
    else:
        mark("store.put_back", PUT_BACK, new)
    epoch.write(home, epoch.Epoch(new, epoch.entries()))
    _half_restored(home).unlink(missing_ok=True)
    return harmless


def _half_restored(home: Path) -> Path:
    """There where a restore into PostgreSQL was killed between loading the rows and marking them."""
    return epoch.unfinished(home) / epoch.LOADING
