"""The upload host: raw bytes with `offset` and `file_size`, or an address; what broke off is resumed.

Source: Reels publishing guide (2026-09-11); Upload Video to Meta Servers (Instagram, 2026-03-15).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox._media import Unfetchable
from sandbox._server import Call
from sandbox._wire import Answer, HungUp, Request, json_answer
from sandbox.graph.errors import GraphError, upload_refused
from sandbox.graph.instagram import process
from sandbox.graph.looking import fetched
from sandbox.graph.state import Container, Transfer, Video
from sandbox.graph.videos import arrive

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

SCOPES = {"video-upload": "pages_manage_posts", "ig-api-upload": "instagram_content_publish"}


def route(graph: Graph, request: Request) -> Call:
    """The call of an upload."""
    match = re.fullmatch(r"/(video-upload|ig-api-upload)/(?:(v\d+\.\d)/)?(\d+)", request.path)
    if request.method != "POST" or not match:
        return Call("rupload", lambda: upload_refused("NotFoundError", "Unknown path", status=404))
    if match[2]:
        graph.version_of(f"/{match[2]}/{match[3]}")
    return Call("rupload", lambda: upload(graph, request, match[1], match[3]), streams=True)


def upload(graph: Graph, request: Request, entrance: str, number: str) -> Answer:
    """The answer to an upload: who, what, from which byte on; then the bytes."""
    scheme, _space, value = request.headers.get("authorization", "").partition(" ")
    node: Any = graph.objects.get(number)
    if scheme != "OAuth" or not value:
        return upload_refused("NotAuthorizedError", "The Authorization header must be: OAuth {access-token}")
    try:
        token = graph.token(value)
    except GraphError as error:
        return upload_refused("NotAuthorizedError", error.message)
    fits = isinstance(node, Video) if entrance == "video-upload" else isinstance(node, Container)
    if not fits or node.transfer is None or graph.owner(node) not in token.targets:
        return upload_refused("NotAuthorizedError", "The upload does not exist or is not yours")
    if SCOPES[entrance] not in token.scopes:
        return upload_refused("NotAuthorizedError", f"{SCOPES[entrance]} is missing")
    transfer = node.transfer
    if transfer.complete:
        return upload_refused("ProcessingFailedError", "Request processing failed: the upload is complete already")
    if url := request.headers.get("file_url"):
        return pull(graph, node, url)
    return receive(graph, request, node, transfer)


def receive(graph: Graph, request: Request, node: Video | Container, transfer: Transfer) -> Answer:
    """Takes bytes from `offset` on; keeps what came where the connection breaks or the body is short."""
    try:
        offset, size = (int(request.headers[name]) for name in ("offset", "file_size"))
    except (KeyError, ValueError):
        why = "HeaderValuePredicate: Header Offset or file_size not convertable to unsigned long"
        return upload_refused("ParameterValidationError", why)
    if offset != transfer.received or (transfer.size or size) != size:
        return upload_refused("OffsetInvalidError", "Request starting offset is invalid", retriable=True)
    transfer.size = size
    try:
        take(request, transfer)
    except HungUp:
        transfer.received = transfer.path.stat().st_size
        raise
    if transfer.received != size:
        if transfer.received > size:
            transfer.path.unlink()
            transfer.received = 0
        return upload_refused("PartialRequestError", "Partial request (did not match length of file)", retriable=True)
    return done(graph, node, graph.adopt(transfer.path))


def take(request: Request, transfer: Transfer) -> None:
    """Appends the body to what came before."""
    with transfer.path.open("ab") as file:
        for piece in request.pieces():
            file.write(piece)
            file.flush()
    transfer.received = transfer.path.stat().st_size


def pull(graph: Graph, node: Video | Container, url: str) -> Answer:
    """Takes the file from an address instead."""
    try:
        with graph.lock:
            path = fetched(graph, url)
    except Unfetchable as error:
        return upload_refused("FileUrlProcessingError", f"Unable to fetch media from URL, got {error}", status=422)
    return done(graph, node, path)


def done(graph: Graph, node: Video | Container, path: Path) -> Answer:
    """The whole file is here."""
    with graph.lock:
        if isinstance(node, Video):
            try:
                arrive(graph, node, path)
            except GraphError as error:
                return upload_refused("ProcessingFailedError", error.message)
            return json_answer({"success": True})
        assert node.transfer is not None
        node.transfer.path, node.transfer.complete, node.transfer.received = path, True, path.stat().st_size
        process(graph, node, path)
        return json_answer({"success": True, "message": "Upload successful."})
