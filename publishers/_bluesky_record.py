"""A submission as the record that Bluesky stores (lexicon app.bsky.feed.post, read 2026-08-20)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from publishers._base import Facet, File, LinkCard, Media, Submission

COLLECTION = "app.bsky.feed.post"
Blob = Mapping[str, Any]
_TID_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"


def new_tid() -> str:
    """A fresh record key: 13 signs that hold the microseconds since 1970 and ten random bits."""
    value = (time.time_ns() // 1000) << 10 | secrets.randbelow(1 << 10)
    return "".join(_TID_SIGNS[value >> shift & 31] for shift in range(60, -1, -5))


def now_text(now: datetime | None = None) -> str:
    """The moment as a record writes it: UTC with milliseconds and a Z."""
    return (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_record(submission: Submission, created_at: str, blob: Callable[[File], Blob]) -> dict[str, Any]:
    """The whole record of a submission's one message; `blob` gives the server's reference of an uploaded file."""
    part = submission.parts[0]
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": part.text,
        "createdAt": created_at,
        "langs": list(part.langs[:3]),
    }
    if part.facets:
        record["facets"] = [_facet(facet) for facet in part.facets]
    if embed := _embed(submission, blob):
        record["embed"] = embed
    if labels := _labels(submission):
        values = [{"val": label} for label in labels]
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": values}
    return record


def _facet(facet: Facet) -> dict[str, Any]:
    name = {"link": "uri", "tag": "tag", "mention": "did"}[facet.kind]
    feature = {"$type": f"app.bsky.richtext.facet#{facet.kind}", name: facet.value}
    return {"index": {"byteStart": facet.start, "byteEnd": facet.end}, "features": [feature]}


def _labels(submission: Submission) -> tuple[str, ...]:
    """The labels asked for; a post marked sensitive without one is labelled as showing violence."""
    options = submission.options
    return options.labels or (("graphic-media",) if options.sensitive else ())


def _embed(submission: Submission, blob: Callable[[File], Blob]) -> dict[str, Any] | None:
    media, card = submission.media, submission.parts[0].link_card
    if media and media[0].kind == "video":
        return _video(media[0], blob)
    if media:
        images = [{"alt": m.alt, "image": blob(m.file), "aspectRatio": _ratio(m)} for m in media]
        return {"$type": "app.bsky.embed.images", "images": images}
    return _external(card, blob) if card else None


def _video(medium: Media, blob: Callable[[File], Blob]) -> dict[str, Any]:
    embed: dict[str, Any] = {
        "$type": "app.bsky.embed.video",
        "video": blob(medium.file),
        "alt": medium.alt,
        "aspectRatio": _ratio(medium),
    }
    if medium.subtitles:
        embed["captions"] = [{"lang": s.lang, "file": blob(s.file)} for s in medium.subtitles]
    return embed


def _external(card: LinkCard, blob: Callable[[File], Blob]) -> dict[str, Any]:
    external: dict[str, Any] = {"uri": card.url, "title": card.title, "description": card.description}
    if card.thumbnail:
        external["thumb"] = blob(card.thumbnail)
    return {"$type": "app.bsky.embed.external", "external": external}


def _ratio(medium: Media) -> dict[str, int]:
    return {"width": medium.width, "height": medium.height}
