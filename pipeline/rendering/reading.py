"""Files that people edit while the tool runs: read with what is wrong in them said, and read again when they change."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pipeline.errors import Refused
from publishers._sentences import _


def read_table(path: Path) -> dict[str, Any]:
    """What a TOML file says; Refused, naming it, where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        why = str(getattr(wrong, "strerror", None) or wrong)
        raise Refused(_("{file} cannot be read: {why}.", file=named(path), why=why)) from None


def named(path: Path) -> str:
    """A file as its editor knows it, with its folder: "figure/card.toml"."""
    return f"{path.parent.name}/{path.name}"


def stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of a file, or of each file of a folder: another stamp, another content."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return tuple((file.name, facts.st_mtime_ns, facts.st_size) for file in files if (facts := _facts(file)))


def _facts(file: Path) -> Any:
    try:
        return file.stat()
    except FileNotFoundError:
        return None
