"""How long original field files are kept."""

from __future__ import annotations

from typing import Any

import click

from commands._terminal import answer, as_option, emit, find_footage, json_option, person, say, stored, table
from publishers._sentences import Said, _


@click.group()
def originals() -> None:
    """Original files whose time is over: kept as evidence with a reason, or destroyed."""


@originals.command("list")
@json_option
@stored
def originals_list(as_json: bool) -> None:
    """Show the originals whose time is over and that nobody keeps."""
    from pipeline import retention

    rows = list(retention.over())
    facts: list[dict[str, Any]] = [
        {"code": r.code, "kind": r.kind, "added": r.added_at.date().isoformat(), "bytes": r.size} for r in rows
    ]
    heads = [_("footage"), _("kind"), _("since"), _("bytes")]
    none = _("No original is past its time.")
    emit(as_json, facts, lambda: table(heads, [list(f.values()) for f in facts]) if facts else say(none))


@originals.command("keep")
@click.argument("footage")
@click.option("--reason", required=True, help="Why it is kept as evidence.")
@as_option
@json_option
@stored
def originals_keep(footage: str, reason: str, username: str, as_json: bool) -> None:
    """Keep an original as evidence, past its time."""
    from pipeline import retention

    found = find_footage(footage)
    retention.keep(found, reason, by=person(username))
    answer(as_json, {"code": found.code, "kept": True}, _("Footage {code} is kept as evidence.", code=found.code))


@originals.command("free")
@click.argument("footage")
@as_option
@json_option
@stored
def originals_free(footage: str, username: str, as_json: bool) -> None:
    """End the keeping of an original; a coordinator does."""
    from pipeline import retention

    found = find_footage(footage)
    if not retention.free(found, by=person(username)):
        raise Said(_("Nobody keeps footage {code}.", code=found.code))
    told = _("Footage {code} is no longer kept as evidence.", code=found.code)
    answer(as_json, {"code": found.code, "kept": False}, told)


@originals.command("destroy")
@click.argument("footage")
@click.option("--yes", is_flag=True, help="There is no way back.")
@as_option
@json_option
@stored
def originals_destroy(footage: str, yes: bool, username: str, as_json: bool) -> None:
    """Destroy an original's file; its hash and the log stay. A coordinator does."""
    from pipeline import retention

    found, by = find_footage(footage), person(username)
    if not yes:
        raise Said(_("An original that is destroyed cannot come back: add --yes."))
    retention.destroy(found, by=by)
    told = _("Footage {code} is destroyed; its hash stays in the log.", code=found.code)
    answer(as_json, {"code": found.code, "destroyed": True}, told)


COMMANDS = (originals,)
