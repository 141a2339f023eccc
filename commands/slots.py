"""The recurring openings of each channel's week."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import answer, as_option, emit, json_option, person, say, spoken, stored, table
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.models import Slot

# The first letters that people type, in both languages, by weekday.
DAYS = (("mon", "lun"), ("tue", "mar"), ("wed", "mer"), ("thu", "jeu"), ("fri", "ven"), ("sat", "sam"), ("sun", "dim"))


@click.group()
def slot() -> None:
    """The recurring openings of a channel's week: posts are put into the next free one."""


@slot.command("add")
@click.argument("channel")
@click.option("--day", "days", required=True, help="mon, tue, ... with commas; or every.")
@click.option("--at", required=True, help="09:00")
@click.option("--kind", default="", help="Only for news, or only for evergreen.")
@click.option("--form", default="", help="Only for this form of post: reel, image, carousel, ...")
@click.option("--zone", help="Another zone than the organisation's.")
@as_option
@json_option
@stored
def add(channel: str, days: str, at: str, kind: str, form: str, zone: str | None, username: str, as_json: bool) -> None:
    """Open a slot in the week of CHANNEL, on one day or several."""
    from django.db import transaction

    from pipeline import channels
    from pipeline.planning import slots

    account, by, opens = channels.get(channel), person(username), hour(at)
    with transaction.atomic():
        made = [slots.add(account, day, opens, by=by, kind=kind, form=form, zone=zone) for day in weekdays(days)]
    emit(as_json, [slot_facts(one) for one in made], lambda: show(made))


def hour(text: str) -> time:
    """An hour of the clock, written as 09:00."""
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007 - an hour of the clock
    except ValueError:
        raise Said(_("“{text}” is not an hour: write it as 09:00.", text=text)) from None


def weekdays(text: str) -> list[int]:
    """The days named, Monday as 0; all seven for "every" or "tous"."""
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if words and words[0] in {"every", "tous"}:
        return list(range(7))
    found = [number for word in words for number, names in enumerate(DAYS) if word.startswith(names)]
    if len(found) != len(words) or not found:
        raise Said(_("“{text}” names no days of the week: write mon,wed,fri or every.", text=text))
    return sorted(set(found))


@slot.command("list")
@click.option("--channel", help="Only this one's.")
@json_option
@stored
def list_slots(channel: str | None, as_json: bool) -> None:
    """Show the slots, by weekday and hour."""
    from pipeline import channels
    from pipeline.planning import slots

    rows = slots.listed(channels.get(channel) if channel else None)
    emit(as_json, [slot_facts(one) for one in rows], lambda: show(rows))


@slot.command("remove")
@click.argument("number", metavar="SLOT", type=int)
@as_option
@json_option
@stored
def remove(number: int, username: str, as_json: bool) -> None:
    """Take a slot out of the week; what stands in it keeps its time."""
    from pipeline.models import Slot
    from pipeline.planning import slots

    row = Slot.objects.select_related("channel").filter(pk=number).first()
    if row is None:
        raise Said(_("There is no slot number {number}: see “portevoix slot list”.", number=number))
    slots.remove(row, by=person(username))
    removed = _("Slot {number} is gone; what stands in it keeps its time.", number=number)
    answer(as_json, {"slot": number, "removed": True}, removed)


def slot_facts(row: Slot) -> dict[str, Any]:
    """What scripts are told of a slot; Monday is 0."""
    return {
        "slot": row.pk, "channel": row.channel.name, "weekday": row.weekday, "at": row.at.strftime("%H:%M"),
        "zone": row.zone, "kind": row.kind or None, "form": row.form or None,
    }  # fmt: skip


def show(rows: list[Slot]) -> None:
    """The slots for people."""
    from babel.dates import get_day_names

    if not rows:
        say(_("No channel has a slot yet: add one with “portevoix slot add”."))
        return
    names = get_day_names("wide", locale=spoken())
    heads = [_("Slot"), _("Channel"), _("Day"), _("Time"), _("Zone"), _("Only for")]
    table(
        heads,
        [
            [r.pk, r.channel.name, names[r.weekday], f"{r.at:%H:%M}", r.zone, " ".join(filter(None, (r.kind, r.form)))]
            for r in rows
        ],
    )


COMMANDS = (slot,)
