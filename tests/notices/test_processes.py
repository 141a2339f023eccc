"""Several real senders, and senders that are killed: the mail server's own list says how often each mail came."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests import postgres
from tests.homes import fresh
from tests.notices.post_office import PostOffice

ROOT = Path(__file__).parents[2]


class Store:
    """One home, one mail server, and the processes that send from the one to the other."""

    def __init__(self, home: Path, office: PostOffice, database: str) -> None:
        self.office = office
        self.env = {
            **os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": database, "PORTEVOIX_MAIL_HOST": "127.0.0.1",
            "PORTEVOIX_MAIL_PORT": str(office.port), "PORTEVOIX_MAIL_TLS": "none",
            "PORTEVOIX_MAIL_FROM": "posts@example.org",
        }  # fmt: skip

    def start(self, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.notices.actor", *map(str, words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=pipe, stderr=pipe, text=True)

    def end(self, process: subprocess.Popen[str]) -> str:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    def act(self, *words: object) -> str:
        return self.end(self.start(*words))

    def states(self) -> list[str]:
        return [state for _email, state in json.loads(self.act("state"))]

    def came(self) -> Counter[str]:
        return Counter(mail.to for mail in self.office.taken)


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL server; each test has a database of its own."""
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.faults)])
def store(request, tmp_path):
    with PostOffice() as office:
        if request.param == "sqlite":
            yield Store(fresh(tmp_path / "home"), office, "")
            return
        database = postgres.create(request.getfixturevalue("cluster"), f"mails{office.port}")
        yield Store(tmp_path / "home", office, database)


def test_two_processes_sending_at_once_send_each_mail_once(store):
    store.act("prepare", 30, 3)
    both = [store.start("send") for _process in range(2)]
    sent = [int(store.end(one)) for one in both]
    assert sum(sent) == 90
    assert store.came() == {f"person{n}@example.org": 1 for n in range(30)}
    assert store.states() == ["sent"] * 90


def meet(store, verb: str) -> None:
    """Two senders: while the first talks to the server about its first mail, the second does all that it can do."""
    in_talk, go_on = threading.Event(), threading.Event()
    first_one = threading.Lock()

    def stop_the_first(_address):
        if not first_one.acquire(blocking=False):
            return None
        in_talk.set()
        return wait()

    async def wait():
        await asyncio.get_running_loop().run_in_executor(None, go_on.wait, 60)

    store.act("prepare", 2, 1)
    store.office.at_rcpt = stop_the_first
    slow = store.start(verb)
    assert in_talk.wait(60)
    store.act(verb)
    go_on.set()
    store.end(slow)


def test_a_second_sender_leaves_alone_what_the_first_has_claimed(store):
    meet(store, "send")
    store.act("send", 90)  # on a busy machine the first may have been kept too long, and tries again
    assert store.came() == {"person0@example.org": 1, "person1@example.org": 1}


def test_without_the_claim_two_senders_send_twice(store):
    """The broken variant: the same meeting, with senders that read what waits and claim nothing."""
    meet(store, "naive")
    assert store.came()["person0@example.org"] == 2


def test_a_sender_killed_between_claim_and_text_is_made_up_for_once(store):
    store.act("prepare", 1, 2)
    store.office.at_rcpt = lambda _address: sender.kill()
    sender = store.start("send")
    sender.communicate(timeout=120)
    assert sender.returncode == -9 and store.states() == ["claimed"] * 2
    store.office.at_rcpt = lambda _address: None
    assert int(store.act("send", 1)) == 0  # its lease still runs
    assert int(store.act("send", 6)) == 2
    assert int(store.act("send", 90)) == 0
    assert store.came() == {"person0@example.org": 1}


def test_a_sender_killed_after_the_text_is_not_made_up_for(store):
    """The server has the mail, and nobody lived to write it down."""
    store.act("prepare", 1, 2)
    store.office.at_data = lambda _server, _mail: sender.kill()
    sender = store.start("send")
    sender.communicate(timeout=120)
    assert sender.returncode == -9 and store.states() == ["handing"] * 2
    store.office.at_data = lambda _server, _mail: None
    assert int(store.act("send", 6)) == int(store.act("send", 90)) == 0
    assert store.came() == {"person0@example.org": 1}
    assert store.states() == ["unknown"] * 2
