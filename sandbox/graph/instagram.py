"""Instagram content publishing: containers and media_publish.

Source: IG User Media reference (2026-09-11), Content Publishing guide, IG Container and IG Media references.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.graph import params
from sandbox.graph.core import Ask, Edge, Kindred, show
from sandbox.graph.errors import GraphError, instagram, param
from sandbox.graph.looking import instagram_fetch, instagram_film, instagram_image
from sandbox.graph.media import PUBLISH, READ
from sandbox.graph.state import A_DAY, Account, Container, Media, Transfer

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

CAPTION, HASHTAGS, MENTIONS, ALT = 2200, 30, 20, 1000


def units(text: str) -> int:
    """UTF-16 units: the documentation does not say what a character is, so the strictest reading."""
    return len(text.encode("utf-16-le")) // 2


# ---------------------------------------------------------------------------------------------- containers


def create(ask: Ask) -> dict[str, str]:
    """A new container: a picture at once, a film after its processing, a carousel after its children."""
    graph, account = ask.graph, ask.node
    if account.restricted:
        raise account.restricted
    spent = [one for one in containers(graph, account) if one.created > ask.now - A_DAY]
    if len(spent) >= graph.containers_a_day:
        raise instagram(2207042)
    kind = ask.get("media_type", "IMAGE")
    if kind not in ("IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"):
        raise instagram(2207023, kind)
    check_words(ask, kind)
    container = Container(
        graph.digits("17", 17), account.id, kind, ask.now, caption=ask.get("caption", ""), alt=ask.get("alt_text", ""),
        carousel_item=ask.get("is_carousel_item", False),
        options={key: ask.params[key] for key in OPTIONS if key in ask.params},
    )  # fmt: skip
    fill(ask, container)
    graph.objects[container.id] = container
    answer = {"id": container.id}
    if container.transfer:
        answer["uri"] = f"{graph.urls['rupload']}/ig-api-upload/{ask.version}/{container.id}"
    return answer


def containers(graph: Graph, account: Account) -> list[Container]:
    """Every container of an account."""
    return [one for one in graph.objects.values() if isinstance(one, Container) and one.account == account.id]


def check_words(ask: Ask, kind: str) -> None:
    """Whether the texts fit, and stand only where they may."""
    caption, alt = ask.get("caption", ""), ask.get("alt_text", "")
    if units(caption) > CAPTION or len(re.findall(r"#\w", caption)) > HASHTAGS:
        raise instagram(2207010)
    if len(re.findall(r"(?<![\w.])@\w", caption)) > MENTIONS:
        raise instagram(2207040)
    if alt and kind != "IMAGE":
        raise param("alt_text", "is not supported for reels, stories, videos and carousels")
    if units(alt) > ALT:
        raise param("alt_text", f"must be at most {ALT} characters")
    if ask.get("is_carousel_item"):
        if kind not in ("IMAGE", "VIDEO"):
            raise instagram(2207023, "a carousel takes images and videos")
        unfit = [name for name in ("caption", "location_id", "collaborators") if name in ask.params]
        if unfit:
            raise param(unfit[0], "is not supported on carousel items")
    elif kind == "VIDEO":
        raise instagram(2207067)
    if kind == "STORIES" and caption:
        raise param("caption", "is not supported for stories")
    if len(ask.get("collaborators", [])) > 3:
        raise param("collaborators", "takes 3 user names at most")


def fill(ask: Ask, container: Container) -> None:
    """Gives a container its media, or the place for it."""
    kind = container.media_type
    if kind == "CAROUSEL":
        gather(ask, container)
    elif ask.get("image_url") and kind in ("IMAGE", "STORIES"):
        container.look = instagram_image(ask.graph, ask.get("image_url"), story=kind == "STORIES")
        container.ready = ask.now + timedelta(seconds=ask.graph.processing["image"])
    elif kind != "IMAGE" and ask.get("upload_type") == "resumable":
        container.transfer = Transfer(ask.graph.folder / f"upload-{container.id}")
    elif kind != "IMAGE" and ask.get("video_url"):
        pull(ask.graph, container, ask.get("video_url"))
    else:
        raise GraphError(100, f"(#100) The parameter {'image_url' if kind == 'IMAGE' else 'video_url'} is required.")
    if ask.get("cover_url"):
        container.cover = cover(ask)


def cover(ask: Ask) -> Any:
    """The cover picture of a reel: a JPEG of 8 MiB at most, of any ratio."""
    return instagram_image(ask.graph, ask.get("cover_url"), story=True)


def pull(graph: Graph, container: Container, url: str) -> None:
    """Takes the film from its address; what is wrong with it shows in the container's status later."""
    try:
        process(graph, container, instagram_fetch(graph, url))
    except GraphError as error:
        container.error, container.ready = error, later(graph)


def process(graph: Graph, container: Container, path: Any) -> None:
    """Looks at the film; the container is ready, or an error, when processing ends."""
    look, error = instagram_film(path, story=container.media_type == "STORIES")
    offset = container.options.get("thumb_offset", 0)
    if look and not error and not container.cover and not 0 <= offset < max(1, look.seconds * 1000):
        error = instagram(2207057, f"{look.seconds:.1f} s")
    container.look, container.error, container.ready = look, error, later(graph)


def later(graph: Graph) -> datetime:
    """When the processing of a film that came now ends."""
    return graph.clock.now() + timedelta(seconds=graph.processing["video"])


def gather(ask: Ask, container: Container) -> None:
    """The children of a carousel: 2 to 10 containers of the same account, made for it, none used before."""
    found = [ask.graph.objects.get(one) for one in ask.get("children", [])]
    if not 2 <= len(found) <= 10:
        raise instagram(2207028)
    for child in found:
        if not isinstance(child, Container) or child.account != ask.node.id or not child.carousel_item or child.spent:
            raise param("children", "must be ids of unused carousel items of this account")
        state = child.status(ask.now)
        if state == "EXPIRED":
            raise instagram(2207020)
        if state == "ERROR":
            raise child.error or instagram(2207053)
    children = [one for one in found if isinstance(one, Container)]
    container.children = [one.id for one in children]
    container.ready = ask.now + timedelta(seconds=ask.graph.processing["carousel"])


def ready(graph: Graph, container: Container, now: datetime) -> str:
    """The status of a container; a carousel is no further than its children."""
    state = container.status(now)
    states = {graph.objects[one].status(now) for one in container.children} if state == "FINISHED" else set()
    return next((one for one in ("ERROR", "EXPIRED", "IN_PROGRESS") if one in states), state)


def status_text(graph: Graph, container: Container) -> str:
    """The sentence beside the status code."""
    state = ready(graph, container, graph.clock.now())
    if state == "ERROR" and container.error:
        return f"Error: Media upload has failed with error code {container.error.subcode}"
    return {
        "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        "IN_PROGRESS": "In Progress: Media is still being processed.",
        "PUBLISHED": "Published: Media has been successfully published.",
        "EXPIRED": "Expired: The container was not published within 24 hours.",
    }.get(state, "Error: Media upload has failed.")


def upload_state(_graph: Graph, container: Container) -> dict[str, Any] | None:
    """How far a resumable upload is."""
    transfer = container.transfer
    if transfer is None:
        return None
    going = "complete" if transfer.complete else ("in_progress" if transfer.received else "not_started")
    return {"uploading_phase": {"status": going, "bytes_transferred": transfer.received},
            "processing_phase": {"status": "in_progress" if transfer.complete else "not_started"}}  # fmt: skip


# ---------------------------------------------------------------------------------------------- publishing


def publish(ask: Ask) -> dict[str, str]:
    """The new media of a finished container; each container once, within quota."""
    graph, account = ask.graph, ask.node
    container = graph.objects.get(ask.get("creation_id"))
    if account.restricted:
        raise account.restricted
    if not isinstance(container, Container) or container.account != account.id or container.carousel_item:
        raise instagram(2207006)
    state = ready(graph, container, ask.now)
    if state == "PUBLISHED":
        raise instagram(2207006)
    if state == "EXPIRED":
        raise instagram(2207020)
    if state == "IN_PROGRESS":
        raise instagram(2207027)
    if state == "ERROR":
        raise container.error or instagram(2207053)
    if quota_used(graph, account, ask.now) >= graph.quota_total:
        raise instagram(2207042)
    return {"id": out(graph, container).id}


def quota_used(graph: Graph, account: Account, now: datetime) -> int:
    """How many posts of the account went out in the last 24 hours, deleted ones too."""
    return sum(one.account == account.id and one.at > now - A_DAY for one in all_media(graph))


def all_media(graph: Graph) -> list[Media]:
    """Every top-level media there ever was."""
    return [one for one in graph.objects.values() if isinstance(one, Media) and one.container]


def out(graph: Graph, container: Container) -> Media:
    """Publishes a container."""
    kind = {"STORIES": "STORY", "REELS": "REELS"}.get(container.media_type, "FEED")
    media = Media(
        graph.digits("18", 17), container.account, container.id, graph.clock.now(), graph.word(11),
        media_type(container), kind, container.caption, container.alt, container.look, container.cover,
        options=container.options,
    )  # fmt: skip
    for child in (graph.objects[one] for one in container.children):
        child.spent = True
        piece = Media(graph.digits("18", 17), container.account, "", media.at, graph.word(11), media_type(child), kind,
                      alt=child.alt, look=child.look)  # fmt: skip
        media.children.append(piece)
        graph.objects[piece.id] = piece
    graph.objects[media.id], container.media = media, media.id
    return media


def media_type(container: Container) -> str:
    """The type of the media that a container becomes."""
    if container.children:
        return "CAROUSEL_ALBUM"
    return "IMAGE" if container.look and hasattr(container.look, "mode") else "VIDEO"


def limit(ask: Ask) -> dict[str, Any]:
    """The quota of 24 hours and what is used of it; without `fields` only the use."""
    tree = params.wanted(ask.given.get("fields", "quota_usage"))
    values = {
        "quota_usage": quota_used(ask.graph, ask.node, ask.now),
        "config": {"quota_total": ask.graph.quota_total, "quota_duration": 86400},
    }
    unknown = [name for name in tree if name not in values]
    if unknown:
        raise GraphError(100, f"(#100) Tried accessing nonexisting field ({unknown[0]})")
    return {"data": [{name: values[name] for name in tree}]}


# ---------------------------------------------------------------------------------------------- tables

OPTIONS = (
    "share_to_feed", "thumb_offset", "audio_name", "collaborators", "location_id", "user_tags", "is_ai_generated",
    "trial_params", "cover_url",
)  # fmt: skip
KINDS: dict[type, Kindred] = {
    Account: Kindred("IGUser", {
        "id": lambda _graph, one: one.id, "username": lambda _graph, one: one.username,
        "name": lambda _graph, one: one.name, "followers_count": lambda _graph, _one: 42,
        "media_count": lambda graph, one: sum(m.account == one.id for m in graph.medias()),
    }),
    Container: Kindred("IGContainer", {
        "id": lambda _graph, one: one.id,
        "status_code": lambda graph, one: ready(graph, one, graph.clock.now()),
        "status": status_text, "video_status": upload_state,
    }),
}  # fmt: skip
EDGES: dict[tuple[Any, str, str], Edge] = {
    (Account, "", "GET"): Edge("ig_user", show, scopes=READ),
    (Account, "content_publishing_limit", "GET"): Edge("content_publishing_limit", limit, scopes=PUBLISH),
    (Account, "media", "POST"): Edge("media", create, {
        "image_url": params.text, "video_url": params.text, "media_type": params.text, "caption": params.text,
        "alt_text": params.text, "is_carousel_item": params.boolean, "children": params.ids,
        "upload_type": params.one_of("resumable"), "share_to_feed": params.boolean, "cover_url": params.text,
        "thumb_offset": params.whole, "audio_name": params.text, "collaborators": params.array,
        "location_id": params.text, "user_tags": params.array, "product_tags": params.array,
        "is_ai_generated": params.boolean, "trial_params": params.mapping,
    }, scopes=PUBLISH),
    (Account, "media_publish", "POST"): Edge(
        "media_publish", publish, {"creation_id": params.text}, ("creation_id",), PUBLISH
    ),
    (Container, "", "GET"): Edge("container", show, scopes=PUBLISH),
}  # fmt: skip
