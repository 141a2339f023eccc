"""Films whose faces are known: composed from stills by a known motion, or real ones with boxes drawn by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

HERE = Path(__file__).resolve().parent.parent
FOOTAGE = HERE.parent.parent / "shared" / "footage"
DRAWN = json.loads((HERE / "data" / "faces.json").read_text("utf-8"))
FPS = 30
HIDDEN = 0.5  # a face of which an object hides more is not scored
GROUND = (90, 80, 70)  # around the still
LEAST = 8  # pixels: a face less high than that is nobody's any more

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Face:
    """One face in one frame: its box in pixels, and the object that passes before it, if any."""

    box: Box
    before: Box | None = None


@dataclass(frozen=True)
class Clip:
    """One film: how it is made, or where it is; `half` is the one it belongs to."""

    name: str
    half: str
    still: str
    size: tuple[int, int]
    frames: int
    zoom: tuple[float, float]  # height of the still over that of the frame, first and last
    way: tuple[float, float, float, float]  # middle of the frame in parts of the still, first and last
    shake: float = 0.0  # pixels
    blur: float = 0.0  # length of the motion blur over the way that the picture went in one frame
    dim: tuple[float, float] = (1.0, 1.0)
    turn: float = 0.0  # degrees, to and fro
    passes: bool = False


# Half of the stills, clips and ways belong to each half: nothing was tuned on the final ones.
CLIPS = (
    Clip("pan", "tune", "dlib_bald_guys.jpg", (1280, 720), 50, (1.5, 1.5), (0.3, 0.3, 0.7, 0.65)),
    Clip("shake", "tune", "dlib_bald_guys.jpg", (1280, 720), 40, (2.2, 2.2), (0.4, 0.4, 0.45, 0.5), shake=7, blur=1.0),
    Clip("dim", "tune", "dlib_bald_guys.jpg", (960, 540), 50, (1.0, 1.6), (0.5, 0.5, 0.5, 0.6), dim=(0.9, 0.18)),
    Clip("small", "tune", "dlib_bald_guys.jpg", (1280, 720), 40, (0.42, 0.55), (0.5, 0.5, 0.5, 0.5), shake=3, turn=6),
    Clip("passing", "tune", "dlib_bald_guys.jpg", (960, 540), 60, (1.3, 1.3), (0.35, 0.6, 0.6, 0.6), passes=True),
    Clip("two", "tune", "dlib_2009_004587.jpg", (540, 960), 60, (1.0, 1.5), (0.5, 0.5, 0.5, 0.4), shake=6, blur=1.2),
    Clip("tiny", "tune", "dlib_bald_guys.jpg", (1280, 720), 40, (0.22, 0.34), (0.5, 0.5, 0.4, 0.5), shake=3),
    Clip("dark", "tune", "dlib_bald_guys.jpg", (1280, 720), 40, (0.9, 0.9), (0.4, 0.5, 0.6, 0.5), dim=(0.22, 0.06)),
    Clip("fast", "tune", "dlib_bald_guys.jpg", (960, 540), 40, (0.8, 0.9), (0.15, 0.3, 0.85, 0.7), shake=9, blur=1.6),
    Clip("pan", "final", "ultra_1.jpg", (1280, 720), 24, (1.0, 1.0), (0.4, 0.5, 0.6, 0.5)),
    Clip("shake", "final", "ultra_1.jpg", (1280, 720), 24, (1.3, 1.3), (0.45, 0.4, 0.55, 0.45), shake=6, blur=1.0),
    Clip("dim", "final", "ultra_1.jpg", (960, 540), 24, (1.0, 1.2), (0.5, 0.5, 0.5, 0.45), dim=(0.9, 0.2)),
    Clip("passing", "final", "deface_city.jpg", (1280, 720), 60, (1.0, 1.2), (0.5, 0.5, 0.55, 0.4), passes=True),
    Clip("street", "final", "deface_city.jpg", (1280, 720), 60, (1.0, 2.2), (0.3, 0.4, 0.7, 0.3), shake=4, blur=0.8),
    Clip("tiny", "final", "deface_city.jpg", (1280, 720), 40, (0.5, 0.7), (0.5, 0.5, 0.6, 0.5), shake=3),
    Clip("dark", "final", "deface_city.jpg", (1280, 720), 40, (1.4, 1.4), (0.4, 0.4, 0.6, 0.4), dim=(0.22, 0.06)),
    Clip("fast", "final", "deface_city.jpg", (960, 540), 40, (1.2, 1.4), (0.2, 0.4, 0.8, 0.4), shake=9, blur=1.6),
    Clip("three", "final", "dlib_2008_001322.jpg", (960, 540), 50, (1.0, 1.6), (0.5, 0.5, 0.45, 0.5), turn=10, shake=8,
         blur=1.2),
)  # fmt: skip
# Some of the final ones as telephones film them: five seconds of 1080 lines, the same stills and ways.
LONG = tuple(
    replace(clip, half="long", size=(1920, 1080), frames=150, shake=clip.shake * 1080 / clip.size[1])
    for clip in CLIPS
    if clip.half == "final" and clip.name in ("pan", "passing", "three")
)


def faces(half: str) -> Iterator[tuple[str, list[list[Face]], Path | Clip]]:
    """Each film of a half: its name, its faces frame by frame, and how it is made or where it is."""
    for clip in (*CLIPS, *LONG):
        if clip.half == half:
            yield f"{clip.name} ({clip.still})", [_faces(clip, i) for i in range(clip.frames)], clip
    for name, drawn in DRAWN["clips"].items():
        if drawn["half"] == half and (FOOTAGE / name).is_file():
            yield name, _drawn(FOOTAGE / name, drawn), FOOTAGE / name


# ------------------------------------------------------------------------------------------------------------ composed


def compose(clip: Clip, out: Path) -> None:
    """Writes the film: H.264, 30 frames a second, at a phone's usual weight."""
    still = _still(clip.still)
    with av.open(str(out), "w") as film:
        stream = film.add_stream("libx264", rate=FPS, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *clip.size, "yuv420p"
        for index in range(clip.frames):
            frame = av.VideoFrame.from_ndarray(_picture(clip, still, index), format="bgr24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


@lru_cache
def _still(name: str) -> np.ndarray[Any, Any]:
    picture = cv2.imread(str(FOOTAGE / "images" / name))
    assert picture is not None, name
    return picture


def _matrix(clip: Clip, index: float) -> np.ndarray[Any, Any]:
    """From a place in the still to the place in frame `index`, both in pixels."""
    height, width = _still(clip.still).shape[:2]
    share = index / (clip.frames - 1)
    scale = clip.size[1] / height * (clip.zoom[0] * (1 - share) + clip.zoom[1] * share)
    x = width * (clip.way[0] * (1 - share) + clip.way[2] * share)
    y = height * (clip.way[1] * (1 - share) + clip.way[3] * share)
    angle = math.radians(clip.turn) * math.sin(index / 7)
    off_x = clip.shake * (math.sin(index * 1.9) + math.sin(index * 0.83 + 1))
    off_y = clip.shake * (math.sin(index * 1.5 + 2) + math.sin(index * 0.61))
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    to_x, to_y = clip.size[0] / 2 + off_x, clip.size[1] / 2 + off_y
    return np.array([[cos, -sin, to_x - cos * x + sin * y], [sin, cos, to_y - sin * x - cos * y]])


def _picture(clip: Clip, still: np.ndarray[Any, Any], index: int) -> np.ndarray[Any, Any]:
    taps = 7 if clip.blur else 1  # the shutter's time in so many pictures
    share = min(1.0, 1.2 * math.hypot(*_matrix(clip, index)[:, 0]))  # else a small picture would be full of moiré
    shrunk = cv2.resize(still, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    whole = np.zeros((clip.size[1], clip.size[0], 3), np.float32)
    for tap in range(taps):
        at = index + clip.blur * (tap / max(1, taps - 1) - 0.5)
        moved = _matrix(clip, at) @ np.diag([1 / share, 1 / share, 1])
        whole += cv2.warpAffine(shrunk, moved, clip.size, flags=cv2.INTER_LINEAR, borderValue=GROUND)
    done = index / (clip.frames - 1)
    made = whole / taps * (clip.dim[0] * (1 - done) + clip.dim[1] * done)
    noise = np.random.default_rng(index).normal(0, 2.0, made.shape)
    made = np.clip(made + noise, 0, 255).astype(np.uint8)
    if clip.passes:
        x, y, wide, high = (round(v) for v in _object(clip, index))
        cv2.rectangle(made, (x, y), (x + wide, y + high), (60, 90, 40), -1)
        cv2.rectangle(made, (x + wide // 3, y), (x + wide // 2, y + high), (150, 160, 170), -1)
    return made


def _object(clip: Clip, index: int) -> Box:
    """A post or a passer-by, out of focus, that crosses the picture once."""
    width, height = clip.size
    return (-0.12 + 1.2 * index / (clip.frames - 1)) * width, 0.0, 0.11 * width, float(height)


def _faces(clip: Clip, index: int) -> list[Face]:
    matrix, found = _matrix(clip, index), []
    width, height = clip.size
    for x, y, wide, high in DRAWN["stills"][clip.still]:
        corners = np.array([[x, y, 1], [x + wide, y, 1], [x, y + high, 1], [x + wide, y + high, 1]]) @ matrix.T
        middle, scale = corners.mean(axis=0), math.hypot(*matrix[:, 0])
        box = middle[0] - wide * scale / 2, middle[1] - high * scale / 2, wide * scale, high * scale
        inside = 0 <= middle[0] < width and 0 <= middle[1] < height
        before = _object(clip, index) if clip.passes else None
        if inside and box[3] >= LEAST and (before is None or _share(box, before) <= HIDDEN):
            found.append(Face(box, before))
    return found


def _share(box: Box, before: Box) -> float:
    across = min(box[0] + box[2], before[0] + before[2]) - max(box[0], before[0])
    return max(0.0, across) / box[2]


# --------------------------------------------------------------------------------------------------------------- drawn


def _drawn(path: Path, drawn: dict[str, Any]) -> list[list[Face]]:
    """The faces of a real clip, frame by frame; frames about which nobody said anything have None."""
    with av.open(str(path)) as film:
        first = None
        times = []
        for frame in film.decode(video=0):
            first = frame.time if first is None else first
            times.append(frame.time - first)
    return [_at(drawn, time, times) for time in times]


def _at(drawn: dict[str, Any], time: float, times: Sequence[float]) -> list[Face]:
    held = drawn["times"]
    if not drawn["steady"]:
        near = [one for one in held if min(times, key=lambda t: abs(t - one["time"])) == time]
        return [Face(tuple(box)) for one in near for box in one["boxes"]]
    if not held[0]["time"] - 0.01 <= time <= held[-1]["time"] + 0.01:
        return []
    after = next((i for i, one in enumerate(held) if one["time"] >= time), len(held) - 1)
    one, other = held[max(0, after - 1)], held[after]
    gap = other["time"] - one["time"]
    share = min(1.0, max(0.0, (time - one["time"]) / gap)) if gap else 0.0
    pairs = zip(one["boxes"], other["boxes"], strict=True)
    return [Face(tuple(a * (1 - share) + b * share for a, b in zip(p, q, strict=True))) for p, q in pairs]
