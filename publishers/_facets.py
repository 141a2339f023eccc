"""Links, tags and mentions in a text, where Bluesky counts them: in bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import regex

from publishers._base import Facet, Problem
from publishers._sentences import Sentence, _

TAG_GRAPHEMES, TAG_BYTES = 64, 640  # lexicon app.bsky.richtext.facet#tag, read 2026-08-20
# Both as the lexicons' string formats say (atproto.com/specs/lexicon, @atproto/syntax), links only of the web.
_URI = regex.compile(r"https?://[^\s/]\S*", regex.IGNORECASE)
_DID = regex.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]")
URI_BYTES, DID_SIGNS = 8192, 2048

_CLUSTER = regex.compile(r"\X")
_LINK = regex.compile(r"(?<![\p{L}\p{N}_])https?://[^\s<>\"«»“”„]+", regex.IGNORECASE)
# A tag has at least one sign that is not a digit ("#1" counts, it does not sort), as Bluesky's own app decides.
_TAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#＃])[#＃](?=[\p{N}_]*[\p{L}\p{M}])([\p{L}\p{M}\p{N}_]+)")
_MENTION = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}_.@/])@((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)(?![\p{L}\p{N}_@])",
    regex.IGNORECASE,
)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".,;:!?…'’*_~"

Kind = Literal["link", "tag", "mention"]


def graphemes(text: str) -> int:
    """How many characters a reader sees: extended grapheme clusters."""
    return len(_CLUSTER.findall(text))


def find_facets(text: str, resolve: Callable[[str], str | None] = lambda _handle: None) -> list[Facet]:
    """Every link, tag and mention of a text in reading order, none overlapping.

    `resolve` says the network's id of a handle (without @), or None: an unknown handle stays plain text.
    """
    found: list[tuple[int, int, Kind, str]] = []
    for match in _LINK.finditer(text):
        url = _trimmed(match.group())
        if len(url) > len("https://"):
            found.append((match.start(), match.start() + len(url), "link", url))
    for match in _MENTION.finditer(text):
        who = None if _inside(match.start(), found) else resolve(match.group(1).lower())
        if who:
            found.append((match.start(), match.end(), "mention", who))
    for match in _TAG.finditer(text):
        if not _inside(match.start(), found) and _fits(match.group(1)):
            found.append((match.start(), match.end(), "tag", match.group(1)))
    offsets = _byte_offsets(text)
    return [
        Facet(start=offsets[start], end=offsets[end], kind=kind, value=value)
        for start, end, kind, value in sorted(found)
    ]


def validate_facets(text: str, facets: Sequence[Facet], field: str = "facets") -> list[Problem]:
    """What is wrong with the facets of a text; the server itself takes any offsets (seen 2026-11-22)."""
    ends = set(_byte_offsets(text))
    found: list[Problem] = []
    last = 0
    for index, facet in sorted(enumerate(facets), key=lambda pair: (pair[1].start, pair[1].end)):
        sentence = _wrong(facet, ends, last)
        if sentence:
            found.append(Problem(code="facet", field=f"{field}[{index}]", sentence=sentence, fix="find_facets"))
        last = max(last, facet.end)
    return found


def _wrong(facet: Facet, ends: set[int], last: int) -> Sentence | None:
    shown = facet.value
    if facet.start >= facet.end or facet.end > max(ends):
        return _("The link or tag “{value}” lies outside the text: find the links again.", value=shown)
    if facet.start not in ends or facet.end not in ends:
        return _("The link or tag “{value}” begins or ends inside a character: find the links again.", value=shown)
    if facet.start < last:
        return _("The link or tag “{value}” overlaps another one: find the links again.", value=shown)
    if facet.kind == "tag" and not _fits(facet.value):
        return _("The tag “{value}” has more than {limit} characters: shorten it.", value=shown, limit=TAG_GRAPHEMES)
    if facet.kind == "link" and not (_URI.fullmatch(facet.value) and len(facet.value.encode()) <= URI_BYTES):
        return _("The link “{value}” is no whole address: write it as https://…, without spaces.", value=shown)
    if facet.kind == "mention" and not (_DID.fullmatch(facet.value) and len(facet.value) <= DID_SIGNS):
        return _("The mention “{value}” is not an account's id: choose the account again.", value=shown)
    return None


def _fits(tag: str) -> bool:
    return 0 < graphemes(tag) <= TAG_GRAPHEMES and len(tag.encode()) <= TAG_BYTES


def _trimmed(url: str) -> str:
    """The link without the punctuation of the sentence around it; a bracket stays if it was opened inside."""
    while url:
        last = url[-1]
        unopened = last in _CLOSING and url.count(last) > url.count(_CLOSING[last])
        if last not in _TRAILING and not unopened:
            return url
        url = url[:-1]
    return url


def _inside(place: int, found: Sequence[tuple[int, int, Kind, str]]) -> bool:
    return any(start <= place < end for start, end, _kind, _value in found)


def _byte_offsets(text: str) -> list[int]:
    """The byte at which each character begins, and the end of the last."""
    offsets, at = [0], 0
    for sign in text:
        at += len(sign.encode())
        offsets.append(at)
    return offsets
