"""The folders in which faces and voices stand bare: closed by their rights, so that no program of ours reads them."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

# Originals; pictures cut from them for the review of faces; what is being brought in.
LOCKED = ("originals", "looks", "uploads")
NOBODY, OWNER = 0o000, 0o700


def lock() -> int:
    """How many folders are closed: nobody but the machine's root reads what is in them."""
    return _give(NOBODY)


def unlock() -> int:
    """How many folders their owner reads again."""
    return _give(OWNER)


def _give(rights: int) -> int:
    found = [path for path in (Path(settings.PORTEVOIX_HOME) / name for name in LOCKED) if path.is_dir()]
    for path in found:
        path.chmod(rights)
    return len(found)
