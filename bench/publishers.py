"""What publishing costs us: CPU for a post with one picture, memory for a film of 100 MB, on every network.

python bench/publishers.py [--json] [--quick]

Each adapter talks to its sandbox server in another process, so that only our side is counted: processor time of the
adapter's own process (user and system, its part of the sockets included), after a first post that pays for imports;
and how far its memory rises above what it held just before the upload.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)  # not this folder, where this file would hide the package of its name

ROUNDS = 5 if "--quick" in sys.argv else 15
GOAL_CPU, GOAL_MEMORY = 30.0, 64.0  # ms, MB
FILM_BYTES, FILM_SECONDS = 98_500_000, 60  # Mastodon takes 99 MB; Instagram 25 Mbit a second
IMAGES = ("instagram", "facebook", "linkedin", "bluesky", "mastodon")
FILMS = (
    ("instagram", "reel"),
    ("facebook", "reel"),
    ("linkedin", "video"),
    ("mastodon", "video"),
    ("bluesky", "video"),
)


# ------------------------------------------------------------------------------------- the adapter's own process


def child(order: dict[str, Any]) -> None:
    """Prints the figure of one adapter: CPU ms of each post, or MB above the idle process."""
    from publishers import registry
    from publishers._base import File, Submission
    from publishers._mediahost import MediaChoice, OwnServer

    class Held:
        """The files of the order, each under its hash."""

        def path(self, file: File) -> Path:
            return Path(order["files"]) / file.sha256

        def host(self, choice: MediaChoice) -> OwnServer:
            return OwnServer(Path(order["site"]) / "media", choice.url or "")

        def kits(self) -> Path:
            return Path(order["files"])

    adapter = registry()[order["platform"]]
    held = adapter(adapter.Credentials.model_validate(order["credentials"]), Held())  # type: ignore[arg-type]
    posts = [Submission.model_validate(post) for post in order["posts"]]
    warm = [published(held, post, order["control"]) for post in posts[:-1]]
    idle = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here (Linux)
    last = published(held, posts[-1], order["control"])
    print(json.dumps({"cpu": [*warm, last], "above_idle": (memory("VmHWM") - idle) / 1000, "idle": idle / 1000}))


def published(adapter: Any, post: Any, control: str) -> float:
    """CPU milliseconds of all that the adapter does for a post, from checking it to its receipt."""
    from publishers._base import Pending, Prepared, Receipt

    spent = 0.0

    def timed(call: Any, *given: Any) -> Any:
        nonlocal spent
        before = time.process_time()
        try:
            return call(*given)
        finally:
            spent += time.process_time() - before

    problems = [problem for problem in timed(adapter.validate, post) if problem.severity == "error"]
    assert not problems, problems
    step = timed(adapter.prepare, post, {})
    while not isinstance(step, Prepared):
        wait(step, control)
        step = timed(adapter.prepare, post, json.loads(json.dumps(step.saved)))
    out = timed(adapter.commit, step)
    while not isinstance(out, Receipt):
        wait(out, control)
        out = timed(adapter.check, Pending(saved=out.saved))
    return spent * 1000


def wait(step: Any, control: str) -> None:
    """Lets the server's clock run where the adapter would have waited."""
    if step.not_before and control:
        body = json.dumps({"move": 60}).encode()
        urlopen(Request(f"{control}/sandbox/clock", body, {"Content-Type": "application/json"})).read()


def memory(name: str) -> int:
    """Kilobytes of this process, by the kernel's name."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


# ------------------------------------------------------------------------------------------------ what is measured


@contextmanager
def process(*command: str, cwd: Path = ROOT) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended at the end."""
    started = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield started
    finally:
        started.terminate()
        started.communicate(timeout=20)


def first_document(started: subprocess.Popen[str]) -> Any:
    """The JSON document that a process prints before it waits."""
    assert started.stdout
    text = ""
    for line in started.stdout:
        text += line
        try:
            return json.loads(text)
        except ValueError:
            continue
    raise SystemExit(f"{started.args!r} said nothing")


@contextmanager
def servers(site: Path) -> Iterator[dict[str, tuple[dict[str, str], str]]]:
    """By platform: what a channel needs, and the address of the server's clock."""
    found: dict[str, tuple[dict[str, str], str]] = {}
    shown = [sys.executable, "-u", "-c", SHOWING]
    with (
        process(sys.executable, "-m", "cli", "sandbox", "--json") as sandbox,
        process(*shown, cwd=site) as web,
    ):
        media_url = first_document(web)["url"]
        for server in first_document(sandbox)["servers"]:
            control = next(iter(server["urls"].values()))
            for words in server["channels"]:
                name = words[words.index("--platform") + 1]
                given = dict(words[n + 1].split("=", 1) for n, word in enumerate(words) if word == "--set")
                found[name] = ({**given, **({"media_url": media_url} if name == "instagram" else {})}, control)
        yield found


SHOWING = """
import json, http.server as h
h.SimpleHTTPRequestHandler.log_message = lambda *words: None
server = h.ThreadingHTTPServer(("127.0.0.1", 0), h.SimpleHTTPRequestHandler)
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
server.serve_forever()
"""


class Samples:
    """The posts that are sent, with real files."""

    def __init__(self, folder: Path) -> None:
        from tests.publishers.samples import Folder

        folder.mkdir()
        self.folder = Folder(folder)
        self._film: Any = None

    def image(self, network: str, number: int) -> dict[str, Any]:
        """A post with one picture, each with words of its own."""
        from tests.publishers.meta import jpeg
        from tests.publishers.samples import a_post, an_image

        file = self.folder.add(jpeg(number % 12, 1080, 1350), "card.jpg", "image/jpeg")
        post = a_post("image", f"Calais, {number} : sept expulsions. #Calais", (an_image(file=file),), platform=network)
        return post.model_dump(mode="json")

    def film(self, network: str, kind: str, *, heavy: bool) -> dict[str, Any]:
        """A post with a film: a minute, padded to its weight where it is to be heavy."""
        from tests.publishers.meta import mp4
        from tests.publishers.samples import a_post, a_video

        content = mp4(seconds=FILM_SECONDS)
        if heavy:
            room = FILM_BYTES - len(content)
            content += room.to_bytes(4, "big") + b"free" + bytes(room - 8)
        file = self.folder.add(content, "film.mp4", "video/mp4")
        medium = a_video(file=file, width=540, height=960, duration_ms=FILM_SECONDS * 1000)
        words = f"Un film {'lourd' if heavy else 'court'}."
        return a_post(kind, words, (medium,), platform=network).model_dump(mode="json")


def asked(order: dict[str, Any]) -> dict[str, Any]:
    """What the adapter's process says."""
    command = [sys.executable, __file__, "--child", json.dumps(order)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{order['platform']}: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def measured(work: Path) -> list[dict[str, Any]]:
    """Every figure."""
    site, samples, found = work / "site", Samples(work / "files"), []
    (site / "media").mkdir(parents=True)
    with servers(site) as known:

        def told(platform: str, posts: list[dict[str, Any]]) -> dict[str, Any]:
            credentials, control = known[platform]
            return asked({"platform": platform, "credentials": credentials, "control": control, "posts": posts,
                          "files": str(samples.folder.root), "site": str(site)})  # fmt: skip

        for platform in IMAGES:
            spent = told(platform, [samples.image(platform, number) for number in range(ROUNDS + 1)])["cpu"][1:]
            found.append(figure(f"{platform}: one post with a picture", statistics.median(spent), "CPU ms", GOAL_CPU))
        for platform, kind in FILMS:
            posts = [samples.image(platform, 99), samples.film(platform, kind, heavy=True)]
            above = told(platform, posts)["above_idle"]
            found.append(figure(f"{platform}: {kind} of 100 MB, above idle", above, "MB", GOAL_MEMORY))
    return found


def figure(name: str, value: float, unit: str, goal: float) -> dict[str, Any]:
    """A figure as every benchmark tells it."""
    return {"name": name, "value": round(value, 1), "unit": unit, "goal": goal, "met": value <= goal}


def main() -> None:
    """Prints the table, or the figures as JSON."""
    os.chdir(ROOT)
    work = Path(tempfile.mkdtemp(prefix="porte-voix-bench-"))
    try:
        figures = measured(work)
    finally:
        shutil.rmtree(work)
    if "--json" in sys.argv:
        names = ("httpx", "requests", "atproto", "facebook-sdk", "linkedin-api-client")
        told = {"python": platform.python_version(), **{name: version(name) for name in names}}
        print(json.dumps({"figures": figures, "versions": told}))
        return
    for one in figures:
        missed = "" if one["met"] else "  MISSED"
        print(f"{one['name']:44} {one['value']:8.1f} {one['unit']}  goal {one['goal']:g}{missed}")


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(json.loads(sys.argv[-1]))
    else:
        main()
