"""A table of posts into the calendar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, as_option, emit, indented, json_option, person, say, spoken, stored, table
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.planning.plans import Plan


@click.command()
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only show what would be made, row by row.")
@click.option("--in-quiet-time", is_flag=True, help="Also in the quiet hours.")
@as_option
@json_option
@stored
def plan(file: Path, dry_run: bool, in_quiet_time: bool, username: str, as_json: bool) -> None:
    """Put the posts of a CSV table into the calendar, all of them or none.

    Its columns: day, time, channel, title, text_fr, text_en and so on (or jour, heure, canal, titre, texte_fr). Rows of
    one title and time are one post on several channels.
    """
    from pipeline.planning import plans

    done = plans.plan(file.read_bytes(), by=person(username), dry_run=dry_run, in_quiet_time=in_quiet_time)
    emit(as_json, {"file": str(file), **plan_facts(done)}, lambda: show(done))
    if refusal := done.refusal():
        raise Said(refusal)


def plan_facts(done: Plan) -> dict[str, Any]:
    """What a plan does, for scripts; a post that is not made has no number."""
    rows = [
        {
            "row": one.line.number, "channel": one.channel.name, "at": one.at.instant.isoformat(), "title": one.title,
            "languages": list(one.texts), "post": one.post if done.made else None,
            "publication": one.publication if done.made else None, "remarks": [str(said) for said in one.remarks],
        }
        for one in done.entries
    ]  # fmt: skip
    refused = [{"row": one.row, "sentence": str(one.sentence)} for one in done.bad]
    return {"made": done.made, "posts": done.posts, "rows": rows, "refused": refused}


def show(done: Plan) -> None:
    """Every row: what it makes, what is to be said of it, or why it is refused."""
    heads = [_("row"), _("time"), _("channel"), _("languages"), _("post")]
    if done.entries:
        table(heads, [[e.line.number, e.at.wall.strftime("%Y-%m-%d %H:%M"), e.channel.name, list(e.texts), e.title]
                      for e in done.entries])  # fmt: skip
    for entry in done.entries:
        for remark in entry.remarks:
            indented(_("Row {row}: {why}", row=entry.line.number, why=remark).text(spoken()))
    for bad in done.bad:
        say(_("Row {row} is refused: {why}", row=bad.row, why=bad.sentence))
    if done.made:
        say(_("Posts drafted and in the calendar: {n}. Each still has to be approved.", n=done.posts))
    elif not done.bad:
        say(_("Posts that would be drafted and put into the calendar: {n}.", n=done.posts))


COMMANDS = (plan,)
