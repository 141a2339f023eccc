"""Figures of a period out of the records, with their tables, checks and statements."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import as_option, emit, json_option, person, say, spoken, stored, table
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.summaries import SummaryResult


@click.command()
@click.argument("name", required=False)
@click.option("--period", help="2026-10, 2026-W42, 2026-Q3, 2026, a..b; the last whole one if none is named.")
@click.option("--lang", default=None, help="Language of the sentences shown.")
@click.option("--show-sql", is_flag=True, help="Print the statements instead of their answers.")
@click.option("--list", "list_", is_flag=True, help="Show the summaries that are declared.")
@json_option
@stored
def summary(
    name: str | None, period: str | None, lang: str | None, show_sql: bool, list_: bool, as_json: bool
) -> None:  # fmt: skip
    """Draw the figures of a period, with their tables, checks and sentences."""
    from pipeline import summaries

    if list_ or name is None:
        names = summaries.listed()
        emit(as_json, names, lambda: table([_("summary")], [[one] for one in names]))
        return
    if show_sql:
        click.echo(summaries.sql_text(name, period))
        return
    result = summaries.compute(name, period)
    emit(as_json, result.as_json(), lambda: show(result, lang or spoken()))


@click.command("confirm-figure")
@click.argument("name")
@click.argument("check")
@click.argument("typed", metavar="'oui, NUMBER'")
@click.option("--period", help="The last whole one if none is named.")
@as_option
@json_option
@stored
def confirm_figure(name: str, check: str, typed: str, period: str | None, username: str, as_json: bool) -> None:
    """Pass a check that fired, by typing yes and the number that is in question."""
    from pipeline import summaries

    by = person(username)
    result = summaries.compute(name, period)
    passed = summaries.confirm(result.row, check, typed, by=by)
    told = {"summary": name, "period": result.period, "check": check, "typed": passed.typed, "by": by.username}
    emit(as_json, told, lambda: say(_("Passed: {check}, {typed}.", check=check, typed=passed.typed)))


def show(result: SummaryResult, lang: str) -> None:
    """A summary for people: figures, tables, checks, sentences."""
    from pipeline import summaries

    figures = result.as_json()["figures"]
    kinds = {name: one.kind for name, one in result.definition.metrics.items()}
    rows = [
        [name, _("hidden") if f["suppressed"] else written(f["value"], kinds[name]), [source(s) for s in f["sources"]]]
        for name, f in figures.items()
    ]
    table([_("figure"), _("value"), _("counted from")], rows)
    for crossed in result.tables:
        show_table(crossed, kinds[crossed["metric"]])
    waiting = {one.name for one in summaries.unanswered(result.row)}
    for check in result.checks:
        mark = "!" if check.name in waiting else "·"
        click.echo(f"{mark} {check.sentence.text(spoken())}")
    for check in result.checks:
        if check.name in waiting:
            say(_("To pass it: portevoix confirm-figure {name} {check} 'oui, {number}' --period {period} --as USER",
                  name=result.name, check=check.name, number=check.number, period=result.period))  # fmt: skip
    for texts in result.sentences.values():
        click.echo(texts.get(lang, ""))


def show_table(crossed: dict[str, Any], kind: str) -> None:
    """One metric by its dimensions; a line of dots stands for all."""
    spelled, dimensions = crossed["labels"], crossed["dimensions"]
    rows = [
        [*("…" if part is None else spelled[n].get(part, part or "?") for n, part in enumerate(key)),
         _("hidden") if suppressed else written(value, kind)]
        for key, value, suppressed in crossed["cells"]
    ]  # fmt: skip
    table([*dimensions, crossed["metric"]], rows)


def written(value: float | None, kind: str) -> str | None:
    """A number as the person's language writes it, "1 226" or "61 %"; None where it is not known."""
    from pipeline.rendering import formats
    from pipeline.rendering.languages import language

    if value is None:
        return None
    how = formats.percent if kind == "share" else formats.number
    return how(Decimal(str(value)), language(spoken()))


def source(one: dict[str, Any]) -> Sentence:
    """Where a figure comes from: rows, file and the start of its hash."""
    facts = {"file": one["file"], "hash": one["sha256"][:8]}
    if one["rows"] == 1:
        return _("1 row, {file} {hash}", **facts)
    return _("{n} rows, {file} {hash}", n=one["rows"], **facts)


COMMANDS = (summary, confirm_figure)
