"""Where networks that fetch pictures themselves find them: our own server, or any S3-compatible bucket.

The bucket is reached through django-storages (the extra "s3"). Without a public address of its own, its files are
shown by signed addresses that end by themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from publishers._base import TryLater
from publishers._mediahost import LASTS, MediaChoice, MediaHost, OwnServer, new_name
from publishers._sentences import _

PREFIX = "porte-voix/"
WAIT = 30  # seconds, for connecting and for each answer of the bucket


def folder() -> Path:
    """Where our own server's public files stand; the studio shows them to everyone who knows their name."""
    return Path(settings.PORTEVOIX_HOME) / "public"


def chosen(choice: MediaChoice) -> MediaHost:
    """The host that a channel's settings name: its bucket, else this studio."""
    if choice.bucket:
        return Bucket(choice)
    if choice.url is None:
        raise TryLater(_("This channel has no media host: give it a media_url or a bucket; it is tried again later."))
    return OwnServer(folder(), choice.url)


class Bucket:
    """An S3-compatible bucket."""

    def __init__(self, choice: MediaChoice) -> None:
        self._storage = _storage(choice)

    def put(self, source: Path) -> str:
        """The address of a copy of the file in the bucket. Raises TryLater."""
        from botocore.exceptions import BotoCoreError, ClientError
        from django.core.files import File

        try:
            with source.open("rb") as opened:
                name = self._storage.save(PREFIX + new_name(), File(opened))
            return str(self._storage.url(name))
        except (BotoCoreError, ClientError):
            refused = _refused()
        raise refused

    def remove(self, url: str) -> None:
        """Takes the copy out of the bucket. Raises TryLater."""
        from botocore.exceptions import BotoCoreError, ClientError

        name = url.partition("?")[0].rsplit("/", 1)[-1]
        try:
            self._storage.delete(PREFIX + name)
        except (BotoCoreError, ClientError):
            refused = _refused()
        else:
            return
        raise refused


def _refused() -> TryLater:
    return TryLater(_("The bucket for public pictures refuses them: check its name, key and region."))


def _storage(choice: MediaChoice) -> Any:
    try:
        from botocore.config import Config
        from storages.backends.s3 import S3Storage
    except ImportError:
        raise TryLater(
            _("Buckets need the extra “s3”: install it (uv sync --extra s3), or give this channel a media_url alone.")
        ) from None
    scheme, _colon, public = (choice.url or "").partition("://")
    return S3Storage(
        access_key=choice.key,
        secret_key=choice.secret.get_secret_value(),
        bucket_name=choice.bucket,
        endpoint_url=choice.endpoint,
        region_name=choice.region or None,
        default_acl=None,
        file_overwrite=False,
        object_parameters={"ContentType": "image/jpeg", "CacheControl": "no-store"},
        querystring_auth=not public,
        querystring_expire=int(LASTS),
        custom_domain=public or None,
        url_protocol=f"{scheme or 'https'}:",
        client_config=Config(
            signature_version="s3v4", connect_timeout=WAIT, read_timeout=WAIT, retries={"max_attempts": 1}
        ),
    )
