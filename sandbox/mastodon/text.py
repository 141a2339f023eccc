"""How a Mastodon server counts a post and shows it."""

from __future__ import annotations

from html import escape

import regex

URL = regex.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'’»]")
MENTION = regex.compile(r"(?<![\w/])@(\w+(?:[\w.-]*\w)?)@[\w.-]*\w")
TAG = regex.compile(r"(?<![\w/#&])#(\w*[\p{L}_]\w*)")
RESERVED = 23  # characters that a link counts, however long


def length(text: str, spoiler: str = "") -> int:
    """What counts of a post: grapheme clusters, a link as 23, of a mention only the user's part."""
    counted = URL.sub("x" * RESERVED, spoiler + text)
    counted = MENTION.sub(r"@\1", counted)
    return len(regex.findall(r"\X", counted))


def html(text: str) -> str:
    """The text as a server shows it: paragraphs, and links that work."""
    paragraphs = [escape(one, quote=False).replace("\n", "<br />") for one in text.split("\n\n")]
    linked = [URL.sub(lambda found: f'<a href="{found[0]}" rel="nofollow noopener">{found[0]}</a>', one)
              for one in paragraphs]  # fmt: skip
    return "".join(f"<p>{one}</p>" for one in linked if one)


def tags(text: str) -> list[str]:
    """The hashtags of a text."""
    return [str(found[1]) for found in TAG.finditer(URL.sub("", text))]
