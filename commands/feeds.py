"""The calendar for calendar programs."""

from __future__ import annotations

from datetime import datetime

import click

from commands._terminal import answer, as_option, json_option, person, spoken, stored
from commands.calendar import calendar
from publishers._sentences import Sentence, _


@calendar.command()
@click.option("--renew", is_flag=True, help="Make a new address; the one before opens nothing any more.")
@click.option("--withdraw", is_flag=True, help="The address opens nothing any more.")
@as_option
@json_option
@stored
def feed(renew: bool, withdraw: bool, username: str, as_json: bool) -> None:
    """Give you a secret address for your calendar program; it shows no title and no text."""
    from django.conf import settings

    from pipeline.planning import feeds

    if renew and withdraw:
        raise click.UsageError(_("Give either --renew or --withdraw.").text(spoken()))
    user = person(username)
    if withdraw:
        gone = feeds.withdraw(user)
        told = _("Withdrawn: the address opens nothing any more.") if gone else _("You have none yet.")
        return answer(as_json, {"address": None, "made_at": None}, told)
    made, address = feeds.made_at(user), None
    if renew or made is None:
        address, made = feeds.address(feeds.make(user), settings.PORTEVOIX_URL), feeds.made_at(user)
    assert made is not None
    return answer(as_json, {"address": address, "made_at": made.isoformat()}, *_told_feed(address, made))


def _told_feed(address: str | None, made: datetime) -> list[Sentence]:
    day = made.strftime("%Y-%m-%d")
    if address is None:
        return [_("Your address was made on {day} and cannot be shown again; make a new one with --renew.", day=day)]
    told = [_("Your address, shown this once: {address}", address=address)]
    if address.startswith("/"):
        told.append(_("Put the studio’s address before it: PORTEVOIX_URL is not set."))
    return told


COMMANDS: tuple[click.Command, ...] = ()  # it stands under calendar
