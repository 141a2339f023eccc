"""Bytes: rendered files for the people signed in, and the font of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from pipeline import thumbnails
from pipeline.errors import Refused
from pipeline.models import Rendition, RenditionState
from pipeline.rendering import store
from web import typeface

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")  # one range; lists of them get the whole file
CHUNK = 1 << 16  # bytes
_drawing = Lock()


@require_safe
def rendition(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A rendered file by its content: 200, 206 for a range (Safari plays video by ranges only), 304, 404 or 416."""
    row = Rendition.objects.filter(sha256=sha256, state=RenditionState.READY).first()
    if row is None or row.mime not in store.EXTENSIONS:
        raise Http404
    path = store.path_of(row.sha256, row.mime)
    if not path.is_file():
        raise Http404
    etag = f'"{sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return _labelled(HttpResponse(status=304), row, etag)
    wanted = request.headers.get("Range", "")
    if wanted and request.headers.get("If-Range", etag) == etag and (match := RANGE.fullmatch(wanted)):
        return _labelled(_part(path, match), row, etag)
    return _labelled(FileResponse(path.open("rb"), content_type=row.mime), row, etag)


@require_safe
def thumbnail(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """The small picture of a rendered file, for lists; 304 where the browser has it, 404 where there is none."""
    row = Rendition.objects.filter(sha256=sha256, state=RenditionState.READY).first()
    etag = f'"small-{sha256}"'
    if row is not None and etag in request.headers.get("If-None-Match", ""):
        return _private(HttpResponse(status=304), etag)
    small = thumbnails.path(row) if row is not None and row.mime in store.EXTENSIONS else None
    if small is None:
        raise Http404
    return _private(FileResponse(small.open("rb"), content_type="image/jpeg"), etag)


def _part(path: Path, wanted: re.Match[str]) -> HttpResponseBase:
    size = path.stat().st_size
    first, last = wanted.groups()
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    else:  # "-500": the last 500 bytes
        start, end = max(0, size - int(last or 0)), size - 1
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(end - start + 1)}
    return StreamingHttpResponse(_bytes(path, start, end - start + 1), status=206, headers=headers)


def _bytes(path: Path, start: int, count: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(start)
        while count > 0 and (chunk := stream.read(min(CHUNK, count))):
            count -= len(chunk)
            yield chunk


def _labelled(response: HttpResponseBase, row: Rendition, etag: str) -> HttpResponseBase:
    response["Content-Type"] = row.mime
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'inline; filename="{row.sha256[:16]}.{store.EXTENSIONS[row.mime]}"'
    return _private(response, etag)


def _private(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """What is not public yet stays out of shared caches, and is asked for again after a sign-out."""
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_not_required
@require_safe
def font(request: HttpRequest) -> HttpResponse:
    """The pages' font, cut to what they write; browsers keep it for a week."""
    try:
        with _drawing:
            data = typeface.data(Path(settings.PORTEVOIX_HOME) / "cache")
    except Refused as missing:  # pages then stand in the reader's own font
        raise Http404 from missing
    return HttpResponse(data, content_type="font/woff", headers={"Cache-Control": "public, max-age=604800"})
