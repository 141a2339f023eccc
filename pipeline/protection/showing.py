"""Small pictures for the person who reviews masks: faces cut out, frames with a box marked. For a limited process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.protection.stills import upright
from pipeline.reels.picture import Fitter, Window
from pipeline.reels.sources import Frames, probe

if TYPE_CHECKING:
    import numpy as np

    Picture = np.ndarray[Any, Any]

AROUND = 2.4  # how much wider than the box a cut-out face is shown
SIGNAL = (13, 194, 244)  # BGR
QUALITY = 80


def write(path: Path, is_photo: bool, wanted: Sequence[dict[str, Any]], folder: Path) -> int:
    """How many of the wanted pictures were written."""
    import cv2

    made = 0
    with ExitStack() as held:
        picture_at = _photo(path) if is_photo else _film(path, held)
        for one in sorted(wanted, key=lambda one: float(one["at"])):
            try:
                shown = _shown(picture_at(float(one["at"])), one)
            except Refused:
                continue  # a damaged or missing stretch: the report says so in words
            done, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            if done:
                part = folder / f".{one['name']}.part"
                part.write_bytes(data.tobytes())
                part.replace(folder / f"{one['name']}.jpg")
                made += 1
    return made


def _photo(path: Path) -> Callable[[float], Picture]:
    """The upright photo, whatever time is asked for."""
    import numpy as np

    picture = np.ascontiguousarray(np.asarray(upright(path))[..., ::-1])
    return lambda _seconds: picture


def _film(path: Path, held: ExitStack) -> Callable[[float], Picture]:
    """The upright picture of the film at a time, its pixels square."""
    clip = probe(path)
    frames = Frames(clip)
    held.callback(frames.close)
    whole = Window(0, 0, clip.turned[0] // 2 * 2, clip.turned[1] // 2 * 2)
    size = max(2, round(whole.width * clip.turned_aspect / 2) * 2), whole.height
    fit = Fitter(clip, whole, size, "bgr24")
    return lambda seconds: fit(frames.at(min(seconds, clip.seconds)))


def _shown(picture: Picture, wanted: dict[str, Any]) -> Picture:
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    shown, side = picture, int(wanted["side"])
    if box := wanted.get("box"):
        x, y, wide, high = (float(v) * (width if i % 2 == 0 else height) for i, v in enumerate(box))
        if wanted.get("crop"):
            half = max(wide, high, 16.0) * AROUND / 2
            left, top = int(max(0, x + wide / 2 - half)), int(max(0, y + high / 2 - half))
            shown = picture[top : int(y + high / 2 + half) + 1, left : int(x + wide / 2 + half) + 1]
        else:
            shown = np.ascontiguousarray(picture)
            line = max(2, width // 200)
            corner = int(x + wide), int(y + high)
            cv2.rectangle(shown, (int(x), int(y)), corner, (0, 0, 0), line * 2)
            cv2.rectangle(shown, (int(x), int(y)), corner, SIGNAL, line)
    if not shown.size:
        shown = picture
    scale = side / max(shown.shape[:2]) if wanted.get("crop") else min(1.0, side / shown.shape[1])
    size = max(1, round(shown.shape[1] * scale)), max(1, round(shown.shape[0] * scale))
    small: Picture = cv2.resize(shown, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return small
