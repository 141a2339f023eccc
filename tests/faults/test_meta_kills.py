"""SIGKILL around the irreversible call to Instagram and Facebook: the server's own list shows one post each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import _faults as faults
from sandbox.graph import serving
from tests.publishers.meta import showing

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
POINTS = ["before the request", "after the request"]
if os.environ.get("PORTEVOIX_FAULTS") == "long":
    POINTS += ["before noting as accepted", "after noting as accepted"]
CALLS = {"instagram": "media_publish", "facebook": "post"}


class Newsroom:
    """A store with one due post on the sandbox, and processes that deliver it."""

    def __init__(self, home: Path, platform: str, given: dict[str, str]) -> None:
        self.env = {
            **os.environ,
            "PORTEVOIX_HOME": str(home),
            "DATABASE_URL": "",
            "META": json.dumps([platform, given]),
        }
        done = self.act("prepare")
        assert done.returncode == 0, done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.faults.meta_actor", *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def act(self, *words: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, error = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, error)


@pytest.fixture(params=["instagram", "facebook"])
def world_of(request, tmp_path):
    """The platform's name, its server, and a newsroom that publishes there."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with serving() as graph, showing(home / "public") as url:
        given = {
            "page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url,
            "rupload_url": graph.urls["rupload"],
        }  # fmt: skip
        if request.param == "instagram":
            given |= {"ig_user_id": graph.account.id, "media_url": url}
        yield request.param, graph, Newsroom(home, request.param, given)


def settled(graph, newsroom):
    done = newsroom.act("settle")
    assert done.returncode == 0, done.stderr
    (out,) = graph.published()
    assert [comment["text"] for comment in out["comments"]] == ["Source : la note"]
    assert graph.secrets_in_urls() == [] and done.stdout.strip() == "verified"


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_the_post_is_out_once_with_one_comment(world_of, point):
    _platform, graph, newsroom = world_of
    assert newsroom.act("tick", point).returncode == -9
    settled(graph, newsroom)


@pytest.mark.parametrize("applied", [True, False])
def test_killed_while_the_server_is_at_it_the_post_is_out_once(world_of, applied):
    platform, graph, newsroom = world_of
    graph.fault(CALLS[platform], faults.SILENCE, applied=applied)
    process = newsroom.start("tick")
    try:
        for _wait in range(600):
            if graph.calls(CALLS[platform]) or process.poll() is not None:
                break
            graph.wait(CALLS[platform], timeout=0.1)
    finally:
        process.kill()
        process.communicate()
    assert len(graph.calls(CALLS[platform])) == 1 and len(graph.published()) == int(applied)
    settled(graph, newsroom)
