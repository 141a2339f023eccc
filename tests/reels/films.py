"""Small clips made for a test, each with one property that a renderer can get wrong."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import yaml

TICKS = 600


def grey(level: int, size: tuple[int, int] = (192, 108)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def film(
    path: Path,
    frames: Iterable[tuple[float, np.ndarray]],
    *,
    sound: np.ndarray | None = None,
    turned: bool = False,
    pixels: str = "yuv420p",
    keys: int = 250,
) -> Path:
    """An H.264 clip of (seconds, RGB picture), lossless, every `keys`th whole.

    `turned`: to be shown a quarter turn clockwise.
    """
    frames = list(frames)
    height, width = frames[0][1].shape[:2]
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as out:
        options = {"qp": "0", "preset": "ultrafast", "bf": "0", "threads": "1", "g": str(keys)}
        stream = out.add_stream("libx264", rate=30, width=width, height=height, pix_fmt=pixels, options=options)
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        voice = out.add_stream("aac", rate=48_000, layout="stereo") if sound is not None else None
        for seconds, picture in frames:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = round(seconds * TICKS), Fraction(1, TICKS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if voice is not None:
            heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout="stereo")
            heard.sample_rate, heard.pts = 48_000, 0
            out.mux(voice.encode(heard))
            out.mux(voice.encode(None))
    return displayed(path, 0, 1, -1, 0, height) if turned else path


def displayed(path: Path, a: int, b: int, c: int, d: int, x: int = 0) -> Path:
    """The film with that display matrix: what is stored at (h, v) is shown at (a h + c v, b h + d v), moved by x."""
    data, one = bytearray(path.read_bytes()), 1 << 16
    at = data.index(b"tkhd") + 44
    values = (a * one, b * one, 0, c * one, d * one, 0, x * one, 0, 1 << 30)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in values)
    path.write_bytes(data)
    return path


def tone(seconds: float, hertz: float = 440.0, strength: float = 0.05) -> np.ndarray:
    wave = strength * np.sin(2 * np.pi * hertz * np.arange(int(seconds * 48_000)) / 48_000)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def steps(count: int, first: int = 20, by: int = 3) -> list[tuple[float, np.ndarray]]:
    """A clip of 30 frames a second whose grey tells the frame's number."""
    return [(i / 30, grey(first + by * i)) for i in range(count)]


def cut_list(folder: Path, cuts: list[dict], **more: object) -> Path:
    path = folder / "reel.yaml"
    whole = {"language": "fr", "mask": False, "cuts": cuts, **more}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def seen(path: Path) -> list[np.ndarray]:
    """The frames of a finished reel, luma only."""
    with av.open(str(path)) as reel:
        return [frame.to_ndarray()[: frame.height] for frame in reel.decode(video=0)]


def level(luma: np.ndarray) -> float:
    """The 0 to 255 grey of the middle of a luma plane in limited range."""
    height, width = luma.shape
    part = luma[height // 3 : height // 2, width // 3 : 2 * width // 3]
    return (float(np.median(part)) - 16) * 255 / 219


def heads() -> np.ndarray:
    """One drawn person whose face a detector finds, on plain ground: RGB."""
    from pipeline.demo._people import Look, person

    look = Look((150, 106, 80), (26, 22, 20), "short", (70, 66, 92), (44, 44, 52))
    drawn = person(look, 90, whole=False)
    picture = np.full((360, 640, 3), (150, 158, 160), np.uint8)
    place = picture[40 : 40 + drawn.shape[0], 176 : 176 + drawn.shape[1]]
    alpha = drawn[: place.shape[0], :, 3:] / 255
    place[:] = place * (1 - alpha) + drawn[: place.shape[0], :, :3] * alpha
    return picture


def shifted(picture: np.ndarray, across: float) -> np.ndarray:
    move = np.array([[1, 0, across], [0, 1, 0]], np.float32)
    return cv2.warpAffine(picture, move, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
