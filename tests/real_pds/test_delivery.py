"""The whole road to the official server: reviewed, sealed, delivered by a process that is killed, and run again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline import channels
from pipeline.errors import Refused
from pipeline.models import Channel
from tests.real_pds.harness import Pds, TestAccount

pytestmark = [pytest.mark.real_pds, pytest.mark.parametrize("pds", ["official"], indirect=True)]
ROOT = Path(__file__).parents[2]


class Newsroom:
    """A store with one due post for the account, and processes that deliver it."""

    def __init__(self, home: Path, pds: Pds, account: TestAccount) -> None:
        channel = {"pds_url": pds.url, "handle": account.handle, "app_password": account.app_password}
        self.env = {
            **os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "ACTOR_BLUESKY": json.dumps(channel),
        }  # fmt: skip
        self.home = home
        assert self.act("prepare").returncode == 0

    def copied(self, name: str) -> Newsroom:
        """A copy of the store, with the same account."""
        copy = Newsroom.__new__(Newsroom)
        copy.home = self.home.with_name(name)
        copy.env = {**self.env, "PORTEVOIX_HOME": str(copy.home)}
        shutil.copytree(self.home, copy.home)
        return copy

    def state(self) -> str:
        """The state of the one publication."""
        with sqlite3.connect(self.home / "porte-voix.sqlite3") as store:
            return str(store.execute("SELECT state FROM pipeline_publication").fetchone()[0])

    def act(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.faults.actor", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120, check=False)


def test_a_channel_with_a_wrong_password_is_refused_and_not_stored(pds, account, world):
    given = {"pds_url": pds.url, "handle": account.handle, "app_password": "wrong-word-wrong"}
    with pytest.raises(Refused) as refusal:
        channels.add("live", "bluesky", given, by=world.administrator, verify=True)
    assert "wrong-word" not in str(refusal.value)
    assert not Channel.objects.filter(name="live").exists()


@pytest.mark.parametrize("point", [None, "before the request", "after the request", "after committing"])
def test_the_post_is_there_once_with_everything_also_when_killed_around_the_write(pds, account, tmp_path, point):
    newsroom = Newsroom(tmp_path / "home", pds, account)
    if point:
        assert newsroom.act("tick", point).returncode == -9
    done = newsroom.act("tick")
    assert done.returncode == 0, done.stderr
    (post,) = pds.posts(account.did)
    record = post["value"]
    text = f"Été : 132 expulsions, lire https://example.org/note avec @{account.handle} #Calais"
    assert record["text"] == text
    spans = {}
    for facet in record["facets"]:
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        spans[text.encode()[start:end].decode()] = facet["features"][0]
    assert spans["https://example.org/note"]["uri"] == "https://example.org/note"
    assert spans["#Calais"]["tag"] == "Calais"
    assert spans[f"@{account.handle}"]["did"] == account.did
    (image,) = record["embed"]["images"]
    assert image["alt"] == "132 expulsions, en barres."
    assert image["aspectRatio"] == {"width": 1080, "height": 1080}
    arrived = pds.blob(account.did, image["image"]["ref"]["$link"])
    assert [p.stem for p in (newsroom.home / "renditions").rglob("*.jpg")] == [sha256(arrived).hexdigest()]
    told = json.loads(newsroom.act("state").stdout)
    assert (told["state"], told["receipt"]) == ("published", post["uri"])


def test_killed_at_any_checkpoint_on_its_way_the_post_is_there_once(pds, account, tmp_path):
    """Every point that an undisturbed delivery passes, each on a copy of one store with a key of its own."""
    model = Newsroom(tmp_path / "model", pds, account)
    passed, ended, there = list(dict.fromkeys(model.copied("first").act("tick").stdout.strip().split("\n"))), {}, 1
    assert len(passed) >= 12 and {"before the request", "after the request", "after the receipt"} <= set(passed)
    for point in passed:
        newsroom = model.copied(point)
        killed, again = newsroom.act("tick", point), newsroom.act("tick")
        ended[point] = (killed.returncode, again.returncode, newsroom.state(), len(pds.posts(account.did)) - there)
        there = len(pds.posts(account.did))
    assert ended == dict.fromkeys(passed, (-9, 0, "published", 1))
