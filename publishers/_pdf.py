"""How many pages a PDF has, counted without drawing it."""

from __future__ import annotations

import mmap
import re
import zlib
from pathlib import Path

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_STREAM = re.compile(rb"/ObjStm.{0,400}?stream\r?\n(.*?)endstream", re.DOTALL)


def pages(path: Path) -> int | None:
    """The number of page objects, those in compressed object streams too; None where there is nothing to count."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _counted(content)
    except (OSError, ValueError):
        return None


def _counted(content: mmap.mmap) -> int | None:
    found = len(_PAGE.findall(content))
    for packed in _STREAM.findall(content):
        try:
            found += len(_PAGE.findall(zlib.decompressobj().decompress(packed)))
        except zlib.error:
            continue
    return found or None
