"""MP4 files taken apart and put together again, so that a test can slip something in.

Written apart from the gate's own reader: one does not judge the other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

BRANCHES = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"}


@dataclass
class Box:
    kind: bytes
    content: bytes
    inside: list[Box] | None = None

    def dump(self) -> bytes:
        body = self.content if self.inside is None else b"".join(box.dump() for box in self.inside)
        return struct.pack(">I4s", 8 + len(body), self.kind) + body

    def at(self, path: str, track: int = 0) -> Box:
        """The box at a path such as "moov/trak/tkhd"; `track` picks among the tracks."""
        box = self
        for name in path.split("/"):
            found = [child for child in box.inside or [] if child.kind == name.encode()]
            box = found[track if name == "trak" else 0]
        return box


def load(data: bytes) -> Box:
    return Box(b"", b"", _inside(data))


def _inside(data: bytes) -> list[Box]:
    found, offset = [], 0
    while offset < len(data):
        size, kind = struct.unpack_from(">I4s", data, offset)
        body = data[offset + 8 : offset + size]
        found.append(Box(kind, body, _inside(body) if kind in BRANCHES else None))
        offset += size
    return found


def _media_start(data: bytes) -> int:
    return data.index(b"mdat") + 4


def dump(film: Box, before: bytes) -> bytes:
    """The bytes of a changed film; the places of its samples follow the media from where they were `before`."""
    moved = b"".join(box.dump() for box in film.inside or [])
    shift = _media_start(moved) - _media_start(before)
    for track in [box for box in film.at("moov").inside or [] if box.kind == b"trak"]:
        table = track.at("mdia/minf/stbl/stco")
        places = struct.unpack(f">{(len(table.content) - 8) // 4}I", table.content[8:])
        table.content = table.content[:8] + struct.pack(f">{len(places)}I", *(place + shift for place in places))
    return b"".join(box.dump() for box in film.inside or [])


def changed(data: bytes, change: Callable[[Box], object]) -> bytes:
    """The film after `change` was done to its boxes."""
    film = load(data)
    change(film)
    return dump(film, data)


def first_sample_grown(data: bytes, extra: bytes) -> bytes:
    """The film with `extra` after the first picture, inside that picture's sample."""
    film = load(data)
    stbl = film.at("moov/trak/mdia/minf/stbl")
    sizes, places = stbl.at("stsz"), stbl.at("stco")
    (size,) = struct.unpack_from(">I", sizes.content, 12)
    (place,) = struct.unpack_from(">I", places.content, 8)
    sizes.content = sizes.content[:12] + struct.pack(">I", size + len(extra)) + sizes.content[16:]
    media, cut = film.at("mdat"), place + size - _media_start(data)
    media.content = media.content[:cut] + extra + media.content[cut:]
    for track in (0, 1):
        table = film.at("moov/trak/mdia/minf/stbl/stco", track)
        values = struct.unpack(f">{(len(table.content) - 8) // 4}I", table.content[8:])
        later = (value + len(extra) if value > place else value for value in values)
        table.content = table.content[:8] + struct.pack(f">{len(values)}I", *later)
    return b"".join(box.dump() for box in film.inside or [])
