"""Figures out."""

from __future__ import annotations

from typing import Any

import click

from commands._terminal import (
    emit,
    json_option,
    spoken,
    stored,
    table,
)
from publishers._sentences import Sentence, _


@click.command()
@click.argument("name")
@click.option("--period", help="2026-10; the last whole month if none is named.")
@click.option("--lang", default=None, help="Language of the sentences shown.")
@click.option("--show-sql", is_flag=True, help="Print the query instead of its answer.")
@json_option
@stored
def summary(name: str, period: str | None, lang: str | None, show_sql: bool, as_json: bool) -> None:
    """Draw the figures of a period, with their sentences."""
    from pipeline import summaries

    if show_sql:
        click.echo(summaries.sql_text(name, period))
        return
    result = summaries.compute(name, period).as_json()

    def show() -> None:
        rows = [[name, figure_value(f), [source(one) for one in f["sources"]]] for name, f in result["figures"].items()]
        table([_("figure"), _("value"), _("counted from")], rows)
        for texts in result["sentences"].values():
            click.echo(texts.get(lang or spoken(), ""))

    emit(as_json, result, show)


def figure_value(figure: dict[str, Any]) -> Any:
    """A figure's value; one that may not be shown is said to be hidden."""
    return _("hidden") if figure["suppressed"] else figure["value"]


def source(one: dict[str, Any]) -> Sentence:
    """Where a figure comes from: rows, file and the start of its hash."""
    facts = {"file": one["file"], "hash": one["sha256"][:8]}
    if one["rows"] == 1:
        return _("1 row, {file} {hash}", **facts)
    return _("{n} rows, {file} {hash}", n=one["rows"], **facts)


COMMANDS = (summary,)
