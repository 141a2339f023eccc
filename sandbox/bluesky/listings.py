"""What is told of the server and of what is published on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import _media as media
from sandbox._wire import Answer, json_answer
from sandbox.bluesky.repo import uri
from sandbox.bluesky.state import Ask, Blob, Key, Record

if TYPE_CHECKING:
    from sandbox.bluesky.server import Bluesky

POST, THREADGATE, POSTGATE = "app.bsky.feed.post", "app.bsky.feed.threadgate", "app.bsky.feed.postgate"
COUNTS = ("likeCount", "repostCount", "replyCount", "quoteCount")


def health(ask: Ask) -> Answer:
    """The server's version."""
    return json_answer({"version": ask.server.version})


def describe(ask: Ask) -> Answer:
    """What the server allows."""
    return json_answer({
        "did": "did:web:localhost", "availableUserDomains": [".test"], "inviteCodeRequired": False,
        "blobUploadLimit": ask.server.blob_bytes, "links": {}, "contact": {},
    })  # fmt: skip


def get_posts(ask: Ask) -> Answer:
    """Posts with their counts, as the public app has them; unknown ones are left out."""
    wanted = [value for name, value in ask.request.query if name in ("uris", "uris[]")]
    there = {uri(key): (key, one) for key, one in ask.server.records.items() if key[1] == POST}
    return json_answer({"posts": [_view(ask.server, *there[one]) for one in wanted if one in there]})


def _view(server: Bluesky, key: Key, one: Record) -> dict[str, Any]:
    author = {"did": key[0], "handle": server.accounts[key[0]].handle}
    counts = {name: one.counts.get(name, 0) for name in COUNTS}
    return {"uri": uri(key), "cid": one.cid, "author": author, "record": one.value, "indexedAt": one.at.isoformat(),
            **counts}  # fmt: skip


def published(server: Bluesky) -> list[dict[str, Any]]:
    """Every post that stands, oldest first."""
    posts = [(key, one) for key, one in server.records.items() if key[1] == POST]
    return [_row(server, key, one) for key, one in sorted(posts, key=lambda pair: pair[1].value["createdAt"])]


def _row(server: Bluesky, key: Key, one: Record) -> dict[str, Any]:
    value, account = one.value, server.accounts[key[0]]
    embed = value.get("embed") or {}
    files = [_medium(server, key[0], *pair) for pair in _files(embed)]
    card = embed.get("external", {})
    return {
        "network": "bluesky", "kind": _kind(files, card), "id": uri(key), "code": key[2], "container": "",
        "account": account.handle, "account_id": account.did, "text": value["text"], "title": card.get("title", ""),
        "link": card.get("uri", ""), "permalink": f"{server.url}/p/{key[2]}/", "at": value["createdAt"],
        "media": files, "comments": [],
        "cover": _medium(server, key[0], card["thumb"], "") if "thumb" in card else None,
        "subtitles": {
            one["lang"]: _blob(server, key[0], one["file"]).path.name for one in embed.get("captions", ())
        },
        "options": {
            "langs": value.get("langs", []), "facets": _facets(value), "description": card.get("description", ""),
            "labels": [label["val"] for label in value.get("labels", {}).get("values", ())],
            "reply_to": value.get("reply", {}).get("parent", {}).get("uri", ""),
            "root": value.get("reply", {}).get("root", {}).get("uri", ""),
            "replies": _rules(server, (key[0], THREADGATE, key[2]), "allow"),
            "quotes": _rules(server, (key[0], POSTGATE, key[2]), "embeddingRules"),
        },
    }  # fmt: skip


def _kind(files: list[dict[str, Any]], card: dict[str, Any]) -> str:
    if len(files) > 1:
        return "carousel"
    return str(files[0]["kind"]) if files else "link" if card else "text"


def _files(embed: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The files of a post in order, each with its words for people who do not see it."""
    if "video" in embed:
        return [(embed["video"], embed.get("alt", ""))]
    return [(one["image"], one["alt"]) for one in embed.get("images", embed.get("items", ()))]


def _blob(server: Bluesky, did: str, ref: dict[str, Any]) -> Blob:
    return server.blobs_of[did, ref["ref"]["$link"]]


def _medium(server: Bluesky, did: str, ref: dict[str, Any], alt: str) -> dict[str, Any]:
    blob = _blob(server, did, ref)
    look = media.picture if blob.mime.startswith("image/") else media.film
    try:
        told = media.facts(look(blob.path))
    except media.Unreadable:
        kind = blob.mime.partition("/")[0]
        told = {"kind": kind, "sha256": blob.path.name, "bytes": blob.size, "width": 0, "height": 0}
    return {**told, "alt": alt}


def _facets(value: dict[str, Any]) -> list[list[str]]:
    """What each stretch of the text is and what readers see there; a wrong place shows as wrong words."""
    body, found = value["text"].encode(), []
    for facet in value.get("facets", ()):
        words = body[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode("utf-8", "replace")
        for one in facet["features"]:
            kind = one["$type"].partition("#")[2]
            found.append([kind, words, str(one.get("uri") or one.get("tag") or one.get("did"))])
    return found


def _rules(server: Bluesky, key: Key, name: str) -> list[str] | None:
    """The rules of a gate by their names; None where there is no gate."""
    gate = server.records.get(key)
    return [rule["$type"].partition("#")[2] for rule in gate.value.get(name, ())] if gate else None
