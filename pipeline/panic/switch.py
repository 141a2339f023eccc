"""Whether everything is shut: a file in the home, which needs no database, and a row for every other machine."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from django.conf import settings

from pipeline import places
from pipeline.errors import Refused
from pipeline.models import Panic
from publishers._sentences import _

MARK = "panic"


def is_on() -> bool:
    """Whether everything is shut."""
    return marked() or Panic.objects.filter(over_at=None).exists()


def refuse() -> None:
    """`Refused` while everything is shut."""
    if is_on():
        raise Refused(
            _(
                "Everything is shut since somebody pressed panic: an administrator opens it again on the server, with "
                "“portevoix panic --over”."
            )
        )


def marked() -> bool:
    """Whether this home says so by itself: it counts also while the database does not answer."""
    return _path().exists()


def mark(known: str = "") -> str:
    """The name of the panic that this home is marked with from now on, durably: `known`, else the one it had."""
    standing = name_of_mark()
    if standing and known in ("", standing):
        return standing
    name = known or new_name()
    incoming = _path().with_name(f".{MARK}.{name}")
    incoming.write_text(json.dumps({"name": name}) + "\n", encoding="ascii")
    places.sync(incoming)
    incoming.replace(_path())
    places.sync(_path().parent)
    return name


def new_name() -> str:
    """A name for a panic, 32 hex digits."""
    return secrets.token_hex(16)


def name_of_mark() -> str:
    """The name in the home's file; empty where there is none. One that cannot be read shuts all the same."""
    try:
        return str(json.loads(_path().read_text(encoding="ascii"))["name"])
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def unmark() -> None:
    """Takes the home's file away."""
    _path().unlink(missing_ok=True)
    places.sync(_path().parent)


def _path() -> Path:
    return Path(settings.PORTEVOIX_HOME) / MARK
