r"""Little text, LinkedIn's markup of a commentary, and how it is shown.

Source: little Text Format (community management). The signs | { } @ [ ] ( ) < > # \ * _ ~ belong to the markup and
stand for themselves only after a backslash. What LinkedIn does with one that stands alone is not documented; people saw
their texts end there. So the rendering ends there too, and what was lost is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RESERVED = r"|{}@[]()<>#\*_~"
PLAIN = re.compile(r"[^|{}@\[\]()<>#\\*_~]+")
ESCAPED = re.compile(r"\\([|{}@\[\]()<>#\\*_~])")
WORDS = r"(?:[^|{}@\[\]()<>#\\*_~]|\\[|{}@\[\]()<>#\\*_~])+"
MENTION = re.compile(rf"@\[({WORDS})\]\((urn:li:(?:person|organization):[A-Za-z0-9_-]+)\)")
HASHTAG = re.compile(r"[#＃]([^\W_]+)")
TEMPLATE = re.compile(rf"\{{hashtag\|\\?([#＃])\|({WORDS})\}}")


@dataclass
class Shown:
    """What a commentary looks like."""

    text: str = ""
    hashtags: list[str] = field(default_factory=list)
    mentions: list[dict[str, str]] = field(default_factory=list)
    lost: str = ""  # what stood from the first loose sign on


def render(source: str, names: Mapping[str, str]) -> Shown:
    """The commentary as people see it. `names`: of the URNs that can be mentioned, each whole."""
    shown, at = Shown(), 0
    while at < len(source):
        step = element(source, at, names, shown)
        if not step:
            shown.lost = source[at:]
            break
        at += step
    return shown


def element(source: str, at: int, names: Mapping[str, str], shown: Shown) -> int:
    """How many signs the element at this place has, now shown; 0 where none begins."""
    if found := HASHTAG.match(source, at):
        return hashtag(shown, found[0], found)
    if found := PLAIN.match(source, at):
        return plain(shown, found)
    if found := ESCAPED.match(source, at):
        shown.text += found[1]
        return 2
    if found := TEMPLATE.match(source, at):
        return hashtag(shown, found[1] + unescaped(found[2]), found)
    if found := MENTION.match(source, at):
        return mention(shown, unescaped(found[1]), found[2], names, len(found[0]))
    return 0


def plain(shown: Shown, found: re.Match[str]) -> int:
    """The length of the text up to the next sign of the markup; the wide number sign begins a hashtag as well."""
    text = found[0]
    wide = HASHTAG.search(text, 1)
    text = text[: wide.start()] if wide else text
    shown.text += text
    return len(text)


def hashtag(shown: Shown, text: str, found: re.Match[str]) -> int:
    """The length of a hashtag."""
    shown.text += text
    shown.hashtags.append(text[1:])
    return len(found[0])


def mention(shown: Shown, name: str, urn: str, names: Mapping[str, str], length: int) -> int:
    """The length of a mention; one whose name is not exactly the one of its URN is shown as mere text."""
    if names.get(urn) == name:
        shown.mentions.append({"urn": urn, "name": name, "at": str(len(shown.text))})
    shown.text += name
    return length


def unescaped(text: str) -> str:
    """The text without the backslashes of the markup."""
    return ESCAPED.sub(r"\1", text)


def told(shown: Shown) -> dict[str, Any]:
    """The parts of a rendering beside its text, for the control interface."""
    return {"hashtags": shown.hashtags, "mentions": shown.mentions, "lost": shown.lost}
