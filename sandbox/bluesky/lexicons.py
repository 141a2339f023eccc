"""The shapes of records, as the lexicons app.bsky.* and com.atproto.* give them (read 2026-11-26, @atproto/pds 0.5.35).

Written as the lexicons' own JSON, without what no channel of ours sends (quotes, lists, old entities).
"""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]


def text(**limits: Any) -> Shape:
    """A string."""
    return {"type": "string", **limits}


def array(items: Shape, most: int | None = None) -> Shape:
    """A list."""
    return {"type": "array", "items": items, **({"maxLength": most} if most else {})}


def thing(required: str, **properties: Shape) -> Shape:
    """An object; `required` names its members that must be there."""
    return {"type": "object", "required": required.split(), "properties": properties}


def blob(most: int, *accept: str) -> Shape:
    """A reference to an uploaded file."""
    return {"type": "blob", "accept": accept, "maxSize": most}


def union(*refs: str) -> Shape:
    """One of these, told by its $type; an open union takes unknown ones unread."""
    return {"type": "union", "refs": refs}


DATETIME, URI, AT_URI, DID, LANGUAGE = (
    text(format=name) for name in ("datetime", "uri", "at-uri", "did", "language")
)  # fmt: skip
NUMBER = {"type": "integer", "minimum": 0}
RATIO = thing("width height", width={"type": "integer", "minimum": 1}, height={"type": "integer", "minimum": 1})
STRONG_REF = thing("uri cid", uri=AT_URI, cid=text(format="cid"))
TAG = text(maxLength=640, maxGraphemes=64)
EMPTY = thing("")
FACET, GATE = "app.bsky.richtext.facet", "app.bsky.feed.threadgate"

SHAPES: dict[str, Shape] = {
    f"{FACET}#mention": thing("did", did=DID),
    f"{FACET}#link": thing("uri", uri=URI),
    f"{FACET}#tag": thing("tag", tag=TAG),
    "app.bsky.embed.images": thing("images", images=array(
        thing("image alt", image=blob(2_000_000, "image/*"), alt=text(), aspectRatio=RATIO), 4)),
    "app.bsky.embed.gallery": thing("items", items=array(union("app.bsky.embed.gallery#image"), 20)),
    "app.bsky.embed.gallery#image": thing(
        "image alt aspectRatio", image=blob(2_000_000, "image/*"), alt=text(), aspectRatio=RATIO),
    "app.bsky.embed.video": thing(
        "video", video=blob(300_000_000, "video/mp4"),
        captions=array(thing("lang file", lang=LANGUAGE, file=blob(20_000, "text/vtt")), 20),
        alt=text(), aspectRatio=RATIO, presentation=text()),
    "app.bsky.embed.external": thing("external", external=thing(
        "uri title description", uri=URI, title=text(), description=text(), thumb=blob(1_000_000, "image/*"))),
    "com.atproto.label.defs#selfLabels": thing("values", values=array(thing("val", val=text(maxLength=128)), 10)),
    f"{GATE}#mentionRule": EMPTY, f"{GATE}#followerRule": EMPTY, f"{GATE}#followingRule": EMPTY,
    "app.bsky.feed.postgate#disableRule": EMPTY,
}  # fmt: skip

RECORDS: dict[str, Shape] = {
    "app.bsky.feed.post": thing(
        "text createdAt",
        text=text(maxLength=3000, maxGraphemes=300),
        facets=array(thing(
            "index features", index=thing("byteStart byteEnd", byteStart=NUMBER, byteEnd=NUMBER),
            features=array(union(f"{FACET}#mention", f"{FACET}#link", f"{FACET}#tag")))),
        reply=thing("root parent", root=STRONG_REF, parent=STRONG_REF),
        embed=union("app.bsky.embed.images", "app.bsky.embed.video", "app.bsky.embed.gallery",
                    "app.bsky.embed.external"),
        langs=array(LANGUAGE, 3),
        labels=union("com.atproto.label.defs#selfLabels"),
        tags=array(TAG, 8),
        createdAt=DATETIME,
    ),
    GATE: thing(
        "post createdAt", post=AT_URI,
        allow=array(union(f"{GATE}#mentionRule", f"{GATE}#followerRule", f"{GATE}#followingRule"), 5),
        createdAt=DATETIME, hiddenReplies=array(AT_URI, 300),
    ),
    "app.bsky.feed.postgate": thing(
        "createdAt post", createdAt=DATETIME, post=AT_URI, detachedEmbeddingUris=array(AT_URI, 50),
        embeddingRules=array(union("app.bsky.feed.postgate#disableRule"), 5),
    ),
}  # fmt: skip
