"""What LinkedIn makes of bytes: pictures and films are decoded, documents opened and their pages counted."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import _media as media
from sandbox.linkedin.state import Asset

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn

PIXELS = 36_152_320  # fewer than this
GIF_FRAMES = 250
SHORTEST, LONGEST = 3.0, 1800.0  # seconds of a film
DOCUMENT_BYTES, DOCUMENT_PAGES = 100 * 1024 * 1024, 300
OFFICE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04")  # DOC and PPT, DOCX and PPTX
PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)


def judge(server: LinkedIn, asset: Asset, path: Path) -> None:
    """Begins the processing of a whole file; what is wrong with it shows when that ends."""
    looks = {"image": look_at_picture, "video": look_at_film, "document": look_at_document}
    try:
        looks[asset.kind](asset, path)
    except media.Unreadable as error:
        asset.error = f"the file cannot be read: {error}"
    asset.ready = server.clock.now() + timedelta(seconds=server.processing[asset.kind])


def join(server: LinkedIn, asset: Asset) -> None:
    """Puts the parts of a film together and begins its processing."""
    whole = server.folder / f"joined-{asset.parts[0].key}"
    with whole.open("wb") as file:
        for part in asset.parts:
            assert part.path is not None
            file.write(part.path.read_bytes())
    judge(server, asset, server.adopt(whole))


def look_at_picture(asset: Asset, path: Path) -> None:
    """JPG, PNG or GIF with a bounded number of pixels and frames."""
    look = media.picture(path)
    asset.look = look
    if look.format not in ("JPEG", "PNG", "GIF"):
        asset.error = f"{look.format} is not supported: JPG, PNG or GIF"
    elif look.width * look.height >= PIXELS:
        asset.error = f"{look.width * look.height} pixels; fewer than {PIXELS} are possible"
    elif look.format == "GIF" and frames(path) > GIF_FRAMES:
        asset.error = f"more than {GIF_FRAMES} frames"


def frames(path: Path) -> int:
    """How many frames a GIF has."""
    from PIL import Image

    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


def look_at_film(asset: Asset, path: Path) -> None:
    """MP4 of a bounded length."""
    look = media.film(path)
    asset.look = look
    if "mp4" not in look.container:
        asset.error = f"{look.container} is not supported: MP4"
    elif not SHORTEST <= look.seconds <= LONGEST:
        asset.error = f"{look.seconds:g} seconds; {SHORTEST:g} to {LONGEST:g} are possible"


def look_at_document(asset: Asset, path: Path) -> None:
    """PDF, DOC or PPT; the pages of a PDF are counted."""
    sha256, size = media.identity(path)
    body = path.read_bytes() if size <= DOCUMENT_BYTES else b""
    pages = pages_of(body) if body.startswith(b"%PDF-") else 0
    asset.facts = {"sha256": sha256, "bytes": size, "pages": pages}
    if not body:
        asset.error = f"{size} bytes; 1 to {DOCUMENT_BYTES} are possible"
    elif not body.startswith((b"%PDF-", *OFFICE)):
        asset.error = "not a PDF, DOC or PPT"
    elif body.startswith(b"%PDF-") and not 1 <= pages <= DOCUMENT_PAGES:
        asset.error = f"{pages} pages; 1 to {DOCUMENT_PAGES} are possible"


def pages_of(body: bytes) -> int:
    """The pages of a PDF: its page objects, in the open and in compressed object streams; 0 if it is cut short."""
    if b"%%EOF" not in body[-1024:]:
        return 0
    count = len(PAGE.findall(STREAM.sub(b"", body)))
    for packed in STREAM.findall(body):
        try:
            opened = zlib.decompressobj().decompress(packed, 1 << 24)
        except zlib.error:  # a stream of another filter holds no page objects
            continue
        count += len(PAGE.findall(opened))
    return count
