"""Whether this installation may be used by strangers' browsers and by people in a hurry: what is missing, in words.

Each check looks at one thing and names what to do. What `blocks` makes the installation unsafe or useless; the rest is
worth a look. Nothing is changed.
"""

from __future__ import annotations

import ipaddress
import os
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.http.request import validate_host
from django.utils import timezone

from pipeline import backup, setup, vault
from pipeline.backup.recipients import recipients
from pipeline.delivery.status import SILENT, last_tick
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Channel, Role, User
from pipeline.panic import switch
from publishers._sentences import Sentence, _

KEY_LETTERS = 32  # of a signing key, at least
OLD_BACKUP = timedelta(days=2)
FILES = 1024  # that a process may have open, at least
ROOM, TIGHT = 5_000_000_000, 500_000_000  # free bytes: worth a look, and too few to work
CLOCK_SET_BY = (Path("/run/systemd/timesync/synchronized"), Path("/run/chrony/chronyd.pid"), Path("/run/ntpd.pid"))
GUESSED = ("insecure", "change", "secret", "example", "default")  # begins or fills a key that came with a guide


@dataclass(frozen=True)
class Finding:
    """One thing that is missing or wrong, and what to do."""

    name: str
    sentence: Sentence
    blocks: bool = False


Check = Callable[[], Iterator[Finding]]


def findings() -> list[Finding]:
    """What is missing, what blocks first; empty where all is well."""
    found = [one for check in SETTINGS for one in check()]
    try:
        setup.require()
        found += [one for check in STORE for one in check()]
    except Refused as refusal:
        found.append(Finding("store", refusal.sentence, blocks=True))
    except DatabaseError as error:
        why = str(error).splitlines()[0]
        found.append(Finding("store", _("The database refused ({why}): check DATABASE_URL.", why=why), blocks=True))
    return sorted(found, key=lambda one: not one.blocks)


def refuse_unsafe(host: str) -> None:
    """`Refused` where pages must not be served on this address with these settings: debugging, or a key of no worth."""
    if settings.DEBUG and not (_is_own(host) and _is_own(urlsplit(settings.PORTEVOIX_URL).hostname or "localhost")):
        raise Refused(next(debug()).sentence)
    for one in key():
        raise Refused(one.sentence)


def _is_own(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# ----------------------------------------------------------------------------------------------------- settings


def debug() -> Iterator[Finding]:
    """Debugging shows settings and texts to whoever meets an error."""
    if settings.DEBUG:
        yield Finding("debug", _("Debugging is on, and shows the inside to strangers: unset PORTEVOIX_DEBUG."), True)


def key() -> Iterator[Finding]:
    """The key that signs sessions is the installation's own."""
    own = bool(os.environ.get("PORTEVOIX_SECRET_KEY") or os.environ.get("PORTEVOIX_SECRET_KEY_FILE"))
    if not own and not (vault.keys_dir() / vault.SIGNING_KEY).exists():
        yield Finding("key", _("There is no signing key, so each start makes a new one: run “portevoix setup”."), True)
    given = str(settings.SECRET_KEY)
    if len(given) < KEY_LETTERS or len(set(given)) < 10 or any(word in given.lower() for word in GUESSED):
        yield Finding(
            "key",
            _("The signing key can be guessed: unset PORTEVOIX_SECRET_KEY, and let “portevoix setup” make one."),
            True,
        )


def address() -> Iterator[Finding]:
    """People and networks reach the studio by https."""
    parts = urlsplit(settings.PORTEVOIX_URL)
    if not parts.hostname:
        yield Finding(
            "address", _("Nobody said where the studio is reached: set PORTEVOIX_URL=https://posts.example.org."), True
        )
    elif parts.scheme != "https":
        yield Finding("address", _("PORTEVOIX_URL begins with http: passwords would travel open. Use https."), True)


def https() -> Iterator[Finding]:
    """Cookies travel by https only, and browsers remember it."""
    if not settings.PUBLIC_HTTPS:
        yield Finding(
            "https", _("Cookies may travel open: set PORTEVOIX_HTTPS=1, behind a proxy that speaks https."), True
        )


def hosts() -> Iterator[Finding]:
    """The studio answers to its own names only."""
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("hosts", _("The studio answers to any name: name its own in PORTEVOIX_HOSTS."), True)
    name = urlsplit(settings.PORTEVOIX_URL).hostname
    if name and not validate_host(name, settings.ALLOWED_HOSTS):
        yield Finding("hosts", _("The studio does not answer to {name}: add it to PORTEVOIX_HOSTS.", name=name), True)


def proxy() -> Iterator[Finding]:
    """One known proxy is believed when it says who asks and by https."""
    if settings.PORTEVOIX_PROXY == "*":
        yield Finding("proxy", _("Whoever asks may say that they are somebody else: name your proxy’s address in "
                                 "PORTEVOIX_PROXY."), True)  # fmt: skip


def mail() -> Iterator[Finding]:
    """Mails leave, encrypted."""
    if not settings.EMAIL_HOST:
        yield Finding("mail", _("No mail leaves, so nobody learns that something waits: set PORTEVOIX_MAIL_HOST."))
    elif not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or _is_own(settings.EMAIL_HOST)):
        yield Finding("mail", _("Mails travel open to their server: set PORTEVOIX_MAIL_TLS to starttls or tls."))


def folders() -> Iterator[Finding]:
    """The home is its owner's alone, and can be written."""
    home = Path(settings.PORTEVOIX_HOME)
    if not home.is_dir():
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield Finding(
            "folders", _("{home} cannot be written: give it to the user that runs the tool.", home=str(home)), True
        )
    for path, blocks in ((home, False), (vault.keys_dir(), True), *((one, True) for one in _keys())):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "folders", _("Others on this machine may open {path}: chmod go= {path}", path=str(path)), blocks
            )


def _keys() -> list[Path]:
    folder = vault.keys_dir()
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def machine() -> Iterator[Finding]:
    """The machine's room, open files, user and clock."""
    home = Path(settings.PORTEVOIX_HOME)
    free = shutil.disk_usage(home if home.exists() else home.parent).free if home.parent.exists() else ROOM
    if free < ROOM:
        told = _("The disk has {mb} MB left: make room, a film needs some hundreds.", mb=free // 1_000_000)
        yield Finding("disk", told, free < TIGHT)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= soft < FILES:
        yield Finding("files", _("A process may open {n} files only: set LimitNOFILE=4096 (ulimit -n).", n=soft))
    if os.geteuid() == 0:
        yield Finding("user", _("The tool runs as root: give it a user of its own, which owns its home alone."))
    if not any(path.exists() for path in CLOCK_SET_BY):
        yield Finding("clock", _("Nothing seems to set this machine’s clock: install chrony, or systemd-timesyncd."))


# -------------------------------------------------------------------------------------------------- the store


def database() -> Iterator[Finding]:
    """What the database was told is what it does: no acknowledged write is lost in a power cut."""
    if connection.vendor == "sqlite":
        wanted, asked = {"journal_mode": "wal", "synchronous": "2"}, "PRAGMA {}"
    else:
        wanted, asked = {"synchronous_commit": "on", "fsync": "on"}, "SHOW {}"
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            cursor.execute(asked.format(name))
            if str(cursor.fetchone()[0]) != value:
                told = _(
                    "The database may forget what it confirmed ({name}): set it to {value}.", name=name, value=value
                )
                yield Finding("database", told, True)


def shut() -> Iterator[Finding]:
    """Neither shut nor a toy."""
    if switch.is_on():
        yield Finding("panic", _("Everything is shut by a panic: end it with “portevoix panic --over”."), True)
    if setup.is_demo():
        yield Finding(
            "demo", _("This is a demo’s store, which asks nobody’s password: use another PORTEVOIX_HOME."), True
        )


def backups() -> Iterator[Finding]:
    """Somebody can open the backups, and there is a young one."""
    if not recipients():
        yield Finding(
            "backup", _("No backup can be made: add a recipient (portevoix backup keygen, then recipients)."), True
        )
    last = backup.last_made()
    if last is None or timezone.now() - last > OLD_BACKUP:
        yield Finding("backup", _("There is no backup of the last two days: let cron or a timer make one each night."))


def clock() -> Iterator[Finding]:
    """The clock has not fallen behind what the store has seen."""
    last = AuditEntry.objects.order_by("-seq").values_list("at", flat=True).first()
    if last and datetime.fromisoformat(last) > timezone.now() + timedelta(minutes=1):
        yield Finding(
            "clock", _("The machine’s clock is behind what the log has seen ({at}): set it right.", at=last[:16]), True
        )


def workers() -> Iterator[Finding]:
    """Somebody ticks."""
    last = last_tick()
    if last is None or timezone.now() - last > SILENT:
        yield Finding("workers", _("Nothing goes out: no worker ticks. Start “portevoix work” (or “run”)."))


def staff() -> Iterator[Finding]:
    """Two people at least, the deciding ones with a second factor and an address."""
    here = User.objects.filter(is_active=True).order_by("username")
    for role, told in (
        (Role.ADMINISTRATOR, _("There is no administrator: run “portevoix setup”.")),
        (Role.COORDINATOR, _("Nobody can approve: add a coordinator (portevoix user invite).")),
    ):
        if not here.filter(role=role).exists():
            yield Finding("people", told, role == Role.ADMINISTRATOR)
    deciding = here.filter(role__in=[Role.COORDINATOR, Role.ADMINISTRATOR])
    for user in deciding.filter(second_factor_at=None):
        yield Finding(
            "second_factor",
            _("{name} comes in by a password alone: portevoix user second-factor {name}", name=user.username),
        )
    for user in deciding.filter(email=""):
        yield Finding("people", _("No mail reaches {name}: portevoix user email {name} ADDRESS", name=user.username))


def media() -> Iterator[Finding]:
    """Networks that fetch pictures find them: by our own name, or in a bucket."""
    for row in Channel.objects.filter(active=True, network="instagram").exclude(platform__in=["outbox", "handoff"]):
        try:
            known = vault.decrypt(row.credentials)
        except Refused as refusal:  # a missing key hides nothing else that is found
            yield Finding("media", refusal.sentence, True)
            return
        host = urlsplit(str(known.get("media_url") or "")).hostname
        if known.get("media_bucket"):
            continue
        if host is None:
            yield Finding("media", _("{channel} has no media host: Instagram fetches pictures by their address. Give "
                                     "it a media_url.", channel=row.name), True)  # fmt: skip
        elif not validate_host(host, settings.ALLOWED_HOSTS):
            yield Finding("media", _("{channel} names {host} for its pictures, to which the studio does not answer: "
                                     "add it to PORTEVOIX_HOSTS.", channel=row.name, host=host), True)  # fmt: skip


SETTINGS: tuple[Check, ...] = (debug, key, address, https, hosts, proxy, mail, folders, machine)
STORE: tuple[Check, ...] = (database, shut, backups, clock, workers, staff, media)
