"""How many people saw what went out, and what they did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, emit, find_post, json_option, say, spoken, stored, table
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.metrics import Collected, History, MonthView, Row


@click.command()
@click.option("--post", "number", type=int, help="One post's numbers, day by day.")
@click.option("--month", help="2026-11; this month's if nothing is named.")
@click.option("--csv", "file", type=FILE, help="Write a table, one row per publication: of the month, or of all.")
@click.option("--collect", is_flag=True, help="First ask the networks for what is due.")
@json_option
@stored
def metrics(number: int | None, month: str | None, file: Path | None, collect: bool, as_json: bool) -> None:
    """Show the numbers of what went out; what a network does not tell is missing, never zero."""
    from pipeline import metrics as numbers

    if number and (month or file):
        raise click.UsageError(_("Give either --post, or --month and --csv.").text(spoken()))
    done = numbers.collect() if collect else None
    if done and not as_json:
        show_collected(done)
    if number:
        found = numbers.history(find_post(number))
        emit(as_json, _with(done, post=number, publications=[history_facts(one) for one in found]),
             lambda: show_histories(found))  # fmt: skip
    elif file:
        write(file, month, done, as_json)
    else:
        view = numbers.month(first_of(month))
        emit(as_json, _with(done, **month_facts(view)), lambda: show_month(view))


def first_of(month: str | None) -> Any:
    """The first day of the month named, this one if none is."""
    from django.utils import timezone

    from pipeline.hours import month_named

    return month_named(month or timezone.localdate().strftime("%Y-%m"))


def write(file: Path, month: str | None, done: Collected | None, as_json: bool) -> None:
    """Writes the table for the yearly report."""
    from pipeline import metrics as numbers

    rows = [row for one in numbers.month(first_of(month)).channels for row in one.rows] if month else numbers.all_of()
    file.write_bytes(numbers.report(rows, spoken()))
    told = _("Publications in {file}: {n}.", n=len(rows), file=str(file))
    emit(as_json, _with(done, file=str(file), publications=len(rows)), lambda: say(told))


def _with(done: Collected | None, **facts: Any) -> dict[str, Any]:
    """The facts for scripts, with what was collected where that was asked for."""
    if done is None:
        return facts
    failed = {str(pk): str(why) for pk, why in done.failed.items()}
    return {"collected": {"read": done.read, "failed": failed, "waiting": done.waiting}, **facts}


def show_collected(done: Collected) -> None:
    """What was read, what was not and why, and what is left for later."""
    say(_("Publications whose numbers were read: {n}.", n=len(done.read)))
    for number, why in done.failed.items():
        say(_("Publication {number}: {why}", number=number, why=why))
    if done.waiting:
        say(_("Still due: {n}; each channel is read a few at a time.", n=done.waiting))


def history_facts(one: History) -> dict[str, Any]:
    """A publication's counts by day, for scripts."""
    days = [
        {"day": day.day.isoformat(), **{name: count.value for name, count in day.counts.items()}} for day in one.days
    ]
    return {**row_facts(one.row), "days": days}


def row_facts(row: Row) -> dict[str, Any]:
    """A publication with its latest counts, for scripts."""
    out = row.publication
    return {
        "publication": out.pk, "post": out.variant.post_id, "channel": out.channel.name,
        "published_at": out.receipt.published_at.isoformat(), "counts": dict(row.counts),
        "missing": str(row.why) if row.why else None,
    }  # fmt: skip


def month_facts(view: MonthView) -> dict[str, Any]:
    """A month by channel, for scripts."""
    return {
        "month": view.first.strftime("%Y-%m"),
        "channels": [
            {
                "channel": one.channel.name, "posts": len(one.rows), "measure": one.measure or None,
                "totals": {name: {"value": t.value, "posts": t.posts} for name, t in one.totals.items()},
                "best": [row_facts(row) for row in one.best],
                "missing": [row_facts(row) for row in one.missing],
            }
            for one in view.channels
        ],
    }  # fmt: skip


def show_histories(found: list[History]) -> None:
    """A table per publication: each day's counts, with the change since the day before."""
    from pipeline.metrics import named

    if not found:
        say(_("Nothing of this post is out yet."))
    for one in found:
        out = one.row.publication
        click.echo(f"{out.channel.name}  {out.receipt.url}")
        if one.row.why:
            say(one.row.why)
            continue
        heads: list[Sentence | str] = [_("day"), *map(named, one.names)]
        rows = [[day.day, *[_count(day.counts.get(name)) for name in one.names]] for day in one.days]
        table(heads, rows)


def _count(count: Any) -> str | None:
    if count is None:
        return None
    return f"{count.value}" if count.change is None else f"{count.value} ({count.change:+d})"


def show_month(view: MonthView) -> None:
    """The month's totals by channel, its best posts, and what is missing."""
    from pipeline.metrics import named

    if not view.channels:
        say(_("Nothing went out in this month."))
        return
    names = view.names
    heads: list[Sentence | str] = [_("channel"), _("posts"), *map(named, names)]
    rows = [
        [one.channel.name, len(one.rows), *[_total(one.totals.get(name), len(one.rows)) for name in names]]
        for one in view.channels
    ]
    table(heads, rows)
    for one in view.channels:
        for row in one.best:
            post, best = row.publication.variant.post, row.counts[one.measure]
            say(_("{channel}: “{title}” has {n} ({what}).", channel=one.channel.name, title=post.title, n=best,
                  what=named(one.measure)))  # fmt: skip
    for row in view.missing:
        say(_("No number of “{title}” on {channel}: {why}.", title=row.publication.variant.post.title,
              channel=row.publication.channel.name, why=row.why))  # fmt: skip


def _total(total: Any, posts: int) -> Any:
    if total is None:
        return None
    if total.posts == posts:
        return total.value
    return _("{value} (of {n} posts)", value=total.value, n=total.posts)


COMMANDS = (metrics,)
