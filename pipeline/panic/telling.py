"""In words: what was done, what it cannot do, and the way back."""

from __future__ import annotations

from django.conf import settings

from pipeline.models import Channel, Panic
from publishers._sentences import Sentence, _


def done(row: Panic) -> list[Sentence]:
    """What was done, counted."""
    n = {"sessions": 0, "channels": 0, "consents": 0, "apps": 0, "calendars": 0, "invitations": 0, "pictures": 0,
         "folders": 0, **row.done}  # fmt: skip
    return [
        _("Everything is on hold: no request that publishes, changes or removes anything leaves."),
        _("Signed out: {sessions} browsers. Nobody can sign in.", sessions=n["sessions"]),
        _(
            "Tokens and passwords dropped: {channels} channels, {consents} consents, {apps} apps.",
            channels=n["channels"], consents=n["consents"], apps=n["apps"],
        ),
        _(
            "Secret addresses that open nothing any more: {calendars} of calendars, {invitations} invitations, "
            "{pictures} pictures, and every link for a new password.",
            calendars=n["calendars"], invitations=n["invitations"], pictures=n["pictures"],
        ),
        _("Folders of originals closed: {folders}. No program of ours can read them.", folders=n["folders"]),
    ]  # fmt: skip


def left() -> list[Sentence]:
    """What this could not do, and who can."""
    told = [
        _(
            "A token that somebody copied before still opens its account: take away the access of Porte-voix on each "
            "network’s own page, or change the account’s password there."
        ),
        _("The key of the store is still in the folder “keys”, and older tokens are in the backups."),
    ]
    if settings.PORTEVOIX_APPS:
        told.append(_("Apps that the machine’s environment names are still there: {names}.",
                      names=", ".join(sorted(settings.PORTEVOIX_APPS))))  # fmt: skip
    return told


def way_back() -> list[Sentence]:
    """The steps, in their order."""
    return [
        _("On the server, when the danger is over: portevoix panic --over --as ADMINISTRATOR. Originals can be read, "
          "and people can sign in again."),
        _("Everybody changes their password (“My access”); who lost a phone gets a new second factor."),
        _("An administrator connects each account again, on the page “Channels” or with “portevoix channel set”: "
          "{channels}.", channels=closed() or ["–"]),
        _("A coordinator looks at the calendar, then releases the hold. What became due meanwhile is listed, not "
          "sent."),
    ]  # fmt: skip


def closed() -> list[str]:
    """The channels that wait for new credentials."""
    rows = Channel.objects.filter(active=True, authorised=False)
    return list(rows.order_by("name").values_list("name", flat=True))
