"""From the short code on a card to the rows behind its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import as_option, emit, indented, json_option, person, say, stored, table
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.tracing import Trace

LISTED = 50  # rows; --json gives all


@click.command()
@click.argument("code")
@as_option
@json_option
@stored
def figure(code: str, username: str, as_json: bool) -> None:
    """Show what is behind a figure’s CODE, such as A7F3: query, files, definition, rows, posts."""
    from pipeline import tracing

    found = tracing.trace(code, by=person(username))
    emit(as_json, trace_facts(found), lambda: _show(found))


def trace_facts(found: Trace) -> dict[str, Any]:
    """Everything behind a figure, for --json; rows are null for who may not see records."""
    one, rows = found.figure, None
    if found.rows is not None:
        rows = [
            {"file": row.source.file_name, "sheet": row.sheet, "row": row.row, "live": row.live, "values": row.values}
            for row in found.rows
        ]
    return {
        "code": one.code, "name": one.name, "value": one.value, "text": one.text, "suppressed": one.suppressed,
        "summary": one.summary.name, "period": one.summary.period, "computed_at": one.summary.computed_at,
        **one.provenance, "rows": {**one.provenance["rows"], "list": rows}, "posts": [post.pk for post in found.posts],
    }  # fmt: skip


def _show(found: Trace) -> None:
    one, kept = found.figure, found.figure.provenance
    say(_("#{code}: {name} = {text} ({summary}, {period})", code=one.code, name=one.name, text=one.text,
          summary=one.summary.name, period=one.summary.period))  # fmt: skip
    say(_("Computed on {at} from {n} rows, by definition {version}.",
          at=one.summary.computed_at.strftime("%Y-%m-%d %H:%M"), n=kept["rows"]["count"],
          version=str(found.definition.get("sha256", ""))[:16]))  # fmt: skip
    for source in kept["sources"]:
        indented(f"{source['file']} {source['sha256']}")
    if one.suppressed:
        say(_("Withheld: below {n} people.", n=found.threshold or 0))
    click.echo(found.query)
    say(_("Posts that show it: {posts}", posts=[str(post.pk) for post in found.posts] or "–"))
    if found.rows is None:
        say(_("Rows are shown to those who work with the records."))
        return
    lines = [[row.source.file_name, row.row, row.date] for row in found.rows[:LISTED]]
    table([_("file"), _("row"), _("date")], [[str(cell) for cell in line] for line in lines])


COMMANDS = (figure,)
