"""The boxes that MP4 files are made of (ISO 14496-12, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.gate.finding import Span, broken
from publishers._sentences import _


def children(span: Span) -> Iterator[tuple[bytes, Span]]:
    """The boxes in a stretch: type and content. Sizes of 64 bits are for media alone; "up to the end" is refused."""
    offset = 0
    while offset < len(span):
        size, header = span.number(offset, 4), 8
        kind = span.part(offset + 4, 4).content()
        if size == 1 and kind == b"mdat":
            size, header = span.number(offset + 8, 8), 16
        if size < header:
            raise broken(f"@{span.start + offset}")
        yield kind, span.part(offset + header, size - header)
        offset += size


def by_kind(span: Span, where: str) -> dict[bytes, Span]:
    """The boxes in a stretch by type; raises UnreadableError where a type comes twice."""
    found: dict[bytes, Span] = {}
    for kind, body in children(span):
        if kind in found:
            raise broken(where, _("a part that comes twice"))
        found[kind] = body
    return found
