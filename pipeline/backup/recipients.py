"""Who can open a backup: age recipients (public, kept in the home) and identities (secret, kept elsewhere)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline.backup.parts import RECIPIENTS
from pipeline.errors import Refused
from publishers._sentences import _

SECRET = "AGE-SECRET-KEY-"  # noqa: S105 - how an age identity begins


def recipients(more: Iterable[str] = ()) -> list[str]:
    """Everyone to whom a backup is encrypted, each once: the home's list, the setting, and `more`."""
    given = str(settings.PORTEVOIX_BACKUP_RECIPIENTS).replace(",", " ").split()
    named = list(dict.fromkeys([*_listed(), *given, *more]))
    for name in named:
        _parsed(name)
    return named


def parsed(more: Iterable[str]) -> list[Any]:
    """The recipients as pyrage wants them; `Refused` where there is none, for nothing is written unencrypted."""
    found = [_parsed(name) for name in recipients(more)]
    if not found:
        raise Refused(
            _(
                "A backup is always encrypted and nobody could open this one: make an identity with "
                "“portevoix backup keygen FILE”, then add its recipient with “portevoix backup recipients --add age1…”."
            )
        )
    return found


def add_recipient(name: str) -> bool:
    """Whether the recipient was added to the home's list; false where it already stood there."""
    _parsed(name)
    if name in _listed():
        return False
    _store([*_lines(), name])
    return True


def remove_recipient(name: str) -> bool:
    """Whether the recipient stood in the home's list and is now gone; older backups stay readable to them."""
    if name not in _listed():
        return False
    _store([line for line in _lines() if line.strip() != name])
    return True


def make_identity(path: Path) -> str:
    """The recipient of a new identity, which is written into `path`, readable by its owner only."""
    import pyrage

    if path.resolve().is_relative_to(Path(settings.PORTEVOIX_HOME)):
        raise Refused(_("The identity opens the backups: it must not lie in the store’s own folder. Choose another."))
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(f"# created: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n# public key: {public}\n{identity}\n")
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError:
        raise Refused(_("{name} already exists and is not overwritten: choose another name.", name=str(path))) from None
    return public


def identities(path: Path) -> list[Any]:
    """The identities in a file as `age-keygen` writes it, one to a line; `Refused` where there is none."""
    import pyrage

    text = path.read_text(encoding="utf-8", errors="replace")
    found = []
    for line in text.splitlines():
        if line.strip().startswith(SECRET):
            try:
                found.append(pyrage.x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError:
                raise Refused(_("The identity in {name} is damaged: use another copy.", name=path.name)) from None
    if not found:
        raise Refused(
            _(
                "{name} holds no identity: it is the file that “portevoix backup keygen” made, with a line {start}….",
                name=path.name, start=SECRET,
            )
        )  # fmt: skip
    return found


def _parsed(name: str) -> Any:
    import pyrage

    if name.upper().startswith(SECRET):  # never repeated on a screen
        raise Refused(_("This is the secret identity, not the recipient: give the line that begins with age1."))
    try:
        return pyrage.x25519.Recipient.from_str(name)
    except pyrage.RecipientError:
        raise Refused(
            _("“{name}” is no age recipient: it begins with age1 and is 62 letters long.", name=name)
        ) from None


def _listed() -> list[str]:
    return [line.strip() for line in _lines() if line.strip() and not line.strip().startswith("#")]


def _lines() -> list[str]:
    """The file as people may have written it, remarks included."""
    return _path().read_text(encoding="utf-8").splitlines() if _path().exists() else []


def _store(lines: list[str]) -> None:
    incoming = _path().with_suffix(".incoming")
    incoming.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    incoming.replace(_path())


def _path() -> Path:
    return Path(settings.PORTEVOIX_HOME) / RECIPIENTS
