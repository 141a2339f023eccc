"""Field clips for the demo, drawn by us: three short scenes with people in them, as phones would have filmed them.

One was held upright and carries its rotation as metadata only, one has a frame rate that varies, and all carry the
private metadata that phones write; nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.demo._people import Array, Look, person
from pipeline.demo._scenes import DAWN, camp, distribution, street
from pipeline.demo._voice import RATE, ambience

SIZE = (1280, 720)  # stored pixels of every clip
_TICKS = 600  # time base of the clips, a second; phones use the same
_STRIDES = 6  # drawings of a walking person, one full step
_HOME = "+50.9500+001.8500/"  # a round place near Calais, as a phone would write it


@dataclass(frozen=True)
class Actor:
    """Somebody in a scene. `x` and `head` (head size) in pixels, at the first and at the last moment."""

    look: Look
    x: tuple[float, float]
    head: tuple[float, float]
    whole: bool = True
    pace: float = 0.0  # steps a second


@dataclass(frozen=True)
class Scene:
    """One clip: a place, the people in it from far to near, how the camera moves, and when frames are taken."""

    name: str
    paint: Callable[[int, int], Array]
    actors: tuple[Actor, ...]
    size: tuple[int, int]
    horizon: float
    pan: float
    times: tuple[float, ...]
    pitch: float | None
    upright: bool = False
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)  # red, green and blue of the light on the people


def _even_times(seconds: float, rate: int) -> tuple[float, ...]:
    return tuple(i / rate for i in range(round(seconds * rate)))


def _uneven_times() -> tuple[float, ...]:
    """A phone that falls from 30 to 12 and 20 frames a second while it is short of light."""
    found, now = [], 0.0
    while now < 4.2:
        found.append(round(now * _TICKS) / _TICKS)
        now += 1 / (30 if now < 1.5 else 12 if now < 2.9 else 20)
    return tuple(found)


_MAN = Look((120, 82, 60), (22, 18, 16), "short", (104, 52, 46), (40, 42, 50), turn=0.4, beard=0.8)
_WOMAN = Look((150, 106, 80), (26, 22, 20), "scarf", (70, 66, 92), (44, 44, 52), cloth=(58, 84, 96), turn=-0.2)
_YOUTH = Look((92, 62, 46), (20, 16, 14), "cap", (54, 70, 104), (36, 38, 44), cloth=(128, 66, 54), turn=-0.3)
_OBSERVER = Look((214, 172, 146), (84, 56, 34), "long", (226, 184, 30), (60, 60, 66), turn=0.3)
_ELDER = Look((196, 150, 122), (112, 108, 104), "short", (72, 84, 70), (52, 58, 72), beard=0.5)

SCENES = (
    Scene(
        "camp",
        camp,
        (
            Actor(_ELDER, (560, 540), (30, 30), pace=0.0),
            Actor(_YOUTH, (260, 760), (48, 48), pace=1.6),
            Actor(_OBSERVER, (900, 900), (44, 44)),
            Actor(_MAN, (1000, 985), (60, 60)),
        ),
        SIZE,
        0.44,
        140,
        _even_times(4.2, 25),
        118.0,
        light=DAWN,
    ),
    Scene(
        "street",
        street,
        (Actor(_ELDER, (300, 250), (26, 32), pace=1.5), Actor(_WOMAN, (430, 400), (44, 104), pace=1.8)),
        (720, 1280),
        0.40,
        40,
        _even_times(4.1, 25),
        None,
        upright=True,
    ),
    Scene(
        "distribution",
        distribution,
        (
            Actor(_OBSERVER, (560, 556), (42, 42)),
            Actor(_ELDER, (960, 930), (46, 46), pace=0.7),
            Actor(_WOMAN, (1090, 1060), (50, 50), pace=0.6),
            Actor(_YOUTH, (1240, 1190), (58, 58), pace=0.8),
            Actor(_MAN, (830, 760), (68, 68), pace=1.0),
        ),
        SIZE,
        0.42,
        90,
        _uneven_times(),
        182.0,
    ),
)


def write_clips(folder: Path) -> list[Path]:
    """Three MP4 files in `folder`, a little over 4 s each, 1280x720 stored; the same bytes each time on one machine."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(scene, folder / f"{scene.name}.mp4") for scene in SCENES]


def pictures(scene: Scene) -> Iterator[Array]:
    """The scene's frames as they are to be seen: RGB, uint8."""
    width, height = scene.size
    place = scene.paint(width + int(scene.pan) + 2, height)
    drawn = [_drawings(actor, scene.light) for actor in scene.actors]
    last = scene.times[-1]
    for now in scene.times:
        share = now / last
        shift = scene.pan * (0.5 - 0.5 * np.cos(np.pi * share))
        picture = _moved(place, shift + 1.5 * np.sin(now * 2.3), scene.size)
        for actor, strides in zip(scene.actors, drawn, strict=True):
            _stand(picture, actor, strides, now, share, shift - scene.pan / 2, scene.horizon * height)
        yield picture


@dataclass(frozen=True)
class Drawn:
    """A person ready to be laid on a picture: premultiplied colours, and what the picture keeps; RGB, uint8."""

    colour: Array
    kept: Array


def _drawings(actor: Actor, light: tuple[float, float, float]) -> list[Drawn]:
    """The person at the largest size in that light, once for each moment of a step."""
    size = round(max(actor.head))
    steps = np.sin(2 * np.pi * np.arange(_STRIDES) / _STRIDES) if actor.pace else [0.0]
    bare = int(0.35 * size)  # nothing is drawn at the sides
    found = []
    for step in steps:
        drawn = person(actor.look, size, step=float(step), whole=actor.whole)[:, bare:-bare]
        alpha = np.repeat(drawn[..., 3:], 3, axis=2)
        lit = drawn[..., :3] * np.array(light, np.float32)
        found.append(Drawn((lit * (alpha / np.float32(255))).astype(np.uint8), 255 - alpha))
    return found


def _moved(place: Array, shift: float, size: tuple[int, int]) -> Array:
    import cv2

    move = np.array([[1, 0, -max(0.0, shift)], [0, 1, 0]], np.float32)
    found: Array = cv2.warpAffine(place, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found


def _stand(
    picture: Array, actor: Actor, strides: list[Drawn], now: float, share: float, shift: float, horizon: float
) -> None:
    """Puts a person where they are now; eyes of all stand near the horizon, which is as high as the camera."""
    import cv2

    size = actor.head[0] + (actor.head[1] - actor.head[0]) * share
    drawn = strides[int(now * actor.pace * _STRIDES) % len(strides)]
    scale = size / round(max(actor.head))
    if scale < 0.995:
        smaller = (
            cv2.resize(p, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for p in (drawn.colour, drawn.kept)
        )
        drawn = Drawn(*smaller)
    bob = size * (0.05 * abs(np.sin(np.pi * actor.pace * now)) if actor.pace else 0.02 * np.sin(1.9 * now + size))
    x = actor.x[0] + (actor.x[1] - actor.x[0]) * share - shift * (0.6 + size / 120) - drawn.colour.shape[1] / 2
    _paste(picture, drawn, round(x), round(horizon - 0.75 * size - bob))


def _paste(picture: Array, drawn: Drawn, x: int, y: int) -> None:
    import cv2

    left, top = max(0, -x), max(0, -y)
    height, width = drawn.colour.shape[:2]
    part = picture[y + top : y + height, x + left : x + width]
    here = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
    if part.size:
        part[:] = cv2.add(cv2.multiply(part, drawn.kept[here], scale=1 / 255), drawn.colour[here])


def _write(scene: Scene, path: Path) -> Path:
    import av
    import cv2
    from av.video.reformatter import VideoReformatter

    frames = pictures(scene)
    if scene.upright:
        frames = (cv2.rotate(frame, cv2.ROTATE_90_COUNTERCLOCKWISE) for frame in frames)
    to_yuv = VideoReformatter()
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact", "movflags": "+faststart"}) as file:
        file.metadata.update({"location": _HOME, "comment": "filmed by a phone that does not exist"})
        picture, sound = _streams(file)
        for now, frame in zip(scene.times, frames, strict=True):
            shown = av.VideoFrame.from_ndarray(frame, format="rgb24")
            shown = to_yuv.reformat(shown, format="yuv420p", dst_colorspace=1, dst_color_range=1)
            shown.pts, shown.time_base = round(now * _TICKS), Fraction(1, _TICKS)
            file.mux(picture.encode(shown))
        file.mux(picture.encode(None))
        heard = ambience(scene.times[-1] + 1 / 25, scene.pitch, len(scene.name))
        spoken = av.AudioFrame.from_ndarray(np.ascontiguousarray(heard.T), format="fltp", layout="stereo")
        spoken.sample_rate, spoken.pts, spoken.time_base = RATE, 0, Fraction(1, RATE)
        file.mux(sound.encode(spoken))
        file.mux(sound.encode(None))
    if scene.upright:
        _turn(path)
    return path


def _streams(file: Any) -> tuple[Any, Any]:
    picture = file.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "22", "threads": "2"})
    picture.width, picture.height = SIZE
    picture.pix_fmt, picture.time_base = "yuv420p", Fraction(1, _TICKS)
    context = picture.codec_context
    context.time_base = Fraction(1, _TICKS)
    context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1
    return picture, file.add_stream("aac", rate=RATE, layout="stereo")


def _turn(path: Path) -> None:
    """Writes into the first track's header that the picture is to be shown a quarter turn clockwise."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44  # ISO 14496-12, 8.3.2: the matrix stands 40 bytes after the box's type
    one = 1 << 16
    matrix = (0, one, 0, -one, 0, 0, SIZE[1] * one, 0, 1 << 30)
    data[at : at + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(data)
