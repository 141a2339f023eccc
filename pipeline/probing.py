"""What a file from the field is, read from its content: never from its name, and without opening any other file.

Films are read by PyAV through an open file, with the one demuxer that the first bytes call for: a list of other files
dressed as a film is no film. Pictures are read by Pillow. `probe_limited` does it in a process of its own.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from pipeline.errors import Refused
from pipeline.reels.sources import is_transparent, pictures, sounds, transparent
from pipeline.rendering.limited import run_limited
from publishers._sentences import _

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from PIL.Image import Image

Private = Literal[
    "GPS", "camera", "creation time", "notes", "thumbnail", "XMP", "IPTC", "text", "further pictures", "further tracks",
    "subtitles", "chapters", "attachments", "unreadable metadata",
]  # fmt: skip

MAX_PIXELS = 50_000_000
FRAMES_LOOKED_AT = 600  # decoded in search of damage; the rest of a long film is only counted
SECONDS = 60.0
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}  # ISO/IEC 23008-12: still pictures, HEVC
IMAGE_FORMATS = {
    "HEIF": "image/heic",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
}
DEMUXERS = "mov,mp4,matroska,webm,avi,mpegts"
HDR_TRANSFERS = {16, 18}  # PQ and HLG (ITU-T H.273, table 3)
CLOCKWISE = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}  # EXIF orientation (CIPA DC-008, 4.6.4)

_EXIF_KINDS: dict[int, Private] = {
    0x8825: "GPS", 0x010F: "camera", 0x0110: "camera", 0x0131: "camera", 0x927C: "camera", 0xA430: "camera",
    0xA431: "camera", 0xA433: "camera", 0xA434: "camera", 0xA435: "camera", 0x0132: "creation time",
    0x9003: "creation time", 0x9004: "creation time", 0x010E: "notes", 0x013B: "notes", 0x8298: "notes",
    0x9286: "notes", 0x9C9B: "notes", 0x9C9C: "notes", 0x9C9D: "notes",
}  # fmt: skip
_INFO_KINDS: dict[str, Private] = {
    "xmp": "XMP", "XML:com.adobe.xmp": "XMP", "photoshop": "IPTC", "comment": "notes", "mp": "further pictures",
}  # fmt: skip
_TAG_KINDS: tuple[tuple[Private, tuple[str, ...]], ...] = (
    ("GPS", ("location", "gps", "xyz", "iso6709", "loci")),
    ("camera", ("make", "model", "software", "android", "manufacturer", "serial", "firmware", "lens")),
    ("creation time", ("creation", "date", "timecode")),
    ("notes", ("title", "comment", "artist", "author", "description", "copyright", "album", "keywords", "synopsis")),
)


class Probe(BaseModel):
    """What a picture or film is. Kinds of private data are named, their values never read out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["image", "video", "audio"]
    mime: str
    width: int | None = None  # pixels, as seen: after the rotation
    height: int | None = None
    rotation: Literal[0, 90, 180, 270] = 0  # degrees clockwise from the stored picture to the one seen
    sar: float = 1.0  # width of a stored pixel divided by its height
    duration_ms: int | None = None
    fps: float | None = None  # average, per second
    variable_frame_rate: bool = False
    video_codec: str | None = None
    pix_fmt: str | None = None
    hdr: bool = False
    audio_codec: str | None = None
    audio_channels: int | None = None
    audio_rate: int | None = None  # per second
    # Shorter than its index says, or a decoder stumbles in the first `FRAMES_LOOKED_AT` pictures. What decoders conceal
    # (a few hundred wrong bytes inside one picture) is not seen.
    damaged: bool = False
    private: tuple[Private, ...] = ()


def probe(path: Path) -> Probe:
    """What the file is. Raises `Refused` for what is neither a picture nor a film that we read, and OSError."""
    with path.open("rb") as file:
        head = file.read(400)
    if _is_picture(head):
        return _probe_image(path)
    demuxer, mime = _film_format(head)
    return _probe_film(path, demuxer, mime)


def probe_limited(path: Path, seconds: float = SECONDS) -> Probe:
    """`probe` in a process of its own that may not take more than `seconds` or 3 GB; raises `Refused`."""
    return Probe.model_validate(run_limited(_probe_plain, str(path), seconds=seconds))


def _probe_plain(path: str) -> dict[str, Any]:
    return probe(Path(path)).model_dump(mode="json")


def _is_picture(head: bytes) -> bool:
    if is_heic(head):
        return True
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def is_heic(head: bytes) -> bool:
    """Whether a file begins as the photos of telephones do."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def _film_format(head: bytes) -> tuple[str, str]:
    """The demuxer to read with and the media type; raises `Refused`."""
    if head[4:8] == b"ftyp" and head[8:12] in {b"msf1", b"hevc", b"avif", b"avis"}:
        raise Refused(_("This picture is in AVIF or moves: save it as JPEG."))
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}:
        return "mov", "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska", "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi", "video/x-msvideo"
    # Each packet of 188 bytes begins with 0x47; camcorders (AVCHD, Blu-ray) put four bytes of time before each.
    if head[:1] == head[188:189] == b"\x47" or head[4:5] == head[196:197] == b"\x47":
        return "mpegts", "video/mp2t"
    raise _not_ours()


def _not_ours() -> Refused:
    return Refused(
        _(
            "This is not a video or a picture that we can read: bring a JPEG, PNG, WebP, HEIC, MP4, MOV, MKV, WebM, "
            "3GP, AVI or TS file."
        )
    )


# --------------------------------------------------------------------------------------------------------- pictures


def _probe_image(path: Path) -> Probe:
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a picture's odd metadata are reported below, not on a log
        try:
            with open_picture(path) as image:
                return _described(image)
        except (UnidentifiedImageError, SyntaxError) as error:
            raise _not_ours() from error
        except Image.DecompressionBombError as error:
            raise _too_large() from error


def open_picture(path: Path) -> Image:
    """The picture in a file, not yet decoded; raises what Pillow raises. Only in a limited process."""
    from PIL import Image

    with path.open("rb") as file:
        heic = is_heic(file.read(16))
    if heic:
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
    return Image.open(path, formats=["HEIF"] if heic else ["JPEG", "PNG", "WEBP"])


def _described(image: Image) -> Probe:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large()
    private, orientation = _private_of_image(image)
    rotation = CLOCKWISE.get(orientation, 0)
    width, height = (image.height, image.width) if rotation % 180 else image.size
    mime = IMAGE_FORMATS[image.format or "JPEG"]
    return Probe.model_validate(
        {
            "kind": "image", "mime": mime, "width": width, "height": height, "rotation": rotation,
            "pix_fmt": image.mode, "damaged": _is_damaged(image), "private": private,
        }
    )  # fmt: skip


def _too_large() -> Refused:
    return Refused(_("This picture has more than 50 million pixels: bring a smaller copy."))


def _is_damaged(image: Image) -> bool:
    try:
        image.load()
    except (OSError, SyntaxError, ValueError):
        return True
    return False


def _private_of_image(image: Image) -> tuple[tuple[Private, ...], int]:
    """The kinds of private data in a picture, and its EXIF orientation (1 if it tells none)."""
    from PIL import ExifTags

    found: dict[Private, None] = {kind: None for key, kind in _INFO_KINDS.items() if key in image.info}
    orientation = 1
    try:
        exif = image.getexif()
        tags = [*exif, *exif.get_ifd(0x8769)]
        orientation = int(exif.get(0x0112, 1))
        thumbnail = bool(exif.get_ifd(ExifTags.IFD.IFD1))
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return (*found, "unreadable metadata"), orientation
    found |= {_EXIF_KINDS[tag]: None for tag in tags if tag in _EXIF_KINDS}
    found |= {"thumbnail": None} if thumbnail else {}
    found |= {"text": None} if getattr(image, "text", None) else {}
    found |= {"further pictures": None} if getattr(image, "n_frames", 1) > 1 else {}
    return tuple(found), orientation


# ------------------------------------------------------------------------------------------------------------ films


def _probe_film(path: Path, demuxer: str, mime: str) -> Probe:
    import av

    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    try:
        with path.open("rb") as file, av.open(file, "r", format=demuxer, options=options) as film:
            if not film.streams.video and not film.streams.audio:
                raise _not_ours()
            facts = _picture_facts(film) if pictures(film) else {"kind": "audio"}
            return Probe.model_validate({"mime": mime, **facts, **_sound_facts(film), "private": _private_of(film)})
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        raise _not_ours() from error


def _picture_facts(film: InputContainer) -> dict[str, Any]:
    stream = pictures(film)[0]
    if is_transparent(stream):
        raise transparent()
    look = _Look(film, stream)
    rotation = look.rotation
    width, height = (stream.height, stream.width) if rotation % 180 else (stream.width, stream.height)
    if not 0 < width * height <= MAX_PIXELS:
        raise _not_ours()
    return {
        "kind": "video", "width": width, "height": height, "rotation": rotation,
        "sar": float(stream.sample_aspect_ratio or 1), "fps": look.fps, "variable_frame_rate": look.varies,
        "duration_ms": _duration_ms(film), "video_codec": stream.codec_context.name,
        "pix_fmt": stream.codec_context.pix_fmt, "hdr": stream.codec_context.color_trc in HDR_TRANSFERS,
        "damaged": look.damaged,
    }  # fmt: skip


def _duration_ms(film: InputContainer) -> int | None:
    return round(film.duration / 1000) if film.duration else None  # PyAV counts microseconds


class _Look:
    """One passage over the pictures of a film: their times, the rotation, and whether the decoder stumbled."""

    def __init__(self, film: InputContainer, stream: VideoStream) -> None:
        self.rotation = 0
        self.damaged = False
        self._shown = 0
        stream.thread_type = "AUTO"
        times = sorted(self._times(film, stream))
        steps = [float((later - earlier) * (stream.time_base or 0)) for earlier, later in pairwise(times)]
        usual = median(steps) if steps else 0.0
        self.fps = round(len(steps) / sum(steps), 3) if sum(steps) else None
        # A clock of milliseconds (Matroska) rounds every step: that is not a variable rate.
        self.varies = any(abs(step - usual) > usual / 10 + 0.001 for step in steps)
        self.damaged |= stream.frames > len(times) or not self._shown

    def _times(self, film: InputContainer, stream: VideoStream) -> Iterator[int]:
        for index, packet in enumerate(film.demux(stream)):
            if packet.size:
                self.damaged |= packet.is_corrupt
                time = packet.pts if packet.pts is not None else packet.dts
                yield from () if time is None else (time,)
            if index < FRAMES_LOOKED_AT:
                self._decode(packet)

    def _decode(self, packet: Any) -> None:
        import av

        try:
            for frame in packet.decode():
                if not self._shown:
                    self.rotation = -round(frame.rotation / 90) * 90 % 360
                self._shown += 1
                self.damaged |= frame.is_corrupt
        except av.error.FFmpegError:
            self.damaged = True


def _sound_facts(film: InputContainer) -> dict[str, Any]:
    if not film.streams.audio:
        return {}
    context = sounds(film)[0].codec_context
    return {
        "duration_ms": _duration_ms(film), "audio_codec": context.name, "audio_channels": context.layout.nb_channels,
        "audio_rate": context.sample_rate,
    }  # fmt: skip


def _private_of(film: InputContainer) -> tuple[Private, ...]:
    tags: list[Mapping[str, str]] = [film.metadata, *(stream.metadata for stream in film.streams)]
    names = " ".join(name.lower() for each in tags for name in each)
    found: list[Private] = [kind for kind, words in _TAG_KINDS if any(word in names for word in words)]
    kinds = [stream.type for stream in film.streams]
    pictures, sounds = kinds.count("video"), kinds.count("audio")
    found += ["subtitles"] if "subtitle" in kinds else []
    found += ["attachments"] if "attachment" in kinds else []
    found += ["further tracks"] if pictures > 1 or sounds > 1 or "data" in kinds else []
    found += ["chapters"] if film.chapters() else []
    return tuple(found)
