"""A person's word against a tick, in processes of their own on a real database, let go at the same moment.

python -m tests.faults.racing SEED OTHERS HOLDS PANICS [broken | deaf]     for each race, who said what and what left

The tick stops at some checkpoint until the person is ready too; then both go on, each after a pause of its own, and
every statement that either sends to the database is followed by another one, so that they meet everywhere.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import django

# Where the tick waits for the person; None: at its start. Early ones more often: a move is refused from the claim on.
GATES = (
    None, None, "before the claim", "before the claim", "after the beat", "after the claim", "after preparing",
    "before storing a step", "after storing a step", "before committing", "after committing", "before the request",
    "after the request", "before the receipt",
)  # fmt: skip
KINDS = ("edit", "cancel", "recall", "move", "move to another day", "approve")
ACCOUNTS = 3  # of a hold race: the tick goes from one to the next
LEDGER = Path(os.environ.get("PORTEVOIX_HOME", ".")) / "asked.jsonl"


def apart(work: Callable[[int, int], Any]) -> tuple[int, int, int]:
    """Forks: the child's ends of two pipes are given to `work`, whose answer is its last line. (pid, read, write)."""
    ready_out, ready_in = os.pipe()
    go_out, go_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ready_out)
        os.close(go_in)
        answer: dict[str, Any] = {}
        try:
            answer = work(ready_in, go_out)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what the race is about
            answer = {"error": f"{type(error).__name__}: {error}"}
        os.write(ready_in, b"!" + json.dumps(answer).encode())
        os._exit(0)
    os.close(ready_in)
    os.close(go_out)
    return pid, ready_out, go_in


def wait_for_go(ready: int, go: int, pause: float) -> None:
    os.write(ready, b"r")
    os.read(go, 1)
    time.sleep(pause)  # the offset between the two: this is what is tried, nothing waits for it


def run(children: list[tuple[int, int, int]], *, first: int | None = None) -> list[dict[str, Any]]:
    """Lets them all go at the same moment, once each is ready (or done); their answers.

    Where one is `first`, the others are let go only when it has ended.
    """
    heard = [os.read(out, 1) for _pid, out, _go in children]
    answers: dict[int, dict[str, Any]] = {}
    groups = [range(len(children))] if first is None else [[first], [n for n in range(len(children)) if n != first]]
    for group in groups:
        for number in group:
            with suppress(BrokenPipeError):  # done before its gate: it never came by
                os.write(children[number][2], b"g")
        for number in group:
            answers[number] = _ended(children[number], heard[number])
    return [answers[number] for number in range(len(children))]


def _ended(child: tuple[int, int, int], told: bytes) -> dict[str, Any]:
    pid, out, go = child
    while part := os.read(out, 65536):
        told += part
    os.waitpid(pid, 0)
    os.close(out)
    os.close(go)
    answer: dict[str, Any] = json.loads(told.partition(b"!")[2])
    return answer


class Jitter:
    """A pause after every statement, so that two transactions meet in every order."""

    def __init__(self, seed: int, longest: float) -> None:
        self.random, self.longest = random.Random(seed), longest

    def __call__(self, execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        time.sleep(self.random.random() * self.longest)
        return done


class Race:
    """One race: a post, or one on each of several accounts, due now; its facts as they become known."""

    def __init__(self, world, kind: str, number: int, seed: int) -> None:
        self.world, self.kind, self.random = world, kind, random.Random(seed * 100_003 + number)
        self.token = f"«{number}»"
        self.gate = self.random.choice(world.gates)
        # A hold on everything, or on the first account.
        self.held = self.random.choice([None, world.accounts[0]]) if kind == "hold" else None
        several = kind in ("hold", "panic")
        self.posts = [self._post(channel) for channel in world.accounts[: ACCOUNTS if several else 1]]
        self.post = self.posts[0]

    def _post(self, channel):
        from django.utils import timezone

        from pipeline import drafts, planning, review
        from pipeline.models import Publication, VariantText

        post = drafts.create("Course", [drafts.Piece(channel, {"fr": f"{self.token} avant"})], by=self.world.intern)
        for row in VariantText.objects.filter(variant__post=post):
            drafts.mark_read(row, by=self.world.intern)
        revision = review.submit(post, by=self.world.intern)
        if self.kind != "approve":
            review.approve(revision, by=self.world.coordinator)
        at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
        (row,) = planning.schedule(post, at, by=self.world.intern)
        Publication.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=1))
        return post

    # -------------------------------------------------------------------------------------------- the two sides

    def ticker(self, gate: str | None, pause: float, seed: int) -> Callable[[int, int], dict[str, Any]]:
        def work(ready: int, go: int) -> dict[str, Any]:
            from django.db import connection

            from pipeline import delivery
            from pipeline.delivery import checkpoints

            passed: list[tuple[str, float]] = []
            waiting = [gate]

            def reached(name: str) -> None:
                passed.append((name, time.monotonic()))
                if waiting == [name]:
                    waiting.clear()
                    wait_for_go(ready, go, pause)
                    passed.append((name, time.monotonic()))

            checkpoints.arm(reached)
            if gate is None:
                wait_for_go(ready, go, pause)
            with connection.execute_wrapper(Jitter(seed, 0.001)):
                delivery.tick()
            points = {"announcing": "before committing", "going": "before the request"}
            return {
                "pid": os.getpid(),
                **{word: [at for name, at in passed if name == points[word]] for word in points},
            }

        return work

    def person(self, pause: float, seed: int) -> Callable[[int, int], dict[str, Any]]:
        def work(ready: int, go: int) -> dict[str, Any]:
            from django.db import connection

            from pipeline.errors import Refused

            word = self._word()
            wait_for_go(ready, go, pause)
            since = time.monotonic()
            try:
                with connection.execute_wrapper(Jitter(seed, 0.001)):
                    said: object = word() is not False
            except Refused as refusal:
                said = str(refusal.sentence)
            return {"said": said, "since": since, "until": time.monotonic()}

        return work

    def _word(self) -> Callable[[], Any]:
        """What the person is about to say, with everything that their page shows already loaded."""
        from django.utils import timezone

        from pipeline import delivery, drafts, planning, review
        from pipeline.models import Post, Publication
        from pipeline.panic import pressing

        post = Post.objects.get(pk=self.post.pk)
        variant = post.variants.select_related("channel", "post").get()
        row = Publication.objects.select_related("channel", "variant__post").get(variant=variant)
        revision, by = post.revisions.latest(), self.world.intern
        local = timezone.localtime(row.due_at).replace(tzinfo=None)
        # Still to come, and on the day that the person chose before.
        soon = planning.wall_time(
            (timezone.localtime() + timedelta(minutes=2)).replace(tzinfo=None).isoformat(), fold=0
        )
        far = planning.wall_time((local + timedelta(days=2)).isoformat(), fold=0)
        words: dict[str, Callable[[], Any]] = {
            "edit": lambda: drafts.set_text(variant, "fr", f"{self.token} après", by=by),
            "cancel": lambda: planning.cancel(row, by=by),
            "recall": lambda: review.recall(post, by=by),
            "move": lambda: planning.move(row, soon, by=self.world.second),
            "move to another day": lambda: planning.move(row, far, by=by),
            "approve": lambda: review.approve(revision, by=self.world.coordinator),
            "hold": lambda: delivery.pull(self.held, by=by),
            "panic": lambda: pressing.press(by=self.world.coordinator),
        }
        return words[self.kind]

    # -------------------------------------------------------------------------------------------------- the race

    def facts(self) -> dict[str, Any]:
        from django.db import connections

        connections.close_all()
        pauses = [self.random.choice([0, self.random.random() * self.world.pause]) for _side in range(3)]
        sides = [apart(self.ticker(self.gate, pauses[0], 1)), apart(self.person(pauses[1], 2))]
        if self.random.random() < 0.3:  # a second worker
            sides.append(apart(self.ticker(None, pauses[2], 3)))
        tick, person, *others = run(sides, first=1 if self.world.person_first else None)
        (after,) = run([apart(self.settle)])
        held = self.held.name if self.held else "*"
        return {
            "kind": self.kind, "token": self.token, "gate": self.gate, "held": held, "person": person,
            "ticks": [tick, *others], "after": after, "asked": self._asked(),
        }  # fmt: skip

    def settle(self, ready: int, go: int) -> dict[str, Any]:
        """Two undisturbed ticks, then where everything stands; what is left is taken away for the next race."""
        from pipeline import delivery
        from pipeline.models import Publication
        from pipeline.panic import ending, switch

        wait_for_go(ready, go, 0)
        since = time.monotonic()
        delivery.tick()
        delivery.tick()
        rows = Publication.objects.filter(variant__post__in=self.posts).order_by("pk")
        states = [row.state for row in rows]
        held = [h.channel.name if h.channel else "*" for h in delivery.active_holds()]
        if switch.is_on():
            ending.end(by=self.world.administrator)
        for hold in delivery.active_holds():
            delivery.release(hold.channel, by=self.world.coordinator)
        rows.exclude(state__in=["published", "verified"]).update(state="cancelled", lease_until=None)
        return {"states": states, "holds": held, "since": since}

    def _asked(self) -> list[dict[str, Any]]:
        lines = LEDGER.read_text(encoding="utf-8").splitlines() if LEDGER.exists() else []
        return [asked for asked in map(json.loads, lines) if self.token in asked["text"]]


def a_world():
    """People, and accounts on a network that writes down when it was asked what."""
    from pipeline import channels, setup
    from pipeline.models import Channel
    from tests.faults import scripted
    from tests.worlds import World

    setup.prepare()
    world = World(LEDGER.parent)
    world.accounts = [
        channels.add(f"account{n}", scripted.Scripted.platform, {}, by=world.administrator) for n in range(ACCOUNTS)
    ]
    Channel.objects.update(posts_per_day=100_000)  # what is tried here is not the pace

    def receive(_platform, request) -> None:
        text = json.loads(request.submission)["parts"][0]["text"]
        line = {"channel": request.channel, "text": text, "at": time.monotonic(), "pid": os.getpid()}
        with LEDGER.open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(line) + "\n")
        time.sleep(random.random() * 0.005)  # a network takes its time

    scripted.Platform.receive = receive
    return world


def read_then_write() -> None:
    """The broken variant: the row is looked at before the request, not taken by a condition in the write itself."""
    from django.utils import timezone

    from pipeline.delivery import rows
    from pipeline.models import Publication

    def announce(publication, seal: str) -> bool:
        if Publication.objects.get(pk=publication.pk).state != "prepared":
            return False
        rows.checkpoint("before committing")
        publication.state, publication.committed_at = "committing", timezone.now()
        publication.save(update_fields=["state", "committed_at"])
        return True

    rows.announce = announce


def never_stopped() -> None:
    """The broken variant: the switch is not read anew between the announcement and the request."""
    from pipeline.delivery import claims

    claims.stopped = lambda _publication, _now: False


BROKEN = {"broken": (read_then_write, "before committing"), "deaf": (never_stopped, "before the request")}


def main(seed: int, others: int, holds: int, panics: int, variant: str = "") -> None:
    from tests.faults import scripted

    breaks, gate = BROKEN.get(variant, (None, ""))
    if breaks:
        breaks()
    with scripted.installed():
        world = a_world()
        world.gates, world.pause = ((gate,), 0.0) if breaks else (GATES, 0.02)
        # The broken variant is found out by order, not by luck: read, then the person's word, then written.
        world.person_first = bool(breaks)
        kinds = [*islice(cycle(KINDS), others), *["hold"] * holds, *["panic"] * panics]
        for number, kind in enumerate(kinds):
            print(json.dumps(Race(world, kind, number, seed).facts()), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main(*(int(word) for word in sys.argv[1:5]), *sys.argv[5:6])
