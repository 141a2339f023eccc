"""The mails that a person gets, and whether mails go out at all."""

from __future__ import annotations

from typing import Any

import click

from commands._terminal import answer, as_option, emit, find_user, json_option, person, say, stored, table
from publishers._sentences import Sentence, _

kind_argument = click.argument("kind", metavar="KIND")


@click.group()
def notices() -> None:
    """Mails: which ones you get, and whether they go out."""


@notices.command("list")
@as_option
@json_option
@stored
def notices_list(username: str, as_json: bool) -> None:
    """Show which mails you may get, and which you muted."""
    from pipeline import notices as stage

    chosen = stage.choices(person(username))
    facts = {**mail_facts(), "kinds": [{"kind": c.kind.value, "on": c.on, "fixed": c.fixed} for c in chosen]}

    def show() -> None:
        rows = [[c.kind.value, c.label, c.to, _("always") if c.fixed else c.on] for c in chosen]
        table([_("mail"), _("when"), _("goes to"), _("you get it")], rows)
        for sentence in standing(facts):
            say(sentence)

    emit(as_json, facts, show)


def mail_facts() -> dict[str, Any]:
    """Whether mails are set up, and how many wait, were given up, or may not have arrived."""
    from pipeline import notices as stage

    return {"set_up": stage.set_up(), "waiting": stage.waiting(), **stage.troubles()}


def standing(facts: dict[str, Any]) -> list[Sentence]:
    """What is not as it should be with the mails, a sentence each; none where all is well."""
    told = []
    if not facts["set_up"]:
        told.append(_("Mails are not set up: name the mail server in PORTEVOIX_MAIL_HOST."))
    if facts["waiting"]:
        told.append(_("Notices that wait to be sent: {n}.", n=facts["waiting"]))
    if facts["unknown"]:
        told.append(
            _("Notices that may not have arrived, as the mail server’s answer was lost: {n}.", n=facts["unknown"])
        )
    if facts["given_up"]:
        told.append(_("Notices that were given up: {n}.", n=facts["given_up"]))
    return told


@notices.command()
@kind_argument
@as_option
@json_option
@stored
def mute(kind: str, username: str, as_json: bool) -> None:
    """Get no more mails of a kind."""
    from pipeline import notices as stage

    done = stage.mute(kind, by=person(username))
    said = _("Muted: you get no more mails called {kind}.", kind=kind)
    answer(as_json, {"kind": kind, "on": False, "changed": done}, said)


@notices.command()
@kind_argument
@as_option
@json_option
@stored
def unmute(kind: str, username: str, as_json: bool) -> None:
    """Get the mails of a kind again."""
    from pipeline import notices as stage

    done = stage.unmute(kind, by=person(username))
    said = _("You get the mails called {kind} again.", kind=kind)
    answer(as_json, {"kind": kind, "on": True, "changed": done}, said)


@notices.command("test")
@click.option("--to", "recipient", required=True, metavar="USER", help="Who gets it.")
@as_option
@json_option
@stored
def notices_test(recipient: str, username: str, as_json: bool) -> None:
    """Send one test mail and say what the mail server answered."""
    from pipeline import notices as stage

    by = person(username)
    said = stage.send_test(find_user(recipient), by=by)
    told = _("The mail server took the mail to {name} and answered: {said}", name=recipient, said=said)
    answer(as_json, {"to": recipient, "taken": True, "answer": said}, told)


COMMANDS = (notices,)
