"""When posts go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands._terminal import (
    answer,
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

if TYPE_CHECKING:
    from pipeline.models import Publication


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
    emit(as_json, [publication_facts(r) for r in rows], lambda: show_scheduled(number, rows))


def show_scheduled(number: int, rows: list[Publication]) -> None:
    """The post's places in the calendar, and whether it still has to be approved."""
    show_publications(rows)
    if any(row.item_id is None for row in rows):
        say(_("Post {number} will not go out before it is approved.", number=number))


@click.command()
@publication_argument
@click.option("--at", required=True, help="The new wall time.")
@click.option("--fold", type=click.IntRange(0, 1))
@as_option
@json_option
@stored
def move(number: int, at: str, fold: int | None, username: str, as_json: bool) -> None:
    """Give a publication another time."""
    from pipeline import planning

    if not planning.move(find_publication(number), planning.wall_time(at, fold=fold), by=person(username)):
        raise Said(_("Publication {number} is already on its way: it cannot be moved.", number=number))
    row = find_publication(number)
    told = [_("Publication {number} is moved.", number=number)]
    if row.item_id is None:
        told.append(_("Post {number} will not go out before it is approved.", number=row.variant.post_id))
    answer(as_json, publication_facts(row), *told)


@click.command()
@publication_argument
@as_option
@json_option
@stored
def cancel(number: int, username: str, as_json: bool) -> None:
    """Take a publication off the calendar, while nothing irreversible has been asked."""
    from pipeline import planning

    if not planning.cancel(find_publication(number), by=person(username)):
        raise Said(_("Publication {number} is already out or on its way: remove it on the platform.", number=number))
    cancelled = _("Publication {number} is cancelled.", number=number)
    answer(as_json, publication_facts(find_publication(number)), cancelled)


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
