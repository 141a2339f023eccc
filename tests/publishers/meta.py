"""What the tests against the Graph sandbox stand on: real pictures and films, adapters, the engine's usual steps."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

from publishers._base import (
    Absent,
    OutcomeUnknown,
    Pending,
    Prepared,
    Publisher,
    Receipt,
    Submission,
    TryLater,
    Unauthorized,
)
from publishers.facebook import Credentials as FacebookCredentials
from publishers.facebook import Facebook
from publishers.instagram import Credentials as InstagramCredentials
from publishers.instagram import Instagram
from sandbox.graph import Graph
from tests.publishers.samples import ALT, Folder, a_post, a_video, an_image

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


def an_instagram(graph: Graph, folder: Folder, media_url: str, **changes: Any) -> Instagram:
    known = {
        "ig_user_id": graph.account.id, "page_id": graph.page.id, "access_token": graph.page_token,
        "graph_url": graph.url, "rupload_url": graph.urls["rupload"], "media_url": media_url,
    }  # fmt: skip
    return Instagram(InstagramCredentials.model_validate({**known, **changes}), folder)


def a_facebook(graph: Graph, folder: Folder, **changes: Any) -> Facebook:
    known = {
        "page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url,
        "rupload_url": graph.urls["rupload"],
    }  # fmt: skip
    return Facebook(FacebookCredentials.model_validate({**known, **changes}), folder)


def a_submission(folder: Folder, kind: str, network: str = "instagram", **changes: Any) -> Submission:
    """A post of a kind with real files."""
    if kind in ("reel", "video", "video story"):
        film = folder.add(mp4(), "reel.mp4", "video/mp4")
        media = (a_video(file=film, width=540, height=960, duration_ms=3000, **changes.pop("film", {})),)
    else:
        number = {"carousel": 3, "text": 0, "link": 0}.get(kind, 1)
        files = [folder.add(jpeg(shade), f"card{shade}.jpg", "image/jpeg") for shade in range(1, number + 1)]
        media = tuple(an_image(file=file, width=1080, height=1080, alt=f"{ALT} {n}") for n, file in enumerate(files, 1))
    if kind == "mixed carousel":
        film = folder.add(mp4(), "reel.mp4", "video/mp4")
        media = (*media, a_video(file=film, width=540, height=960, duration_ms=3000))
    story = kind.endswith("story")
    comment = {} if story else {"first_comment": COMMENT}
    text = changes.pop("text", "" if story else TEXT)
    return a_post(
        "story" if story else kind.removeprefix("mixed "), text, media=media, platform=network, **{**comment, **changes}
    )


class Engine:
    """The delivery's usual steps for one post, with the server's clock moved where it would wait."""

    def __init__(self, adapter: Publisher, graph: Graph, post: Submission) -> None:
        self.adapter, self.graph, self.post = adapter, graph, post
        self.saved: dict[str, Any] = {}
        self.commits = 0
        self.seen: list[BaseException] = []

    def run(self, rounds: int = 12) -> Receipt:
        """The receipt after as many tries as the delivery makes."""
        for _round in range(rounds):
            try:
                self.prepare()
                return self.follow(self.commit())
            except TryLater as later:
                self.seen.append(later)
                self.graph.move(3600)
            except Unauthorized as refusal:
                self.seen.append(refusal)
                self.renew_token()
        raise AssertionError(f"never out: {self.seen}")

    def prepare(self) -> None:
        """Steps until all is prepared; every state passes through JSON, as through the database."""
        for _step in range(60):
            step = self.adapter.prepare(self.post, json.loads(json.dumps(self.saved)))
            self.saved = step.saved
            if isinstance(step, Prepared):
                return
            if step.not_before:
                self.graph.move(60)
        raise AssertionError("prepare never ends")

    def commit(self) -> Pending | Receipt:
        """The irreversible call, and what is found where its answer is lost."""
        self.commits += 1
        try:
            return self.adapter.commit(Prepared(saved=json.loads(json.dumps(self.saved))))
        except OutcomeUnknown as doubt:
            self.seen.append(doubt)
        for _look in range(20):
            found = self.adapter.find(self.post, json.loads(json.dumps(self.saved)))
            if isinstance(found, Receipt | Pending):
                return found
            if isinstance(found, Absent):
                self.graph.move(300)  # an absence is believed five minutes after the doubt
                if isinstance(again := self.adapter.find(self.post, self.saved), Absent):
                    raise TryLater(doubt_sentence())
                return again
            self.graph.move(60)
        raise AssertionError("the doubt never ends")

    def follow(self, result: Pending | Receipt) -> Receipt:
        """The receipt of what was accepted."""
        for _look in range(40):
            if isinstance(result, Receipt):
                return result
            self.saved = json.loads(json.dumps(result.saved))
            if result.not_before:
                self.graph.move(60)
            try:
                result = self.adapter.check(Pending(saved=self.saved))
            except TryLater as later:
                self.seen.append(later)
        raise AssertionError("check never ends")

    def renew_token(self) -> None:
        """What a person does: connects the account again."""
        fresh = self.graph.issue(page=self.graph.page).value
        known = {**self.adapter.credentials.model_dump(), "access_token": fresh}
        known = {name: getattr(value, "get_secret_value", lambda value=value: value)() for name, value in known.items()}
        self.adapter = type(self.adapter)(self.adapter.Credentials.model_validate(known), self.adapter.files)


def doubt_sentence() -> Any:
    from publishers._sentences import _

    return _("It is not there.")
