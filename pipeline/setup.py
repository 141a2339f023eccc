"""A new store: its folders, keys and tables; and whether there is one."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from pipeline import vault, versions
from pipeline.errors import Refused
from pipeline.models import Beat
from publishers._sentences import _

DEMO_MARK = "this-is-a-demo"


def prepare() -> None:
    """Makes the home, its keys and the database's tables; `Refused` for a store of another version (versions.py)."""
    home = Path(settings.PORTEVOIX_HOME)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        vault.make_keys()
    except OSError as error:
        raise Refused(
            _(
                "Nothing can be written in {home} ({why}): choose another PORTEVOIX_HOME.",
                home=str(home),
                why=error.strerror or "",
            )
        ) from None
    try:
        standing = versions.standing()
        standing.refuse_newer()
        standing.refuse_older()
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError:
        raise Refused(
            _("The database does not answer: check DATABASE_URL, or the disk under {home}.", home=str(home))
        ) from None


def require() -> None:
    """`Refused` where there is no store yet, or one that this version has to bring up to date first."""
    require_database()
    home = Path(settings.PORTEVOIX_HOME)
    try:
        standing = versions.standing()
    except DatabaseError:
        raise Refused(
            _("The database does not answer: check DATABASE_URL, or the disk under {home}.", home=str(home))
        ) from None
    standing.refuse_newer()
    standing.refuse_older()


def require_database() -> None:
    """`Refused` where there is no store at all; one of an older version will do, to be backed up before an upgrade."""
    home = Path(settings.PORTEVOIX_HOME)
    if not settings.DATABASE_URL and not Path(connection.settings_dict["NAME"]).exists():
        raise Refused(_("There is no store in {home} yet: run “portevoix setup”.", home=str(home)))


def is_demo() -> bool:
    """Whether the store is a demo's, made to be thrown away: marked in its folder and in its own database."""
    marked = (Path(settings.PORTEVOIX_HOME) / DEMO_MARK).exists()
    return marked and not settings.DATABASE_URL and Beat.objects.filter(name=DEMO_MARK).exists()


def mark_as_demo() -> None:
    """Says of this store that it is a demo's: it asks nobody's password and may be cleared."""
    (Path(settings.PORTEVOIX_HOME) / DEMO_MARK).touch()
    Beat.objects.get_or_create(name=DEMO_MARK, defaults={"at": timezone.now()})
