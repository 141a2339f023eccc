"""A submission as the records that Bluesky stores (lexicons app.bsky.feed.*, read 2026-11-26 on @atproto/pds 0.5.35).

A thread is one record for each message, which names the first and the one before by address and content (cid). The
cids are computed here, so that all records can be written in one request that the server obeys whole or not at all.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from publishers._base import Facet, File, LinkCard, Media, Options, Part, Submission

POST, THREADGATE, POSTGATE = "app.bsky.feed.post", "app.bsky.feed.threadgate", "app.bsky.feed.postgate"
IMAGES = 4  # more of them make a gallery; lexicon app.bsky.embed.images
Blob = Mapping[str, Any]
Write = dict[str, Any]  # collection, rkey, value
_TID_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
_RULES = {"followers": ("followerRule",), "mentioned": ("mentionRule",), "nobody": ()}


def new_tids(count: int) -> list[str]:
    """Fresh record keys, rising: 13 signs each, the microseconds since 1970 and ten random bits."""
    first, clock = time.time_ns() // 1000, secrets.randbelow(1 << 10)
    return [_tid((first + place) << 10 | clock) for place in range(count)]


def _tid(value: int) -> str:
    return "".join(_TID_SIGNS[value >> shift & 31] for shift in range(60, -1, -5))


def record_time(now: datetime | None = None) -> str:
    """The moment as a record writes it: UTC with milliseconds and a Z."""
    return (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record_times(first: str, count: int) -> list[str]:
    """A time for each message of a thread, a millisecond apart: lists of posts are sorted by it."""
    began = datetime.fromisoformat(first)
    return [record_time(began + timedelta(milliseconds=place)) for place in range(count)]


def address(did: str, collection: str, rkey: str) -> str:
    """The at-URI of a record."""
    return f"at://{did}/{collection}/{rkey}"


def cid(record: Mapping[str, Any]) -> str:
    """The content id that every server computes of a record: CIDv1, DAG-CBOR, SHA-256."""
    import libipld  # a part of the atproto package

    body = libipld.encode_dag_cbor(_with_links(record))
    return str(libipld.encode_cid(b"\x01\x71\x12\x20" + hashlib.sha256(body).digest()))


def is_content_id(text: object) -> bool:
    """Whether a server's word for stored bytes can stand in a record."""
    import libipld

    try:
        return isinstance(text, str) and bool(libipld.decode_cid(text))
    except ValueError:
        return False


def _with_links(value: Any) -> Any:
    """The record with its {"$link": cid} as libipld wants them: the cid's bytes."""
    import libipld

    if isinstance(value, Mapping):
        if set(value) == {"$link"}:
            return libipld.decode_multibase(value["$link"])[1]
        return {name: _with_links(one) for name, one in value.items()}
    return [_with_links(one) for one in value] if isinstance(value, list) else value


def writes(
    submission: Submission,
    did: str,
    rkeys: Sequence[str],
    times: Sequence[str],
    blob: Callable[[File], Blob],
    cid_of: Callable[[Mapping[str, Any]], str] = cid,
) -> list[Write]:
    """Every record of a submission, in the order in which they are written: the messages, then what guards them.

    Each message has its key and its time; `blob` gives an uploaded file's reference.
    """
    posts: list[Write] = []
    refs: list[dict[str, str]] = []
    for part, rkey, at in zip(submission.parts, rkeys, times, strict=True):
        record = _post(part, at, submission.options, blob)
        if refs:
            record["reply"] = {"root": refs[0], "parent": refs[-1]}
        refs.append({"uri": address(did, POST, rkey), "cid": cid_of(record)})
        posts.append({"collection": POST, "rkey": rkey, "value": record})
    return [*posts, *_gates(submission.options, posts, refs)]


def write_call(did: str, records: Sequence[Write]) -> tuple[str, dict[str, Any]]:
    """The one call that writes them all, by name and body: put for one, which may be repeated, else all or nothing."""
    if len(records) == 1:
        [one] = records
        where = {"repo": did, "collection": one["collection"], "rkey": one["rkey"]}
        return "com.atproto.repo.putRecord", {**where, "validate": True, "record": one["value"]}
    each = [{"$type": "com.atproto.repo.applyWrites#create", **one} for one in records]
    return "com.atproto.repo.applyWrites", {"repo": did, "validate": True, "writes": each}


def _post(part: Part, created_at: str, options: Options, blob: Callable[[File], Blob]) -> dict[str, Any]:
    record: dict[str, Any] = {"$type": POST, "text": part.text, "createdAt": created_at, "langs": list(part.langs[:3])}
    if part.facets:
        record["facets"] = [_facet(facet) for facet in part.facets]
    if embed := _embed(part, blob):
        record["embed"] = embed
    if labels := _labels(options):
        values = [{"val": label} for label in labels]
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": values}
    return record


def _gates(options: Options, posts: list[Write], refs: list[dict[str, str]]) -> list[Write]:
    """Who may reply to the thread and quote its messages: records of their own, under the keys of what they guard."""
    found: list[Write] = []
    if options.replies != "everyone":
        allow = [{"$type": f"{THREADGATE}#{rule}"} for rule in _RULES[options.replies]]
        found.append(_gate(THREADGATE, posts[0], refs[0], {"allow": allow}))
    if not options.allow_quotes:
        rules = {"embeddingRules": [{"$type": f"{POSTGATE}#disableRule"}]}
        found += [_gate(POSTGATE, post, ref, rules) for post, ref in zip(posts, refs, strict=True)]
    return found


def _gate(collection: str, post: Write, ref: dict[str, str], rules: dict[str, Any]) -> Write:
    value = {"$type": collection, "post": ref["uri"], "createdAt": post["value"]["createdAt"], **rules}
    return {"collection": collection, "rkey": post["rkey"], "value": value}


def _facet(facet: Facet) -> dict[str, Any]:
    name = {"link": "uri", "tag": "tag", "mention": "did"}[facet.kind]
    feature = {"$type": f"app.bsky.richtext.facet#{facet.kind}", name: facet.value}
    return {"index": {"byteStart": facet.start, "byteEnd": facet.end}, "features": [feature]}


def _labels(options: Options) -> tuple[str, ...]:
    """The labels asked for; a post marked sensitive without one is labelled as showing violence."""
    return options.labels or (("graphic-media",) if options.sensitive else ())


def _embed(part: Part, blob: Callable[[File], Blob]) -> dict[str, Any] | None:
    media, card = part.media, part.link_card
    if media and media[0].kind == "video":
        return _video(media[0], blob)
    images = [{"alt": m.alt, "image": blob(m.file), "aspectRatio": _ratio(m)} for m in media]
    if len(images) > IMAGES:
        items = [{"$type": "app.bsky.embed.gallery#image", **image} for image in images]
        return {"$type": "app.bsky.embed.gallery", "items": items}
    if images:
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
