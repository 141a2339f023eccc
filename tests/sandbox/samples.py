"""Pictures and films with one property each, and a host that serves them as it is told."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from PIL import Image


@cache
def picture(width: int = 1080, height: int = 1350, format: str = "JPEG", colour: int = 90) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (colour, 40, 60)).save(out, format)
    return out.getvalue()


@cache
def film(
    width: int = 540,
    height: int = 960,
    seconds: float = 3.2,
    fps: int = 25,
    codec: str = "libx264",
    sound: bool = True,
    index_first: bool = True,
    edit_list: bool = False,
    pixels: str = "yuv420p",
    rate: int = 48_000,
    still: bool = False,
) -> bytes:
    movflags = "+negative_cts_offsets" + ("+faststart" if index_first else "")
    options = {"fflags": "+bitexact", "movflags": movflags, "use_editlist": "1" if edit_list else "0"}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp4"
        with av.open(str(path), "w", format="mp4", options=options) as out:
            stream = out.add_stream(codec, rate=fps, options={"preset": "ultrafast"} if codec == "libx264" else {})
            stream.width, stream.height, stream.pix_fmt = width, height, pixels
            voice = out.add_stream("aac", rate=rate, layout="stereo") if sound else None
            shown = [frame_of(width, height, n, pixels) for n in range(1 if still else 6)]
            for n in range(round(seconds * fps)):
                frame = shown[n % len(shown)]
                frame.pts, frame.time_base = n, Fraction(1, fps)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            if voice is not None:
                silence = np.zeros((2, round(seconds * rate)), np.float32)
                heard = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
                heard.sample_rate, heard.pts = rate, 0
                out.mux(voice.encode(heard))
                out.mux(voice.encode(None))
        return path.read_bytes()


def frame_of(width: int, height: int, n: int, pixels: str) -> av.VideoFrame:
    """A grey picture with a corner of noise, which keeps the file from being tiny."""
    grey = np.full((height, width, 3), 70, np.uint8)
    grey[:64, :64] = np.random.default_rng(n).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    return av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=pixels)


class Host:
    """Serves `files` by path; an entry is bytes, a status, or a status with headers. Keeps who asked."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes | int | tuple[int, dict[str, str]]] = {}
        self.asked: list[tuple[str, str]] = []
        self.slow = threading.Event()

    def put(self, name: str, body: bytes | int | tuple[int, dict[str, str]]) -> str:
        self.files[f"/{name}"] = body
        return f"{self.url}/{name}"


@contextmanager
def hosting() -> Iterator[Host]:
    host, stopped = Host(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append((self.path, self.headers.get("User-Agent", "")))
            found = host.files.get(self.path, 404)
            if self.path == "/slow":
                stopped.wait(5)
                return
            body = found if isinstance(found, bytes) else b"<form>log in</form>"
            status, headers = found if isinstance(found, tuple) else (found if isinstance(found, int) else 200, {})
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
