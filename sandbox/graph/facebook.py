"""Facebook pages: feed, photos, publishing what was created unpublished, comments, insights, deletion.

Sources: Page feed reference (v26, 2026-09-11), Pages API posts, Page photos reference, api_specs Page and PagePost.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.graph import params
from sandbox.graph.core import Ask, Edge, Kindred, listing, show
from sandbox.graph.errors import GraphError, param
from sandbox.graph.looking import facebook_photo
from sandbox.graph.media import comment, comment_list, comments
from sandbox.graph.state import Page, Photo, Post

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

READ = ("pages_read_engagement",)
WRITE = ("pages_manage_posts", "pages_read_engagement")
TALK = ("pages_manage_engagement", "pages_read_engagement")
TEXT = 63_206
SOONEST, LATEST = timedelta(minutes=10), timedelta(days=75)  # scheduling; the guide says 30 days, the reference 75
DUPLICATE_FOR = timedelta(hours=24)  # how long an equal text counts as a duplicate; not documented
METRICS = [
    "post_total_media_view_unique", "post_media_view", "post_clicks", "post_reactions_by_type_total", "post_activity",
    "post_video_views", "post_video_avg_time_watched",
]  # fmt: skip
PAGE_METRICS = ["page_media_view", "page_total_media_view_unique", "page_post_engagements", "page_daily_follows"]


# ---------------------------------------------------------------------------------------------- making posts


def feed(ask: Ask) -> dict[str, str]:
    """A new post on the page: shown at once, at a time, or kept unpublished."""
    graph, page = ask.graph, ask.node
    check_page(page)
    message, link = words(ask), ask.get("link", "")
    photos = attached(ask)
    if not (message or link or photos):
        raise GraphError(100, "(#100) The post is empty. Please enter a message to share.", 1349125)
    if link and not re.match(r"https?://[^\s/]+\.[^\s/]+|http://(127\.0\.0\.1|localhost)", link):
        raise GraphError(1609005)
    scheduled = schedule(ask, timedelta(days=75))
    shown = ask.get("published", True) and not scheduled
    if shown and not photos:
        refuse_duplicate(graph, page, message, link, ask.now)
    kind = ("carousel" if len(photos) > 1 else "image") if photos else ("link" if link else "text")
    post = Post(
        post_id(graph, page), page.id, kind, ask.now, message, link=link, photos=[one.id for one in photos],
        published=ask.now if shown else None, scheduled=scheduled,
        content_type="" if shown else ask.get("unpublished_content_type", "SCHEDULED" if scheduled else ""),
    )  # fmt: skip
    for photo in photos:
        photo.post = post.id
    graph.objects[post.id] = post
    return {"id": post.id}


def check_page(page: Page) -> None:
    """Whether the page may publish, and the person on it."""
    if page.restricted:
        raise page.restricted
    if "CREATE_CONTENT" not in page.tasks:
        raise GraphError(200, "(#200) The user hasn't authorized the application to perform this action")


def post_id(graph: Graph, page: Page) -> str:
    """A new post id: page_post."""
    return f"{page.id}_{graph.digits('12', 18)}"


def words(ask: Ask, name: str = "message") -> str:
    """The text of a post, if it fits."""
    text = str(ask.get(name, ""))
    if len(text.encode("utf-16-le")) // 2 > TEXT:
        raise GraphError(100, f"(#100) The {name} is too long: {TEXT} characters at most.")
    return text


def attached(ask: Ask) -> list[Photo]:
    """The unpublished photos that a post shows."""
    found = []
    for one in ask.get("attached_media", []):
        one = json.loads(one) if isinstance(one, str) and params.is_json(one) else one  # noqa: PLW2901
        photo = ask.graph.objects.get(str(one.get("media_fbid", ""))) if isinstance(one, dict) else None
        if not isinstance(photo, Photo) or photo.page != ask.node.id or photo.gone:
            raise param("attached_media", "must be a list of {media_fbid: id of a photo of this page}")
        if photo.published or photo.post:
            raise GraphError(100, "(#100) A photo that is already published cannot be attached.", 1366051)
        found.append(photo)
    return found


def schedule(ask: Ask, latest: timedelta) -> datetime | None:
    """The time of a scheduled post, if it is one."""
    at: datetime | None = ask.get("scheduled_publish_time")
    if at is None:
        return None
    if ask.get("published", True):
        raise GraphError(100, "(#100) You cannot specify a scheduled publish time on a published post")
    if not ask.now + SOONEST <= at <= ask.now + latest:
        raise GraphError(100, "(#100) The specified scheduled publish time is invalid.", 1363037)
    return at


def refuse_duplicate(graph: Graph, page: Page, message: str, link: str, now: datetime) -> None:
    """Error 506 where the page's newest post says exactly the same."""
    shown = sorted((one for one in graph.posts() if one.page == page.id), key=lambda one: one.published or now)
    if not shown or (shown[-1].message, shown[-1].link) != (message, link) or shown[-1].photos:
        return
    if (shown[-1].published or now) > now - DUPLICATE_FOR:
        raise GraphError(506, subcode=1455006, title="Duplicate Status Update",
                         told="This status update is identical to the last one you posted. Try posting something "
                         "different, or delete your previous update.")  # fmt: skip


def photo(ask: Ask) -> dict[str, str]:
    """A new photo; with its post unless it is kept unpublished."""
    graph, page = ask.graph, ask.node
    check_page(page)
    sent = ask.files.get("source")
    if not sent and not ask.get("url"):
        raise GraphError(324, "(#324) Requires upload file", 2069019)
    scheduled = schedule(ask, LATEST)
    shown = ask.get("published", True) and not scheduled
    if ask.get("temporary") and shown:
        raise param("temporary", "requires published=false")
    caption = words(ask, "message") or words(ask, "caption")
    look = facebook_photo(graph, sent.body if sent else None, ask.get("url", ""))
    made = Photo(graph.digits("12", 15), page.id, look, ask.now, caption, ask.get("alt_text_custom", ""),
                 published=shown, temporary=ask.get("temporary", False))  # fmt: skip
    graph.objects[made.id] = made
    if not shown and not scheduled and not ask.get("unpublished_content_type"):
        return {"id": made.id}
    post = Post(post_id(graph, page), page.id, "image", ask.now, caption, photos=[made.id],
                published=ask.now if shown else None, scheduled=scheduled,
                content_type=ask.get("unpublished_content_type", ""))  # fmt: skip
    graph.objects[post.id], made.post = post, post.id
    return {"id": made.id, "post_id": post.id}


def change(ask: Ask) -> dict[str, bool]:
    """Publishes an unpublished post (again and again without harm), or edits its text."""
    post = ask.node
    if not ask.params:
        raise GraphError(100, "(#100) Nothing to change.")
    if "message" in ask.params:
        post.message = words(ask)
    if "scheduled_publish_time" in ask.params and not post.published:
        post.scheduled = ask.get("scheduled_publish_time")
    if ask.get("is_published") is False and post.published:
        raise GraphError(100, "(#100) A published post cannot be unpublished.")
    if ask.get("is_published") and not post.published:
        check_page(ask.graph.objects[post.page])
        release(ask.graph, post, ask.now)
    return {"success": True}


def release(graph: Graph, post: Post, at: datetime) -> None:
    """The public sees the post from now on."""
    post.published, post.scheduled, post.content_type = at, None, ""
    for one in post.photos:
        graph.objects[one].published = True


def delete(ask: Ask) -> dict[str, bool]:
    """Takes a post, photo or film down, with what shows it."""
    ask.node.gone = True
    for one in [getattr(ask.node, "post", ""), getattr(ask.node, "video", ""), *getattr(ask.node, "photos", ())]:
        if one and one in ask.graph.objects:
            ask.graph.objects[one].gone = True
    return {"success": True}


# ---------------------------------------------------------------------------------------------- looking at posts


def shown_posts(ask: Ask) -> dict[str, Any]:
    """What the page shows, newest first; stories are elsewhere."""
    found = [one for one in ask.graph.posts() if one.page == ask.node.id and one.kind != "story"]
    return listing(ask, found, lambda one: one.published)


def waiting_posts(ask: Ask) -> dict[str, Any]:
    """What has a time to go out."""
    posts = [one for one in ask.graph.objects.values() if isinstance(one, Post) and one.page == ask.node.id]
    return listing(ask, [one for one in posts if one.scheduled and not one.gone], lambda one: one.created)


def photo_insights(ask: Ask) -> dict[str, Any]:
    """The numbers of a post that are known by now."""
    return metrics_of(ask, METRICS, ask.node.insights)


def page_insights(ask: Ask) -> dict[str, Any]:
    """The numbers of a page that are known by now."""
    return metrics_of(ask, PAGE_METRICS, {})


def metrics_of(ask: Ask, known: list[str], values: dict[str, Any]) -> dict[str, Any]:
    """The wanted metrics that have a value; error 100 for one that does not exist, or no longer."""
    names = params.ids("metric", ask.get("metric"))
    if unknown := [name for name in names if name not in known]:
        raise GraphError(100, f"(#100) The value must be a valid insights metric: {unknown[0]}")
    return {
        "data": [
            {"name": name, "period": "lifetime", "values": [{"value": values[name]}],
             "id": f"{ask.node.id}/insights/{name}/lifetime"}
            for name in names if name in values
        ]
    }  # fmt: skip


def permalink(graph: Graph, post: Post) -> str:
    """Where people see it: a page of this server."""
    return f"{graph.url}/p/{post.id}/"


def attachments(graph: Graph, post: Post) -> dict[str, Any] | None:
    """What a post shows beside its text."""
    shown: list[dict[str, Any]] = [
        {"media_type": "photo", "target": {"id": one}, "description": graph.objects[one].caption} for one in post.photos
    ]
    if post.video:
        shown.append({"media_type": "video", "target": {"id": post.video}})
    if len(shown) > 1:
        shown = [{"media_type": "album", "subattachments": {"data": shown}}]
    return {"data": shown} if shown else None


KINDS: dict[type, Kindred] = {
    Page: Kindred("Page", {
        "id": lambda _graph, one: one.id, "name": lambda _graph, one: one.name,
        "category": lambda _graph, _one: "Non-governmental organization (NGO)",
        "link": lambda graph, _one: graph.url, "tasks": lambda _graph, one: list(one.tasks),
        "instagram_business_account": lambda graph, one: graph.objects.get(one.instagram),
        "connected_instagram_account": lambda graph, one: graph.objects.get(one.instagram),
        "fan_count": lambda _graph, _one: 42, "followers_count": lambda _graph, _one: 42,
        "is_published": lambda _graph, _one: True,
    }, ("name", "id")),
    Post: Kindred("PagePost", {
        "id": lambda _graph, one: one.id, "message": lambda _graph, one: one.message,
        "created_time": lambda _graph, one: one.published or one.created,
        "updated_time": lambda _graph, one: one.published or one.created,
        "is_published": lambda _graph, one: bool(one.published), "permalink_url": permalink,
        "scheduled_publish_time": lambda _graph, one: one.scheduled and int(one.scheduled.timestamp()),
        "attachments": attachments, "comments": comments, "from": lambda graph, one: {
            "name": graph.objects[one.page].name, "id": one.page},
        "full_picture": lambda graph, one: next(
            (f"{graph.url}/sandbox/files/{graph.objects[p].look.sha256}" for p in one.photos), None),
        "status_type": lambda _graph, one: {"text": "mobile_status_update", "link": "shared_story"}.get(
            one.kind, "added_video" if one.video else "added_photos"),
    }, ("created_time", "message", "id")),
    Photo: Kindred("Photo", {
        "id": lambda _graph, one: one.id, "name": lambda _graph, one: one.caption,
        "alt_text": lambda _graph, one: one.alt or "May be an image of text.",
        "alt_text_custom": lambda _graph, one: one.alt, "created_time": lambda _graph, one: one.created,
        "link": lambda graph, one: f"{graph.url}/p/{one.post}/", "width": lambda _graph, one: one.look.width,
        "height": lambda _graph, one: one.look.height, "page_story_id": lambda _graph, one: one.post,
        "images": lambda graph, one: [{"source": f"{graph.url}/sandbox/files/{one.look.sha256}",
                                       "width": one.look.width, "height": one.look.height}],
        "is_published": lambda _graph, one: one.published,
    }, ("created_time", "name", "id")),
}  # fmt: skip

UNPUBLISHED = params.one_of(
    "SCHEDULED", "SCHEDULED_RECURRING", "DRAFT", "ADS_POST", "INLINE_CREATED", "PUBLISHED", "REVIEWABLE_BRANDED_CONTENT"
)
LATER = {"published": params.boolean, "scheduled_publish_time": params.moment, "unpublished_content_type": UNPUBLISHED}
EDGES: dict[tuple[Any, str, str], Edge] = {
    (Page, "feed", "POST"): Edge("feed", feed, {
        **LATER, "message": params.text, "link": params.address, "attached_media": params.array, "place": params.text,
        "tags": params.text, "backdated_time": params.moment, "call_to_action": params.mapping,
        "feed_targeting": params.mapping, "targeting": params.mapping, "og_action_type_id": params.text,
    }, scopes=WRITE, page_token=True),
    (Page, "photos", "POST"): Edge("photos", photo, {
        **LATER, "url": params.address, "caption": params.text, "message": params.text, "alt_text_custom": params.text,
        "temporary": params.boolean, "no_story": params.boolean, "place": params.text,
        "backdated_time": params.moment,
    }, scopes=WRITE, page_token=True),
    (Page, "feed", "GET"): Edge("feed_list", shown_posts, scopes=READ),
    (Page, "posts", "GET"): Edge("feed_list", shown_posts, scopes=READ),
    (Page, "published_posts", "GET"): Edge("published_posts", shown_posts, scopes=READ),
    (Page, "scheduled_posts", "GET"): Edge("scheduled_posts", waiting_posts, scopes=READ, page_token=True),
    (Page, "insights", "GET"): Edge("page_insights", page_insights, {
        "metric": params.text, "period": params.text}, ("metric",), (*READ, "read_insights"), page_token=True),
    (Post, "", "GET"): Edge("post_get", show, scopes=READ),
    (Post, "", "POST"): Edge("post", change, {
        "is_published": params.boolean, "message": params.text, "scheduled_publish_time": params.moment,
    }, scopes=WRITE, page_token=True),
    (Post, "", "DELETE"): Edge("post_delete", delete, scopes=WRITE, page_token=True),
    (Post, "comments", "GET"): Edge("comments_list", comment_list, scopes=READ),
    (Post, "comments", "POST"): Edge("comments", comment, {"message": params.text, "attachment_url": params.address},
                                     ("message",), TALK, page_token=True),
    (Post, "insights", "GET"): Edge("insights", photo_insights, {
        "metric": params.text, "period": params.text}, ("metric",), (*READ, "read_insights"), page_token=True),
    (Photo, "", "GET"): Edge("photo", show, scopes=READ),
    (Photo, "", "DELETE"): Edge("photo_delete", delete, scopes=WRITE, page_token=True),
    (Photo, "comments", "POST"): Edge("comments", comment, {"message": params.text}, ("message",), TALK,
                                      page_token=True),
}  # fmt: skip
