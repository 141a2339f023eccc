"""Looks for what gives somebody away in a finished file, without the gate and without our readers.

Words by their bytes (also compressed), tags by PyAV and exiftool, hidden pictures by their colour, hidden sound.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.media.pdfs import objects
from tests.media.poison import hidden_in

BLOCK = 8  # pixels: the mean of a block of noise is grey, that of a hidden picture is not
# What a picture or film technically is; any other tag that exiftool finds in a picture is one too many.
TECHNICAL = {
    "File", "JFIF", "Composite", "ExifTool", "System", "PNG:ImageWidth", "PNG:ImageHeight", "PNG:BitDepth",
    "PNG:ColorType", "PNG:Compression", "PNG:Filter", "PNG:Interlace",
}  # fmt: skip
PDF_NOTES = ("GPS", "Author", "Creator", "Producer", "Date", "Make", "Model", "Software", "Location", "User")
FILM_NOTES = ("GPS", "Title", "Comment", "Author", "Make", "Model", "Software", "Encoder", "Location", "Tool", "User")
WORDS = ("Amina", "canary", "48.858", "48 deg", "Phone 7")


def shows_secret(picture: np.ndarray) -> bool:
    """Whether a block of an RGB picture has the colour in which the corpus paints what must stay hidden."""
    height, width = (side // BLOCK * BLOCK for side in picture.shape[:2])
    blocks = picture[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3).mean((1, 3))
    red, green, blue = blocks[..., 0], blocks[..., 1], blocks[..., 2]
    return bool(((red > 180) & (green < 100) & (blue > 180)).any())


def exposed(path: Path) -> list[str]:
    """What is wrong with a finished file; empty where nothing is."""
    data = path.read_bytes()
    found = ["words"] if hidden_in(data) else []
    if data.startswith(b"%PDF-"):
        return found + [said for picture in _pictures_of(data) for said in _in_picture(picture)]
    return found + list(_in_picture(data) if _is_picture(data) else _in_film(path))


def _pictures_of(pdf: bytes) -> Iterator[bytes]:
    """The JPEGs within a PDF."""
    for body in objects(pdf):
        if b"/DCTDecode" in body:
            yield body[body.index(b"stream\n") + 7 : body.rindex(b"\nendstream")]


def _is_picture(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8", b"\x89PNG"))


def _in_picture(data: bytes) -> Iterator[str]:
    with Image.open(BytesIO(data)) as image:
        if set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"} or image.getexif():
            yield "tags"
        if getattr(image, "n_frames", 1) > 1 or data.count(b"\xff\xd8\xff") > 1:
            yield "further pictures"
        if image.mode not in ("RGB", "L") or shows_secret(np.asarray(image.convert("RGB"))):
            yield "hidden pixels"


def _in_film(path: Path) -> Iterator[str]:
    with av.open(str(path)) as film:
        told = [film.metadata, *(stream.metadata for stream in film.streams)]
        # PyAV tells the brands, the handlers' fixed names and "und" of any MP4.
        usual = {"major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id", "language"}
        named = {value for tags in told for name, value in tags.items() if name in ("handler_name", "language")}
        if any(set(tags) - usual for tags in told) or named - {"und", "VideoHandler", "SoundHandler", ""}:
            yield "tags"
        kinds = sorted(stream.type for stream in film.streams)
        if kinds not in (["video"], ["audio", "video"]):
            yield "further tracks"
        if film.chapters():
            yield "chapters"
        frames = film.decode(video=0)
        if any(shows_secret(_small(frame)) for frame in frames):
            yield "hidden pixels"


def _small(frame: av.VideoFrame) -> np.ndarray:
    share = max(1, frame.width // 120)
    return frame.reformat(frame.width // share, frame.height // share, "rgb24").to_ndarray()


def loudness(path: Path) -> float:
    """The largest sample (0 to 1) of a film's sound; 0 where it has none."""
    with av.open(str(path)) as film:
        if not film.streams.audio:
            return 0.0
        return max((float(np.abs(frame.to_ndarray()).max()) for frame in film.decode(audio=0)), default=0.0)


def tagged(paths: Sequence[Path]) -> list[str] | None:
    """What exiftool finds in finished files that is more than their technical facts; None where it is not here."""
    if not shutil.which("exiftool"):
        return None
    if not paths:
        return []
    command = ["exiftool", "-ee3", "-a", "-u", "-G1:0", "-j", "-@", "-"]
    names = "\n".join(map(str, paths)).encode()
    done = subprocess.run(command, input=names, check=True, capture_output=True, timeout=120)
    return [said for tags in json.loads(done.stdout) for said in _too_many(tags)]


def _too_many(tags: dict[str, object]) -> Iterable[str]:
    source = str(tags.pop("SourceFile"))
    for name, value in tags.items():
        group, _colon, tag = name.rpartition(":")
        place = group.split(":")[0] or "File"
        if place in ("System", "ExifTool"):
            continue
        if source.endswith(".pdf"):
            if any(note in tag for note in PDF_NOTES) or any(word in str(value) for word in WORDS):
                yield f"{source}: {name}"
            continue
        film = source.endswith(".mp4")
        odd = any(note in tag for note in FILM_NOTES) or ("Date" in tag and not str(value).startswith("0000:"))
        picture = place not in TECHNICAL and f"{place}:{tag}" not in TECHNICAL
        if (odd if film else picture) or any(word in str(value) for word in WORDS):
            yield f"{source}: {name}"
