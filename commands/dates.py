"""Anniversaries and partners' dates, from calendar files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import answer, as_option, emit, json_option, person, say, stored, table
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.models import KeyDate
    from pipeline.planning.dates import Difference, Occurrence

TOLD = 10  # dates of a difference; more are counted


@click.group()
def dates() -> None:
    """Key dates, shown in the calendar and never sent: anniversaries, partners' events."""


@dates.command("import")
@click.argument("source", metavar="FILE|URL")
@click.option("--name", required=True, help="What these dates are called, e.g. PARTNERS; the ones before are replaced.")
@as_option
@json_option
@stored
def import_dates(source: str, name: str, username: str, as_json: bool) -> None:
    """Bring in a calendar file (.ics), or the one behind an https address, and say what it changes."""
    from pipeline.planning import dates as key_dates

    by = person(username)
    if source.startswith(("https://", "http://", "webcal://")):
        done = key_dates.bring_in_from(name, source, by=by)
    else:
        done = key_dates.bring_in(name, Path(source).read_bytes(), by=by)
    emit(as_json, difference_facts(done), lambda: show(done))


def difference_facts(done: Difference) -> dict[str, Any]:
    """What a calendar file changed, for scripts."""
    told = {"new": done.new, "changed": done.changed, "gone": done.gone}
    return {
        "name": done.feed, **{word: [date_facts(row) for row in rows] for word, rows in told.items()},
        "kept": done.kept, "left_out": done.left_out,
    }  # fmt: skip


def date_facts(row: KeyDate) -> dict[str, Any]:
    """A key date, for scripts."""
    return {"day": row.day.isoformat(), "days": row.days, "yearly": row.yearly, "title": row.title, "name": row.feed}


def show(done: Difference) -> None:
    """What a calendar file changed."""
    say(_("{name}: {new} new, {changed} changed, {gone} gone, {kept} as before.", name=done.feed, new=len(done.new),
          changed=len(done.changed), gone=len(done.gone), kept=done.kept))  # fmt: skip
    for sign, rows in (("+", done.new), ("~", done.changed), ("−", done.gone)):
        for row in rows[:TOLD]:
            click.echo(f"  {sign} {row.day}  {row.title}")
    if done.left_out:
        say(_("Events that could not be used (no title, no day, or too often): {n}.", n=done.left_out))


@dates.command("list")
@click.option("--month", help="2026-11; the next twelve months if nothing is named.")
@json_option
@stored
def list_dates(month: str | None, as_json: bool) -> None:
    """Show the key dates to come, or those of a month."""
    from datetime import timedelta

    from django.utils import timezone

    from pipeline.hours import month_named
    from pipeline.planning import dates as key_dates

    start = month_named(month) if month else timezone.localdate()
    end = (start + timedelta(days=31)).replace(day=1) if month else start + timedelta(days=366)
    found = key_dates.between(start, end)
    facts = [{**date_facts(one.key_date), "day": one.day.isoformat(), "years": one.years} for one in found]
    emit(as_json, facts, lambda: show_dates(found))


def show_dates(found: list[Occurrence]) -> None:
    """The dates for people."""
    if not found:
        say(_("No key dates in this time: bring some in with “portevoix dates import”."))
        return
    heads: list[Sentence | str] = [_("day"), _("title"), _("years"), _("from")]
    table(heads, [[one.day, one.key_date.title, one.years, one.key_date.feed] for one in found])


@dates.command("remove")
@click.argument("name")
@as_option
@json_option
@stored
def remove(name: str, username: str, as_json: bool) -> None:
    """Take the dates of NAME away."""
    from pipeline.planning import dates as key_dates

    gone = key_dates.remove(name, by=person(username))
    answer(as_json, {"name": name, "removed": gone}, _("Dates taken away with {name}: {n}.", name=name, n=gone))


COMMANDS = (dates,)
