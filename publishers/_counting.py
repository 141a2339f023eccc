"""How long a text is for a network: in its own unit, and with links and mentions as it counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import regex

from publishers._facets import find_facets, graphemes
from publishers._known import Limits

Unit = Literal["graphemes", "utf8_bytes", "utf16"]
UNITS: dict[str, Callable[[str], int]] = {
    "graphemes": graphemes,
    "utf8_bytes": lambda text: len(text.encode()),
    "utf16": lambda text: len(text.encode("utf-16-le")) // 2,
}
_MENTION = regex.compile(r"(?<![\p{L}\p{N}_.@/])@[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?")
_WITH_SERVER = regex.compile(r"(@[\w.-]+)@[\w-]+(?:\.[\w-]+)+")


def count(text: str, unit: Unit) -> int:
    """How long a text is in a network's own unit: graphemes, utf8_bytes or utf16 (code units)."""
    return UNITS[unit](text)


def hashtags(text: str) -> int:
    """How many hashtags a reader would count in a text."""
    return sum(facet.kind == "tag" for facet in find_facets(text))


def mentions(text: str) -> int:
    """How many @accounts are named in a text; e-mail addresses are not."""
    return len(_MENTION.findall(text))


def as_counted(text: str, known: Limits) -> str:
    """A text as long as the network counts it: where it says so, links of one length, mentions without their server."""
    fixed = known.get("url_characters")
    if fixed:
        raw, out, at = text.encode(), [], 0
        for facet in (one for one in find_facets(text) if one.kind == "link"):
            out += [raw[at : facet.start].decode(), "x" * int(fixed.number)]
            at = facet.end
        text = "".join([*out, raw[at:].decode()])
    return _WITH_SERVER.sub(r"\1", text) if "short_mentions" in known.counting else text
