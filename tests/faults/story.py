"""One store from the moment its posts are due until every one of them is settled, whatever happens on the way.

A child process ticks, and between its ticks the simulated time moves to when something is to be done next; where it is
killed, the next child goes on. What became of each post is judged by the platform's own list.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.faults import children
from tests.faults.children import Ended, Kill
from tests.faults.store import DUE, Store

ROUNDS = 80  # of one worker: far more than any sound story takes
WORKERS = 12  # that die or fail one after the other
PATIENT = 4  # times that a person says something about a post: a kill may end their word too
STEP = timedelta(seconds=1)
GIVEN_UP = timedelta(minutes=31)  # longer than a lease
SETTLED = frozenset({"published", "verified", "failed", "missed", "needs_human", "cancelled"})
OUT = frozenset({"published", "verified"})
ASKED = frozenset({"failed", "missed", "needs_human"})  # a person sees it, with a sentence


class Platform:
    """The platform's process, seen from the suites."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.addresses: dict[str, Any] = json.loads(process.stdout.readline())
        self.host = urlsplit(self.addresses["http"]).netloc

    def ask(self, verb: str, **body: Any) -> dict[str, Any]:
        """What the oracle says after this."""
        connection = HTTPConnection(self.host, timeout=30)
        try:
            connection.request("POST", f"/oracle/{verb}", json.dumps(body))
            return dict(json.loads(connection.getresponse().read()))
        finally:
            connection.close()


@contextmanager
def platform() -> Iterator[Platform]:
    """A platform in a process of its own, for the length of the block; it ends with its standard input."""
    command = [sys.executable, "-m", "tests.faults.platform"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Platform(process)


@dataclass
class Row:
    """A publication as the store tells it."""

    id: int
    account: str
    platform: str
    text: str
    state: str
    wake: datetime | None
    closed: bool
    sentence: bool
    receipt: str | None


@dataclass
class Told:
    """What a story came to: the kills that happened, each row's end, and every verdict that is not good."""

    kills: list[str] = field(default_factory=list)
    hits: list[str] = field(default_factory=list)  # the checkpoints passed since the last kill
    rows: dict[str, list[Any]] = field(default_factory=dict)  # account -> [state before any person spoke, state, out]
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    wrong: int = 0
    escaped: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.wrong or self.escaped or self.errors)


@dataclass
class Story:
    """How a case goes: where the workers die, what the platform does, and what people do."""

    store: Store
    model: str
    platform: Platform
    seed: int
    kills: list[Kill] = field(default_factory=list)
    stops: list[Kill] = field(default_factory=list)  # workers that stop there, are given up, and go on in the end
    people_first: bool = False  # people have spoken before those go on
    faults: list[dict[str, Any]] = field(default_factory=list)
    start: datetime = DUE + STEP
    first: Callable[[], None] | None = None  # done on the store before anything is ticked
    patch: Callable[[], None] | None = None  # a deliberately broken variant, in the children only
    until_verified: bool = False
    raises: str = ""  # the failure of the program that is part of the story
    told: Told = field(default_factory=Told)
    spoken: int = 0

    def tell(self) -> Told:
        """What became of every publication."""
        self.name = self.store.fresh(self.model)
        self.now = self.start
        self.platform.ask("reset")
        self.platform.ask("faults", faults=self.faults)
        if self.first:
            self._child(self.first)
        self._stopped()
        rows = self._rounds()
        before = {row.id: (row.state, bool(self._out(row))) for row in rows}
        while self._people(rows):
            rows = self._rounds()
        self.platform.ask("late")
        self._judge(rows, before)
        return self.told

    def _stopped(self) -> None:
        """Workers stop, are given up by the others, and go on in the end; people may have spoken by then."""
        running: list[children.Child] = []
        for stop in self.stops:
            if running and self.people_first:
                self._people(self._rounds())
            child = self._fork(lambda: tick(self.platform), replace(stop, stops=True))
            if child.until("stopped "):
                running.append(child)
                self.now += GIVEN_UP
            else:
                self._heard(child.wait())
        if len(running) == 1:
            rows = self._rounds()
            if self.people_first and self._people(rows):
                self._rounds()
        for child in running:
            child.resume(self.now)
            self._heard(child.wait())

    def _rounds(self) -> list[Row]:
        """The rows, once they are settled or there is no more patience; whoever dies is followed by another worker."""
        for _worker in range(WORKERS):
            ended = self._child(lambda: live(self.platform, self.until_verified))
            if ended.result is not None:
                return [Row(**row) for row in ended.result]
            self.now += STEP
        return []

    def _fork(self, act: Callable[[], Any], kill: Kill | None) -> children.Child:
        self.seed += 1

        def live() -> Any:
            self.store.use(self.name)
            if self.patch:
                self.patch()
            return act()

        return children.fork(live, now=self.now, seed=self.seed, kill=kill)

    def _heard(self, ended: Ended) -> None:
        self.told.hits += ended.hits
        self.now = max(self.now, ended.now or self.now)
        if ended.error and not (self.raises and self.raises in ended.error):
            self.told.errors.append(ended.error)

    def _child(self, act: Callable[[], Any]) -> Ended:
        """One process on the store, killed where the story says; what it passed counts towards that."""
        kill = self.kills[0] if self.kills else None
        ended = self._fork(act, kill).wait()
        self._heard(ended)
        if ended.killed_at:
            self.told.kills.append(ended.killed_at)
            self.kills.pop(0)
            self.told.hits.clear()
        elif kill:
            passed = len([name for name in ended.hits if kill.name in (None, name)])
            self.kills[0] = replace(kill, nth=kill.nth - passed)
        return ended

    def _out(self, row: Row) -> list[str]:
        """The ids under which the row's post is out, by the platform's list."""
        posts = self.platform.ask("posts")["posts"]
        return [post["id"] for post in posts if (post["account"], post["text"]) == (row.account, row.text)]

    def _people(self, rows: Iterable[Row]) -> bool:
        """Whether people were asked and spoke: send after all, or what a look at the account says is there."""
        asked = [row for row in rows if row.state in ("missed", "needs_human")]
        self.spoken += bool(asked)
        if not asked or self.spoken > PATIENT:
            return False
        self.platform.ask("late")
        words = {row.id: (row.state, next(iter(self._out(row)), None)) for row in asked}
        self._child(lambda: speak(words))
        return True

    def _judge(self, rows: Iterable[Row], before: dict[int, tuple[str, bool]]) -> None:
        told = self.told
        for row in rows:
            mine, (ended, out) = self._out(row), before.get(row.id, ("", False))
            told.rows[row.account] = [ended, row.state, len(mine)]
            told.doubled += len(mine) > 1
            told.stuck += row.state not in SETTLED
            told.wrong += row.state in OUT and row.receipt not in [*mine, *map(link, mine)]
            told.wrong += row.state in ("failed", "missed", "cancelled") and bool(mine)
            told.lost += not mine and row.state in SETTLED - OUT and not (row.state == "failed" and row.sentence)
            told.escaped += escaped(row.platform, ended, out)
        told.stuck += not told.rows


def escaped(kind: str, ended: str, out: bool) -> bool:
    """Whether a person was asked what the platform could have told: of the class list only what is not there may be."""
    return ended == "needs_human" and (kind in ("exactly_once", "lookup") or (kind == "list" and out))


# ------------------------------------------------------------------------------- done in children, on their own store


def live(platform: Platform, until_verified: bool) -> list[dict[str, Any]] | None:
    """How the rows stand once they are settled: a worker ticks, and the time moves to when it has something to do.

    A person mends a closed channel on the way.
    """
    rows: list[dict[str, Any]] = []
    for _round in range(ROUNDS):
        rows = tick(platform)
        if any(row["closed"] for row in rows):
            mend()
        moving = [row for row in rows if not settled(row, until_verified)]
        if not moving:
            break
        now = datetime.now(UTC)
        children.travel(max(min(row["wake"] or now for row in moving), now) + STEP)
    return rows


def settled(row: dict[str, Any], until_verified: bool) -> bool:
    """Whether nothing more is to be expected of the row, or nothing that the story waits for."""
    waits = until_verified and row["state"] == "published" and row["platform"] != "none"
    return row["state"] in SETTLED and not waits


def tick(platform: Platform) -> list[dict[str, Any]]:
    """One tick, and how the rows stand after it."""
    from pipeline import delivery

    platform.ask("clock", now=time.time())
    delivery.tick()
    return look()


def look() -> list[dict[str, Any]]:
    from pipeline.models import Hold, Publication

    rows = Publication.objects.select_related("channel", "receipt", "variant").order_by("pk")
    held = Hold.objects.filter(released_at=None).exists()
    return [asdict(_row(row, held)) for row in rows]


def _row(row: Any, held: bool) -> Row:
    times = [row.next_try_at, row.lease_until, row.channel.paused_until]
    if row.state in ("scheduled", "prepared"):
        times.append(row.due_at)
    receipt = getattr(row, "receipt", None)
    return Row(
        id=row.pk,
        account=row.channel.name,
        platform=row.channel.platform,
        text=row.variant.texts.get().text,
        state=row.state,
        wake=max((at for at in times if at), default=None),
        closed=held or not row.channel.authorised,
        sentence=bool(row.error and row.error.get("msgid")),
        receipt=receipt.remote_id if receipt else None,
    )


def mend() -> None:
    """People give a closed channel credentials that work, and release what was on hold when posts were due."""
    from pipeline import channels, delivery
    from pipeline.models import Channel, User

    if datetime.now(UTC) > DUE:
        delivery.release(by=User.objects.get(username="samira"))

    for channel in Channel.objects.filter(authorised=False):
        channels.check(channel)


def speak(words: dict[int, tuple[str, str | None]]) -> None:
    """A coordinator's word on what was missed, and on what only a look at the account can tell."""
    from pipeline import delivery
    from pipeline.models import Publication, User

    samira = User.objects.get(username="samira")
    for pk, (state, found) in words.items():
        row = Publication.objects.select_related("variant", "channel").get(pk=pk)
        if state == "missed":
            delivery.send_after_all(row, by=samira)
        elif state == "needs_human":
            delivery.decide(row, by=samira, link=link(found) if found else None)


def link(post: str) -> str:
    """The address that a person pastes: what they see of the post."""
    return f"https://platform.example/{post}"
