"""Posts that have to come down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    answer,
    as_option,
    emit,
    find_publication,
    indented,
    json_option,
    person,
    publication_argument,
    say,
    spoken,
    stored,
)
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Removal


@click.group()
def removal() -> None:
    """Posts that have to come down from a network."""


@removal.command("ask")
@publication_argument
@click.option("--reason", default="", help="For the log; no names.")
@as_option
@json_option
@stored
def removal_ask(number: int, reason: str, username: str, as_json: bool) -> None:
    """Have a post taken down that is out."""
    from pipeline import removals

    task = removals.ask(find_publication(number), by=person(username), reason=reason)
    told = _("Publication {number} will be taken down: see “portevoix removal list”.", number=number)
    answer(as_json, removal_facts(task), told)


@removal.command("list")
@json_option
@stored
def removal_list(as_json: bool) -> None:
    """Show what is not down yet, and why."""
    from pipeline import removals

    rows = list(removals.waiting())
    emit(as_json, [removal_facts(row) for row in rows], lambda: _show(rows))


def removal_facts(task: Removal) -> dict[str, Any]:
    """A removal for --json."""
    receipt = getattr(task.publication, "receipt", None)
    why = Sentence.from_json(task.error).text(spoken()) if task.error else None
    return {"publication": task.publication_id, "channel": task.publication.channel.name, "state": task.state,
            "url": receipt.url if receipt else None, "error": why}  # fmt: skip


def _show(rows: list[Removal]) -> None:
    for row in rows:
        facts = removal_facts(row)
        say(_("Publication {number} on {channel}:", number=row.publication_id, channel=row.publication.channel.name))
        indented(facts["url"] or "–")
        if facts["error"]:
            indented(facts["error"])
        if row.state == "by_hand":
            indented(f"portevoix removal done {row.publication_id} --as …")
    if not rows:
        say(_("Nothing waits to be taken down."))


@removal.command("done")
@publication_argument
@as_option
@json_option
@stored
def removal_done(number: int, username: str, as_json: bool) -> None:
    """Say that you took a post down by hand."""
    from pipeline import removals

    task = _task(number)
    if not removals.done_by_hand(task, by=person(username)):
        raise Said(_("This removal is under way or over: see “portevoix removal list”."))
    answer(as_json, {"publication": number, "state": "done"}, _("Noted: publication {number} is down.", number=number))


def _task(number: int) -> Removal:
    task: Removal | None = getattr(find_publication(number), "removal", None)
    if task is None:
        raise Said(_("Nobody asked to take publication {number} down.", number=number))
    return task


COMMANDS = (removal,)
