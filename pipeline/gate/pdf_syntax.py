"""PDF syntax, the part of it that a file of ours uses (ISO 32000-1, 7.2 to 7.5): objects in order, one classic table.

No object streams, no updates, no encryption, no comments: what is not this is not readable, and so not let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.gate.finding import broken
from publishers._sentences import _

HEADER = re.compile(rb"%PDF-1\.7\n%[\x80-\xff]{4}\n\n")
_OBJECT = re.compile(rb"(\d{1,7}) 0 obj\n")
_SPACE = re.compile(rb"[ \n]*")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)")
_REFERENCE = re.compile(rb"(\d{1,7}) 0 R(?![A-Za-z0-9])")
_NAME = re.compile(rb"/((?:[!-~](?<![#/%()<>\[\]{}]))+)")
_HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
_WORD = re.compile(rb"true|false|null")
_OCTAL = re.compile(rb"[0-7]{1,3}")
_OPERATOR = re.compile(rb"[A-Za-z'\"*]+[0-9*]?")
_DEEPEST = 12
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True)
class Name:
    """A name, without its slash."""

    text: str


@dataclass(frozen=True)
class Reference:
    """The number of the object meant."""

    number: int


@dataclass(frozen=True)
class Stream:
    """A dictionary with bytes, still packed."""

    about: dict[str, Any]
    packed: bytes
    where: str


@dataclass(frozen=True)
class Document:
    """Every object by its number, and the trailer."""

    objects: dict[int, Any]
    trailer: dict[str, Any]


def read(data: bytes) -> Document:
    """The file's objects; every byte of it belongs to one, to the table or to the trailer. Raises UnreadableError."""
    begun = HEADER.match(data)
    if not begun:
        raise broken("@0", _("a beginning that files of ours have not"))
    objects: dict[int, Any] = {}
    places: dict[int, int] = {}
    at = begun.end()
    while opened := _OBJECT.match(data, at):
        number = int(opened[1])
        if number in objects:
            raise broken(f"@{at}", _("a part that comes twice"))
        places[number] = at
        objects[number], at = _object(data, opened.end())
    _table(data, at, places)
    return Document(objects, _trailer(data, at, len(places) + 1))


def _object(data: bytes, at: int) -> tuple[Any, int]:
    value, end = value_at(data, at)
    if data[end : end + 8] == b"\nstream\n" and isinstance(value, dict):
        length = value.get("Length")
        if type(length) is not int or length < 0:
            raise broken(f"@{end}", _("a stream without a length"))
        start = end + 8
        value, end = Stream(value, data[start : start + length], f"@{start}"), start + length
        if data[end : end + 10] != b"\nendstream":
            raise broken(f"@{end}", _("a stream of another length"))
        end += 10
    if data[end : end + 8] != b"\nendobj\n":
        raise broken(f"@{end}", _("bytes between two parts"))
    end += 8
    return value, end + (data[end : end + 1] == b"\n")


def _table(data: bytes, at: int, places: dict[int, int]) -> None:
    """Refuses a table that differs from where the objects are: what it names is all that there is."""
    lines = [b"0000000000 65535 f\r\n"]
    lines += [b"%010d 00000 n\r\n" % places.get(number, -1) for number in range(1, len(places) + 1)]
    expected = b"xref\n0 %d\n" % (len(places) + 1) + b"".join(lines)
    if data[at : at + len(expected)].replace(b" \n", b"\r\n") != expected:
        raise broken(f"@{at}", _("a table that does not fit the file"))


def _trailer(data: bytes, table: int, size: int) -> dict[str, Any]:
    at = data.find(b"trailer\n", table)
    trailer, end = value_at(data, at + 8) if at > 0 else (None, 0)
    gap = data[table:at].count(b"\n") == size + 2
    if not isinstance(trailer, dict) or not gap or trailer.get("Size") != size:
        raise broken(f"@{table}", _("a table that does not fit the file"))
    if data[end:].strip(b"\n") != b"startxref\n%d\n%%%%EOF" % table:
        raise broken(f"@{end}", _("bytes after the end of the document"))
    return trailer


def _past_spaces(data: bytes, at: int) -> int:
    spaces = _SPACE.match(data, at)
    return spaces.end() if spaces else at


def value_at(data: bytes, at: int, depth: int = 0) -> tuple[Any, int]:
    """The value that begins at `at`, past spaces, and where it ends; raises UnreadableError."""
    at = _past_spaces(data, at)
    if depth > _DEEPEST:
        raise broken(f"@{at}", _("parts nested too deep"))
    if data[at : at + 2] == b"<<":
        return _dictionary(data, at + 2, depth)
    if data[at : at + 1] == b"[":
        return _array(data, at + 1, depth)
    if data[at : at + 1] == b"(":
        return _string(data, at + 1)
    if found := _REFERENCE.match(data, at):
        return Reference(int(found[1])), found.end()
    if found := _NUMBER.match(data, at):
        return (float(found[0]) if b"." in found[0] else int(found[0])), found.end()
    if found := _NAME.match(data, at):
        return Name(found[1].decode("ascii")), found.end()
    if found := _HEX.match(data, at):
        return bytes.fromhex(found[1].decode()), found.end()
    if found := _WORD.match(data, at):
        return {b"true": True, b"false": False, b"null": None}[found[0]], found.end()
    raise broken(f"@{at}", _("bytes of unknown use"))


def _dictionary(data: bytes, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while True:
        at = _past_spaces(data, at)
        if data[at : at + 2] == b">>":
            return found, at + 2
        key, at = value_at(data, at, depth + 1)
        if not isinstance(key, Name) or key.text in found:
            raise broken(f"@{at}", _("a part that comes twice"))
        found[key.text], at = value_at(data, at, depth + 1)


def _array(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while True:
        at = _past_spaces(data, at)
        if data[at : at + 1] == b"]":
            return found, at + 1
        one, at = value_at(data, at, depth + 1)
        found.append(one)


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """A literal string, its escapes undone; brackets inside stand in pairs or are escaped."""
    found, open_, start = bytearray(), 1, at
    while at < len(data):
        sign = data[at : at + 1]
        if sign == b"\\":
            octal = _OCTAL.match(data, at + 1)
            escaped = data[at + 1 : at + 2]
            found += bytes([int(octal[0], 8) & 255]) if octal else _ESCAPED.get(escaped, escaped)
            at += 1 + (len(octal[0]) if octal else 1)
            continue
        open_ += (sign == b"(") - (sign == b")")
        at += 1
        if not open_:
            return bytes(found), at
        found += sign
    raise broken(f"@{start}")


def tokens(data: bytes) -> Iterator[tuple[str, list[Any]]]:
    """The operators of a content stream with their operands; comments and inline pictures are not readable."""
    at, operands = 0, list[Any]()
    while (at := _past_spaces(data, at)) < len(data):
        found = _OPERATOR.match(data, at)
        if found and not _WORD.fullmatch(found[0]):
            yield found[0].decode(), operands
            at, operands = found.end(), []
        else:
            one, at = value_at(data, at)
            operands.append(one)
    if operands:
        raise broken("content", _("bytes of unknown use"))
