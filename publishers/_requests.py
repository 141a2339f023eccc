"""What each network would be asked for a submission, call by call, with {names} for what only the network can give.

Pure: no credentials, no bytes, nothing sent. Instagram's and Facebook's parameters are those that their adapters send
(_graph_posts.py), LinkedIn's body as for 202609, Bluesky's record by its lexicon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from publishers import registry
from publishers._base import File, Submission
from publishers._bluesky_record import write_call, writes
from publishers._graph_posts import (
    FACEBOOK_FLIP,
    facebook_feed,
    facebook_photo,
    facebook_reel_finish,
    facebook_story_finish,
    facebook_video_finish,
    instagram_child,
    instagram_parent,
    instagram_single,
)
from publishers._limits import limits
from publishers._linkedin_posts import comment_body, items, post_body, upload_request

Call = dict[str, Any]


def calls(network: str, submission: Submission, created_at: str = "{now}") -> list[Call]:
    """The calls in their order, each with method, url and its parameters; the last one is the irreversible one.

    A network that is not written down here is asked itself (`Publisher.calls`).
    """
    if network in _MAKERS:
        return _MAKERS[network](submission, created_at)
    return registry()[network].calls(submission) if network in registry() else []


# -------------------------------------------------------------------------------------------------- Instagram


def _instagram(submission: Submission, _created_at: str) -> list[Call]:
    version = limits("instagram").version("graph")
    url, media = f"https://graph.facebook.com/{version}", submission.media
    if submission.kind == "carousel":
        made = [instagram_child(medium, _shown(medium.file)) for medium in media]
        made.append(instagram_parent(submission, [f"{{container {place}}}" for place in range(1, len(media) + 1)]))
    else:
        cover = media[0].cover
        made = [instagram_single(submission, _shown(media[0].file), _shown(cover) if cover else None)]
    uploads = [
        _bytes(f"https://rupload.facebook.com/ig-api-upload/{version}/{{container}}", medium.file)
        for medium in media
        if medium.kind == "video"
    ]
    publish = _post(f"{url}/{{account}}/media_publish", {"creation_id": "{container}"})
    comment = [_post(f"{url}/{{media}}/comments", {"message": submission.first_comment})]
    containers = [_post(f"{url}/{{account}}/media", params) for params in made]
    return [*containers, *uploads, publish, *(comment if submission.first_comment else [])]


def _shown(file: File) -> str:
    return f"{{media host}}/{file.name}"


def _bytes(url: str, file: File) -> Call:
    return _post(url, {"body": file.name, "headers": {"offset": 0, "file_size": file.size}})


# --------------------------------------------------------------------------------------------------- Facebook


def _facebook(submission: Submission, _created_at: str) -> list[Call]:
    version = limits("facebook").version("graph")
    url = f"https://graph.facebook.com/{version}"
    moving = submission.media and submission.media[0].kind == "video"
    made = _facebook_film(submission, url, version) if moving else _facebook_post(submission, url)
    for subtitles in (one for medium in submission.media for one in medium.subtitles):
        made.append(_post(f"{url}/{{video}}/captions", {"captions_file": subtitles.file.name, "lang": subtitles.lang}))
    comment = [_post(f"{url}/{{post}}/comments", {"message": submission.first_comment})]
    return [*made, *(comment if submission.first_comment else [])]


def _facebook_post(submission: Submission, url: str) -> list[Call]:
    story = submission.kind == "story"
    photos = [
        _post(f"{url}/{{page}}/photos", {"source": medium.file.name, **facebook_photo(medium, story=story)})
        for medium in submission.media
    ]
    if story:
        return [*photos, _post(f"{url}/{{page}}/photo_stories", facebook_story_finish(submission, "{photo 1}"))]
    feed = facebook_feed(submission, [f"{{photo {place}}}" for place in range(1, len(photos) + 1)])
    return [*photos, _post(f"{url}/{{page}}/feed", feed), _post(f"{url}/{{post}}", FACEBOOK_FLIP)]


def _facebook_film(submission: Submission, url: str, version: str) -> list[Call]:
    file = submission.media[0].file
    edge = f"{url}/{{page}}/{ {'reel': 'video_reels', 'story': 'video_stories'}.get(submission.kind, 'videos') }"
    if submission.kind == "video":
        start = _post(edge, {"upload_phase": "start", "file_size": file.size})
        part = {"upload_phase": "transfer", "upload_session_id": "{session}", "start_offset": 0}
        transfer = _post(edge, {**part, "video_file_chunk": file.name})
        return [start, transfer, _post(edge, facebook_video_finish(submission, "{session}"))]
    upload = _bytes(f"https://rupload.facebook.com/video-upload/{version}/{{video}}", file)
    finish = facebook_reel_finish if submission.kind == "reel" else facebook_story_finish
    return [_post(edge, {"upload_phase": "start"}), upload, _post(edge, finish(submission, "{video}"))]


# --------------------------------------------------------------------------------------------------- LinkedIn


def _linkedin(submission: Submission, _created_at: str) -> list[Call]:
    host = "https://api.linkedin.com/rest"
    uploads: list[Call] = []
    urns: dict[str, str] = {}
    for item in items(submission):
        begin = _linkedin_call(f"{host}/{item.resource}?action=initializeUpload", upload_request(item, "{author}"))
        uploads += [begin, {"method": "PUT", "url": f"{{upload {item.place}}}", "body": item.file.name}]
        urns[item.place] = f"{{{item.resource.removesuffix('s')} {item.place}}}"
        if item.resource == "videos":
            done = {"finalizeUploadRequest": {"video": urns[item.place]}}
            uploads.append(_linkedin_call(f"{host}/videos?action=finalizeUpload", done))
    made = [*uploads, _linkedin_call(f"{host}/posts", post_body(submission, "{author}", urns))]
    if submission.first_comment:
        comment = comment_body("{author}", "{post}", submission.first_comment)
        made.append(_linkedin_call(f"{host}/socialActions/{{post}}/comments", comment))
    return made


def _linkedin_call(url: str, body: Call) -> Call:
    version = limits("linkedin").version("linkedin")
    return {
        "method": "POST",
        "url": url,
        "headers": {"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"},
        "json": body,
    }


# ---------------------------------------------------------------------------------------------------- Bluesky


def _bluesky(submission: Submission, created_at: str) -> list[Call]:
    host = "{server}/xrpc"
    uploads = [
        {"method": "POST", "url": f"{host}/com.atproto.repo.uploadBlob", "mime": file.mime, "body": file.name}
        for file in submission.files()
    ]
    keys = ["{key}", *(f"{{key {place}}}" for place in range(2, len(submission.parts) + 1))]
    times = [created_at] * len(keys)
    records = writes(submission, "{did}", keys, times, _promised, cid_of=lambda _record: "{cid}")
    nsid, body = write_call("{did}", records)
    return [*uploads, {"method": "POST", "url": f"{host}/{nsid}", "json": body}]


def _promised(file: File) -> Call:
    """The reference that a server will give for a file; its link is a hash of the bytes in Bluesky's own spelling."""
    return {"$type": "blob", "ref": {"$link": f"{{{file.name}}}"}, "mimeType": file.mime, "size": file.size}


def _post(url: str, params: Call) -> Call:
    return {"method": "POST", "url": url, "params": params}


_MAKERS: dict[str, Callable[[Submission, str], list[Call]]] = {
    "instagram": _instagram,
    "facebook": _facebook,
    "linkedin": _linkedin,
    "bluesky": _bluesky,
}
