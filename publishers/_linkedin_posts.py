"""What LinkedIn is sent for a post: its body, in which files are named by their URNs, and what it is told of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publishers._base import File, Frozen, Media, Submission
from publishers._littletext import little_text

KINDS = {"image": "images", "video": "videos", "document": "documents"}


class Item(Frozen):
    """One file to upload: its place in the post, LinkedIn's word for it, and what travels with a video."""

    place: str
    resource: str
    file: File
    captions: File | None = None
    cover: File | None = None


def items(submission: Submission) -> list[Item]:
    """Every file that the post names, in order."""
    found = [_item(str(place), medium) for place, medium in enumerate(submission.media, 1)]
    card = submission.parts[0].link_card
    if card and card.thumbnail:
        found.append(Item(place="thumbnail", resource="images", file=card.thumbnail))
    return found


def _item(place: str, medium: Media) -> Item:
    captions = medium.subtitles[0].file if medium.subtitles else None
    beside = {"captions": captions, "cover": medium.cover} if medium.kind == "video" else {}
    return Item.model_validate({"place": place, "resource": KINDS[medium.kind], "file": medium.file, **beside})


def upload_request(item: Item, author: str) -> dict[str, Any]:
    """The parameters of initializeUpload."""
    wanted: dict[str, Any] = {"owner": author}
    if item.resource == "videos":
        wanted |= {
            "fileSizeBytes": item.file.size,
            "uploadCaptions": item.captions is not None,
            "uploadThumbnail": item.cover is not None,
        }
    return {"initializeUploadRequest": wanted}


def post_body(submission: Submission, author: str, urns: Mapping[str, str]) -> dict[str, Any]:
    """The body of POST /rest/posts; `urns` names the uploaded files by their places."""
    part, options = submission.parts[0], submission.options
    body: dict[str, Any] = {
        "author": author,
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
    content = _content(submission, urns)
    return {**body, "content": content} if content else body


def _content(submission: Submission, urns: Mapping[str, str]) -> dict[str, Any] | None:
    media, card = submission.media, submission.parts[0].link_card
    if len(media) > 1:
        images = [{"id": urns[str(place)], "altText": medium.alt} for place, medium in enumerate(media, 1)]
        return {"multiImage": {"images": images}}
    if media and media[0].kind == "image":
        return {"media": {"id": urns["1"], "altText": media[0].alt}}
    if media:
        title = media[0].title or submission.title or (media[0].file.name if media[0].kind == "document" else "")
        return {"media": {"id": urns["1"], **({"title": title} if title else {})}}
    if not card:
        return None
    article = {"source": card.url, "title": card.title}
    article |= {"description": card.description} if card.description else {}
    return {"article": {**article, **({"thumbnail": urns["thumbnail"]} if card.thumbnail else {})}}


def comment_body(author: str, post: str, words: str) -> dict[str, Any]:
    """The body of a comment under a post."""
    return {"actor": author, "object": post, "message": {"text": words}}
