"""Numbers in a post that its summary does not hold: shown, and confirmed by typing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import emit, find_post, indented, json_option, person, post_argument, say, spoken, stored
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.numerals import Stranger


@click.command()
@post_argument
@click.option("--confirm", metavar="NUMBER", help="The number as it stands there: you answer for it.")
@click.option("--as", "username", metavar="USER", help="Who confirms; asks for the password.")
@json_option
@stored
def numerals(number: int, confirm: str | None, username: str | None, as_json: bool) -> None:
    """Show the numbers of a post that are no figures of its summary; confirm one by typing it."""
    from pipeline import numerals as stage

    post = find_post(number)
    confirmed: list[str] = []
    if confirm is not None:
        if not username:
            raise Said(_("Say with --as who answers for the number."))
        confirmed = [row.numeral for row in stage.confirm(post, confirm, by=person(username))]
    left = stage.of_post(post)
    facts = {"post": post.pk, "confirmed": confirmed, "left": [stranger_facts(one) for one in left]}
    emit(as_json, facts, lambda: _show(left, confirmed))


def stranger_facts(one: Stranger) -> dict[str, Any]:
    """A number that waits for somebody's word, for --json."""
    return {"number": one.numeral.text, "where": one.place.field, "lang": one.place.lang,
            "sentence": one.sentence.text(spoken())}  # fmt: skip


def _show(left: list[Stranger], confirmed: list[str]) -> None:
    for number in dict.fromkeys(confirmed):
        say(_("Confirmed: {number}. You are an author of this post now.", number=number))
    if not left:
        say(_("Every number of this post is a figure of its summary, or confirmed."))
    for one in left:
        say(one.sentence)
        indented(f"{one.place.field} ({one.place.lang}): …{one.numeral.before}{one.numeral.text}{one.numeral.after}…")


COMMANDS = (numerals,)
