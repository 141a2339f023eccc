"""Films of which players leave something out: a track that is switched off, what lies under transparency."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.media import boxes
from tests.media.boxes import Box
from tests.media.poison_field import Adder, film, moving, secret, sounding, under_glass


def all_of_them(folder: Path) -> Iterator[tuple[str, bytes]]:
    scratch = folder / "scratch"
    yield from films(scratch)
    scratch.unlink()


def films(path: Path) -> Iterator[tuple[str, bytes]]:
    hidden, shown = moving("libx264", image=secret()), moving("libx264")
    yield "mp4 first picture off.mp4", boxes.changed(film(path, "mp4", [hidden, shown]), _only(1))
    yield "mkv first picture off.mkv", film(path, "matroska", [_switched(hidden, 0), _switched(shown, 1)])
    loud_first = film(path, "mov", [shown, sounding("aac", loud=20_000), sounding("aac")])
    yield "mov first off for a second sound.mov", boxes.changed(loud_first, _only(0, 2))
    yield "glass.mov", film(path, "mov", [_glass("png", "rgba")])
    yield "glass.webm", film(path, "webm", [_glass("libvpx-vp9", "yuva420p")])


def _only(*on: int) -> Any:
    """A change that switches these tracks on and all others off."""

    def change(tree: Box) -> None:
        for number, track in enumerate(box for box in tree.at("moov").inside or [] if box.kind == b"trak"):
            head = track.inside[0]
            head.content = head.content[:3] + (b"\3" if number in on else b"\0") + head.content[4:]

    return change


def _switched(adder: Adder, on: int) -> Adder:
    """Adds a stream that players show by themselves (1) or do not (0)."""

    def add(container: Any) -> Any:
        write = adder(container)
        container.streams[len(container.streams) - 1].disposition = on
        return write

    return add


def _glass(codec: str, pixels: str) -> Adder:
    """Adds pictures whose upper half is SECRET made invisible."""

    def add(container: Any) -> Any:
        stream = container.add_stream(codec, rate=25, options={"deadline": "realtime", "auto-alt-ref": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, pixels
        stream.metadata["alpha_mode"] = "1" if pixels.startswith("yuva") else ""

        def write() -> None:
            for index in range(6):
                shown = av.VideoFrame.from_ndarray(np.asarray(under_glass()), format="rgba").reformat(format=pixels)
                shown.pts, shown.time_base = index, Fraction(1, 25)
                container.mux(stream.encode(shown))
            container.mux(stream.encode(None))

        return write

    return add
