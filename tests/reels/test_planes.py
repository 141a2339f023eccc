"""The quick way by planes shows what the slow way by RGB shows, on every kind of edit."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pipeline import reels
from pipeline.protection.tracks import Box, Track
from pipeline.reels.lettering import draw
from pipeline.reels.segments import LATE
from pipeline.reels.showing import opened
from pipeline.reels.timeline import Dress, segments, whole
from tests.reels.films import cut_list, film

SIZE = (540, 540)
SAME = 38.0  # dB


def scene(number: int, size: tuple[int, int] = (192, 108)) -> np.ndarray:
    """A picture with soft colours everywhere, and edges, that moves."""
    x, y = np.meshgrid(np.linspace(0, 6, size[0]), np.linspace(0, 4, size[1]))
    waves = [np.sin(x + y / 2 + number / 9), np.sin(y - number / 7 + 1), np.cos(x / 2 - y)]
    picture = np.stack([118 + 60 * wave for wave in waves], axis=2).astype(np.uint8)
    cv2.rectangle(picture, (60 + number, 40), (90 + number, 70), (210, 205, 190), cv2.FILLED)
    return picture


EDITS = {
    "plain": ({}, {}),
    "words": ({"caption": "Bonjour à toutes"}, {"title": "Calais", "end": "Fin"}),
    "turned": ({"framing": "left"}, {"end": "Fin"}),
    "masked": ({}, {}),
}


def apart(slow: np.ndarray, quick: np.ndarray) -> float:
    """The PSNR in dB between an RGB frame and one of planes, shown as a player shows it."""
    frame = av.VideoFrame.from_ndarray(quick, format="yuv420p")
    frame.colorspace, frame.color_range = 1, 1
    error = slow.astype(float) - frame.to_ndarray(format="rgb24")
    return 10 * float(np.log10(255**2 / max(np.mean(error**2), 1e-9)))


@pytest.mark.parametrize("name", EDITS)
def test_planes_and_rgb_show_the_same_picture(tmp_path: Path, name: str):
    cut, more = EDITS[name]
    film(tmp_path / "a.mp4", [(i / 30, scene(i)) for i in range(30)], turned=name == "turned")
    reel = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 1, **cut}], format="square", **more))
    face = Track((Box(0.0, 0.3, 0.3, 0.2, 0.3), Box(1.0, 0.6, 0.4, 0.2, 0.3)), 0.0, 1.0)
    tracks = [[face] if name == "masked" else []]
    with ExitStack() as held:
        parts = segments(reel, Dress(SIZE), draw(reel, SIZE), tracks, dict.fromkeys([tmp_path / "a.mp4"], "0"))
        slow = whole(parts, held, [draw(reel, SIZE, "rgb24")])
        quick = [opened(part, held).clip(part) for part in parts]
        assert slow.duration * 30 == pytest.approx(sum(part.frames for part in parts))
        for index in (0, 2, 15, 29):
            assert apart(slow.get_frame(index / 30 + LATE), quick[0].get_planes(index / 30 + LATE)) > SAME
        if len(parts) == 2:
            assert apart(slow.get_frame(1.5), quick[1].get_planes(0.5)) > SAME
