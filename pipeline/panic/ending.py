"""The way back: on the server, by an administrator; nothing goes out by it yet."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Panic, User
from pipeline.panic import folders, secrets, switch
from publishers._sentences import _


def end(*, by: User) -> Panic:
    """The panic, over now: originals can be read and people sign in again; the hold stays, and accounts have no token.

    Sessions and secret addresses that came into being in the very moment of the panic are dropped once more before.
    """
    if not by.may_administer:
        raise Refused(_("Only an administrator opens everything again: ask one of them."))
    row = Panic.objects.filter(over_at=None).first()
    if row is None and switch.marked():
        raise Refused(_("The panic is not done yet: press it again first (portevoix panic), then end it."))
    if row is None:
        raise Refused(_("Nothing is shut: there is no panic to end."))
    with transaction.atomic():
        for drop in (secrets.sessions, secrets.addresses):
            drop()
    folders.unlock()
    with transaction.atomic():
        if Panic.objects.filter(pk=row.pk, over_at=None).update(over_at=timezone.now(), over_by=by):
            audit.append(by, "panic.over", "everything")
    switch.unmark()
    row.refresh_from_db()
    return row
