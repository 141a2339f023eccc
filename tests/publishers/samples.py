"""Submissions and files for the tests of the adapters: small, valid, and cheap to vary."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publishers._base import File, Media, Part, Submission
from publishers._mediahost import MediaChoice, OwnServer

TEXT = "Calais, 12 novembre : sept expulsions en un mois. #Calais https://example.org/note"
ALT = "Un graphique en barres : douze mois, novembre est le plus haut."


def png(width: int = 8, height: int = 10, shade: int = 90) -> bytes:
    """The bytes of a plain PNG, written by hand so that no image library is needed."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes([shade, 60, 30]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class Folder:
    """A `Files` over a folder: each file under its hash."""

    root: Path
    known: dict[str, Path] = field(default_factory=dict)

    def path(self, file: File) -> Path:
        return self.root / file.sha256

    def host(self, choice: MediaChoice) -> OwnServer:
        return OwnServer(self.root / "public", choice.url or "")

    def kits(self) -> Path:
        return self.root / "kits"

    def add(self, content: bytes, name: str = "card.png", mime: str = "image/png") -> File:
        digest = hashlib.sha256(content).hexdigest()
        (self.root / digest).write_bytes(content)
        return File(sha256=digest, size=len(content), mime=mime, name=name)


def a_file(**changes: Any) -> File:
    """A file that need not exist: only its description is looked at."""
    plain = {"sha256": "0" * 64, "size": 50_000, "mime": "image/jpeg", "name": "card.jpg"}
    return File.model_validate({**plain, **changes})


def an_image(**changes: Any) -> Media:
    plain = {"kind": "image", "file": a_file(), "width": 1080, "height": 1350, "lang": "fr", "alt": ALT}
    return Media.model_validate({**plain, **changes})


def a_video(**changes: Any) -> Media:
    file = a_file(mime="video/mp4", name="reel.mp4", size=2_000_000)
    plain = {"kind": "video", "file": file, "width": 1080, "height": 1920, "lang": "fr", "alt": ALT}
    return Media.model_validate({**plain, "duration_ms": 20_000, **changes})


def a_post(kind: str = "image", text: str = TEXT, media: tuple[Media, ...] | None = None, **changes: Any) -> Submission:
    """A submission of a kind; `part` changes its one message, other names change the submission."""
    if media is None:
        media = {"image": (an_image(),), "carousel": (an_image(), an_image())}.get(kind, ())
        media = (a_video(),) if kind in ("video", "reel") else media
    part = Part.model_validate({"text": text, "langs": ("fr",), "media": media, **changes.pop("part", {})})
    return Submission.model_validate(
        {"platform": "bluesky", "channel": "observatory", "kind": kind, "parts": (part,), **changes}
    )
