"""The store key, which no backup holds: which one is at hand when a store is restored, and whether it opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from pipeline import vault
from pipeline.errors import NotHere, Refused
from pipeline.models import Channel
from publishers._sentences import _


@dataclass(frozen=True)
class Found:
    """A key at hand, and whether a person named it or it only lay there."""

    text: str = ""
    named: bool = False
    to_write: bool = False  # false for one that comes from a setting and stays there


@dataclass(frozen=True)
class Verdict:
    """Whether the restored channels can be opened; `closed` are those that the key does not fit."""

    fits: bool
    needed: bool  # false where there is no channel yet
    closed: tuple[str, ...] = ()
    to_write: str = ""


def found(home: Path, given: Path | None) -> Found:
    """The key to try: the file given, else the setting, else the one of the home that stands here."""
    if given is not None:
        return Found(given.read_text(encoding="utf-8", errors="replace"), named=True, to_write=True)
    if settings.PORTEVOIX_KEYS:
        return Found(settings.PORTEVOIX_KEYS)
    stored = home / "keys" / vault.STORE_KEY
    return Found(stored.read_text(encoding="utf-8", errors="replace"), to_write=True) if stored.exists() else Found()


def judge(key: Found) -> Verdict:
    """Whether the key opens the credentials of the channels that we stand on.

    `Refused` where a person named a key and it opens none of them: better before anything is replaced than after.
    """
    rows = list(Channel.objects.order_by("name").values_list("name", "credentials"))
    closed = tuple(name for name, token in rows if not _opens(key, token))
    fits = bool(key.text) and (not rows or len(closed) < len(rows))
    if key.named and not fits:
        raise Refused(
            _("This key opens none of the backup’s channels: give keys/store.key of the store that made the backup.")
        )
    return Verdict(fits, bool(rows), closed if fits else (), key.text if fits and key.to_write else "")


def write(home: Path, verdict: Verdict) -> None:
    """Puts the key that fits into the new home, with a new key for signing: whoever was signed in signs in again."""
    if verdict.to_write:
        vault.write_key(home / "keys", vault.STORE_KEY, verdict.to_write.strip())
    vault.write_key(home / "keys", vault.SIGNING_KEY, vault.new_signing_key())


def _opens(key: Found, token: str) -> bool:
    try:
        return bool(key.text) and vault.opens(key.text, token)
    except NotHere:  # no key at all
        return False
