"""Numbers of few people: which are told all the same because two persons want it, and what was told of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import answer, as_option, emit, json_option, person, say, stored, table
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.models import Allowance


@click.group()
def disclosure() -> None:
    """Which numbers of few people may be told: one person asks and says why, a coordinator agrees."""


@disclosure.command("allow")
@click.argument("summary")
@click.option("--period", required=True, help="2026-10")
@click.option("--figure", required=True, help="The figure's name in the summary.")
@click.option("--place", "places", multiple=True, metavar="DIMENSION=VALUE", help="Its place in a table; repeatable.")
@click.option("--reason", required=True, help="Why it has to be told; kept with the figure.")
@as_option
@json_option
@stored
def allow(
    summary: str, period: str, figure: str, places: tuple[str, ...], reason: str, username: str, as_json: bool
) -> None:
    """Ask that a number of few people be told; nothing changes until a coordinator agrees."""
    from pipeline.summaries.disclosure import allowing

    row = allowing.ask(summary, period, figure, placed(places), reason, by=person(username))
    asked = _(
        "Asked as number {number}: a coordinator agrees with “portevoix disclosure agree {number}”.", number=row.pk
    )
    answer(as_json, facts(row), asked)


def placed(places: Iterable[str]) -> dict[str, str]:
    """A place in a table from DIMENSION=VALUE, each."""
    found = {}
    for one in places:
        dimension, sign, value = one.partition("=")
        if not sign or not dimension.strip() or not value.strip():
            raise Said(_("“{text}” is no place: write it as commune=Calais.", text=one))
        found[dimension.strip()] = value.strip()
    return found


@disclosure.command("agree")
@click.argument("number", type=int)
@as_option
@json_option
@stored
def agree(number: int, username: str, as_json: bool) -> None:
    """Agree that the number is told: a coordinator who did not ask for it."""
    from pipeline.summaries.disclosure import allowing

    row = allowing.agree(number, by=person(username))
    answer(as_json, facts(row), _("The number is told from now on: draw the summary again."))


@disclosure.command("revoke")
@click.argument("number", type=int)
@as_option
@json_option
@stored
def revoke(number: int, username: str, as_json: bool) -> None:
    """Hide the number again in summaries drawn from now on; what went out stays out."""
    from pipeline.summaries.disclosure import allowing

    row = allowing.end(number, by=person(username))
    answer(as_json, facts(row), _("The number is hidden again in what is drawn from now on."))


@disclosure.command("list")
@json_option
@stored
def list_(as_json: bool) -> None:
    """Show what was asked for, agreed to and ended."""
    from pipeline.summaries.disclosure import allowing

    rows = list(allowing.listed())

    def show() -> None:
        if not rows:
            say(_("Nobody asked that a number of few people be told."))
            return
        heads = [_("Number"), _("Summary"), _("Figure"), _("Why"), _("By"), _("State")]
        table(heads, [[r.pk, f"{r.summary} {r.period}", figure_of(r), r.reason, persons(r), state(r)] for r in rows])

    emit(as_json, [facts(one) for one in rows], show)


def figure_of(row: Allowance) -> str:
    """The figure, with its place in a table."""
    return " ".join([row.metric, *(f"{dimension}={value}" for dimension, value in row.place.items())])


def persons(row: Allowance) -> str:
    """Who asked, and who agreed."""
    return ", ".join(one.username for one in (row.asked_by, row.agreed_by) if one)


def state(row: Allowance) -> Sentence:
    """Where an allowance stands."""
    if row.ended_at:
        return _("ended")
    return _("told") if row.agreed_at else _("waits for a coordinator")


def facts(row: Allowance) -> dict[str, Any]:
    """What scripts are told of an allowance."""
    return {
        "number": row.pk, "summary": row.summary, "period": row.period, "figure": row.metric, "place": row.place,
        "reason": row.reason, "asked_by": row.asked_by.username,
        "agreed_by": row.agreed_by.username if row.agreed_by else None,
        "ended_by": row.ended_by.username if row.ended_by else None,
        "in_force": bool(row.agreed_at and not row.ended_at),
    }  # fmt: skip


@disclosure.command("published")
@click.argument("dataset")
@json_option
@stored
def published(dataset: str, as_json: bool) -> None:
    """Show every number of people that went out, or is on its way, of a dataset."""
    from datetime import date

    from pipeline.summaries.disclosure import ledger

    rows = ledger.published(dataset, date.min, date.max)
    told = [
        {"figure": one.metric, "place": dict(one.at), "start": one.start.isoformat(), "end": one.end.isoformat(),
         "value": one.value, "few": one.few, "fine": one.fine}
        for one in rows
    ]  # fmt: skip
    heads = [_("figure"), _("place"), _("from"), _("to before"), _("value")]
    cells = [
        [one.metric, " ".join(f"{dimension}={value}" for dimension, value in one.at), one.start.isoformat(),
         one.end.isoformat(), _("hidden") if one.value is None else one.value]
        for one in rows
    ]  # fmt: skip
    emit(as_json, told, lambda: table(heads, cells))


COMMANDS = (disclosure,)
