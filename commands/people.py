"""People: who works here, in which role, and how they come in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from commands._terminal import (
    answer,
    emit,
    find_user,
    json_option,
    password_for,
    person,
    spoken,
    stored,
    table,
)
from publishers._sentences import Said, _

if TYPE_CHECKING:
    from pipeline.models import User

ROLE = click.option("--role", required=True, help="intern, editor, coordinator or administrator")
LANG = click.option("--lang", type=click.Choice(["fr", "en"]), help="Their language; yours if none is named.")
BY = click.option("--as", "by", required=True, metavar="USER", help="Who does this: an administrator.")
WHO = click.option("--as", "by", metavar="USER", help="Who does this: an administrator.")
ON_SERVER = click.option(
    "--on-server", is_flag=True, help="No administrator can come in: from the server, without a password; it is logged."
)
EMAIL = click.option("--email", default="", metavar="ADDRESS", help="Where mails reach them; none without.")


@click.group()
def user() -> None:
    """People and their roles."""


@user.command("add")
@click.argument("username")
@ROLE
@LANG
@EMAIL
@click.option("--as", "administrator", required=True, metavar="USER", help="Who adds them: an administrator.")
@json_option
@stored
def user_add(username: str, role: str, lang: str | None, email: str, administrator: str, as_json: bool) -> None:
    """Add a person; asks for the administrator's password, then for theirs."""
    from pipeline import people

    by = person(administrator)
    password, language = password_for(username), lang or spoken()
    added = people.add(username, role=role, password=password, language=language, email=email, by=by)
    facts = {"username": added.username, "role": added.role, "language": added.language}
    answer(as_json, facts, _("{name} can sign in now.", name=username))


@user.command("email")
@click.argument("username")
@click.argument("address")
@click.option("--as", "by", required=True, metavar="USER", help="That person, or an administrator.")
@json_option
@stored
def user_email(username: str, address: str, by: str, as_json: bool) -> None:
    """Say where mails reach a person; "" for nowhere."""
    from pipeline import people

    people.reach(find_user(username), address, by=person(by))
    told = _("Mails reach {name} at {address}.", name=username, address=address)
    none = _("{name} gets no mails.", name=username)
    answer(as_json, {"username": username, "email": address}, told if address else none)


@user.command("list")
@json_option
@stored
def user_list(as_json: bool) -> None:
    """Show who works here."""
    from pipeline.models import User

    rows = list(
        User.objects.order_by("username").values("username", "role", "language", "is_active", "second_factor_at")
    )
    heads = [_("name"), _("role"), _("language"), _("second factor"), _("here")]
    shown = [[r["username"], r["role"], r["language"], bool(r["second_factor_at"]), r["is_active"]] for r in rows]
    emit(as_json, rows, lambda: table(heads, shown))


@user.command("invite")
@click.argument("username")
@ROLE
@LANG
@EMAIL
@BY
@json_option
@stored
def user_invite(username: str, role: str, lang: str | None, email: str, by: str, as_json: bool) -> None:
    """Invite a person by a link that opens once, within three days."""
    from django.conf import settings

    from pipeline import access

    row, token = access.invite(username, role=role, email=email, language=lang or spoken(), by=person(by))
    link = f"{settings.PORTEVOIX_URL}{access.INVITED.format(token=token)}"
    sent = access.send(row, link)
    told = (
        _("The invitation is sent to {address}; its address, shown this once: {link}", address=email, link=link)
        if sent
        else _("No mail was sent. Give {name} this address yourself, on a safe way: {link}", name=username, link=link)
    )
    answer(as_json, {"username": username, "role": role, "link": link, "sent": sent}, told)


@user.command("role")
@click.argument("username")
@click.argument("role")
@BY
@json_option
@stored
def user_role(username: str, role: str, by: str, as_json: bool) -> None:
    """Give a person another role."""
    from pipeline import people

    whom = find_user(username)
    people.change_role(whom, role, by=person(by))
    answer(
        as_json, {"username": username, "role": whom.role}, _("{name} has the role {role}.", name=username, role=role)
    )


@user.command("deactivate")
@click.argument("username")
@BY
@json_option
@stored
def user_deactivate(username: str, by: str, as_json: bool) -> None:
    """Let a person in no more; what they did stays."""
    from pipeline import people

    people.deactivate(find_user(username), by=person(by))
    answer(as_json, {"username": username, "active": False}, _("{name} can no longer come in.", name=username))


@user.command("activate")
@click.argument("username")
@BY
@json_option
@stored
def user_activate(username: str, by: str, as_json: bool) -> None:
    """Let a person in again who had left."""
    from pipeline import people

    people.activate(find_user(username, also_gone=True), by=person(by))
    answer(as_json, {"username": username, "active": True}, _("{name} can come in again.", name=username))


@user.command("second-factor")
@click.argument("username")
@json_option
@stored
def user_second_factor(username: str, as_json: bool) -> None:
    """Set up your own second factor: a key for an app of your phone, then a code of it."""
    from pipeline import second_factor

    whom = person(username)
    offer = second_factor.offer(whom)
    click.echo(_("Put this key into the app of your phone: {key}", key=offer.letters).text(spoken()), err=True)
    click.echo(offer.address, err=True)
    typed = click.prompt(_("The six digits that it shows now").text(spoken()), err=True)
    codes = second_factor.confirm(whom, str(typed))
    told = _("Set up. Recovery codes, each opens once, shown this once: {codes}", codes="  ".join(codes))
    answer(as_json, {"username": username, "recovery_codes": codes}, told)


@user.command("password")
@click.argument("username")
@WHO
@ON_SERVER
@json_option
@stored
def user_password(username: str, by: str | None, on_server: bool, as_json: bool) -> None:
    """Give a person a new password: asks for yours, then for the new one. Their sessions end."""
    from pipeline import access, people

    whom, who = find_user(username), acting(by, on_server)
    people.reset_password(whom, new_password(username), by=who)
    line = _("{by} gave {name} a new password.", by=name_of(who), name=username)
    wait_for(access.tell(whom, line, by=who))
    answer(as_json, {"username": username}, _("{name} signs in with the new password from now on.", name=username))


@user.command("recovery-codes")
@click.argument("username")
@json_option
@stored
def user_recovery_codes(username: str, as_json: bool) -> None:
    """Make new recovery codes for yourself; those before open nothing any more."""
    from pipeline import second_factor

    codes = second_factor.new_recovery_codes(person(username))
    told = _("Recovery codes, each opens once, shown this once: {codes}", codes="  ".join(codes))
    answer(as_json, {"username": username, "recovery_codes": codes}, told)


def acting(by: str | None, on_server: bool) -> User | None:
    """The administrator who acts; None for whoever is on the server, where they say so."""
    if on_server == bool(by):
        raise click.UsageError(_("Give exactly one of --as USER and --on-server.").text(spoken()))
    return person(by) if by else None


def name_of(who: User | None) -> str:
    """Who did it, for a mail."""
    return who.username if who else _("Somebody on the server").text(spoken())


def new_password(username: str) -> str:
    """The new password, from PORTEVOIX_NEW_PASSWORD_FILE for scripts, else asked for."""
    if path := os.environ.get("PORTEVOIX_NEW_PASSWORD_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    question = _("New password of {name}", name=username).text(spoken())
    return str(click.prompt(question, hide_input=True, confirmation_prompt=True, err=True))


def wait_for(thread: Thread | None) -> None:
    """Waits until the mails are handed in: a command that ends takes its threads with it."""
    if thread is not None:
        thread.join()


@user.command("reset-second-factor")
@click.argument("username")
@WHO
@ON_SERVER
@json_option
@stored
def user_reset(username: str, by: str | None, on_server: bool, as_json: bool) -> None:
    """Take a person's second factor away: for a lost phone and lost recovery codes. It is logged."""
    from pipeline import access, second_factor

    whom, who = find_user(username), acting(by, on_server)
    second_factor.reset(whom, by=who)
    line = _("{by} took away the second factor of {name}.", by=name_of(who), name=username)
    wait_for(access.tell(whom, line, by=who))
    told = _("The second factor of {name} is taken away, and their sessions are ended.", name=username)
    answer(as_json, {"username": username, "second_factor": False}, told)


@user.command("sign-out")
@click.argument("username")
@BY
@json_option
@stored
def user_sign_out(username: str, by: str, as_json: bool) -> None:
    """End all sessions of a person: of your own, or as an administrator."""
    from pipeline import sessions

    whom, who = find_user(username), person(by)
    if whom.pk != who.pk and not who.may_administer:
        raise Said(_("Only an administrator ends the sessions of somebody else: ask one of them."))
    ended = sessions.end_all(whom, by=who)
    answer(as_json, {"username": username, "ended": ended}, _("Sessions ended: {n}.", n=ended))


COMMANDS = (user,)
