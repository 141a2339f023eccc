"""Around posts: comments, numbers, and which pages a person may publish on.

Sources: Comments API, Organization Share Statistics, Organization Access Control (community management).
"""

from __future__ import annotations

from typing import Any

from sandbox._wire import Answer, json_answer
from sandbox.linkedin.errors import bad_field, denied, misshapen, missing
from sandbox.linkedin.restli import Ask, listed, value
from sandbox.linkedin.state import Comment, Post

COUNTS = ("uniqueImpressionsCount", "shareCount", "engagement", "clickCount", "likeCount", "impressionCount",
          "commentCount")  # fmt: skip
LONGEST_COMMENT = 1250


def standing(ask: Ask) -> Post:
    """The post of the key."""
    post = ask.server.posts.get(ask.key)
    if post is None or post.gone:
        raise missing(ask.key)
    return post


def comment(ask: Ask) -> Answer:
    """201 and the comment, which person or page wrote under a post."""
    post, body = standing(ask), ask.body()
    for name in ("actor", "object", "message"):
        if name not in body:
            raise misshapen(name, "field is required but not found and has no default value")
    text = body["message"].get("text") if isinstance(body["message"], dict) else None
    if not isinstance(text, str) or not text.strip():
        raise misshapen("message/text", "field is required but not found and has no default value")
    if body["object"] != post.urn:
        raise bad_field("object", "INVALID_VALUE", f"object {body['object']} is not the one of the address")
    if len(text) > LONGEST_COMMENT:
        raise bad_field("message/text", "FIELD_LENGTH_TOO_LONG", f"message is longer than {LONGEST_COMMENT}")
    ask.server.must_write(ask.who, body["actor"], "socialActions/comments.CREATE")
    number = ask.server.digits("7", 19)
    made = Comment(f"urn:li:comment:({post.urn},{number})", post.urn, body["actor"], text, ask.now)
    ask.server.comments.append(made)
    return json_answer(comment_row(made), 201, {"x-restli-id": number})


def comment_row(one: Comment) -> dict[str, Any]:
    """A comment as JSON."""
    at = int(one.at.timestamp() * 1000)
    return {
        "id": one.urn.rpartition(",")[2].rstrip(")"), "commentUrn": one.urn, "actor": one.actor, "object": one.post,
        "message": {"text": one.text, "attributes": []}, "created": {"actor": one.actor, "time": at},
    }  # fmt: skip


def comments(ask: Ask) -> Answer:
    """The comments under a page's post, oldest first."""
    post = standing(ask)
    ask.server.must_read(ask.who, post.author, "socialActions/comments.GET_ALL")
    rows = [comment_row(one) for one in ask.server.comments if one.post == post.urn]
    return json_answer({"elements": rows, "paging": {"start": 0, "count": len(rows), "links": []}})


def statistics(ask: Ask) -> Answer:
    """The numbers of a page's posts; a post whose numbers are not known yet is left out."""
    entity = value(ask.query, "organizationalEntity")
    must_administer(ask, entity, "organizationalEntityShareStatistics.FINDER")
    wanted = [urn for name in ("shares", "ugcPosts") if name in ask.query for urn in listed(ask.query, name)]
    rows = []
    for post in ask.server.posts.values():
        if post.author == entity and not post.gone and post.statistics and (post.urn in wanted or not wanted):
            kind = "share" if post.urn.startswith("urn:li:share:") else "ugcPost"
            rows.append({"organizationalEntity": entity, kind: post.urn,
                         "totalShareStatistics": {name: post.statistics.get(name, 0) for name in COUNTS}})  # fmt: skip
    return json_answer({"elements": rows, "paging": {"start": 0, "count": 10, "links": []}})


def must_administer(ask: Ask, entity: str, what: str) -> None:
    """Whether the person may read the numbers of that page."""
    page = ask.server.organizations.get(entity)
    scopes = {"rw_organization_admin", "r_organization_social"} & ask.who.scopes
    if page is None or page.roles.get(ask.who.person) != "ADMINISTRATOR" or not scopes:
        raise denied(what)


def acls(ask: Ask) -> Answer:
    """The pages on which the person has a role."""
    if not {"rw_organization_admin", "r_organization_admin", "r_organization_social"} & ask.who.scopes:
        raise denied("organizationAcls.FINDER-roleAssignee")
    role = value(ask.query, "role", "")
    rows = [
        {"role": page.roles[ask.who.person], "organization": page.urn, "roleAssignee": ask.who.person,
         "state": "APPROVED"}
        for page in ask.server.organizations.values() if page.roles.get(ask.who.person)
    ]  # fmt: skip
    rows = [row for row in rows if role in ("", row["role"])]
    return json_answer({"elements": rows, "paging": {"start": 0, "count": 10, "total": len(rows), "links": []}})


def organization(ask: Ask) -> Answer:
    """A page by its number."""
    page = ask.server.organizations.get(f"urn:li:organization:{ask.key}")
    if page is None:
        raise missing(ask.key)
    return json_answer({"id": int(ask.key), "localizedName": page.name, "vanityName": page.vanity})
