"""What the gate says about a file, and the bounded reading of bytes that its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.errors import Refused
from publishers._sentences import Sentence, _

Kind = Literal["metadata", "hidden", "structure", "unknown"]

TRUNCATED = _("a part that ends too early")


@dataclass(frozen=True)
class Finding:
    """One reason to keep a file in: its kind, its place, and the name (never the content) of what is there."""

    kind: Kind
    where: str
    what: Sentence


class Leak(Refused):
    """The file carries, or could carry, something that must not leave."""


class UnreadableError(Exception):
    """The bytes stop making sense here, and nothing after this point can be judged. Never leaves the gate."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding.what))
        self.finding = finding


def broken(where: str, what: Sentence = TRUNCATED) -> UnreadableError:
    """The exception that ends the reading of a file at `where`."""
    return UnreadableError(Finding("structure", where, what))


@dataclass(frozen=True)
class Span:
    """A stretch of a file's bytes, [start, end), that cannot be read beyond its end."""

    data: bytes
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def where(self) -> str:
        """The place for a report."""
        return f"@{self.start}"

    def content(self) -> bytes:
        """The bytes of the stretch."""
        return self.data[self.start : self.end]

    def part(self, offset: int, length: int | None = None) -> Span:
        """The stretch of `length` bytes (default: the rest) that begins `offset` bytes in; raises UnreadableError."""
        start = self.start + offset
        end = self.end if length is None else start + length
        if not self.start <= start <= end <= self.end:
            raise broken(self.where)
        return Span(self.data, start, end)

    def number(self, offset: int, length: int) -> int:
        """The big-endian unsigned number of `length` bytes at `offset`; raises UnreadableError."""
        return int.from_bytes(self.part(offset, length).content(), "big")


def whole(data: bytes) -> Span:
    """All the bytes of a file as one stretch."""
    return Span(data, 0, len(data))
