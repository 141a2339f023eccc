"""What ties a database to its home: one random name in both, and how far the home saw the log go."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipeline import places
from pipeline.models import AuditHead, Beat

BEAT = "epoch"  # the row's name, and the file's
MARKER = "epoch"
UNFINISHED = ".unfinished-restore"  # how the name of a folder ends in which a restore makes a home
LOADING = "database-loading"  # a file in it: what stands in the PostgreSQL database is that restore's, not yet marked


@dataclass(frozen=True)
class Epoch:
    """What the home remembers of its database."""

    id: str
    seq: int = 0  # how many entries the log had when the home last looked


def unfinished(home: Path) -> Path:
    """The folder beside the home in which a restore makes it; there only while one runs, or where it was killed."""
    return home.with_name(home.name + UNFINISHED)


def new_id() -> str:
    """A name that no store had before."""
    return secrets.token_hex(16)


def store(name: str, now: datetime) -> None:
    """Writes the name into the database that we stand on."""
    Beat.objects.update_or_create(name=BEAT, defaults={"at": now, "details": {"id": name}})


def stored() -> str | None:
    """The name in the database that we stand on."""
    beat = Beat.objects.filter(name=BEAT).first()
    return str(beat.details.get("id")) if beat else None


def entries() -> int:
    """How many entries the log has, in the database that we stand on."""
    return AuditHead.objects.filter(pk=1).values_list("seq", flat=True).first() or 0


def write(home: Path, epoch: Epoch) -> None:
    """Writes the home's marker, whole or not at all; to be called by one at a time."""
    incoming = home / f".{MARKER}.incoming"
    incoming.write_text(json.dumps(asdict(epoch)) + "\n", encoding="ascii")
    places.sync(incoming)
    incoming.replace(home / MARKER)
    places.sync(home)


def read(home: Path) -> Epoch | None:
    """What the home remembers; a marker that cannot be read fits no database."""
    try:
        said = json.loads((home / MARKER).read_text(encoding="ascii"))
        return Epoch(str(said["id"]), int(said["seq"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return Epoch("unreadable")
