"""Parameters of the Graph API: which an edge knows and of what type, and the `fields` that a caller asks back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.graph.errors import GraphError, param

# Every call takes these; `limit` and the cursors belong to lists, `method` overrides the HTTP method.
COMMON = {
    "access_token", "appsecret_proof", "fields", "format", "pretty", "locale", "debug", "method", "suppress_http_code",
    "summary", "date_format", "limit", "after", "before", "since", "until",
}  # fmt: skip

Kind = Callable[[str, str], Any]


def text(name: str, value: str) -> str:
    """The value itself."""
    return value


def whole(name: str, value: str) -> int:
    """A whole number."""
    try:
        return int(value)
    except ValueError:
        raise param(name, "must be an integer") from None


def boolean(name: str, value: str) -> bool:
    """true, false, 1 or 0."""
    found = {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    if found is None:
        raise param(name, "must be a boolean")
    return found


def moment(name: str, value: str) -> datetime:
    """A UNIX time in seconds or an ISO 8601 time."""
    try:
        if re.fullmatch(r"\d{9,11}", value):
            return datetime.fromtimestamp(int(value), UTC)
        at = datetime.fromisoformat(value)
    except ValueError:
        raise param(name, "must be a UNIX timestamp or an ISO 8601 time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def address(name: str, value: str) -> str:
    """An address."""
    if not re.match(r"https?://[^\s/]+", value):
        raise param(name, "must be a valid URI")
    return value


def one_of(*words: str) -> Kind:
    """One of those words."""

    def check(name: str, value: str) -> str:
        if value not in words:
            raise param(name, f"must be one of {{{', '.join(words)}}} - got {value!r}")
        return value

    return check


def array(name: str, value: str) -> list[Any]:
    """A JSON array."""
    found = decoded(value)
    if not isinstance(found, list):
        raise param(name, "must be an array")
    return found


def mapping(name: str, value: str) -> dict[str, Any]:
    """A JSON object."""
    found = decoded(value)
    if not isinstance(found, dict):
        raise param(name, "must be a JSON object")
    return found


def ids(name: str, value: str) -> list[str]:
    """Ids with commas between, or as a JSON array; both stand in the documentation."""
    if value.startswith("["):
        return [str(one) for one in array(name, value)]
    return [one.strip() for one in value.split(",") if one.strip()]


def decoded(value: str) -> Any:
    """A JSON value; None where the text is no JSON."""
    try:
        return json.loads(value)
    except ValueError:
        return None


def read(given: Mapping[str, str], known: Mapping[str, Kind], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values of the known parameters; error 100 for an unknown one, a wrong type or a missing one."""
    for name in given:
        if name not in known and name not in COMMON:
            raise param(name, f"Unexpected key '{name}' is not a parameter of this edge")
    for name in required:
        if not given.get(name):
            raise GraphError(100, f"(#100) The parameter {name} is required.")
    return {name: kind(name, given[name]) for name, kind in known.items() if given.get(name, "") != ""}


def collected(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a request by name; `name[0]=..., name[1]=...` become one JSON array, as the guides write it."""
    given: dict[str, str] = {}
    parts: dict[str, list[str]] = {}
    for name, value in pairs:
        match = re.fullmatch(r"(\w+)\[\d*\]", name)
        if match:
            parts.setdefault(match[1], []).append(value)
        else:
            given[name] = value
    for name, values in parts.items():
        given[name] = "[" + ",".join(one if is_json(one) else json.dumps(one) for one in values) + "]"
    return given


def is_json(value: str) -> bool:
    """Whether the value is a JSON document."""
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------------------------------------- fields

Wanted = dict[str, "Wanted"]


def wanted(fields: str) -> Wanted:
    """The tree of `id,children{id,media_type},comments.limit(5){text}`; the options in brackets are passed over."""
    tree, rest = branch(fields)
    if rest:
        raise GraphError(2500, f"Syntax error at character {len(fields) - len(rest)}: {rest[:10]}")
    return tree


def branch(fields: str) -> tuple[Wanted, str]:
    """One level of the tree and what follows it."""
    tree: Wanted = {}
    while match := re.match(r"\s*(\w+)((?:\.\w+\([^)]*\))*)\s*", fields):
        fields = fields[match.end() :]
        inner: Wanted = {}
        if fields.startswith("{"):
            inner, fields = branch(fields[1:])
            if not fields.startswith("}"):
                raise GraphError(2500, "Syntax error: } expected")
            fields = fields[1:].lstrip()
        tree[match[1]] = inner
        if not fields.startswith(","):
            break
        fields = fields[1:]
    return tree, fields
