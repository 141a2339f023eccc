"""When posts go out."""

from __future__ import annotations

import click

from commands._terminal import (
    as_option,
    emit,
    find_post,
    find_publication,
    json_option,
    person,
    post_argument,
    publication_argument,
    publication_facts,
    say,
    show_publications,
    stored,
)
from publishers._sentences import Said, _


@click.command()
@post_argument
@click.option("--at", required=True, help="Wall time in the organisation's zone: '2026-11-24 09:00'.")
@click.option("--zone", help="Another zone, e.g. Europe/London.")
@click.option("--fold", type=click.IntRange(0, 1), help="For a time that happens twice: 0 the first, 1 the second.")
@as_option
@json_option
@stored
def schedule(number: int, at: str, zone: str | None, fold: int | None, username: str, as_json: bool) -> None:
    """Give the post its time on each of its channels."""
    from pipeline import planning

    post, by = find_post(number), person(username)
    rows = planning.schedule(post, planning.wall_time(at, zone=zone, fold=fold), by=by)
    emit(as_json, [publication_facts(r) for r in rows], lambda: show_publications(rows))


@click.command()
@publication_argument
@click.option("--at", required=True, help="The new wall time.")
@click.option("--fold", type=click.IntRange(0, 1))
@as_option
@stored
def move(number: int, at: str, fold: int | None, username: str) -> None:
    """Give a publication another time."""
    from pipeline import planning

    if not planning.move(find_publication(number), planning.wall_time(at, fold=fold), by=person(username)):
        raise Said(_("Publication {number} is already on its way: it cannot be moved.", number=number))
    say(_("Publication {number} is moved.", number=number))


@click.command()
@publication_argument
@as_option
@stored
def cancel(number: int, username: str) -> None:
    """Take a publication off the calendar, while nothing irreversible has been asked."""
    from pipeline import planning

    if not planning.cancel(find_publication(number), by=person(username)):
        raise Said(_("Publication {number} is already out or on its way: remove it on the platform.", number=number))
    say(_("Publication {number} is cancelled.", number=number))


@click.command()
@click.option("--month", help="2026-11")
@click.option("--week", is_flag=True, help="This week.")
@json_option
@stored
def calendar(month: str | None, week: bool, as_json: bool) -> None:
    """Show what goes out when."""
    from django.utils import timezone

    from pipeline import planning

    today = timezone.localdate()
    rows = planning.week(today) if week else planning.month_named(month or today.strftime("%Y-%m"))
    emit(as_json, [publication_facts(r) for r in rows], lambda: show_publications(rows))


COMMANDS = (schedule, move, cancel, calendar)
