"""The host that takes bytes: one address for one file, part, caption file or thumbnail."""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import _media as media
from sandbox._server import Call
from sandbox._wire import Answer, Request, Upload, parse_multipart
from sandbox.linkedin import looking
from sandbox.linkedin.state import Asset, Part

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn

CUE = re.compile(r"\d{2}:\d{2}:\d{2},\d{3} --> \d{2}:\d{2}:\d{2},\d{3}")


def route(server: LinkedIn, request: Request) -> Call:
    """The call of an upload."""
    words = request.path.strip("/").split("/")
    key = words[1] if len(words) > 1 and words[0] == "dms-uploads" else ""
    for asset in server.assets.values():
        if key and key == asset.captions_key:
            return Call("upload_captions", partial(captions, server, request, asset))
        if key and key == asset.thumbnail_key:
            return Call("upload_thumbnail", partial(thumbnail, server, request, asset))
        for part in asset.parts:
            if key == part.key:
                return Call(f"upload_{asset.kind}", partial(receive, server, request, asset, part), streams=True)
    return Call("upload", lambda: refused(404, "no such upload"))


def refused(status: int, why: str) -> Answer:
    """The upload host has no JSON errors."""
    return Answer(status, why.encode(), "text/plain; charset=utf-8")


def receive(server: LinkedIn, request: Request, asset: Asset, part: Part) -> Answer:
    """201 for a file, 200 with an ETag for a part of a film."""
    if (problem := checked(server, request, asset)) is not None:
        return problem
    arriving = server.folder / f"arriving-{part.key}-{id(request)}"
    with arriving.open("wb") as file:
        for piece in request.pieces():
            file.write(piece)
    with server.lock:
        return accept(server, asset, part, server.adopt(arriving))


def checked(server: LinkedIn, request: Request, asset: Asset) -> Answer | None:
    """What is wrong with a PUT before its bytes are read."""
    if request.method != "PUT":
        return refused(405, "PUT is needed")
    if asset.kind == "video" and request.headers.get("authorization"):
        return refused(400, "the address is signed: no Authorization header")
    if asset.kind == "video" and request.mime != "application/octet-stream":
        return refused(415, "Content-Type must be application/octet-stream")
    if server.clock.now() >= asset.addresses_end:
        return refused(403, "the address has expired")
    return None


def accept(server: LinkedIn, asset: Asset, part: Part, path: Path) -> Answer:
    """Takes a whole file or part; the same bytes once more are welcome, others are not."""
    size = path.stat().st_size
    if part.last >= 0 and size != part.last - part.first + 1:
        return refused(400, f"{size} bytes; this address takes the bytes {part.first} to {part.last}")
    if part.path is not None and part.path.name != path.name:
        return refused(409, "other bytes were uploaded here before")
    if not size:
        return refused(400, "no bytes")
    first_time, part.path = part.path is None, path
    part.etag = hashlib.sha256(f"{part.key}{path.name}".encode()).hexdigest()[:32]
    if asset.kind == "video":
        return Answer(200, b"", headers={"ETag": f'"{part.etag}"'})
    if first_time:
        looking.judge(server, asset, path)
    return Answer(201, b"")


def captions(server: LinkedIn, request: Request, asset: Asset) -> Answer:
    """Takes an SRT file: a form with `metadata` and `file`, or the bare bytes."""
    body, locale = request.read(), ""
    if request.mime == "multipart/form-data":
        fields, files = parse_multipart(request.headers["content-type"], body)
        body, locale = parts_of(fields, files)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if not CUE.search(text):
        return refused(400, "not an SRT file")
    asset.captions, asset.locale = server.keep(body).name, locale
    return Answer(201, b"")


def parts_of(fields: list[tuple[str, str]], files: dict[str, Upload]) -> tuple[bytes, str]:
    """The caption file of a form and its language as en_US."""
    told = dict(fields).get("metadata") or (files["metadata"].body.decode() if "metadata" in files else "{}")
    try:
        locale = json.loads(told).get("locale", {})
    except ValueError:
        return b"", ""
    body = next((one.body for name, one in files.items() if name != "metadata"), b"")
    words = [str(locale.get("language", "")).lower(), str(locale.get("country", "")).upper()]
    return body, "_".join(word for word in words if word)


def thumbnail(server: LinkedIn, request: Request, asset: Asset) -> Answer:
    """Takes the picture that stands for a film."""
    if request.method != "PUT":
        return refused(405, "PUT is needed")
    path = server.keep(request.read())
    try:
        look = media.picture(path)
    except media.Unreadable:
        return refused(400, "not a picture")
    if look.format not in ("JPEG", "PNG"):
        return refused(400, "JPG or PNG is needed")
    asset.thumbnail = look
    return Answer(201, b"")
