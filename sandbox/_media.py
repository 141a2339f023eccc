"""What the platforms do with media: fetch it from its address as their crawlers do, and look at what it is."""

from __future__ import annotations

import hashlib
import http.client
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit
from urllib.robotparser import RobotFileParser

CRAWLER = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PIECE = 64 * 1024


class Unfetchable(Exception):
    """The address gave no file. `why`: url, robots, refused, status, slow or large."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why


class Unreadable(Exception):
    """The bytes are not a picture, or not a film."""


# ------------------------------------------------------------------------------------------------ fetching


def fetch(url: str, path: Path, *, limit: int, timeout: float, agent: str = CRAWLER) -> Path:
    """`path`, now holding what the address serves to the crawler; no redirects, no login, https off the loopback.

    `limit` in bytes, `timeout` in seconds for the whole of it. Raises `Unfetchable`.
    """
    parts = checked(url)
    deadline = time.monotonic() + timeout
    if not allowed(parts, agent, deadline):
        raise Unfetchable("robots", "Restricted by robots.txt")
    size = 0
    with path.open("wb") as file:
        for piece in get(parts, agent, deadline):
            size += len(piece)
            if size > limit:
                raise Unfetchable("large", str(limit))
            file.write(piece)
    return path


def checked(url: str) -> SplitResult:
    """The parts of an address that the crawler follows: plain ASCII, https (http on the loopback only)."""
    parts = urlsplit(url)
    if not url.isascii() or " " in url or not parts.hostname or parts.username:
        raise Unfetchable("url", "not a plain address")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Unfetchable("url", "https is needed")
    if parts.hostname.endswith("fbcdn.net"):
        raise Unfetchable("url", "a file on the platform's own servers")
    return parts


def allowed(parts: SplitResult, agent: str, deadline: float) -> bool:
    """Whether the host's robots.txt lets the crawler in; a host without one lets everybody in."""
    try:
        rules = b"".join(get(parts._replace(path="/robots.txt", query=""), agent, deadline)).decode("utf-8", "replace")
    except Unfetchable as error:
        if error.why == "status":
            return True
        raise
    robots = RobotFileParser()
    robots.parse(rules.splitlines())
    return robots.can_fetch(agent.partition("/")[0], parts.geturl())


def get(parts: SplitResult, agent: str, deadline: float) -> Iterator[bytes]:
    """The body of a GET in pieces; anything but 200 is `Unfetchable`."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=left(deadline))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    held = ExitStack()
    held.callback(connection.close)
    try:
        connection.request("GET", target, headers={"User-Agent": agent, "Accept": "*/*"})
        response = connection.getresponse()
        held.callback(response.close)  # one after which the server hangs up holds the socket by itself
        if response.status != 200:
            raise Unfetchable("status", str(response.status))
        while piece := response.read1(PIECE):
            yield piece
            if connection.sock:
                connection.sock.settimeout(left(deadline))
            left(deadline)
    except TimeoutError:
        raise Unfetchable("slow") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unfetchable("refused", type(error).__name__) from None
    finally:
        held.close()


def left(deadline: float) -> float:
    """Seconds until the deadline; `Unfetchable` after it."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise Unfetchable("slow")
    return seconds


# ------------------------------------------------------------------------------------------------ looking


@dataclass(frozen=True)
class Picture:
    """A picture that was decoded to its last pixel."""

    sha256: str
    bytes: int
    format: str  # JPEG, PNG...
    mode: str
    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height


@dataclass(frozen=True)
class Film:
    """A film as its container and streams describe it."""

    sha256: str
    bytes: int
    container: str
    codec: str
    pixels: str
    width: int
    height: int
    fps: float
    seconds: float
    audio_codec: str  # empty: silent
    audio_rate: int
    audio_channels: int
    moov_first: bool
    edit_list: bool

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height

    @property
    def bits_per_second(self) -> float:
        """The mean of the whole file."""
        return self.bytes * 8 / self.seconds if self.seconds else 0.0


def picture(path: Path) -> Picture:
    """What the picture is; `Unreadable` where the bytes do not decode."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()
            width, height = image.size
            return Picture(*identity(path), image.format or "", image.mode, width, height)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable(type(error).__name__) from None


def film(path: Path) -> Film:
    """What the film is; `Unreadable` where no video frame can be decoded."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as source:
            if not source.streams.video:
                raise Unreadable("no video")
            video = source.streams.video[0]
            if next(source.decode(video), None) is None:
                raise Unreadable("no frame")
            audio = source.streams.audio[0] if source.streams.audio else None
            length = (source.duration or 0) / 1_000_000
            rate = float(cast(Fraction, video.average_rate or 0))
            return Film(
                *identity(path), container=source.format.name, codec=video.codec_context.name,
                pixels=str(video.codec_context.pix_fmt), width=video.width, height=video.height, fps=round(rate, 3),
                seconds=length, audio_codec=audio.codec_context.name if audio else "",
                audio_rate=audio.rate if audio else 0, audio_channels=audio.channels if audio else 0,
                moov_first=moov_first(path), edit_list=edit_list(path),
            )  # fmt: skip
    except (FFmpegError, OSError, ValueError) as error:
        raise Unreadable(type(error).__name__) from None


def identity(path: Path) -> tuple[str, int]:
    """The hash and the size of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest(), path.stat().st_size


def boxes(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """The outer boxes of an ISO film: name, start and length in bytes."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(16)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            length = length or size - at
            if length < 8:
                return
            yield name, at, length
            at += length


def moov_first(path: Path) -> bool:
    """Whether the index stands before the frames."""
    names = [name for name, _start, _length in boxes(path)]
    return b"moov" in names and b"mdat" in names and names.index(b"moov") < names.index(b"mdat")


def edit_list(path: Path) -> bool:
    """Whether some track of the film has an edit list."""
    for name, start, length in boxes(path):
        if name == b"moov":
            with path.open("rb") as file:
                file.seek(start)
                return b"elst" in file.read(length)
    return False


def facts(look: Picture | Film) -> dict[str, Any]:
    """What the control interface says of a picture or film."""
    told = asdict(look)
    told["kind"] = "image" if isinstance(look, Picture) else "video"
    return told
