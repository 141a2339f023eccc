"""Where the Graph server fetches media and judges it by the documented specifications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import _media as media
from sandbox._media import Film, Picture, Unfetchable, Unreadable
from sandbox.graph.errors import GraphError, instagram

if TYPE_CHECKING:
    from sandbox.graph.server import Graph

MIB = 1024 * 1024
IMAGE_BYTES = 8 * MIB  # "It should be less than 8 MiB" (Error Codes, 2207004)
REEL_BYTES, STORY_BYTES = 300 * 1_000_000, 100 * 1_000_000
PHOTO_BYTES = 4 * 1_000_000  # Facebook, subcode 1366046: smaller than 4 MB
LARGEST = 1_000 * 1_000_000  # what the crawler fetches at most


def fetched(graph: Graph, url: str, limit: int = LARGEST) -> Path:
    """A file that the platform took from an address itself; raises `Unfetchable`."""
    if graph.https_only and not url.startswith("https://"):
        raise Unfetchable("url", "https is needed")
    path = graph.folder / f"fetched-{graph.word(12)}"
    with graph.others_first():
        media.fetch(url, path, limit=limit, timeout=graph.fetch_timeout)
    return graph.adopt(path)


# ---------------------------------------------------------------------------------------------- Instagram


def instagram_fetch(graph: Graph, url: str) -> Path:
    """The file of an image or video address, or Instagram's error."""
    try:
        return fetched(graph, url)
    except Unfetchable as error:
        raise instagram(2207003 if error.why == "slow" else 2207052, f"{url} ({error})") from None


def instagram_image(graph: Graph, url: str, *, story: bool = False) -> Picture:
    """The picture at an address, if Instagram takes it: JPEG, up to 8 MiB, 4:5 to 1.91:1 (stories: any ratio)."""
    path = instagram_fetch(graph, url)
    if path.stat().st_size > IMAGE_BYTES:
        raise instagram(2207004)
    try:
        look = media.picture(path)
    except Unreadable:
        raise instagram(2207052, url) from None
    if look.format not in ("JPEG", "MPO"):
        raise instagram(2207005, look.format)
    if not story and not (look.width * 5 >= look.height * 4 and look.width * 100 <= look.height * 191):
        raise instagram(2207009, f"{look.width}x{look.height}")
    return look


def instagram_film(path: Path, *, story: bool = False) -> tuple[Film | None, GraphError | None]:
    """The film, and the error with which Instagram refuses it, if it does."""
    try:
        look = media.film(path)
    except Unreadable:
        return None, instagram(2207026)
    broken = [rule for rule, kept in rules(look, story=story).items() if not kept]
    return look, instagram(2207026, "; ".join(broken)) if broken else None


def rules(look: Film, *, story: bool) -> dict[str, bool]:
    """Each documented rule of a reel or story film (IG User Media reference, 2026-09-11), and whether it is kept."""
    return {
        "MP4 or MOV": "mp4" in look.container,
        "no edit lists": not look.edit_list,
        "the moov atom at the front": look.moov_first,
        "HEVC or H264": look.codec in ("h264", "hevc"),
        "chroma 4:2:0": look.pixels in ("yuv420p", "yuvj420p", "yuv420p10le"),
        "23 to 60 frames a second": 23 <= look.fps <= 60,
        "1920 pixels wide at most": look.width <= 1920,
        "ratio between 0.01 and 10": 0.01 <= look.ratio <= 10,
        "25 Mbps at most": look.bits_per_second <= 25_000_000,
        "AAC": look.audio_codec in ("", "aac"),
        "48 kHz at most": look.audio_rate <= 48_000,
        "mono or stereo": look.audio_channels <= 2,
        "3 seconds at least": look.seconds >= 3 - 0.05,
        "60 seconds at most" if story else "15 minutes at most": look.seconds <= (60 if story else 900) + 0.05,
        "100 MB at most" if story else "300 MB at most": look.bytes <= (STORY_BYTES if story else REEL_BYTES),
    }


# ---------------------------------------------------------------------------------------------- Facebook


def facebook_photo(graph: Graph, body: bytes | None, url: str) -> Picture:
    """The photo that was sent, or is at the address, if Facebook takes it."""
    try:
        path = graph.keep(body) if body is not None else fetched(graph, url)
        if path.stat().st_size > PHOTO_BYTES:
            raise GraphError(100, "(#100) Photos should be smaller than 4 MB and saved as JPG, PNG, GIF, TIFF or BMP.",
                             1366046)  # fmt: skip
        look = media.picture(path)
    except (Unfetchable, Unreadable) as error:
        raise GraphError(324, f"(#324) Missing or invalid image file ({error})", 2069019) from None
    if look.format not in ("JPEG", "MPO", "PNG", "GIF", "BMP", "TIFF"):
        raise GraphError(100, "(#100) Photos should be saved as JPG, PNG, GIF, TIFF or BMP.", 1366046)
    return look


def facebook_film(path: Path, kind: str) -> tuple[Film | None, str]:
    """The film, and why Facebook cannot process it, if it cannot."""
    try:
        look = media.film(path)
    except Unreadable:
        return None, "The video file is corrupt or of a format that is not supported."
    if kind == "video":
        return look, ""
    return look, next((why for why, kept in reel_rules(look, kind).items() if not kept), "")


def reel_rules(look: Film, kind: str) -> dict[str, bool]:
    """Each documented rule of a reel (Reels publishing guide, 2026-09-11), by the words of its breach."""
    longest = 60 if kind == "story" else 90
    return {
        "Unsupported aspect ratio. The video must be 9:16.": abs(look.ratio - 9 / 16) < 0.01,
        "Resolution too low. Video must have a minimum resolution of 540p.": look.width >= 540 and look.height >= 960,
        "Unsupported frame rate. The video must have 24 to 60 frames per second.": 23.9 <= look.fps <= 60.1,
        f"Unsupported length. The video must last 3 to {longest} seconds.": 2.95 <= look.seconds <= longest + 0.05,
        "Unsupported codec. Use H.264, H.265, VP9 or AV1.": look.codec in ("h264", "hevc", "vp9", "av1", "libdav1d"),
        "Unsupported chroma subsampling. Use 4:2:0.": look.pixels.startswith(("yuv420p", "yuvj420p")),
        "Unsupported audio codec. Use AAC.": look.audio_codec in ("", "aac"),
    }
