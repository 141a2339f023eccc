"""What a picture says of itself in its first bytes, and what a network would refuse of it. Never decodes a pixel.

JPEG (ITU-T T.81, ICC.1 annex B.4), PNG (W3C PNG 3), GIF (GIF89a) and WebP (RFC 9649), each no further than its header
needs; a GIF is walked through, because its pictures are counted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publishers._base import File, Files, Media, Problem, Rejected, Submission
from publishers._known import Limits
from publishers._sentences import _

HEAD = 4_000_000  # bytes: profiles and other papers stand before the picture, and are never longer


@dataclass(frozen=True)
class Picture:
    """What the bytes are; `components` is 1 for grey, 3 for colour, 4 for CMYK; `profile` as the file names it."""

    mime: str
    width: int = 0
    height: int = 0
    components: int = 3
    profile: str = ""
    frames: int = 1


def picture(path: Path) -> Picture | None:
    """What the file's first bytes say, or None for what is none of the four."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            if head.startswith(b"\xff\xd8\xff"):
                return _jpeg(head)
            if head.startswith(b"\x89PNG\r\n\x1a\n"):
                return Picture("image/png", *struct.unpack_from(">II", head, 16))
            if head[:6] in (b"GIF87a", b"GIF89a"):
                return _gif(head + stream.read())
            if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
                return Picture("image/webp")
    except (OSError, struct.error, IndexError):
        pass
    return None


def _jpeg(head: bytes) -> Picture | None:
    at, profile = 2, ""
    while True:
        mark, length = struct.unpack_from(">xBH", head, at)
        if mark == 0xE2 and head[at + 4 : at + 16] == b"ICC_PROFILE\0":
            profile = profile or _profile(head[at + 18 : at + 2 + length])
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            height, width, components = struct.unpack_from(">HHB", head, at + 5)
            return Picture("image/jpeg", width, height, components, profile)
        if head[at] != 0xFF or length < 2:
            return None
        at += 2 + length


def _profile(icc: bytes) -> str:
    """The description of a colour profile: its tag `desc`, as ICC.1 version 2 or 4 writes it."""
    for entry in range(min(struct.unpack_from(">I", icc, 128)[0], 100)):
        name, start, size = struct.unpack_from(">4sII", icc, 132 + 12 * entry)
        if name == b"desc":
            told = icc[start : start + size]
            return told[28:].decode("utf-16-be", "ignore") if told[:4] == b"mluc" else told[12:].decode("latin-1")
    return "unnamed"


def _gif(content: bytes) -> Picture:
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at, frames = 13 + _colours(flags), 0
    while at < len(content) and content[at] != 0x3B:
        if content[at] == 0x21:
            at = _blocks(content, at + 2)
        elif content[at] == 0x2C:
            frames += 1
            at = _blocks(content, at + 11 + _colours(content[at + 9]))
        else:
            break
    return Picture("image/gif", width, height, frames=frames)


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(content: bytes, at: int) -> int:
    """Where the chain of blocks that begins at `at` ends."""
    while content[at]:
        at += content[at] + 1
    return at + 1


# -------------------------------------------------------------------------------------- what a network would refuse


def picture_problems(submission: Submission, files: Files, known: Limits) -> list[Problem]:
    """What a network would refuse of a post's pictures, by their bytes; nothing where a file is not at hand."""
    found: list[Problem] = []
    for place, medium in enumerate(submission.media):
        if medium.kind == "image" and (path := at_hand(files, medium.file)):
            found += _problems(picture(path), medium, f"media[{place}].file", known)
    return found


def at_hand(files: Files, file: File) -> Path | None:
    """Where the file is; None where it is not, which is asked elsewhere (composing, the seal)."""
    try:
        path = files.path(file)
    except (Rejected, OSError):
        return None
    return path if path.is_file() else None


def _problems(seen: Picture | None, medium: Media, at: str, known: Limits) -> Iterator[Problem]:
    allowed, frames, colours = known.get("image_mime"), known.get("gif_frames"), known.get("colour_profile")
    if not allowed or medium.file.mime not in allowed.names:
        return  # said already, by its name
    if seen is not None and seen.mime != medium.file.mime:
        sentence = _("{network}: this file says {said} and is {mime}; make it anew.",
                     network=known.label, said=medium.file.mime, mime=seen.mime)  # fmt: skip
        yield Problem(code="mime", field=at, sentence=sentence, fix="convert")
        return
    if seen and frames and seen.frames > frames.number:
        sentence = _("{network}: the animation has {count} pictures, {limit} at most.",
                     network=known.label, count=seen.frames, limit=frames.value)  # fmt: skip
        yield Problem(code="frames", field=at, sentence=sentence)
    if seen and colours and (seen.components == 4 or (seen.profile and colours.names[0] not in seen.profile)):
        sentence = _(
            "{network} turns the colours of this picture into those of screens (sRGB): make it anew to see how.",
            network=known.label,
        )
        yield Problem(code="colours", field=at, sentence=sentence, severity=colours.severity, fix="convert")
