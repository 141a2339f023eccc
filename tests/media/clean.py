"""Pictures and videos that may leave, made as the renderers make them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from PIL import Image

MUXER = {
    "movflags": "+faststart+negative_cts_offsets",
    "fflags": "+bitexact",
    "use_editlist": "0",
    "empty_hdlr_name": "1",
    "write_tmcd": "0",
}
WITHOUT_SEI = "filter_units=remove_types=6"
RATE = 48_000


def picture(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """Coloured noise over a gradient: no part of it is plain."""
    noise = np.random.default_rng(seed).integers(0, 120, (height, width, 3))
    return Image.fromarray((noise + np.linspace(0, 130, width)[None, :, None]).astype("uint8"))


def write_clean_jpeg(path: Path, **options: object) -> Path:
    """A JPEG saved by Pillow without metadata."""
    picture().save(path, "JPEG", **options)
    return path


def write_clean_png(path: Path) -> Path:
    """An RGB PNG saved by Pillow without metadata."""
    picture().save(path, "PNG")
    return path


def add_pictures(container, *, count=12, size=(64, 96), encoder=None, units=WITHOUT_SEI, metadata=None):
    """Adds an H.264 stream; returns a function that encodes it into the container."""
    stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast", "a53cc": "0", **(encoder or {})})
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.metadata.update(metadata or {})

    def write() -> None:
        container.start_encoding()  # the filter learns the stream's set-up, which exists only now
        keep = BitStreamFilterContext(units, stream) if units else None
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture(*size, seed=index)), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            for packet in stream.encode(frame):
                container.mux(keep.filter(packet) if keep else packet)
        for packet in stream.encode():
            container.mux(keep.filter(packet) if keep else packet)
        if keep:
            container.mux(keep.filter(None))

    return write


def add_sound(container, *, blocks=24, bitexact=True, metadata=None):
    """Adds an AAC stream with noise; returns a function that encodes it into the container."""
    stream = container.add_stream("aac", rate=RATE, layout="stereo")
    stream.metadata.update(metadata or {})
    if bitexact:
        stream.codec_context.flags |= Flags.bitexact

    def write() -> None:
        random = np.random.default_rng(1)
        for index in range(blocks):
            block = random.normal(0, 0.1, (2, 1024)).astype("float32")
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, index * 1024, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    return write


def write_clean_mp4(path: Path, *, sound: bool = True, muxer: dict[str, str] | None = None, **pictures: object) -> Path:
    """An MP4 that the gate accepts, with the recipe of `pipeline.gate`; `muxer` changes options of it."""
    with av.open(str(path), "w", format="mp4", options={**MUXER, **(muxer or {})}) as container:
        writers = [add_pictures(container, **pictures)]
        if sound:
            writers.append(add_sound(container))
        for write in writers:
            write()
    return path
