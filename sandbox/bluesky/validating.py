"""Whether a record has the shape of its lexicon, in the words of the official server (seen on @atproto/pds 0.5.35).

Sources: atproto.com/specs/lexicon, /record-key, /did, /at-uri-scheme.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import regex

from sandbox.bluesky.lexicons import RECORDS, SHAPES, Shape

FORMATS = {
    "uri": regex.compile(r"\w+:(?://)?[^\s/]\S*"),
    "at-uri": regex.compile(r"at://[^\s/]+(?:/[a-zA-Z0-9.-]+(?:/[a-zA-Z0-9._~:@!$&'()*+,;=-]+)?)?"),
    "DID": regex.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"),
    "language": regex.compile(r"(?:[a-z]{2,3}|i)(?:-[a-zA-Z0-9]{1,8})*"),
    "cid": regex.compile(r"[a-zA-Z0-9+=]{8,256}"),
}
CALLED = {"did": "DID"}
DATETIME = regex.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,20})?(?:Z|[+-]\d\d:\d\d)")
TID = regex.compile(r"[2-7a-j][2-7a-z]{12}")
KEY = regex.compile(r"[a-zA-Z0-9_~.:-]{1,512}")
TYPES = {"string": str, "array": list, "object": dict, "integer": int}


class Misshapen(Exception):
    """What is wrong with a value, and where."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(f"{what} at {path}" if path else what)


def check_record(collection: str, rkey: str, record: dict[str, Any], path: str) -> None:
    """Nothing, for a record of a known kind under a key that it may have. Raises Misshapen with the server's words."""
    if collection not in RECORDS:
        raise Misshapen(f"Unknown lexicon type: {collection}")
    if not TID.fullmatch(rkey):
        problem = Misshapen(f"Invalid TID string (got {json.dumps(rkey)})", "$")
        raise Misshapen(f"Invalid record key for {collection}: {problem}")
    try:
        check(record, RECORDS[collection], path)
    except Misshapen as wrong:
        raise Misshapen(f"Invalid {collection} record: {wrong}") from None


def check(value: Any, shape: Shape, path: str) -> None:
    """Nothing, where the value has the shape."""
    kind = shape["type"]
    if kind in TYPES and (not isinstance(value, TYPES[kind]) or isinstance(value, bool)):
        raise Misshapen(f"Expected {kind} value type (got {json.dumps(value)})", path)
    CHECKS[kind](value, shape, path)


def _string(value: str, shape: Shape, path: str) -> None:
    length, most = len(value.encode()), shape.get("maxLength")
    if most and length > most:
        raise Misshapen(f"string too big (maximum {most}, got {length})", path)
    signs, visible = len(regex.findall(r"\X", value)), shape.get("maxGraphemes")
    if visible and signs > visible:
        raise Misshapen(f"grapheme too big (maximum {visible}, got {signs})", path)
    wanted = shape.get("format", "")
    wanted = CALLED.get(wanted, wanted)
    good = _is_time(value) if wanted == "datetime" else not wanted or FORMATS[wanted].fullmatch(value)
    if not good:
        raise Misshapen(f"Invalid {wanted} (got {json.dumps(value, ensure_ascii=False)})", path)


def _is_time(value: str) -> bool:
    try:
        return bool(DATETIME.fullmatch(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def _array(value: list[Any], shape: Shape, path: str) -> None:
    most = shape.get("maxLength")
    if most and len(value) > most:
        raise Misshapen(f"array too big (maximum {most}, got {len(value)})", path)
    for place, one in enumerate(value):
        check(one, shape["items"], f"{path}[{place}]")


def _integer(value: int, shape: Shape, path: str) -> None:
    if value < shape["minimum"]:
        raise Misshapen(f"integer too small (minimum {shape['minimum']}, got {value})", path)


def _object(value: dict[str, Any], shape: Shape, path: str) -> None:
    for name, inner in shape["properties"].items():
        if name in value:
            check(value[name], inner, f"{path}.{name}")
        elif name in shape["required"]:
            raise Misshapen(f'Missing required key "{name}"', path)


def _union(value: Any, shape: Shape, path: str) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("$type"), str):
        raise Misshapen('Expected an object which includes the "$type" property', path)
    if value["$type"] in shape["refs"]:
        check(value, SHAPES[value["$type"]], path)


def _blob(value: Any, shape: Shape, path: str) -> None:
    whole = isinstance(value, dict) and value.get("$type") == "blob" and isinstance(value.get("ref"), dict)
    if not whole or "$link" not in value["ref"] or not isinstance(value.get("size"), int):
        raise Misshapen("Expected blob value type", path)
    mime = str(value.get("mimeType", ""))
    if not any(mime == one or (one.endswith("/*") and mime.startswith(one[:-1])) for one in shape["accept"]):
        wanted = ", ".join(json.dumps(one) for one in shape["accept"])
        raise Misshapen(f"Expected {wanted} (got {json.dumps(mime)})", f"{path}.mimeType")
    if value["size"] > shape["maxSize"]:
        raise Misshapen(f"blob too big (maximum {shape['maxSize']}, got {value['size']})", path)


CHECKS: dict[str, Callable[[Any, Shape, str], None]] = {
    "string": _string, "array": _array, "object": _object, "integer": _integer, "union": _union, "blob": _blob,
}  # fmt: skip
