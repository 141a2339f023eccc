r"""LinkedIn's "little text": a commentary in which an unescaped bracket or star loses the words after it.

Reserved: `| { } @ [ ] ( ) < > # \ * _ ~` (Posts API, little text format, read 2026-10-06).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publishers._base import Facet
from publishers._facets import find_facets

RESERVED = frozenset(r"|{}@[]()<>#\*_~")


def escaped(text: str) -> str:
    """The text with a backslash before each reserved sign: LinkedIn shows it as it stands."""
    return "".join(f"\\{sign}" if sign in RESERVED else sign for sign in text)


def little_text(text: str, facets: Sequence[Facet] = ()) -> str:
    """The commentary that LinkedIn shows as `text`, its hashtags live and its mentions (value: a URN) linked."""
    marked = [f for f in facets if f.kind == "mention"] + [f for f in find_facets(text) if f.kind == "tag"]
    raw, out, at = text.encode(), [], 0
    for facet in sorted(marked, key=lambda one: one.start):
        if facet.start < at:
            continue
        shown = raw[facet.start : facet.end].decode()
        out += [escaped(raw[at : facet.start].decode()), _live(facet, shown)]
        at = facet.end
    return "".join([*out, escaped(raw[at:].decode())])


def _live(facet: Facet, shown: str) -> str:
    if facet.kind == "tag":
        return rf"{{hashtag|\#|{escaped(facet.value)}}}"
    return f"@[{escaped(shown.removeprefix('@'))}]({facet.value})"


_TOKEN = re.compile(
    r"""\\(?P<sign>.)
    | \{hashtag\|\\?\#\|(?P<tag>(?:\\.|[^}\\])*)\}
    | @\[(?P<name>(?:\\.|[^\]\\])*)\]\([^)]*\)""",
    re.DOTALL | re.VERBOSE,
)


def shown(commentary: str) -> str:
    """What a reader sees of a commentary: the contrary of `little_text`, mentions by their names."""

    def plain(found: re.Match[str]) -> str:
        if found["sign"] is not None:
            return found["sign"]
        return f"#{shown(found['tag'])}" if found["tag"] is not None else shown(found["name"])

    return _TOKEN.sub(plain, commentary)
