"""What the scan asks about a post's texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from commands._terminal import emit, find_post, indented, json_option, person, post_argument, say, spoken, stored
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.protection.textscan import Question


@click.command()
@post_argument
@click.option("--keep", metavar="TEXT", help="What was found, as it stands there: you say that it may stand.")
@click.option("--public", is_flag=True, help="It is an appointment for everyone: it need not wait.")
@click.option("--as", "username", metavar="USER", help="Who says so; asks for the password.")
@json_option
@stored
def questions(number: int, keep: str | None, public: bool, username: str | None, as_json: bool) -> None:
    """Show what in a post is finer than the commune or points at a person; say what may stand."""
    from pipeline.protection import textscan

    post = find_post(number)
    if keep is not None:
        if not username:
            raise Said(_("Say with --as who answers for it."))
        textscan.answer(post, keep, by=person(username), public=public)
    left = textscan.of_post(post)
    facts = {"post": post.pk, "kept": keep, "left": [_facts(one) for one in left]}
    emit(as_json, facts, lambda: _show(left))


def _facts(one: Question) -> dict[str, Any]:
    return {"kind": one.finding.kind.value, "found": one.finding.text, "where": one.place.field,
            "lang": one.place.lang, "sentence": one.sentence.text(spoken())}  # fmt: skip


def _show(left: list[Question]) -> None:
    if not left:
        say(_("Nothing in the texts of this post is asked about."))
    for one in left:
        say(one.sentence)
        before, after = one.around
        indented(f"{one.place.field} ({one.place.lang}): …{before}{one.finding.text}{after}…")


COMMANDS = (questions,)
