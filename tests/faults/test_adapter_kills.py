"""SIGKILL around the irreversible call to every platform: the server's own list shows one post each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from publishers._limits import limits
from sandbox import _faults as faults
from tests.faults.live_actor import COMMENT
from tests.publishers.samples import Folder
from tests.publishers.stands import COMMITS, opened

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
AT_ONCE = {"bluesky", "mastodon", "outbox"}  # these answer with the post itself: they never say "accepted"
REQUEST = ("before the request", "after the request")
KILLS = [(name, point) for name in COMMITS for point in REQUEST]
if os.environ.get("PORTEVOIX_FAULTS") == "long":
    slow = [name for name in COMMITS if name not in AT_ONCE]
    KILLS += [(name, point) for name in slow for point in ("before noting as accepted", "after noting as accepted")]
ASKED = {"linkedin page", "linkedin person"}  # where an absence, or everything, is a person's to see


class Newsroom:
    """A store with one due post on the sandbox, and processes that deliver it."""

    def __init__(self, home: Path, platform: str, given: dict[str, str]) -> None:
        self.env = {
            **os.environ,
            "PORTEVOIX_HOME": str(home),
            "DATABASE_URL": "",
            "LIVE": json.dumps([platform, given]),
        }
        done = self.act("prepare")
        assert done.returncode == 0, done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.faults.live_actor", *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def act(self, *words: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, error = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, error)


@pytest.fixture
def live(request, tmp_path):
    """The platform's stand, and a newsroom that publishes there."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with ExitStack() as stack:
        stand = opened(request.param, Folder(home), None, stack)
        if stand.platform == "linkedin":
            stand.server.processing["image"] = 0.0  # its clock is this process's, which nobody moves
        yield stand, Newsroom(home, stand.platform, stand.facts)


def on(*names):
    return pytest.mark.parametrize("live", names, indirect=True)


def settled(stand, newsroom, asked):
    """One post is out and the store knows it, by the platform's word or, where `asked` allows it, a person's."""
    done = newsroom.act("settle")
    assert done.returncode == 0, done.stderr
    if done.stdout.strip() == "needs_human":
        assert asked, "nobody should have been asked"
        out = stand.looks()
        # The sandbox is plain http; the address of a real network, which is all that is taken, is not.
        assert newsroom.act("decide", out.url.replace("http:", "https:") if out else "").returncode == 0
        done = newsroom.act("settle")
    (row,) = stand.published()
    assert done.stdout.strip() in (("verified", "published", "needs_human") if asked else ("verified",))
    if not asked and stand.server:
        wanted = [COMMENT] if limits(stand.platform).has("first_comment", "image") else []
        assert [comment["text"] for comment in row["comments"]] == wanted
    assert stand.server is None or stand.server.secrets_in_urls() == []


@pytest.mark.parametrize(("live", "point"), KILLS, indirect=["live"])
def test_killed_at_a_point_the_post_is_out_once_with_what_belongs_to_it(live, request, point):
    stand, newsroom = live
    assert newsroom.act("tick", point).returncode == -9
    settled(stand, newsroom, asked=name_of(request) in ASKED)


@on(*[name for name in COMMITS if name != "outbox"])
@pytest.mark.parametrize("applied", [True, False])
def test_killed_while_the_server_is_at_it_the_post_is_out_once(live, request, applied):
    stand, newsroom = live
    call = COMMITS[name_of(request)]["image"]
    stand.server.fault(call, faults.SILENCE, applied=applied)
    process = newsroom.start("tick")
    try:
        for _wait in range(600):
            if stand.server.calls(call) or process.poll() is not None:
                break
            stand.server.wait(call, timeout=0.1)
    finally:
        process.kill()
        process.communicate()
    assert len(stand.server.calls(call)) == 1 and len(stand.published()) == int(applied)
    settled(stand, newsroom, asked=name_of(request) in ASKED)


def name_of(request):
    """The stand that a test was given."""
    return request.node.callspec.params["live"]
