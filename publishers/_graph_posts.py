"""The parameters of each call that publishes on Instagram and Facebook: what the outbox shows is what is sent.

Pure: files stand as the addresses, ids or names that the caller gives. As documented for Graph v25.0 (the tomls).
"""

from __future__ import annotations

from typing import Any

from publishers._base import Media, Submission

Params = dict[str, Any]


# --------------------------------------------------------------------------------------------------- Instagram


def instagram_child(medium: Media, url: str) -> Params:
    """One item of a carousel: no caption; a picture has its own alt text, a film's bytes follow by upload."""
    if medium.kind == "video":
        return {"is_carousel_item": True, "media_type": "VIDEO", "upload_type": "resumable"}
    return {"is_carousel_item": True, "image_url": url, "alt_text": medium.alt}


def instagram_parent(submission: Submission, children: list[str]) -> Params:
    """The carousel over its children, in order."""
    return {"media_type": "CAROUSEL", "children": ",".join(children), **_instagram_words(submission)}


def instagram_single(submission: Submission, url: str, cover: str | None) -> Params:
    """A picture, a story or a reel; a video's bytes follow by upload, so it needs no address."""
    medium = submission.media[0]
    if submission.kind == "story":
        source = {"image_url": url} if medium.kind == "image" else {"upload_type": "resumable"}
        return {"media_type": "STORIES", **source}
    if medium.kind == "image":
        return {"image_url": url, "alt_text": medium.alt, **_instagram_words(submission)}
    reel: Params = {"media_type": "REELS", "upload_type": "resumable", **_instagram_words(submission)}
    reel["share_to_feed"] = submission.options.share_to_feed
    if cover:
        reel["cover_url"] = cover  # wins over thumb_offset
    elif medium.cover_offset_ms is not None:
        reel["thumb_offset"] = medium.cover_offset_ms
    return reel


def _instagram_words(submission: Submission) -> Params:
    options, found = submission.options, dict[str, Any](caption=submission.text)
    if options.location_id:
        found["location_id"] = options.location_id
    if options.collaborators:
        found["collaborators"] = list(options.collaborators)
    if options.made_with_ai:
        found["is_ai_generated"] = True
    return found


# ---------------------------------------------------------------------------------------------------- Facebook


def facebook_photo(medium: Media, *, story: bool = False) -> Params:
    """A photo that no one sees yet; its bytes go along as `source`. Temporary ones go after a day if unused."""
    if story:
        return {"published": False}
    return {"alt_text_custom": medium.alt, "published": False, "temporary": True}


def facebook_feed(submission: Submission, photos: list[str], *, published: bool = False) -> Params:
    """A post of the page, with its photos in order."""
    feed: Params = {"message": submission.text, "published": published}
    if photos:
        feed["attached_media"] = [{"media_fbid": photo} for photo in photos]
    card = submission.parts[0].link_card
    if card:
        feed["link"] = card.url
    return feed


FACEBOOK_FLIP: Params = {"is_published": True}


def facebook_reel_finish(submission: Submission, video: str) -> Params:
    """The last phase of a reel."""
    finish = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED", "description": submission.text}
    return {**finish, **({"title": submission.title} if submission.title else {})}


def facebook_video_finish(submission: Submission, session: str) -> Params:
    """The last phase of a video."""
    finish = {"upload_phase": "finish", "upload_session_id": session, "description": submission.text}
    return {**finish, **({"title": submission.title} if submission.title else {})}


def facebook_story_finish(submission: Submission, uploaded: str) -> Params:
    """The call that shows a story."""
    if submission.media[0].kind == "image":
        return {"photo_id": uploaded}
    return {"upload_phase": "finish", "video_id": uploaded}
