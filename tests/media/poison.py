"""Files that must never leave: one per way in which a picture or a film gives somebody away.

`build(folder)` writes them all. Each carries `CANARY` where bytes can carry it; `hidden_in` finds it again without
the gate, also inside compressed chunks. Those whose poison is not a string of bytes (a date, an edit list, a second
picture) say so with `canary=False`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.media import poison_field, poison_films, poison_hidden, poison_pictures
from tests.media.canary import CANARY


@dataclass(frozen=True)
class Poison:
    name: str
    path: Path
    canary: bool


def build(folder: Path) -> list[Poison]:
    """Writes every poisoned file into `folder`."""
    makers = [made.all_of_them for made in (poison_pictures, poison_films, poison_field, poison_hidden)]
    return [file for maker in makers for file in _written(folder, maker)]


def _written(folder: Path, makers: Callable[[Path], Iterator[tuple[str, bytes]]]) -> Iterator[Poison]:
    for name, data in makers(folder):
        path = folder / name.replace(" ", "-")
        path.write_bytes(data)
        yield Poison(name, path, hidden_in(data))


def hidden_in(data: bytes) -> bool:
    """Whether the canary is in the bytes, or in a zlib stream or UTF-16 text within them."""
    if CANARY in data or CANARY.decode().encode("utf-16-be") in data or CANARY.decode().encode("utf-16-le") in data:
        return True
    for start in re.finditer(rb"x[\x01\x5e\x9c\xda]", data):
        try:
            if CANARY in zlib.decompressobj().decompress(data[start.start() :]):
                return True
        except zlib.error:
            continue
    return False
