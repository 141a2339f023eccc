"""Posts: what LinkedIn takes, what it refuses, and what stands afterwards.

Sources: Posts API, MultiImage Post API, Content API guides (community management) and their error tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from sandbox._wire import Answer, json_answer
from sandbox.linkedin.errors import LinkedInError, bad_field, duplicate, misshapen, missing
from sandbox.linkedin.littletext import Shown, render
from sandbox.linkedin.restli import Ask, is_urn, value, whole
from sandbox.linkedin.state import Asset, Post

REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
FIELDS = {
    "author": str, "commentary": str, "visibility": str, "distribution": dict, "lifecycleState": str, "content": dict,
    "isReshareDisabledByAuthor": bool,
}  # fmt: skip
DISTRIBUTION = {"feedDistribution": str, "targetEntities": list, "thirdPartyDistributionChannels": list}
MEDIA = {"id": str, "altText": str, "title": str}
ARTICLE = {"source": str, "title": str, "description": str, "thumbnail": str, "thumbnailAltText": str}
LONGEST_TEXT, LONGEST_ALT = 3000, 4086  # UTF-16 units of what is shown
FEWEST, MOST = 2, 20  # pictures of a multiImage


# ---------------------------------------------------------------------------------------------- create


def create(ask: Ask) -> Answer:
    """201 with the URN of the new post in a header, and no body."""
    body = ask.body()
    shape("", body, FIELDS, REQUIRED)
    check_author(ask, body)
    check_reach(ask, body)
    shown = commentary(ask, body["commentary"])
    kind = content(ask, body["author"], body.get("content"))
    if kind == "text" and not shown.text.strip() and not shown.lost:
        raise bad_field("commentary", "MISSING_REQUIRED_FIELD", "commentary is empty and there is no content")
    if (same := twin(ask, body)) is not None:
        raise duplicate(same.urn)
    family = "share" if kind in ("text", "image", "link") else "ugcPost"
    urn = f"urn:li:{family}:{ask.server.digits('7', 19)}"
    ask.server.posts[urn] = Post(urn, body["author"], body["commentary"], shown, ask.now, ask.now, body, kind)
    return Answer(
        201, b"", headers={"x-restli-id": urn, "x-linkedin-id": urn, "Location": f"/posts/{quote(urn, safe='')}"}
    )


def shape(path: str, value: dict[str, Any], fields: Mapping[str, type], required: tuple[str, ...]) -> None:
    """Refuses a record with unknown or missing fields, or of wrong types."""
    for name in required:
        if name not in value:
            raise misshapen(f"{path}{name}", "field is required but not found and has no default value")
    for name, one in value.items():
        if name not in fields:
            raise misshapen(f"{path}{name}", "unrecognized field found but not allowed")
        if not isinstance(one, fields[name]):
            raise misshapen(f"{path}{name}", f"{one!r} cannot be coerced to {fields[name].__name__}")


def check_author(ask: Ask, body: dict[str, Any]) -> None:
    """The author is a person or a page for which this token may publish."""
    author = body["author"]
    if not is_urn(author, "person", "organization"):
        raise bad_field("author", "INVALID_VALUE_FOR_FIELD", f"author {author} is neither a person nor an organization")
    ask.server.must_write(ask.who, author, "posts.CREATE")


def check_reach(ask: Ask, body: dict[str, Any]) -> None:
    """Who is to see it: visibility, distribution and state."""
    shape("distribution/", body["distribution"], DISTRIBUTION, ("feedDistribution",))
    possible = ("PUBLIC", "LOGGED_IN") if body["author"] in ask.server.organizations else (
        "PUBLIC", "LOGGED_IN", "CONNECTIONS")  # fmt: skip
    allowed = {
        "visibility": (body["visibility"], possible),
        "lifecycleState": (body["lifecycleState"], ("PUBLISHED",)),
        "distribution/feedDistribution": (body["distribution"]["feedDistribution"], ("MAIN_FEED", "NONE")),
    }
    for field, (given, known) in allowed.items():
        if given not in known:
            raise bad_field(field, "INVALID_VALUE_FOR_FIELD", f"{given} is not one of {', '.join(known)}")


def commentary(ask: Ask, source: str) -> Shown:
    """The commentary as it will be shown; the length is that of what is shown."""
    shown = render(source, ask.server.names())
    check_length("commentary", shown.text + shown.lost, LONGEST_TEXT)
    return shown


def check_length(field: str, text: str, most: int) -> None:
    """Refuses a text of more UTF-16 units."""
    if (units := len(text.encode("utf-16-le")) // 2) > most:
        raise bad_field(field, "FIELD_LENGTH_TOO_LONG", f"{field} is {units} long; at most {most} are allowed")


def twin(ask: Ask, body: dict[str, Any]) -> Post | None:
    """The standing post of the same author with the very same text and content, within the window."""
    since = ask.now - timedelta(hours=ask.server.duplicate_hours)
    for post in ask.server.posts.values():
        if not post.gone and post.created > since and fingerprint(post.body) == fingerprint(body):
            return post
    return None


def fingerprint(body: dict[str, Any]) -> str:
    """What makes a post the same as another."""
    return json.dumps([body["author"], body["commentary"], body.get("content")], sort_keys=True)


# ---------------------------------------------------------------------------------------------- content


def content(ask: Ask, author: str, given: dict[str, Any] | None) -> str:
    """The kind of post that the content makes: text, image, carousel, video, document or link."""
    if given is None:
        return "text"
    known = {"media": media, "multiImage": multi_image, "article": article}
    if len(given) != 1:
        raise misshapen("content", "exactly one member of the union is needed")
    ((name, one),) = given.items()
    if name not in known:
        raise misshapen(f"content/{name}", "unrecognized field found but not allowed")
    if not isinstance(one, dict):
        raise misshapen(f"content/{name}", "a record is expected")
    return known[name](ask, author, one)


def media(ask: Ask, author: str, one: dict[str, Any]) -> str:
    """One picture, film or document."""
    shape("content/media/", one, MEDIA, ("id",))
    asset = usable(ask, author, one["id"], "content/media/id", ("image", "video", "document"))
    check_length("content/media/altText", one.get("altText", ""), LONGEST_ALT)
    if "altText" in one and asset.kind != "image":
        raise bad_field("content/media/altText", "INVALID_VALUE_FOR_FIELD", "altText is for images only")
    if asset.kind == "document" and not one.get("title", "").strip():
        raise bad_field("content/media/title", "MISSING_REQUIRED_FIELD", "a document needs a title")
    return asset.kind


def multi_image(ask: Ask, author: str, one: dict[str, Any]) -> str:
    """Two to twenty pictures."""
    shape("content/multiImage/", one, {"images": list}, ("images",))
    if not FEWEST <= len(one["images"]) <= MOST:
        raise bad_field("content/multiImage/images", "INVALID_VALUE_FOR_FIELD", f"{FEWEST} to {MOST} images are needed")
    for n, piece in enumerate(one["images"]):
        path = f"content/multiImage/images/{n}/"
        if not isinstance(piece, dict):
            raise misshapen(path, "a record is expected")
        shape(path, piece, {"id": str, "altText": str}, ("id",))
        check_length(f"{path}altText", piece.get("altText", ""), LONGEST_ALT)
        usable(ask, author, piece["id"], f"{path}id", ("image",))
    return "carousel"


def article(ask: Ask, author: str, one: dict[str, Any]) -> str:
    """A link with what stands in its card: LinkedIn fetches nothing from the address."""
    shape("content/article/", one, ARTICLE, ("source", "title"))
    parts = urlsplit(one["source"])
    if parts.scheme not in ("http", "https") or not parts.hostname or not one["source"].isascii():
        raise bad_field("content/article/source", "INVALID_URL", f"source {one['source']} is not a URL")
    if not one["title"].strip() or len(one["title"]) > 400:
        raise bad_field("content/article/title", "FIELD_LENGTH_TOO_LONG", "title needs 1 to 400 characters")
    check_length("content/article/description", one.get("description", ""), LONGEST_ALT)
    if "thumbnail" in one:
        usable(ask, author, one["thumbnail"], "content/article/thumbnail", ("image",))
    return "link"


def usable(ask: Ask, author: str, urn: str, field: str, kinds: tuple[str, ...]) -> Asset:
    """The upload of that URN, if it is this author's and ready."""
    asset = ask.server.assets.get(urn)
    if asset is None or asset.kind not in kinds:
        raise bad_field(field, "INVALID_VALUE_FOR_FIELD", f"{urn} is no {' or '.join(kinds)}")
    if asset.owner != author:
        raise bad_field(field, "INVALID_CONTENT_OWNER", f"{urn} does not belong to {author}")
    status = asset.status(ask.now)
    if status != "AVAILABLE":
        code = status if status == "PROCESSING_FAILED" else status.removesuffix("_UPLOAD")
        raise bad_field(field, f"MEDIA_ASSET_{code}{'_UPLOAD' if code == 'WAITING' else ''}",
                        f"{urn} is not ready: {status} {asset.error}".rstrip())  # fmt: skip
    return asset


# ---------------------------------------------------------------------------------------------- the rest


def found(ask: Ask) -> Post:
    """The standing post of the key."""
    if not is_urn(ask.key, "share", "ugcPost"):
        raise LinkedInError(400, f"{ask.key} is no URN of a post", "ILLEGAL_ARGUMENT", service=0)
    post = ask.server.posts.get(ask.key)
    if post is None or post.gone:
        raise missing(ask.key)
    return post


def get(ask: Ask) -> Answer:
    """A page's post."""
    post = found(ask)
    ask.server.must_read(ask.who, post.author, "posts.GET")
    return json_answer(row(post))


def edit(ask: Ask) -> Answer:
    """204: the commentary is another now."""
    if ask.request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
        raise LinkedInError(400, "X-RestLi-Method: PARTIAL_UPDATE is needed", "ILLEGAL_ARGUMENT", service=0)
    post, patch = found(ask), ask.body().get("patch", {})
    ask.server.must_write(ask.who, post.author, "posts.PARTIAL_UPDATE")
    changed = patch.get("$set", {}) if isinstance(patch, dict) else {}
    shape("patch/$set/", changed, {"commentary": str}, ("commentary",))
    post.shown, post.commentary = commentary(ask, changed["commentary"]), changed["commentary"]
    post.body, post.modified = {**post.body, **changed}, ask.now
    return Answer(204)


def delete(ask: Ask) -> Answer:
    """204, as often as it is asked."""
    post = ask.server.posts.get(ask.key)
    if post is None:
        found(ask)
    else:
        ask.server.must_write(ask.who, post.author, "posts.DELETE")
        post.gone = True
    return Answer(204)


def by_author(ask: Ask) -> Answer:
    """A page's posts, the newest first by what `sortBy` says."""
    if ask.request.headers.get("x-restli-method", "").upper() != "FINDER":
        raise LinkedInError(400, "X-RestLi-Method: FINDER is needed", "ILLEGAL_ARGUMENT", service=0)
    author = value(ask.query, "author")
    ask.server.must_read(ask.who, author, "posts.FINDER-author")
    order = value(ask.query, "sortBy", "LAST_MODIFIED")
    if order not in ("LAST_MODIFIED", "CREATED"):
        raise LinkedInError(400, "Parameter 'sortBy' is invalid", "ILLEGAL_ARGUMENT")
    start, count = whole(ask.query, "start", 0, 100_000), whole(ask.query, "count", 10, 100)
    standing = [one for one in ask.server.posts.values() if one.author == author and not one.gone]
    standing.reverse()  # of two at one time, the later made comes first
    standing.sort(key=lambda one: one.modified if order == "LAST_MODIFIED" else one.created, reverse=True)
    links = [{"rel": "next", "type": "application/json"}] if start + count < len(standing) else []
    paging = {"start": start, "count": count, "total": len(standing), "links": links}
    return json_answer({"paging": paging, "elements": [row(one) for one in standing[start : start + count]]})


def row(post: Post) -> dict[str, Any]:
    """A post as JSON: the commentary in its markup, as it is stored."""
    created, modified = (int(at.timestamp() * 1000) for at in (post.created, post.modified))
    return {
        "isReshareDisabledByAuthor": False, **post.body, "id": post.urn, "commentary": post.commentary,
        "createdAt": created, "publishedAt": created, "lastModifiedAt": modified,
        "lifecycleStateInfo": {"isEditedByAuthor": post.modified != post.created},
    }  # fmt: skip
