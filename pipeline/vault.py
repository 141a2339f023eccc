"""Secrets at rest: Fernet over JSON, with keys that are never in the database."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from pipeline.errors import NotHere
from publishers._sentences import _

STORE_KEY, SIGNING_KEY = "store.key", "django.key"


def encrypt(value: dict[str, Any]) -> str:
    """A Fernet token over the value as JSON, under the newest key."""
    return _fernet().encrypt(json.dumps(value).encode()).decode()


def decrypt(token: str) -> dict[str, Any]:
    """The value that `encrypt` was given; `Refused` where no key fits."""
    try:
        value: dict[str, Any] = json.loads(_fernet().decrypt(token.encode()))
    except InvalidToken:
        raise NotHere(
            _("The stored credentials cannot be read with this key: give the key that they were stored with.")
        ) from None
    return value


def make_keys() -> list[Path]:
    """The key files that were missing in the home and are now there, readable by their owner only."""
    fresh = {STORE_KEY: Fernet.generate_key().decode(), SIGNING_KEY: new_signing_key()}
    missing = {name: value for name, value in fresh.items() if not (keys_dir() / name).exists()}
    return [write_key(keys_dir(), name, value) for name, value in missing.items()]


def write_key(folder: Path, name: str, value: str) -> Path:
    """The key file, readable by its owner only, whole or not there at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    incoming = path.with_suffix(".incoming")
    incoming.touch(mode=0o600)
    incoming.write_text(value + "\n", encoding="ascii")
    incoming.replace(path)
    return path


def new_signing_key() -> str:
    """A key for sessions and forms; with another one everybody signs in anew, nothing else."""
    return secrets.token_urlsafe(50)


def opens(keys: str, token: str) -> bool:
    """Whether one of these keys, a text as in the key file, opens what `encrypt` has made; NotHere for no key."""
    try:
        _fernet_of(keys).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def keyed_hashes(text: str) -> list[str]:
    """SHA-256 HMACs of a text in hex, one for each store key, the newest first: nobody finds the text without a key.

    A backup holds no key, so neither names nor a way to try names out stand in it.
    """
    return [hmac.new(_hash_key(key), text.encode(), hashlib.sha256).hexdigest() for key in _key_texts().split()]


@lru_cache(maxsize=8)
def _hash_key(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"porte-voix names").derive(key.encode())


def keys_dir() -> Path:
    """The folder of the key files."""
    return Path(settings.PORTEVOIX_HOME) / "keys"


def _fernet() -> MultiFernet:
    return _fernet_of(_key_texts())


def _key_texts() -> str:
    """The store keys, the newest first, parted by spaces."""
    given: str = settings.PORTEVOIX_KEYS
    stored = keys_dir() / STORE_KEY
    if not given and not stored.exists():
        raise NotHere(_("There is no key to read credentials with: run “portevoix setup”, or set PORTEVOIX_KEYS_FILE."))
    return (given or stored.read_text(encoding="ascii")).replace(",", " ")


@lru_cache(maxsize=4)
def _fernet_of(text: str) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in text.replace(",", " ").split()])
    except ValueError:  # no key at all, or not 32 bytes in base64
        raise NotHere(_("The key for stored credentials is damaged: put the right one back.")) from None
