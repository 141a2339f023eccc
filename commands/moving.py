"""A store moved to another database, and brought to a newer version."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands._terminal import (
    FOLDER,
    database_words,
    django,
    emit,
    json_option,
    progress_bar,
    say,
    stored,
    table,
)
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.versions import Step


@click.command("move-to")
@click.argument("address", metavar="DATABASE_URL")
@json_option
@stored
def move_to(address: str, as_json: bool) -> None:
    """Move the SQLite store to an empty PostgreSQL database; DATABASE_URL may be @FILE, which holds the address."""
    from pipeline import moving

    url = Path(address[1:]).read_text(encoding="utf-8").strip() if address.startswith("@") else address
    with progress_bar("PostgreSQL") as bar:
        found = moving.move(url, lambda share: bar.update(0, completed=share))
    rows = sum(one.rows for one in found)

    def show() -> None:
        table([_("table"), _("rows")], [[one.name, one.rows] for one in found if one.rows])
        say(
            _(
                "Moved: {tables} tables, {rows} rows, each the same in both; the log holds.",
                tables=len(found),
                rows=rows,
            )
        )
        say(_("Now set DATABASE_URL (or DATABASE_URL_FILE) to that address for every program of Porte-voix, and start "
              "them. The old file is on hold; keep it until the first backup of the new store is made."))  # fmt: skip

    emit(as_json, {"tables": [asdict(one) for one in found], "rows": rows}, show)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@json_option
def upgrade(folder: Path, as_json: bool) -> None:
    """Bring the store to this version, after a backup into DIR; says which changes can be undone without it."""
    django()
    from pipeline import setup, versions

    setup.require_database()
    with database_words():
        done = versions.upgrade(folder)

    def show() -> None:
        for step in done.steps:
            say(told(step))
        if done.made:
            say(_("The backup from before is {path}.", path=str(done.made.path)))
        say(
            _(
                "The store is at version {version}; its log holds {n} entries.",
                version=versions.program(),
                n=done.entries,
            )
        )

    facts = {"version": versions.program(), "backup": str(done.made.path) if done.made else None,
             "steps": [asdict(step) for step in done.steps], "entries": done.entries}  # fmt: skip
    emit(as_json, facts, show)


def told(step: Step) -> Sentence:
    """A change of the store, and whether there is a way back without the backup."""
    if step.undoable:
        return _("{name}: done; it can be undone (what it made is lost then).", name=step.name)
    return _("{name}: done; it cannot be undone, only restored from the backup.", name=step.name)


COMMANDS = (move_to, upgrade)
