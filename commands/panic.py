"""The bad day: everything shut at once, and opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import emit, indented, json_option, person, say, spoken, stored
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import Panic

WORD = "panic"


@click.command()
@click.option("--over", is_flag=True, help="End it: an administrator opens everything again; the hold stays.")
@click.option("--yes", is_flag=True, help="Do not ask for the word.")
@click.option(
    "--as", "username", metavar="USER", help="Who does this; only --over needs it, and asks for the password."
)
@json_option
@stored
def panic(over: bool, yes: bool, username: str | None, as_json: bool) -> None:
    """Shut everything within seconds: hold, sign everybody out, drop every token, close the originals.

    Whoever is on the server may press it without a password: there is no time, and they hold its files already.
    """
    if over:
        end(username, as_json)
        return
    if not yes and click.prompt(_("Type “panic” to shut everything").text(spoken()), err=True) != WORD:
        raise Said(_("Nothing was done: the word was not “panic”."))
    from pipeline.panic import pressing, telling

    row = pressing.press(by=person(username) if username else None)
    emit(as_json, facts(row), lambda: show(telling.done(row), telling.left(), telling.way_back()))


def end(username: str | None, as_json: bool) -> None:
    """Ends the panic, and says what is still to be done."""
    if username is None:
        raise click.UsageError(_("Name the administrator who opens it again: --as USER.").text(spoken()))
    from pipeline.panic import ending, telling

    row = ending.end(by=person(username))
    emit(as_json, facts(row), lambda: show([], [], telling.way_back()[1:]))


def show(done: list[Sentence], left: list[Sentence], way_back: list[Sentence]) -> None:
    """What was done, what only people can do, and the steps that follow."""
    if done:
        say(_("Everything is shut."))
    heads = (
        (_("What was done:"), done),
        (_("What only people can do:"), left),
        (_("The way back, in this order:"), way_back),
    )
    for head, lines in heads:
        if lines:
            say(head)
        for number, line in enumerate(lines, 1):
            indented(f"{number}. {line.text(spoken())}")


def facts(row: Panic) -> dict[str, Any]:
    """A panic for --json."""
    from pipeline.panic import telling

    times = {"since": row.since, "done_at": row.done_at, "over_at": row.over_at}
    return {**times, "by": row.by.username if row.by else None, "done": row.done, "to_connect": telling.closed()}


COMMANDS = (panic,)
