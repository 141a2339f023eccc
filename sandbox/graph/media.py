"""What is out on Instagram: media and stories, comments, insights, deletion. Comments are the same on pages.

Sources: IG Media and its edges (Instagram Platform reference), api_specs IGMedia.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.graph import params
from sandbox.graph.core import Ask, Edge, Kindred, listing, show
from sandbox.graph.errors import GraphError, missing
from sandbox.graph.state import A_DAY, Account, Comment, Media

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

READ = ("instagram_basic", "pages_read_engagement")
PUBLISH = ("instagram_basic", "instagram_content_publish", "pages_read_engagement")
METRICS = {
    "FEED": [
        "views", "reach", "saved", "likes", "comments", "shares", "total_interactions", "reposts", "profile_visits",
        "follows", "profile_activity",
    ],
    "REELS": [
        "views", "reach", "saved", "likes", "comments", "shares", "total_interactions", "reposts",
        "ig_reels_avg_watch_time", "ig_reels_video_view_total_time",
    ],
    "STORY": [
        "views", "reach", "shares", "total_interactions", "replies", "navigation", "profile_visits", "follows",
        "profile_activity",
    ],
}  # fmt: skip


def media_list(ask: Ask) -> dict[str, Any]:
    """The account's posts, newest first; stories are not among them."""
    found = [one for one in ask.graph.medias() if one.account == ask.node.id and one.container]
    return listing(ask, [one for one in found if one.product != "STORY"], lambda one: one.at)


def stories(ask: Ask) -> dict[str, Any]:
    """The stories of the last 24 hours."""
    fresh = [one for one in ask.graph.medias() if one.product == "STORY" and one.at > ask.now - A_DAY]
    return listing(ask, [one for one in fresh if one.account == ask.node.id], lambda one: one.at)


def permalink(graph: Graph, media: Media) -> str:
    """Where people see it: a page of this server."""
    return f"{graph.url}/p/{media.shortcode}/"


def delete(ask: Ask) -> dict[str, bool]:
    """Takes a post down."""
    if not ask.node.container:
        raise missing(ask.node.id, "delete")
    ask.node.gone = True
    return {"success": True}


def comment(ask: Ask) -> dict[str, str]:
    """A comment of the account itself under its post."""
    made = Comment(ask.graph.digits("18", 17), ask.node.id, ask.get("message"), name_of(ask), ask.now)
    ask.graph.objects[made.id] = made
    ask.graph.comments.append(made)
    return {"id": made.id}


def name_of(ask: Ask) -> str:
    """Who writes: the account or the page that the object belongs to."""
    owner = ask.graph.objects[ask.graph.owner(ask.node)]
    return owner.username if isinstance(owner, Account) else owner.name


def comments(graph: Graph, node: Any) -> list[Comment]:
    """The comments under an object, oldest first."""
    return [one for one in graph.comments if one.parent == node.id and not one.gone]


def comment_list(ask: Ask) -> dict[str, Any]:
    """The comments under an object."""
    return listing(ask, comments(ask.graph, ask.node), lambda one: one.at)


def insights(ask: Ask) -> dict[str, Any]:
    """The numbers that are known by now; a number that is not known is left out, never zero."""
    names = params.ids("metric", ask.get("metric"))
    known = METRICS[ask.node.product]
    for n, name in enumerate(names):
        if name not in known:  # `impressions`, `plays` and `video_views` are dead
            raise GraphError(100, f"(#100) metric[{n}] must be one of the following values: {', '.join(known)}")
    return {
        "data": [
            {"name": name, "period": "lifetime", "values": [{"value": ask.node.insights[name]}], "title": name,
             "id": f"{ask.node.id}/insights/{name}/lifetime"}
            for name in names if name in ask.node.insights
        ]
    }  # fmt: skip


def comment_delete(ask: Ask) -> dict[str, bool]:
    """Takes a comment away."""
    owner = ask.graph.objects[ask.graph.owner(ask.node)]
    needed = "instagram_manage_comments" if isinstance(owner, Account) else "pages_manage_engagement"
    if ask.token and needed not in ask.token.scopes:
        raise GraphError(10 if isinstance(owner, Account) else 200)
    ask.node.gone = True
    return {"success": True}


KINDS: dict[type, Kindred] = {
    Media: Kindred("IGMedia", {
        "id": lambda _graph, one: one.id, "caption": lambda _graph, one: one.caption, "permalink": permalink,
        "timestamp": lambda _graph, one: one.at, "media_type": lambda _graph, one: one.media_type,
        "media_product_type": lambda _graph, one: one.product, "shortcode": lambda _graph, one: one.shortcode,
        "alt_text": lambda _graph, one: one.alt, "children": lambda _graph, one: one.children,
        "comments": comments, "comments_count": lambda graph, one: len(comments(graph, one)),
        "like_count": lambda _graph, one: one.insights.get("likes", 0),
        "media_url": lambda graph, one: f"{graph.url}/sandbox/files/{one.look.sha256}" if one.look else None,
        "username": lambda graph, one: graph.objects[one.account].username,
        "owner": lambda _graph, one: {"id": one.account},
        "is_shared_to_feed": lambda _graph, one: one.options.get("share_to_feed") if one.product == "REELS" else None,
    }),
    Comment: Kindred("Comment", {
        "id": lambda _graph, one: one.id, "text": lambda _graph, one: one.text,
        "message": lambda _graph, one: one.text, "timestamp": lambda _graph, one: one.at,
        "created_time": lambda _graph, one: one.at, "username": lambda _graph, one: one.by,
        "from": lambda _graph, one: {"name": one.by}, "like_count": lambda _graph, _one: 0,
    }, ("id", "text", "timestamp")),
}  # fmt: skip
EDGES: dict[tuple[Any, str, str], Edge] = {
    (Account, "media", "GET"): Edge("media_list", media_list, scopes=READ),
    (Account, "stories", "GET"): Edge("stories", stories, scopes=READ),
    (Media, "", "GET"): Edge("ig_media", show, scopes=READ),
    (Media, "", "DELETE"): Edge("ig_media_delete", delete, scopes=PUBLISH),
    (Media, "children", "GET"): Edge(
        "children", lambda ask: {"data": [{"id": one.id} for one in ask.node.children]}, scopes=READ
    ),
    (Media, "comments", "GET"): Edge("comments_list", comment_list, scopes=READ),
    (Media, "comments", "POST"): Edge(
        "comments", comment, {"message": params.text}, ("message",), (*READ, "instagram_manage_comments")
    ),
    (Media, "insights", "GET"): Edge(
        "insights", insights, {"metric": params.text, "period": params.text}, ("metric",),
        (*READ, "instagram_manage_insights"),
    ),
    (Comment, "", "GET"): Edge("comment", show),
    (Comment, "", "DELETE"): Edge("comment_delete", comment_delete),
}  # fmt: skip
