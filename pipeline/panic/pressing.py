"""Pressing it: everything on hold, everybody out, every token dropped, originals closed; once, and to the end.

The home's mark comes first: from then on this home's programs send nothing and show nothing, whatever the database
does. What follows is a row of short steps that may each be done again: whoever finds one begun and not done, another
press or the scheduler's next tick, goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from pipeline import audit, delivery, notices
from pipeline.errors import Refused
from pipeline.models import NoticeKind, Panic, User
from pipeline.panic import folders, secrets, switch
from publishers._sentences import _

TRIES = 3  # of a step that met another at a lock
WHY = _("Somebody pressed panic.")
Done = TypeVar("Done")


def press(*, by: User | None) -> Panic:
    """The panic, all of it done; pressing it again drops what came meanwhile, and is no second one.

    By nobody, from the machine itself. Where the database fails, `Refused` says what is shut all the same.
    """
    if by is not None and not by.may_manage:
        raise Refused(_("Only a coordinator or an administrator shuts everything; anyone may put it on hold."))
    name = switch.mark()
    locked = folders.lock()
    try:
        return _shut(name, by, {"folders": locked})
    except DatabaseError as error:
        why = str(error).splitlines()[0]
        raise Refused(
            _(
                "This machine’s studio is shut, its originals are closed and it sends nothing; but the database did "
                "not answer ({why}), so the tokens are still stored: press panic again as soon as it does.",
                why=why,
            )
        ) from None


def carry_through() -> bool:
    """Whether a panic had been begun and not done, by a program that was killed, and is done now."""
    if Panic.objects.filter(over_at=None, done_at=None).exists():
        press(by=None)
        return True
    name = switch.name_of_mark()
    if not name or Panic.objects.filter(name=name, over_at=None).exists():
        return False
    if Panic.objects.filter(name=name).exists():  # it was ended on another machine
        folders.unlock()
        switch.unmark()
        return False
    press(by=None)
    return True


def _shut(name: str, by: User | None, counts: dict[str, int]) -> Panic:
    _leave_no_remains()
    _tried(lambda: delivery.pull(by=by, why=WHY))
    row = _tried(lambda: _begun(name, by))
    switch.mark(row.name)  # two that press at once, or two homes on one database, have marked themselves differently
    for step in (secrets.sessions, secrets.accounts, secrets.addresses):
        counts |= _tried(step)
    _tried(lambda: _noted(row, by, counts))
    _empty_the_journal()
    row.refresh_from_db()
    return row


def _begun(name: str, by: User | None) -> Panic:
    """The row that is open, made if there was none; under another name where that one's panic is over."""
    try:
        with transaction.atomic():
            row = Panic.objects.create(name=name, since=timezone.now(), by=by)
            audit.append(by, "panic.pressed", "everything")
            notices.owe(NoticeKind.PANIC, about=row, by=by)
    except IntegrityError:
        return Panic.objects.filter(over_at=None).first() or _begun(switch.new_name(), by)
    return row


def _noted(row: Panic, by: User | None, counts: dict[str, int]) -> None:
    """Notes what was done, added to what was done before."""
    with transaction.atomic():
        before = Panic.objects.select_for_update().get(pk=row.pk)
        told = {name: max(n, before.done.get(name, 0)) if name == "folders" else n + before.done.get(name, 0)
                for name, n in counts.items()}  # fmt: skip
        Panic.objects.filter(pk=row.pk).update(done=told, done_at=timezone.now())
        audit.append(by, "panic.done", "everything", **counts)


def _tried(step: Callable[[], Done]) -> Done:
    """What the step answers; it is tried again where the database preferred somebody else at a lock."""
    for _attempt in range(TRIES - 1):
        try:
            with transaction.atomic():
                return step()
        except DatabaseError:
            continue
    with transaction.atomic():
        return step()


def _leave_no_remains() -> None:
    """SQLite writes over what is deleted from now on; PostgreSQL keeps it in its files until it tidies them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")


def _empty_the_journal() -> None:
    """Brings SQLite's journal, in which older states of the rows stand, into the file, and cuts it off."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
