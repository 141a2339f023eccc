"""A card in words: its short and long description, and the table of its chart."""

from __future__ import annotations

import click

from commands._terminal import emit, json_option, say, stored, table
from publishers._sentences import _


@click.command()
@click.argument("name")
@click.option("--period", help="2026-10; the last whole month if none is named.")
@click.option("--card", default="figure", show_default=True, help="a card of the summary")
@click.option("--lang", default="fr", show_default=True)
@click.option("--html", is_flag=True, help="Print only the chart's table, as HTML.")
@json_option
@stored
def describe(name: str, period: str | None, card: str, lang: str, html: bool, as_json: bool) -> None:
    """Describe a card of the summary NAME for people who do not see it."""
    from pipeline import summaries
    from pipeline.summaries import describing

    result = summaries.compute(name, period)
    data = summaries.card_data(result, card, lang)
    if html:
        click.echo(describing.table_html(data, lang))
        return
    told = {
        "short": summaries.alt_text(result, lang, card), "long": describing.long_alt(data, lang),
        "table": [{"period": name, "value": value} for name, value in describing.table(data, lang)],
    }  # fmt: skip

    def show() -> None:
        say(_("Short ({n} characters):", n=len(told["short"])))
        click.echo(told["short"])
        say(_("Long ({n} characters):", n=len(told["long"])))
        click.echo(told["long"])
        rows = describing.table(data, lang)
        if rows:
            table([_("period"), _("value")], [list(row) for row in rows])

    emit(as_json, told, show)


@click.command()
@click.argument("name")
@click.argument("output")
@click.option("--period", help="2026-10; the last whole month if none is named.")
@click.option("--lang", default="fr", show_default=True)
@json_option
@stored
def write(name: str, output: str, period: str | None, lang: str, as_json: bool) -> None:
    """Write an OUTPUT that the summary NAME declares, such as a thread: its messages, parted by ---."""
    from pipeline import summaries
    from pipeline.summaries import outputs

    messages = outputs.written(summaries.compute(name, period), output, lang)
    emit(as_json, {"output": output, "lang": lang, "messages": messages}, lambda: click.echo("\n---\n".join(messages)))


COMMANDS = (describe, write)
