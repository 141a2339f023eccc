"""Uploads: taken at once, ready at once or later, gone from here once a post has them.

Source: mastodon/documentation, methods/media (2026-07-02).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox import _media as media
from sandbox._wire import Answer, json_answer
from sandbox.mastodon.state import Ask, Attachment, invalid, missing

IMAGE_BYTES, VIDEO_BYTES = 16 * 1024 * 1024, 99 * 1024 * 1024
PIXELS = 33_177_600
DESCRIPTION = 1500  # characters
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "AVIF": "image/avif"}
MIMES = ("image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif", "video/webm",
         "video/mp4", "video/quicktime")  # fmt: skip


def create(ask: Ask) -> Answer:
    """200 and the file, or 202 where it is still worked on."""
    given, upload = ask.given(), ask.request.files.get("file")
    if upload is None:
        raise invalid("File can't be blank")
    description = checked(given.get("description", ""))
    look = looked(ask, upload.body)
    kind = "image" if isinstance(look, media.Picture) else "video"
    ready = ask.now + timedelta(seconds=ask.server.processing[kind])
    made = Attachment(ask.server.number(), ask.account.id, look, ready, description, given.get("focus", ""))
    ask.server.media[made.id] = made
    return json_answer(row(ask.server, made), 200 if ready <= ask.now else 202)


def looked(ask: Ask, body: bytes) -> media.Picture | media.Film:
    """What the file is; refused where it is no picture or film, or too large."""
    path = ask.server.keep(body)
    try:
        look: media.Picture | media.Film = media.picture(path)
    except media.Unreadable:
        try:
            look = media.film(path)
        except media.Unreadable:
            raise invalid("File content type is invalid, File is invalid") from None
    most = IMAGE_BYTES if isinstance(look, media.Picture) else VIDEO_BYTES
    if look.bytes > most:
        raise invalid(f"File file size must be less than {most // 1024 // 1024} MB")
    if isinstance(look, media.Picture) and (look.format not in FORMATS or look.width * look.height > PIXELS):
        raise invalid(f"File content type is invalid: {look.format} of {look.width}x{look.height}")
    return look


def checked(description: str) -> str:
    """The words for people who do not see it."""
    if len(description) > DESCRIPTION:
        raise invalid(f"Description is too long (maximum is {DESCRIPTION} characters)")
    return description


def own(ask: Ask) -> Attachment:
    """The caller's file of the key that no post has taken."""
    found = ask.server.media.get(ask.key)
    if found is None or found.account != ask.account.id or found.status:
        raise missing()
    return found


def get(ask: Ask) -> Answer:
    """200 and the file, 206 while it is worked on, 404 once it is attached."""
    found = own(ask)
    return json_answer(row(ask.server, found), 200 if found.ready <= ask.now else 206)


def update(ask: Ask) -> Answer:
    """The file with another description or focus."""
    found, given = own(ask), ask.given()
    found.description = checked(given.get("description", found.description))
    found.focus = given.get("focus", found.focus)
    return json_answer(row(ask.server, found))


def row(server: Any, one: Attachment) -> dict[str, Any]:
    """A file as JSON; its address is null until it is ready."""
    url = f"{server.url}/sandbox/files/{one.look.sha256}" if one.ready <= server.clock.now() else None
    size = {"width": one.look.width, "height": one.look.height, "size": f"{one.look.width}x{one.look.height}",
            "aspect": one.look.ratio}  # fmt: skip
    return {
        "id": one.id, "type": one.kind, "url": url, "preview_url": url, "remote_url": None, "meta": {"original": size},
        "description": one.description or None, "blurhash": None,
    }  # fmt: skip
