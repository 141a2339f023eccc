"""A platform that takes posts in four ways, misbehaves as it is told, and keeps its own list of what is out.

python -m tests.faults.platform     prints its addresses as one line of JSON; ends when its standard input does

It shares no code with delivery: its list of posts is the oracle of the fault suites. An account is named by its bearer
token. Times are the platform's own clock, which the suites set beside the workers' one.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

from tests.faults.wire import CUT, HTML, LORIS, TRUNCATED, Answer, Server, Undecided

CLASSES = ("exactly_once", "lookup", "list", "none")
PAGE = 5  # posts on one page of a listing: small, so that a listing has several
ACCEPTING = ("drop_after", "500_after", "odd", "pending", "shown_late")  # the others say so themselves: `accepted`


@dataclass
class Fault:
    """How the next requests of an account go wrong: `skip` of them go well first, then `times` go wrong."""

    account: str
    kind: str
    on: str = "write"  # write: what publishes; create: what prepares; read: what only asks; handshake: any connection
    skip: int = 0
    times: int = 1
    accepted: bool = False  # whether the request was taken all the same, where the kind does not say it
    after: float = 0.0  # seconds until what is late or pending is there
    wait: float = 0.0  # seconds, for Retry-After
    as_date: bool = False
    status: int = 0
    used: int = 0


@dataclass(frozen=True)
class Post:
    """One post that is out."""

    id: str
    account: str
    text: str
    at: float
    shown_at: float


@dataclass
class Container:
    """What an account of the class lookup made and may publish once."""

    account: str
    text: str
    state: str = "FINISHED"
    post: str = ""


@dataclass
class Platform:
    """Everything that the platform knows; `lock` guards all of it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    undecided: Undecided = field(default_factory=Undecided)
    posts: list[Post] = field(default_factory=list)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    outstanding: list[tuple[float, Callable[[], str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    flying: Counter[str] = field(default_factory=Counter)
    overlaps: int = 0  # how often one account had two publishing requests at once
    still: Callable[[], float] = lambda: 0.0  # the longest that it answered nobody, in seconds
    latency: float = 0.0
    ahead: float = 0.0  # seconds between the platform's clock and the machine's
    count: int = 0

    def now(self) -> float:
        return time.time() + self.ahead

    def number(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def fault(self, account: str, on: str) -> Fault | None:
        """The fault that this request meets, used up by it."""
        with self.lock:
            for fault in self.faults:
                if (fault.account, fault.on) != (account, on) or fault.used >= fault.times:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.used += 1
                return fault
        return None

    def let_happen(self, everything: bool = False) -> int:
        """How many late requests were taken now: those whose time has come."""
        with self.lock:
            ripe = [one for one in self.outstanding if everything or one[0] <= self.now()]
            self.outstanding = [one for one in self.outstanding if one not in ripe]
            for _at, take in ripe:
                take()
            return len(ripe)

    @contextmanager
    def one_request(self, account: str) -> Iterator[None]:
        """Counts the publishing requests of an account that are being worked on at the same time."""
        with self.lock:
            self.flying[account] += 1
            self.overlaps += self.flying[account] > 1
        try:
            time.sleep(self.latency)
            yield
        finally:
            with self.lock:
                self.flying[account] -= 1

    def publish(self, account: str, text: str, shown_after: float = 0.0) -> str:
        post = Post(self.number(f"{account}-post-"), account, text, self.now(), self.now() + shown_after)
        self.posts.append(post)
        return post.id

    def forget(self) -> None:
        """Empties everything; numbers go on, so that no id is given twice in a run."""
        for held in (self.posts, self.keys, self.containers, self.jobs, self.outstanding, self.faults):
            held.clear()
        self.overlaps = 0

    def visible(self, account: str) -> list[Post]:
        """The account's posts that are shown, newest first."""
        return [p for p in reversed(self.posts) if p.account == account and p.shown_at <= self.now()]


# ------------------------------------------------------------------------------------------------ the four ways


def way_exact(platform: Platform, account: str, key: str, text: str) -> Callable[[float], str]:
    """PUT of a post under the sender's own key: repeating it changes nothing."""

    def take(shown_after: float) -> str:
        known = platform.keys.get((account, key))
        return known or platform.keys.setdefault((account, key), platform.publish(account, text, shown_after))

    return take


def way_container(platform: Platform, container: Container) -> Callable[[float], str]:
    """Publishing of what was made before: it happens once."""

    def take(shown_after: float) -> str:
        if container.state != "PUBLISHED":
            container.post = platform.publish(container.account, container.text, shown_after)
            container.state = "PUBLISHED"
        return container.post

    return take


def way_plain(platform: Platform, account: str, text: str) -> Callable[[float], str]:
    """A plain POST: each one is a new post."""
    return lambda shown_after: platform.publish(account, text, shown_after)


def mutate(platform: Platform, account: str, on: str, take: Callable[[float], str]) -> Answer:
    """The answer to a request that changes something, with the fault that was planned for it."""
    fault = platform.fault(account, on)
    with platform.one_request(account), platform.lock:
        if fault is None:
            return Answer(201, {"id": take(0.0)})
        if fault.kind == "late":
            platform.outstanding.append((platform.now() + fault.after, lambda: take(0.0)))
        elif fault.kind == "pending":
            return pending(platform, fault, take)
        elif fault.accepted or fault.kind in ACCEPTING:
            shown_after = fault.after if fault.kind == "shown_late" else 0.0
            return misanswer(platform, fault, {"id": take(shown_after)})
        return misanswer(platform, fault, {})


def pending(platform: Platform, fault: Fault, take: Callable[[float], str]) -> Answer:
    """Accepted and not out yet: the post appears when its time has come."""
    job = platform.number("job-")
    platform.jobs[job] = ""

    def done() -> str:
        platform.jobs[job] = take(0.0)
        return platform.jobs[job]

    platform.outstanding.append((platform.now() + fault.after, done))
    return Answer(202, {"job": job})


def misanswer(platform: Platform, fault: Fault, body: dict[str, Any]) -> Answer:
    """How a fault answers; `body` is what a sound answer would have said."""
    if fault.kind == "429":
        wait = formatdate(platform.now() + fault.wait, usegmt=True) if fault.as_date else f"{fault.wait:.0f}"
        return Answer(429, {"error": "slow down"}, {"Retry-After": wait} if fault.wait else {})
    if fault.kind == "html":
        return Answer(fault.status or 200, {}, mode=HTML)
    if fault.kind == "odd":
        return Answer(201, {"name": "not what an adapter expects"})
    if fault.kind in ("401", "400"):
        return Answer(int(fault.kind), {"error": "no"})
    if fault.kind.startswith("500"):
        return Answer(500, {"error": "internal"})
    return Answer(200, body or {"id": "none"}, mode={"loris": LORIS, "truncated": TRUNCATED}.get(fault.kind, CUT))


# -------------------------------------------------------------------------------------------------- the requests


def answer(platform: Platform, method: str, path: str, account: str, body: dict[str, Any]) -> Answer:
    """What the platform says to one request."""
    platform.let_happen()
    kind, *rest = path.strip("/").split("/")
    if kind == "oracle":
        return oracle(platform, method, rest[0], body)
    if kind not in CLASSES or not account:
        return Answer(404, {"error": "nothing here"})
    if method == "GET":
        fault = platform.fault(account, "read")
        with platform.lock:
            return misanswer(platform, fault, {}) if fault else ask(platform, account, rest, body)
    return change(platform, account, kind, rest, body)


def change(platform: Platform, account: str, kind: str, rest: list[str], body: dict[str, Any]) -> Answer:
    """The answer to what creates or publishes."""
    if rest[0] == "containers":
        container = Container(account, body["text"])

        def make(_shown_after: float) -> str:
            name = platform.number("container-")
            platform.containers[name] = container
            return name

        return mutate(platform, account, "create", make)
    if rest[0] == "publish":
        found = platform.containers.get(body["container"])
        if found is None or found.account != account:
            return Answer(404, {"error": "no such container"})
        if found.state == "PUBLISHED":
            return Answer(409, {"error": "already published"})
        return mutate(platform, account, "write", way_container(platform, found))
    if kind == "exactly_once":
        return mutate(platform, account, "write", way_exact(platform, account, rest[1], body["text"]))
    return mutate(platform, account, "write", way_plain(platform, account, body["text"]))


def ask(platform: Platform, account: str, rest: list[str], query: dict[str, Any]) -> Answer:
    """The answer to a question: one post by key, one container, one job, or a page of the listing."""
    if rest[0] == "containers":
        found = platform.containers.get(rest[1])
        return Answer(200, {"status": found.state, "id": found.post}) if found else Answer(404, {})
    if rest[0] == "jobs":
        job = platform.jobs.get(rest[1])
        return Answer(404, {}) if job is None else Answer(200 if job else 202, {"id": job})
    if rest[0] == "keys":
        known = platform.keys.get((account, rest[1]))
        shown = {post.id for post in platform.visible(account)}
        return Answer(200, {"id": known}) if known in shown else Answer(404, {})
    if rest[0] == "posts":
        start, posts = int(query.get("from", 0)), platform.visible(account)
        page = [{"id": post.id, "text": post.text} for post in posts[start : start + PAGE]]
        return Answer(200, {"posts": page, "next": start + PAGE if start + PAGE < len(posts) else None})
    return Answer(200, {"account": account})


def oracle(platform: Platform, method: str, verb: str, body: dict[str, Any]) -> Answer:
    """The suites' own door: what is out, what is still to come, which faults, what time it is.

    The simulated time runs faster than this machine: a request that a busy machine left lying is decided first.
    """
    platform.undecided.wait_until_only(1)
    with platform.lock:
        if verb == "faults" and method == "POST":
            platform.faults += [Fault(**one) for one in body["faults"]]
        elif verb == "clock":
            platform.ahead = body["now"] - time.time()
        elif verb == "late":
            platform.let_happen(everything=True)
        elif verb == "reset":
            platform.forget()
            platform.latency = body.get("latency", 0.0)
        platform.let_happen()
        said = {
            "posts": [asdict(post) for post in platform.posts],
            "outstanding": len(platform.outstanding),
            "overlaps": platform.overlaps,
            "still": round(platform.still(), 1),
            "faults": [asdict(fault) for fault in platform.faults],
        }
    return Answer(200, said)


# --------------------------------------------------------------------------------------------------- the process


def main() -> None:
    """Serves one HTTP port, and one TLS port for each class, until standard input ends."""
    platform = Platform()
    with tempfile.TemporaryDirectory(prefix="platform-") as made:
        folder = Path(made)
        plain = Server(lambda *asked: answer(platform, *asked), platform.undecided)
        addresses: dict[str, Any] = {"http": plain.url, "https": {}, "ca": str(folder / "cert.pem")}
        platform.still = lambda: plain.still
        servers = [plain]
        for kind in CLASSES:
            secure = Server(
                lambda *asked: answer(platform, *asked),
                platform.undecided,
                certificate=folder,
                cut_handshake=lambda kind=kind: platform.fault(kind, "handshake") is not None,
            )
            servers.append(secure)
            addresses["https"][kind] = secure.url
        print(json.dumps(addresses), flush=True)
        sys.stdin.read()
        for server in servers:
            server.stop()


if __name__ == "__main__":
    main()
