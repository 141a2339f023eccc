"""When posts go out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._several import Told, of_each, posts_argument
from commands._terminal import (
    FILE,
    about_grace,
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
    spoken,
    stored,
)
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Publication
    from pipeline.planning.likeness import Likeness


fold_option = click.option(
    "--fold", type=click.IntRange(0, 1), help="For a time that happens twice: 0 the first, 1 the second."
)
next_option = click.option("--next-slot", is_flag=True, help="In the next free slot of its channel.")
after_option = click.option("--after", help="With --next-slot: not before this wall time.")
quiet_option = click.option("--in-quiet-time", is_flag=True, help="Also in the quiet hours.")


@click.command()
@posts_argument
@click.option("--at", help="Wall time in the organisation's zone: '2026-11-24 09:00'.")
@click.option("--zone", help="Another zone, e.g. Europe/London.")
@fold_option
@next_option
@after_option
@quiet_option
@as_option
@json_option
@stored
def schedule(
    numbers: tuple[int, ...],
    at: str | None,
    zone: str | None,
    fold: int | None,
    next_slot: bool,
    after: str | None,
    in_quiet_time: bool,
    username: str,
    as_json: bool,
) -> None:
    """Give each post its time on each of its channels: a wall time for one, the next free slots for several."""
    from pipeline import planning

    _refuse_both(at, next_slot)
    if at and len(numbers) > 1:
        raise click.UsageError(_("One time is for one post: several take --next-slot.").text(spoken()))
    by = person(username)

    def place(number: int) -> Told:
        post = find_post(number)
        if next_slot:
            rows = planning.schedule_next(post, by=by, after=_instant(after, zone))
        else:
            when = planning.wall_time(at or "", zone=zone, fold=fold)
            rows = planning.schedule(post, when, by=by, in_quiet_time=in_quiet_time)
        return _scheduled(number, rows, alone=len(numbers) == 1)

    of_each(numbers, as_json, place)


def _scheduled(number: int, rows: list[Publication], *, alone: bool) -> Told:
    """The post's places: for scripts the list of them, under the post's number where there are several posts."""
    from pipeline.planning import likeness

    alike = likeness.of_all(rows)
    facts = placed_facts(rows, alike)
    return Told(
        facts if alone else {"post": number, "publications": facts}, lambda: show_scheduled(number, rows, alike)
    )


def _refuse_both(at: str | None, next_slot: bool) -> None:
    if bool(at) == next_slot:
        raise click.UsageError(_("Give either --at or --next-slot.").text(spoken()))


def _instant(after: str | None, zone: str | None = None) -> datetime | None:
    from pipeline import planning

    return planning.wall_time(after, zone=zone, fold=0).instant if after else None


def placed_facts(rows: list[Publication], alike: list[Likeness]) -> list[dict[str, Any]]:
    """New places for --json, each with what it is too like."""
    return [{**publication_facts(r), "alike": [str(one.sentence) for one in alike if one.place == r]} for r in rows]


def show_scheduled(number: int, rows: list[Publication], alike: list[Likeness]) -> None:
    """The post's places in the calendar, what it is too like there, and whether it still has to be approved."""
    show_publications(rows)
    for one in alike:
        say(one.sentence)
    if any(row.item_id is None for row in rows):
        say(_("Post {number} will not go out before it is approved.", number=number))
    _say_all(about_grace(rows))


@click.command()
@publication_argument
@click.option("--at", help="The new wall time.")
@fold_option
@next_option
@after_option
@quiet_option
@as_option
@json_option
@stored
def move(
    number: int,
    at: str | None,
    fold: int | None,
    next_slot: bool,
    after: str | None,
    in_quiet_time: bool,
    username: str,
    as_json: bool,
) -> None:
    """Give a publication another time, or the next free slot of its channel."""
    from pipeline import planning

    _refuse_both(at, next_slot)
    row, by = find_publication(number), person(username)
    if next_slot:
        moved = planning.move_to_next(row, by=by, after=_instant(after)) is not None
    else:
        moved = planning.move(row, planning.wall_time(at or "", fold=fold), by=by, in_quiet_time=in_quiet_time)
    if not moved:
        raise Said(_("Publication {number} is already on its way: it cannot be moved.", number=number))
    tell_moved(as_json, number)


def tell_moved(as_json: bool, *numbers: int) -> None:
    """Where the publications stand now, and which posts still have to be approved."""
    rows = [find_publication(number) for number in numbers]
    told = [_("Publication {number} is moved.", number=row.pk) for row in rows]
    waiting = sorted({row.variant.post_id for row in rows if row.item_id is None})
    told += [_("Post {number} will not go out before it is approved.", number=post) for post in waiting]
    told += about_grace(rows)
    facts = [publication_facts(row) for row in rows]
    emit(as_json, facts[0] if len(facts) == 1 else facts, lambda: _say_all(told))


def _say_all(sentences: list[Sentence]) -> None:
    for sentence in sentences:
        say(sentence)


@click.command()
@publication_argument
@click.argument("other", metavar="OTHER", type=int)
@quiet_option
@as_option
@json_option
@stored
def swap(number: int, other: int, in_quiet_time: bool, username: str, as_json: bool) -> None:
    """Exchange the times of two publications."""
    from pipeline import planning

    rows = find_publication(number), find_publication(other)
    if not planning.swap(*rows, by=person(username), in_quiet_time=in_quiet_time):
        raise Said(_("One of the two is already on its way: neither was moved."))
    tell_moved(as_json, number, other)


@click.command()
@publication_argument
@as_option
@json_option
@stored
def stop(number: int, username: str, as_json: bool) -> None:
    """Stop a publication that is about to go out; anyone may."""
    from pipeline import planning

    if not planning.stop(find_publication(number), by=person(username)):
        raise Said(
            _(
                "Publication {number} is not about to go out: it is on its way, or has time. See “portevoix cancel”.",
                number=number,
            )
        )
    stopped = _("Publication {number} is stopped: it does not go out.", number=number)
    answer(as_json, publication_facts(find_publication(number)), stopped)


@click.command()
@post_argument
@click.option("--at", help="By when it has to be approved: a wall time.")
@click.option("--usual", is_flag=True, help="Back to the usual time before it goes out.")
@as_option
@json_option
@stored
def deadline(number: int, at: str | None, usual: bool, username: str, as_json: bool) -> None:
    """Say by when the post has to be approved."""
    from pipeline import planning

    if bool(at) == usual:
        raise click.UsageError(_("Give either --at or --usual.").text(spoken()))
    post, when = find_post(number), planning.wall_time(at) if at else None
    planning.set_deadline(post, when, by=person(username))
    told = (
        _("Post {number} has to be approved by {wall}.", number=number, wall=when.wall.strftime("%Y-%m-%d %H:%M"))
        if when
        else _("Post {number} has to be approved the usual time before it goes out.", number=number)
    )
    answer(as_json, {"post": number, "approve_by": post.approve_by}, told)


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


@click.group(invoke_without_command=True)
@click.option("--month", help="2026-11")
@click.option("--week", is_flag=True, help="This week.")
@click.option("--ics", type=FILE, help="Write it for a calendar program, with titles: for yourself.")
@click.option("--csv", "table", type=FILE, help="Write it as a table that “portevoix plan” reads.")
@json_option
@click.pass_context
def calendar(
    ctx: click.Context, month: str | None, week: bool, ics: Path | None, table: Path | None, as_json: bool
) -> None:
    """Show what goes out when."""
    if ctx.invoked_subcommand is None:
        show_calendar(month, week, ics, table, as_json)


@stored
def show_calendar(month: str | None, week: bool, ics: Path | None, table: Path | None, as_json: bool) -> None:
    """Prints a month or a week, or writes it into files."""
    from django.conf import settings
    from django.utils import timezone

    from pipeline import planning
    from pipeline.planning import feeds, sheets

    today = timezone.localdate()
    rows = planning.week(today) if week else planning.month_named(month or today.strftime("%Y-%m"))
    if ics:
        ics.write_bytes(feeds.file(rows, spoken(), settings.PORTEVOIX_URL))
    if table:
        table.write_bytes(sheets.table(rows, spoken()))
    if files := [str(file) for file in (ics, table) if file]:
        told = [_("Publications in {file}: {n}.", n=len(rows), file=file) for file in files]
        answer(as_json, {"files": files, "publications": len(rows)}, *told)
    else:
        emit(as_json, [publication_facts(r) for r in rows], lambda: show_days(list(rows)))


def show_days(rows: list[Publication]) -> None:
    """Day by day, a line for each post at a time: its channels, its state, and the numbers of its publications."""
    from itertools import groupby

    from babel.dates import format_date

    from pipeline import states

    if not rows:
        say(_("Nothing is planned in this time."))
    lang = spoken()
    for day, of_day in groupby(rows, lambda row: row.local.date()):
        click.secho(format_date(day, "EEEE d MMMM y", locale=lang), bold=True)
        alike = groupby(of_day, lambda row: (row.due_at, row.variant.post_id, states.word(row).msgid))
        for _same, group in alike:
            shown = list(group)
            where = ", ".join(f"{row.channel.name} ({row.pk})" for row in shown)
            first, state = shown[0], states.word(shown[0]).text(lang)
            click.echo(f"  {first.local:%H:%M}  {first.variant.post.title} · {state}\n         {where}")


COMMANDS = (schedule, move, swap, cancel, stop, deadline, calendar)
