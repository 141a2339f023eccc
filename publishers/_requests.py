"""What each network would be asked for a submission, call by call, with {names} for what only the network can give.

Pure: no credentials, no bytes, nothing sent. Graph parameters as documented for v25.0, LinkedIn's body as for 202609,
Bluesky's record by its lexicon (limits and versions with their sources: the toml of each network).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from publishers._base import File, Media, Submission
from publishers._bluesky_record import COLLECTION, post_record
from publishers._limits import limits
from publishers._littletext import little_text

Call = dict[str, Any]


def calls(network: str, submission: Submission, created_at: str = "{now}") -> list[Call]:
    """The calls in their order, each with method, url and its parameters; the last one is the irreversible one."""
    return _MAKERS[network](submission, created_at)


# -------------------------------------------------------------------------------------------------- Instagram


def _instagram(submission: Submission, _created_at: str) -> list[Call]:
    url = f"https://graph.facebook.com/{limits('instagram').version('graph')}"
    caption = {} if submission.kind == "story" else {"caption": submission.text}
    shared = {**caption, **_instagram_options(submission)}
    media = submission.media
    if submission.kind == "carousel":
        children = [
            _post(f"{url}/{{account}}/media", {"is_carousel_item": True, **_instagram_medium(medium, "image")})
            for medium in media
        ]
        names = ",".join(f"{{container {place}}}" for place in range(1, len(media) + 1))
        parent = {"media_type": "CAROUSEL", "children": names, **shared}
        made = [*children, _post(f"{url}/{{account}}/media", parent)]
    else:
        made = [
            _post(f"{url}/{{account}}/media", {**_instagram_medium(medium, submission.kind), **shared})
            for medium in media
        ]
    publish = _post(f"{url}/{{account}}/media_publish", {"creation_id": "{container}"})
    comment = [_post(f"{url}/{{media}}/comments", {"message": submission.first_comment})]
    return [*made, publish, *(comment if submission.first_comment else [])]


def _instagram_medium(medium: Media, kind: str) -> Call:
    where = f"{{media host}}/{medium.file.name}"
    if medium.kind == "image":
        story = {"media_type": "STORIES"} if kind == "story" else {"alt_text": medium.alt}
        return {"image_url": where, **story}
    cover = {"cover_url": f"{{media host}}/{medium.cover.name}"} if medium.cover else {}
    offset = {"thumb_offset": medium.cover_offset_ms} if medium.cover_offset_ms is not None and not cover else {}
    return {"media_type": "STORIES" if kind == "story" else "REELS", "video_url": where, **cover, **offset}


def _instagram_options(submission: Submission) -> Call:
    options, found = submission.options, dict[str, Any]()
    if submission.kind == "reel":
        found["share_to_feed"] = options.share_to_feed
    if options.location_id:
        found["location_id"] = options.location_id
    if options.collaborators:
        found["collaborators"] = list(options.collaborators)
    if options.made_with_ai:
        found["is_ai_generated"] = True
    return found


# --------------------------------------------------------------------------------------------------- Facebook


def _facebook(submission: Submission, _created_at: str) -> list[Call]:
    url = f"https://graph.facebook.com/{limits('facebook').version('graph')}"
    made = _facebook_post(submission, url)
    comment = [_post(f"{url}/{{post}}/comments", {"message": submission.first_comment})]
    return [*made, *(comment if submission.first_comment else [])]


def _facebook_post(submission: Submission, url: str) -> list[Call]:
    text, media, card = submission.text, submission.media, submission.parts[0].link_card
    if submission.kind == "reel":
        return _facebook_reel(media[0], text, submission.title, url)
    if submission.kind == "story":
        return _facebook_story(media[0], url)
    if submission.kind == "video":
        video = {"source": media[0].file.name, "title": submission.title, "description": text}
        return [_post(f"{url}/{{page}}/videos", video)]
    photos = [
        _post(
            f"{url}/{{page}}/photos",
            {"source": medium.file.name, "alt_text_custom": medium.alt, "published": False, "temporary": True},
        )
        for medium in media
    ]
    attached = [{"media_fbid": f"{{photo {place}}}"} for place in range(1, len(media) + 1)]
    feed: Call = {"message": text, "published": False}
    feed |= {"attached_media": attached} if attached else {}
    feed |= {"link": card.url} if card else {}
    return [*photos, _post(f"{url}/{{page}}/feed", feed), _post(f"{url}/{{post}}", {"is_published": True})]


def _facebook_reel(medium: Media, text: str, title: str, url: str) -> list[Call]:
    upload = _post(
        f"https://rupload.facebook.com/video-upload/{limits('facebook').version('graph')}/{{video}}",
        {"body": medium.file.name, "headers": {"offset": 0, "file_size": medium.file.size}},
    )
    finish = {"upload_phase": "finish", "video_id": "{video}", "video_state": "PUBLISHED", "description": text}
    finish |= {"title": title} if title else {}
    start = _post(f"{url}/{{page}}/video_reels", {"upload_phase": "start"})
    return [start, upload, _post(f"{url}/{{page}}/video_reels", finish)]


def _facebook_story(medium: Media, url: str) -> list[Call]:
    if medium.kind == "image":
        photo = _post(f"{url}/{{page}}/photos", {"source": medium.file.name, "published": False})
        return [photo, _post(f"{url}/{{page}}/photo_stories", {"photo_id": "{photo 1}"})]
    start = _post(f"{url}/{{page}}/video_stories", {"upload_phase": "start"})
    return [start, _post(f"{url}/{{page}}/video_stories", {"upload_phase": "finish", "video_id": "{video}"})]


# --------------------------------------------------------------------------------------------------- LinkedIn


def _linkedin(submission: Submission, _created_at: str) -> list[Call]:
    host = "https://api.linkedin.com/rest"
    uploads: list[Call] = []
    for place, medium in enumerate(submission.media, 1):
        uploads += _linkedin_upload(medium, f"{{upload {place}}}", host)
    card = submission.parts[0].link_card
    if card and card.thumbnail:
        uploads += _linkedin_file(card.thumbnail, "images", "{upload thumbnail}", host, {})
    made = [*uploads, _linkedin_call(f"{host}/posts", _linkedin_body(submission))]
    if submission.first_comment:
        comment = {"actor": "{author}", "object": "{post}", "message": {"text": submission.first_comment}}
        made.append(_linkedin_call(f"{host}/socialActions/{{post}}/comments", comment))
    return made


def _linkedin_upload(medium: Media, place: str, host: str) -> list[Call]:
    kinds = {"image": "images", "video": "videos", "document": "documents"}
    wanted: Call = {}
    if medium.kind == "video":
        wanted = {"fileSizeBytes": medium.file.size, "uploadCaptions": bool(medium.subtitles), "uploadThumbnail": False}
    done = [_linkedin_call(f"{host}/videos?action=finalizeUpload", {"finalizeUploadRequest": {"video": "{video}"}})]
    made = _linkedin_file(medium.file, kinds[medium.kind], place, host, wanted)
    return [*made, *(done if medium.kind == "video" else [])]


def _linkedin_file(file: File, kind: str, place: str, host: str, wanted: Call) -> list[Call]:
    body = {"initializeUploadRequest": {"owner": "{author}", **wanted}}
    begin = _linkedin_call(f"{host}/{kind}?action=initializeUpload", body)
    return [begin, {"method": "PUT", "url": place, "body": file.name}]


def _linkedin_body(submission: Submission) -> Call:
    part, options = submission.parts[0], submission.options
    body: Call = {
        "author": "{author}",
        "commentary": little_text(part.text, part.facets),
        "visibility": options.visibility.upper(),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": not options.allow_reshare,
    }
    content = _linkedin_content(submission)
    return {**body, "content": content} if content else body


def _linkedin_content(submission: Submission) -> Call | None:
    media, card = submission.media, submission.parts[0].link_card
    if len(media) > 1:
        images = [{"id": f"{{image {place}}}", "altText": medium.alt} for place, medium in enumerate(media, 1)]
        return {"multiImage": {"images": images}}
    if media and media[0].kind == "image":
        return {"media": {"id": "{image 1}", "altText": media[0].alt}}
    if media:
        return {"media": {"id": f"{{{media[0].kind} 1}}", "title": media[0].title or submission.title}}
    if not card:
        return None
    article = {"source": card.url, "title": card.title, "description": card.description}
    return {"article": {**article, **({"thumbnail": "{image thumbnail}"} if card.thumbnail else {})}}


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
    record = post_record(submission, created_at, _promised)
    put = {"repo": "{did}", "collection": COLLECTION, "rkey": "{key}", "validate": True, "record": record}
    return [*uploads, {"method": "POST", "url": f"{host}/com.atproto.repo.putRecord", "json": put}]


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
