"""Real pictures and films, and a server that shows a folder to the world."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

COMMENT = "Source : https://example.org/note"
TEXT = "Calais : sept expulsions en un mois (nov. 2026). #Calais"


@lru_cache
def jpeg(shade: int = 1, width: int = 1080, height: int = 1080) -> bytes:
    """A real picture, each shade its own."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (width, height), (shade * 20 % 256, 90, 120)).save(out, "JPEG", quality=70)
    return out.getvalue()


@lru_cache
def mp4(seconds: int = 3, width: int = 540, height: int = 960, rate: int = 24, **muxer: str) -> bytes:
    """A real film without sound, its index first and without an edit list unless `muxer` says otherwise."""
    import av
    from av.video.frame import VideoFrame

    place = Path(tempfile.mkdtemp()) / "film.mp4"  # the index is moved to the front in a second passage over a file
    options = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0", **muxer}
    with av.open(str(place), "w", format="mp4", options=options) as film:
        stream = film.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "40"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(seconds * rate):
            frame = VideoFrame(width, height, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number % 200]) * plane.buffer_size)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    content = place.read_bytes()
    shutil.rmtree(place.parent)
    return content


@contextmanager
def showing(folder: Path) -> Iterator[str]:
    """The address of a server that shows a folder at /media/, as the studio does."""
    folder.mkdir(exist_ok=True)

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(folder / path.rsplit("/", 1)[1]) if path.startswith("/media/") else str(folder / "none")

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
