"""The addresses of the pages' own files: each names its content, so that browsers may keep it for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class Named(StaticFilesStorage):
    """Static files, found where they are written; nothing is collected or built."""

    def url(self, name: str | None, **more: object) -> str:
        """The file's address with its content's hash behind it; an upgrade that changes the file changes it."""
        mark = _mark(name or "")
        return f"{super().url(name)}?v={mark}" if mark else super().url(name)


@lru_cache
def _mark(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(str(found)).read_bytes()).hexdigest()[:12] if found else ""
