"""Backups of the store, who can open them, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    FILE,
    FOLDER,
    answer,
    database_words,
    django,
    emit,
    json_option,
    progress_bar,
    say,
    spoken,
    table,
)
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.backup import Made, Restored


class Backup(click.Group):
    """`portevoix backup DIR` makes one; the words below it do something else."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, with the hidden verb `to` put before a folder or an option."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["to", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Backup, options_metavar="", subcommand_metavar="DIR | keygen FILE | recipients")
def backup() -> None:
    """Make an encrypted copy of everything but the keys: “backup DIR”; “backup --list DIR” shows those in a folder.

    With DIR: --recipient age1… encrypts to somebody more, --without-originals leaves the field files out.
    """


@backup.command("to", hidden=True)
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--list", "only_list", is_flag=True, help="Show the backups in DIR, the newest first.")
@click.option("--recipient", "more", multiple=True, metavar="age1…", help="Encrypt to this recipient too.")
@click.option("--without-originals", is_flag=True, help="Leave the original field files out.")
@json_option
def backup_to(folder: Path, only_list: bool, more: tuple[str, ...], without_originals: bool, as_json: bool) -> None:
    """Write a backup into DIR, or show those that are there."""
    django()
    from pipeline import backup as stage
    from pipeline import setup

    if only_list:
        show_backups(stage.listed(folder), as_json)
        return
    setup.require_database()
    with database_words(), shown_progress("backup") as progress:
        made = stage.back_up(folder, more=more, originals=not without_originals, progress=progress)
    for sentence in lacking(made):
        click.echo(sentence.text(spoken()), err=True)
    answer(as_json, backup_facts(made), *made_sentences(made))


def show_backups(found: list[Path], as_json: bool) -> None:
    """Name, size and place of each; what is inside only its recipients can read."""
    rows: list[dict[str, Any]] = [{"file": p.name, "bytes": p.stat().st_size, "path": str(p)} for p in found]

    def show() -> None:
        if rows:
            table([_("file"), _("MB")], [[r["file"], f"{r['bytes'] / 1e6:.1f}"] for r in rows])
        else:
            say(_("There is no backup in this folder."))

    emit(as_json, rows, show)


def backup_facts(made: Made) -> dict[str, Any]:
    """A finished backup for --json."""
    manifest = made.manifest
    return {
        "path": str(made.path), "bytes": made.size, "made_at": manifest.about.made_at.isoformat(),
        "database": manifest.about.database, "files": len(manifest.files), "originals": manifest.about.originals,
        "missing": list(manifest.missing), "damaged": list(manifest.damaged), "recipients": made.recipients,
        "audit": manifest.about.audit.model_dump(),
    }  # fmt: skip


def lacking(made: Made) -> Iterator[Sentence]:
    """What the backup could not hold whole, one sentence each; the backup is made all the same."""
    manifest = made.manifest
    if manifest.missing:
        yield _("Files that the store names are missing in it and so in the backup: {names}.",
                names=list(manifest.missing))  # fmt: skip
    if manifest.damaged:
        yield _("Files of the store are damaged and were backed up as they are: {names}. Look in an older backup.",
                names=list(manifest.damaged))  # fmt: skip
    if not manifest.about.audit.ok:
        yield _("The log’s chain is broken: see “portevoix audit verify”. It was backed up as it is.")


def made_sentences(made: Made) -> list[Sentence]:
    """Where it is, what proves it, and what is not in it."""
    from django.conf import settings

    from pipeline import vault

    head = made.manifest.about.audit
    told = [
        _("{path}: {files} files, {size} MB, recipients: {n}.", path=str(made.path),
          files=len(made.manifest.files), size=f"{made.size / 1e6:.1f}", n=made.recipients),
        _("The log in it has {n} entries, head {head}.", n=head.seq, head=head.hash[:16]),
    ]  # fmt: skip
    if settings.PORTEVOIX_KEYS:
        told.append(
            _("Not in it, on purpose: the key in PORTEVOIX_KEYS. Without it no account opens: keep a copy elsewhere.")
        )
    else:
        key = str(vault.keys_dir() / vault.STORE_KEY)
        told.append(
            _("Not in it, on purpose: the key {path}. Without it no account opens: keep a copy elsewhere.", path=key)
        )
    return told


@backup.command("keygen")
@click.argument("file", type=FILE)
@json_option
def backup_keygen(file: Path, as_json: bool) -> None:
    """Make an identity, which opens backups, in FILE; prints its recipient."""
    django()
    from pipeline import backup as stage

    public = stage.make_identity(file)
    answer(
        as_json,
        {"recipient": public, "identity": str(file)},
        _("Add its recipient: portevoix backup recipients --add {name}", name=public),
        _("{path} opens every backup made for it: move it off this machine, keep two copies, show it to nobody.",
          path=str(file)),
    )  # fmt: skip


@backup.command("recipients")
@click.option("--add", metavar="age1…", help="Encrypt to this recipient from now on.")
@click.option("--remove", metavar="age1…", help="No longer; older backups stay open to them.")
@json_option
def backup_recipients(add: str | None, remove: str | None, as_json: bool) -> None:
    """Show who can open the backups, or change it."""
    django()
    from pipeline import backup as stage

    if add:
        stage.add_recipient(add)
    if remove and not stage.remove_recipient(remove):
        raise Said(_("{name} is not in this store’s list: nothing was changed.", name=remove))
    names = stage.recipients()
    told = [_("Backups are encrypted to: {names}.", names=names)] if names else [_("Nobody can open a backup yet.")]
    answer(as_json, {"recipients": names}, *told)


@click.command()
@click.argument("source", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.option("--identity", required=True, type=FILE, help="The file that “portevoix backup keygen” made.")
@click.option("--key", type=FILE, help="The copy of keys/store.key, which no backup holds.")
@click.option("--replace", is_flag=True, help="Move the store that stands here aside first.")
@json_option
def restore(source: Path, identity: Path, key: Path | None, replace: bool, as_json: bool) -> None:
    """Put a store back from a backup (of a folder, the newest). Nothing goes out before a person releases it."""
    django()
    from pipeline import backup as stage

    with database_words(), shown_progress("restore") as progress:
        done = stage.restore(source, identity=identity, key=key, replace=replace, progress=progress)
    answer(as_json, restored_facts(done), *restored_sentences(done))


@contextmanager
def shown_progress(label: str) -> Iterator[Callable[[float], None]]:
    """The function that moves a bar; nobody watches one in a log or a mail, so there it is not drawn."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    with progress_bar(label) as bar:
        yield lambda share: bar.update(0, completed=share)


def restored_facts(done: Restored) -> dict[str, Any]:
    """What a restore did, for --json."""
    about = done.manifest.about
    return {
        "home": str(done.home), "backup": str(done.backup), "made_at": about.made_at.isoformat(),
        "audit": about.audit.model_dump(), "files": len(done.manifest.files), "missing": list(done.manifest.missing),
        "originals": about.originals, "aside": str(done.aside) if done.aside else None,
        "aside_schema": done.aside_schema, "doubted": done.marked.doubted, "to_come": done.marked.still_to_come,
        "key_fits": done.key.fits, "closed_channels": list(done.key.closed), "migrated": done.migrated,
    }  # fmt: skip


def restored_sentences(done: Restored) -> Iterator[Sentence]:
    """What is there, what is not, and what people have to do before anything goes out again."""
    from commands.status import local

    about, marked = done.manifest.about, done.marked
    yield _("Restored into {home}: the store as it was on {at}, {n} files.",
            home=str(done.home), at=local(about.made_at), n=len(done.manifest.files))  # fmt: skip
    yield _("Compare the log’s head with the last digest you have: {n} entries, {head}.",
            n=about.audit.seq, head=about.audit.hash[:16])  # fmt: skip
    if done.aside:
        yield _("What stood there before is now in {folder}.", folder=str(done.aside))
    if done.aside_schema:
        yield _("What stood in the database before is now in its schema {name}.", name=done.aside_schema)
    if done.manifest.missing:
        yield _("Missing already when the backup was made: {names}.", names=list(done.manifest.missing))
    if not about.originals:
        yield _("The original field files were left out of this backup: take them from another one.")
    yield from key_sentences(done)
    yield _("Everything is on hold. Posts that may be out already: {n}; “portevoix run” looks them up.",
            n=marked.doubted)  # fmt: skip
    yield _("Scheduled posts still to come: {n}. Cancel those that somebody sent or moved early since the backup.",
            n=marked.still_to_come)  # fmt: skip
    yield _("Then a coordinator or an administrator lets go on: “portevoix release --as USER”.")


def key_sentences(done: Restored) -> Iterator[Sentence]:
    """Whether the accounts can be opened, and where the key belongs if not."""
    from pipeline import vault

    place = str(done.home / "keys" / vault.STORE_KEY)
    if not done.key.needed:
        return
    if not done.key.fits:
        yield _("The key is needed now, no backup holds it: copy your keys/store.key to {path}.", path=place)
    elif done.key.closed:
        yield _("The key opens the accounts, all but these: {names}. Give them new credentials.",
                names=list(done.key.closed))  # fmt: skip
    else:
        yield _("The key opens the accounts.")


COMMANDS = (backup, restore)
