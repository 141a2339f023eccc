"""Content ids: a record in DAG-CBOR, its SHA-256, and the text that names both.

Sources: ipld.io/specs/codecs/dag-cbor, atproto.com/specs/data-model (floats are not allowed), multiformats.io/cid.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

RAW, DAG_CBOR = 0x55, 0x71


class NoData(ValueError):
    """A value that no record can hold. `path` is where it stands, in the words of JSON paths."""

    def __init__(self, value: Any, path: str) -> None:
        super().__init__(path)
        self.value, self.path = value, path


def cid(record: Any, path: str = "$") -> str:
    """The content id of a record."""
    return _name(DAG_CBOR, encode(record, path))


def blob_cid(content: bytes) -> str:
    """The content id of bytes."""
    return _name(RAW, content)


def digest_cid(digest: bytes) -> str:
    """The content id of bytes whose SHA-256 is known."""
    return _text(RAW, digest)


def encode(value: Any, path: str = "$") -> bytes:
    """The one DAG-CBOR form of a JSON value, its {"$link": cid} as links. Raises NoData."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        content = value.encode()
        return _head(3, len(content)) + content
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(encode(one, f"{path}[{n}]") for n, one in enumerate(value))
    if isinstance(value, dict):
        return _link(value["$link"]) if set(value) == {"$link"} else _map(value, path)
    raise NoData(value, path)


def _map(value: dict[str, Any], path: str) -> bytes:
    keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))  # shorter first, as CBOR's canonical order
    return _head(5, len(value)) + b"".join(encode(key) + encode(value[key], f"{path}.{key}") for key in keys)


def _link(text: str) -> bytes:
    content = b"\0" + base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))
    return _head(6, 42) + _head(2, len(content)) + content


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    size = next(n for n in (1, 2, 4, 8) if number < 1 << 8 * n)
    return bytes([kind << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + number.to_bytes(size, "big")


def _name(codec: int, content: bytes) -> str:
    return _text(codec, hashlib.sha256(content).digest())


def _text(codec: int, digest: bytes) -> str:
    whole = bytes([1, codec, 0x12, 0x20]) + digest
    return "b" + base64.b32encode(whole).decode().lower().rstrip("=")
