"""The consent register, and what follows when somebody withdraws."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    FILE,
    answer,
    as_option,
    emit,
    find_footage,
    indented,
    json_option,
    person,
    publication_facts,
    say,
    show_publications,
    stored,
    table,
)
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.models import Consent
    from pipeline.protection.withdrawing import Uses

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def consent() -> None:
    """Who agreed to be shown: codes, never names."""


@consent.command("add")
@click.argument("code")
@click.option("--given-on", type=DAY, required=True, help="The day on which the person agreed.")
@click.option("--how", type=click.Choice(["written", "recorded", "spoken"]), required=True)
@click.option("--face", is_flag=True, help="Their face may be seen; else they are masked.")
@click.option("--voice", is_flag=True, help="Their voice may be heard as it is.")
@click.option("--network", "networks", multiple=True, help="Only there. Repeat for more; without it, everywhere.")
@click.option("--lang", "langs", multiple=True, help="Only in texts of this language. Repeat for more.")
@click.option("--until", type=DAY, help="The last day on which it holds.")
@click.option("--names-from", type=FILE, help="A file of names to look for in texts, one a line; only hashes stay.")
@as_option
@json_option
@stored
def consent_add(
    code: str, given_on: datetime, how: str, until: datetime | None, names_from: Path | None, username: str,
    as_json: bool, **scope: Any,
) -> None:  # fmt: skip
    """Record what a person agreed to, under a code such as P-014."""
    from pipeline.models import How
    from pipeline.protection import consents

    names = names_from.read_text("utf-8").splitlines() if names_from else []
    wanted = consents.Scope(
        face=scope["face"], voice=scope["voice"], networks=scope["networks"], languages=scope["langs"],
        until=until.date() if until else None, names=[name for name in names if name.strip()],
    )  # fmt: skip
    row = consents.record(code, given_on=given_on.date(), how=How(how), scope=wanted, by=person(username))
    answer(as_json, consent_facts(row), _("Recorded: {code}. The paper with the name stays with you.", code=row.code))


def consent_facts(row: Consent) -> dict[str, Any]:
    """A consent for --json; it holds no name."""
    return {
        "code": row.code, "given_on": row.given_on.isoformat(), "how": row.how, "face": row.face, "voice": row.voice,
        "networks": row.networks, "languages": row.languages, "until": row.until and row.until.isoformat(),
        "withdrawn_at": row.withdrawn_at and row.withdrawn_at.isoformat(),
    }  # fmt: skip


@consent.command("list")
@json_option
@stored
def consent_list(as_json: bool) -> None:
    """Show every consent and whether it holds."""
    from pipeline.models import Consent

    rows = list(Consent.objects.all())
    heads = [_("code"), _("given on"), _("face"), _("voice"), _("until"), _("withdrawn")]
    shown = [[r.code, r.given_on, r.face, r.voice, r.until or "", bool(r.withdrawn_at)] for r in rows]
    empty = _("No consent is recorded yet: everyone is masked. See “portevoix consent add --help”.")
    emit(as_json, [consent_facts(r) for r in rows], lambda: table(heads, shown) if shown else say(empty))


@consent.command("show")
@click.argument("code")
@json_option
@stored
def consent_show(code: str, as_json: bool) -> None:
    """Show where a person is shown: what waits, what is out, what came down."""
    from pipeline.protection import consents, withdrawing

    row = consents.find(code)
    found = withdrawing.uses(row)
    emit(as_json, {**consent_facts(row), "uses": uses_facts(found)}, lambda: show_uses(found))


def uses_facts(found: Uses) -> dict[str, Any]:
    """Where a person is shown, for --json."""
    rows = {"waiting": found.waiting, "out": found.out, "removed": found.removed}
    told: dict[str, Any] = {name: [publication_facts(row) for row in each] for name, each in rows.items()}
    return {**told, "drafts": [post.pk for post in found.drafts]}


def show_uses(found: Uses) -> None:
    """The uses in groups, with the address of what is out."""
    from pipeline.protection import withdrawing

    if withdrawing.nothing_shown(found):
        say(_("This person is in no post."))
    for title, rows in ((_("Waiting:"), found.waiting), (_("Out, or perhaps out:"), found.out)):
        if rows:
            say(title)
            show_publications(rows)
    for row in found.out:
        if receipt := getattr(row, "receipt", None):
            indented(receipt.url)
    if found.drafts:
        say(_("Drafts: {posts}", posts=", ".join(str(post.pk) for post in found.drafts)))


@consent.command("link")
@click.argument("code")
@click.argument("footage")
@as_option
@json_option
@stored
def consent_link(code: str, footage: str, username: str, as_json: bool) -> None:
    """Note that a person is in that footage, masked or not: a withdrawal finds it then."""
    from pipeline.protection import consents

    row, found = consents.find(code), find_footage(footage)
    consents.link(row, found, by=person(username))
    told = _("Noted: the person of {code} is in footage {footage}.", code=row.code, footage=found.code)
    answer(as_json, {"code": row.code, "footage": found.code}, told)


@consent.command("unlink")
@click.argument("code")
@click.argument("footage")
@click.option("--reason", required=True, help="Why the note was wrong.")
@as_option
@json_option
@stored
def consent_unlink(code: str, footage: str, reason: str, username: str, as_json: bool) -> None:
    """Take back the note that a person is in that footage; a coordinator does."""
    from pipeline.protection import consents

    row, found = consents.find(code), find_footage(footage)
    consents.unlink(row, found, by=person(username), reason=reason)
    told = _("Taken back: the person of {code} is not in footage {footage}.", code=row.code, footage=found.code)
    answer(as_json, {"code": row.code, "footage": found.code}, told)


@click.command()
@click.argument("code")
@click.option("--yes", is_flag=True, help="Do it; without it, only show what would happen.")
@as_option
@json_option
@stored
def withdraw(code: str, yes: bool, username: str, as_json: bool) -> None:
    """Stop everything that shows a person who withdrew: what waits is cancelled, what is out is taken down."""
    from pipeline.protection import consents, withdrawing

    by, row = person(username), consents.find(code)
    found = withdrawing.uses(row)
    if not yes:
        if not as_json:
            show_uses(found)
        later = _("Nothing was done yet. To stop all this: portevoix withdraw {code} --yes --as {user}",
                  code=row.code, user=username)  # fmt: skip
        answer(as_json, {"done": False, "uses": uses_facts(found)}, later)
        return
    done = withdrawing.withdraw(row, by=by)
    facts = {
        "done": True, "code": row.code, "cancelled": [one.pk for one in done.stopped],
        "removals": [task.pk for task in done.removals],
    }  # fmt: skip
    told = _("Withdrawn: {stopped} publications cancelled, {removals} to be taken down. See: portevoix removal list",
             stopped=len(done.stopped), removals=len(done.removals))  # fmt: skip
    answer(as_json, facts, told)


COMMANDS = (consent, withdraw)
