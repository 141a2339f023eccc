"""Films on Facebook pages: videos at once or in phases, reels, stories, caption files.

Sources: Page videos reference, Reels publishing guide (2026-09-11), Page stories guide, Video captions reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import _media as media
from sandbox._media import Unfetchable
from sandbox.graph import params
from sandbox.graph.core import Ask, Edge, Kindred, listing, show
from sandbox.graph.errors import GraphError, param
from sandbox.graph.facebook import LATER, READ, SOONEST, TALK, WRITE, check_page, delete, post_id, release, words
from sandbox.graph.looking import facebook_film, fetched
from sandbox.graph.media import comment, comment_list, comments
from sandbox.graph.state import A_DAY, Page, Photo, Post, Transfer, Video

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

SMALLEST = 1024  # bytes (Video API error codes, 1363022)


# ---------------------------------------------------------------------------------------------- videos


def videos(ask: Ask) -> dict[str, Any]:
    """A new video, whole or in phases."""
    check_page(ask.node)
    if phase := ask.get("upload_phase"):
        return dict(PHASES[phase](ask))
    sent = ask.files.get("source")
    if not sent and not ask.get("file_url"):
        raise GraphError(100, "(#100) The parameter source or file_url is required.")
    video = new_video(ask, "video")
    path = ask.graph.keep(sent.body) if sent else pulled(ask.graph, ask.get("file_url"))
    arrive(ask.graph, video, path)
    describe(ask, video)
    return {"id": video.id}


def new_video(ask: Ask, kind: str) -> Video:
    """A film that is still to come."""
    graph, number = ask.graph, ask.graph.digits("13", 15)
    video = Video(number, ask.node.id, kind, ask.now, Transfer(graph.folder / f"upload-{number}"))
    graph.objects[number] = video
    return video


def pulled(graph: Graph, url: str) -> Path:
    """The film at an address, or error 389."""
    try:
        return fetched(graph, url)
    except Unfetchable as error:
        raise GraphError(389, f"(#389) Unable to fetch video file from URL. ({error})") from None


def arrive(graph: Graph, video: Video, path: Path) -> None:
    """The whole film is here; its processing begins."""
    size = path.stat().st_size
    if size < SMALLEST:
        raise GraphError(6000, "(#6000) The video you tried to upload is too small.", 1363022)
    video.transfer.path, video.transfer.received, video.transfer.complete = path, size, True
    video.transfer.size = size
    video.look, video.error = facebook_film(path, video.kind)
    video.ready = graph.clock.now() + timedelta(seconds=graph.processing["video"])


def describe(ask: Ask, video: Video) -> None:
    """The texts and the time of a film; from here on it goes out as soon as it can."""
    video.message, video.title = words(ask, "description"), words(ask, "title")
    video.scheduled = scheduled(ask, timedelta(days=180))
    if "thumb" in ask.files:
        video.thumb = media.picture(ask.graph.keep(ask.files["thumb"].body))
    shown = ask.get("published", True) and not video.scheduled
    video.state = "PUBLISHED" if shown else ("SCHEDULED" if video.scheduled else "DRAFT")
    video.finished = ask.now


def scheduled(ask: Ask, latest: timedelta) -> datetime | None:
    """The time of a scheduled film."""
    at: datetime | None = ask.get("scheduled_publish_time")
    if at is not None and not ask.now + SOONEST <= at <= ask.now + latest:
        raise GraphError(100, "(#100) The specified scheduled publish time is invalid.", 1363037)
    return at


def start(ask: Ask) -> dict[str, str]:
    """A session for an upload in phases."""
    if ask.get("file_size", 0) < SMALLEST:
        raise GraphError(6000, "(#6000) The video you tried to upload is too small.", 1363022)
    video = new_video(ask, "video")
    video.transfer.size, video.session = ask.get("file_size"), ask.graph.digits("13", 15)
    ask.graph.sessions[video.session] = video.id
    return {"upload_session_id": video.session, "video_id": video.id, **asked_for(ask.graph, video)}


def asked_for(graph: Graph, video: Video) -> dict[str, str]:
    """The bytes that the server wants next; nothing (start = end) when it has all."""
    come, size = video.transfer.received, video.transfer.size or 0
    return {"start_offset": str(come), "end_offset": str(min(size, come + graph.transfer_bytes))}


def session_of(ask: Ask) -> Video:
    """The film of an upload session."""
    video = ask.graph.objects.get(ask.graph.sessions.get(ask.get("upload_session_id", ""), ""))
    if not isinstance(video, Video) or video.page != ask.node.id or video.finished:
        raise GraphError(6001, "(#6001) There was a problem uploading your video. Invalid upload session.", 1363019)
    return video


def transfer(ask: Ask) -> dict[str, str]:
    """The next bytes of an upload in phases."""
    video, sent = session_of(ask), ask.files.get("video_file_chunk")
    wanted = asked_for(ask.graph, video)
    if sent is None:
        raise GraphError(100, "(#100) The parameter video_file_chunk is required.")
    room = int(wanted["end_offset"]) - int(wanted["start_offset"])
    if ask.get("start_offset") != int(wanted["start_offset"]) or len(sent.body) > room or not sent.body:
        raise GraphError(6001, "(#6001) There was a problem uploading your video. Please try uploading it again.",
                         1363037, transient=True,
                         data={key: int(value) for key, value in wanted.items()})  # fmt: skip
    with video.transfer.path.open("ab") as file:
        file.write(sent.body)
    video.transfer.received += len(sent.body)
    return asked_for(ask.graph, video)


def finish(ask: Ask) -> dict[str, bool]:
    """Ends an upload in phases: the film goes out when it is processed."""
    video = session_of(ask)
    if video.transfer.received != video.transfer.size:
        raise GraphError(6001, "(#6001) The video upload is not complete.", 1363037,
                         data={key: int(value) for key, value in asked_for(ask.graph, video).items()})  # fmt: skip
    arrive(ask.graph, video, ask.graph.adopt(video.transfer.path))
    describe(ask, video)
    return {"success": True}


def cancel(ask: Ask) -> dict[str, bool]:
    """Ends an upload without a film."""
    session_of(ask).gone = True
    return {"success": True}


PHASES: dict[str, Callable[[Ask], Mapping[str, Any]]] = {
    "start": start, "transfer": transfer, "finish": finish, "cancel": cancel,
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- reels and stories


def reels(ask: Ask) -> dict[str, Any]:
    """The first or the last phase of a reel."""
    return phases(ask, "reel")


def video_stories(ask: Ask) -> dict[str, Any]:
    """The first or the last phase of a film story."""
    return phases(ask, "story")


def phases(ask: Ask, kind: str) -> dict[str, Any]:
    """`start` gives an id and an address for the bytes; `finish` says what is to become of the film."""
    check_page(ask.node)
    if ask.get("upload_phase") == "start":
        begun = new_video(ask, kind)
        place = f"{ask.graph.urls['rupload']}/video-upload/{ask.version}/{begun.id}"
        return {"video_id": begun.id, "upload_url": place}
    video = ask.graph.objects.get(ask.get("video_id", ""))
    if not isinstance(video, Video) or video.page != ask.node.id or video.kind != kind or video.gone:
        raise GraphError(100, f"(#100) Invalid video_id {ask.get('video_id')!r}", 33)
    if video.state in ("PUBLISHED", "SCHEDULED"):
        raise GraphError(100, "(#100) The video was already published.", 1363042)
    if not video.transfer.complete:
        raise GraphError(6000, "(#6000) Video Upload Is Missing: the upload of the video is not complete.", 1363130)
    end(ask, video)
    return {"success": True, "post_id": video.post} if kind == "story" else {"success": True}


def end(ask: Ask, video: Video) -> None:
    """What the last phase says: a draft, a time, or out as soon as it is processed."""
    state = ask.get("video_state", "PUBLISHED" if video.kind == "story" else None)
    if state is None:
        raise GraphError(100, "(#100) The parameter video_state is required.")
    at = scheduled(ask, timedelta(days=29))
    if (state == "SCHEDULED") != (at is not None):
        raise param("scheduled_publish_time", "and video_state=SCHEDULED need each other")
    if state == "PUBLISHED" and video.kind == "reel" and reels_today(ask) >= ask.graph.reels_a_day:
        raise GraphError(613, f"(#613) The limit of {ask.graph.reels_a_day} reels within 24 hours is reached.")
    video.message, video.title = words(ask, "description"), words(ask, "title")
    video.state, video.scheduled, video.finished = state, at, ask.now
    if video.kind == "story":
        settle(ask.graph, at_once=video)


def reels_today(ask: Ask) -> int:
    """How many reels the page published by API in the last 24 hours."""
    found = [one for one in ask.graph.objects.values() if isinstance(one, Video) and one.page == ask.node.id]
    return sum(
        one.kind == "reel" and one.state == "PUBLISHED" and (one.finished or one.created) > ask.now - A_DAY
        for one in found
    )


def photo_stories(ask: Ask) -> dict[str, Any]:
    """A story of an unpublished photo."""
    check_page(ask.node)
    photo = ask.graph.objects.get(ask.get("photo_id"))
    if not isinstance(photo, Photo) or photo.page != ask.node.id or photo.published or photo.post:
        raise param("photo_id", "must be the id of an unpublished photo of this page that was not used before")
    post = Post(post_id(ask.graph, ask.node), ask.node.id, "story", ask.now, photos=[photo.id], published=ask.now)
    ask.graph.objects[post.id], photo.post, photo.published = post, post.id, True
    return {"success": True, "post_id": post.id}


def story_list(ask: Ask) -> dict[str, Any]:
    """The page's stories."""
    found = [one for one in ask.graph.posts() if one.page == ask.node.id and one.kind == "story"]
    stories = listing(ask, found, lambda one: one.published)
    told = [
        {"post_id": row["id"], "status": "PUBLISHED", "creation_time": str(int(one.published.timestamp())),
         "media_type": "video" if one.video else "photo", "media_id": one.video or one.photos[0],
         "url": f"{ask.graph.url}/p/{one.id}/"}
        for row in stories["data"] if (one := ask.graph.objects[row["id"]])
    ]  # fmt: skip
    return {**stories, "data": told}


# ---------------------------------------------------------------------------------------------- time


def settle(graph: Graph, at_once: Video | None = None) -> None:
    """Films that are processed, and what was scheduled, go out; a film that cannot be processed never does."""
    now = graph.clock.now()
    for one in list(graph.objects.values()):
        if isinstance(one, Video) and one.finished and not one.post and not one.gone and not one.error:
            due = one.scheduled or one.ready or now
            if one.state != "DRAFT" and (max(due, one.ready or now) <= now or one is at_once):
                show_film(graph, one, max(due, one.finished))
        elif isinstance(one, Post) and one.scheduled and one.scheduled <= now and not one.gone:
            release(graph, one, one.scheduled)
        elif isinstance(one, Photo) and one.temporary and not one.post and one.created + A_DAY <= now:
            one.gone = True  # "temporary" photos are kept for about a day


def show_film(graph: Graph, video: Video, at: datetime) -> None:
    """The post of a film that has been processed."""
    post = Post(post_id(graph, graph.objects[video.page]), video.page, video.kind, at, video.message, video.title,
                video=video.id, published=at)  # fmt: skip
    graph.objects[post.id], video.post, video.state = post, post.id, "PUBLISHED"


def status(graph: Graph, video: Video) -> dict[str, Any]:
    """How far a film is: uploading, processing, publishing."""
    now, come = graph.clock.now(), video.transfer
    processed = video.ready is not None and video.ready <= now
    failed = processed and video.error
    uploading: dict[str, Any] = {
        "status": "complete" if come.complete else ("in_progress" if come.received else "not_started"),
        "bytes_transfered": come.received,
    }
    if come.size:
        uploading["source_file_size"] = come.size
    processing: dict[str, Any] = {"status": "complete" if processed else "not_started"}
    if come.complete and not processed:
        processing["status"] = "in_progress"
    if failed:
        processing = {"status": "error", "error": {"message": video.error}}
    return {
        "video_status": overall(video, now, bool(failed), processed),
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing(video, bool(failed)),
    }


def overall(video: Video, now: datetime, failed: bool, processed: bool) -> str:
    """The status of a film in one word."""
    if failed:
        return "error"
    if not video.transfer.complete:
        return "expired" if now > video.created + A_DAY else "uploading"
    if processed:
        return "ready"
    return "processing" if video.finished else "upload_complete"


def publishing(video: Video, failed: bool) -> dict[str, Any]:
    """The publishing phase of a film."""
    if failed and video.finished:
        return {"status": "error", "publish_status": "error", "error": {"message": video.error}}
    if video.post:
        return {"status": "complete", "publish_status": "published"}
    if video.state == "SCHEDULED" and video.scheduled:
        at = int(video.scheduled.timestamp())
        return {"status": "not_started", "publish_status": "scheduled", "publish_time": at}
    if video.state == "DRAFT":
        return {"status": "not_started", "publish_status": "draft"}
    return {"status": "in_progress" if video.finished else "not_started"}


# ---------------------------------------------------------------------------------------------- about a film


def captions(ask: Ask) -> dict[str, bool]:
    """Adds a caption file, whose name tells its language: x.fr_FR.srt."""
    sent = ask.files.get("captions_file")
    if sent is None:
        raise GraphError(100, "(#100) The parameter captions_file is required.")
    words_of_name = sent.name.split(".")
    if len(words_of_name) < 3 or words_of_name[-1] != "srt" or len(words_of_name[-2]) != 5:
        raise GraphError(387, "(#387) There was a problem uploading your captions file: name it file.locale.srt, "
                              "for example video.en_US.srt.", 1363055)  # fmt: skip
    if b"-->" not in sent.body:
        raise GraphError(387, "(#387) The captions file is not in SubRip (.srt) format.", 1363056)
    ask.node.subtitles[words_of_name[-2]] = ask.graph.keep(sent.body).name
    return {"success": True}


def captions_list(ask: Ask) -> dict[str, Any]:
    """The caption files of a film."""
    return {"data": [{"locale": one, "is_default": n == 0} for n, one in enumerate(ask.node.subtitles)]}


def edit(ask: Ask) -> dict[str, bool]:
    """Changes the texts of a film."""
    if "description" in ask.params:
        ask.node.message = words(ask, "description")
    if "title" in ask.params:
        ask.node.title = words(ask, "title")
    if ask.node.post:
        post = ask.graph.objects[ask.node.post]
        post.message, post.title = ask.node.message, ask.node.title
    return {"success": True}


def reel_list(ask: Ask) -> dict[str, Any]:
    """The reels of a page that are out."""
    found = [one for one in ask.graph.objects.values() if isinstance(one, Video) and one.kind == "reel" and one.post]
    return listing(ask, [one for one in found if one.page == ask.node.id and not one.gone], lambda one: one.finished)


KINDS: dict[type, Kindred] = {
    Video: Kindred("Video", {
        "id": lambda _graph, one: one.id, "status": status, "title": lambda _graph, one: one.title,
        "description": lambda _graph, one: one.message, "created_time": lambda _graph, one: one.created,
        "updated_time": lambda _graph, one: one.finished or one.created,
        "post_id": lambda _graph, one: one.post.partition("_")[2], "published": lambda _graph, one: bool(one.post),
        "permalink_url": lambda graph, one: f"{graph.url}/p/{one.post}/" if one.post else None,
        "length": lambda _graph, one: one.look.seconds if one.look else None, "comments": comments,
        "scheduled_publish_time": lambda _graph, one: one.scheduled,
        "from": lambda graph, one: {"name": graph.objects[one.page].name, "id": one.page},
    }, ("description", "updated_time", "id")),
}  # fmt: skip
SENT = {"title": params.text, "description": params.text, "scheduled_publish_time": params.moment}
EDGES: dict[tuple[Any, str, str], Edge] = {
    (Page, "videos", "POST"): Edge("videos", videos, {
        **LATER, **SENT, "file_url": params.address, "upload_phase": params.one_of(*PHASES),
        "file_size": params.whole, "upload_session_id": params.text, "start_offset": params.whole,
        "end_offset": params.whole, "no_story": params.boolean, "content_category": params.text,
        "embeddable": params.boolean, "social_actions": params.boolean,
    }, scopes=WRITE, page_token=True, phase="upload_phase"),
    (Page, "video_reels", "POST"): Edge("video_reels", reels, {
        **SENT, "upload_phase": params.one_of("start", "finish"), "video_id": params.text,
        "video_state": params.one_of("DRAFT", "SCHEDULED", "PUBLISHED"), "file_size": params.whole,
        "place": params.text,
    }, ("upload_phase",), WRITE, page_token=True, phase="upload_phase"),
    (Page, "video_reels", "GET"): Edge("video_reels_list", reel_list, scopes=READ),
    (Page, "video_stories", "POST"): Edge("video_stories", video_stories, {
        "upload_phase": params.one_of("start", "finish"), "video_id": params.text, "file_size": params.whole,
    }, ("upload_phase",), WRITE, page_token=True, phase="upload_phase"),
    (Page, "photo_stories", "POST"): Edge("photo_stories", photo_stories, {"photo_id": params.text}, ("photo_id",),
                                          WRITE, page_token=True),
    (Page, "stories", "GET"): Edge("page_stories", story_list, scopes=READ),
    (Video, "", "GET"): Edge("video", show, scopes=READ),
    (Video, "", "POST"): Edge("video_edit", edit, {"title": params.text, "description": params.text}, scopes=WRITE,
                              page_token=True),
    (Video, "", "DELETE"): Edge("video_delete", delete, scopes=WRITE, page_token=True),
    (Video, "captions", "POST"): Edge("captions", captions, {"default_locale": params.text}, (), WRITE,
                                      page_token=True),
    (Video, "captions", "GET"): Edge("captions_list", captions_list, scopes=READ),
    (Video, "comments", "GET"): Edge("comments_list", comment_list, scopes=READ),
    (Video, "comments", "POST"): Edge("comments", comment, {"message": params.text}, ("message",), TALK,
                                      page_token=True),
}  # fmt: skip
