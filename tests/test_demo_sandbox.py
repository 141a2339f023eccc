"""`portevoix demo --sandbox --serve`, run once as a stranger would: what the stand-ins hold is what is told."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
NETWORKS = {"instagram", "facebook", "linkedin", "bluesky"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def document(lines) -> dict:
    """The JSON document at the head of what a process says."""
    text = ""
    for line in lines:
        text += line
        if line == "}\n":
            return json.loads(text)
    raise AssertionError(text)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What the demo printed, where it says that its servers are, what these hold, and the folder."""
    folder = tmp_path_factory.mktemp("demo")
    env = {**os.environ, "PORTEVOIX_LANG": "en", "DATABASE_URL": "postgres://nobody@127.0.0.1:9/real"}
    words = ["demo", "--sandbox", "--serve", "--port", str(free_port()), "--dir", str(folder / "play"), "--json"]
    with (folder / "errors").open("w") as errors:
        demo = subprocess.Popen(
            [sys.executable, "-m", "cli", *words], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert demo.stdout
            told = document(demo.stdout)
            assert "The studio is open" in demo.stdout.readline()
            said = (folder / "errors").read_text()
            urls = re.findall(r"is shown at (http://127\.0\.0\.1:\d+/)", said)
            held = [one for url in urls for one in json.load(urlopen(f"{url}sandbox/published"))]
            pages = [urlopen(url).read().decode() for url in urls]
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=60)
    return told, held, pages, folder


def test_every_post_of_the_four_networks_stands_on_its_server_under_the_id_of_its_receipt(played):
    told, held, _pages, folder = played
    assert set(told) == {"imports", "summary", "files", "publications", "audit"} and told["audit"]["ok"]
    assert {one["platform"] for one in told["publications"]} == NETWORKS
    assert {one["state"] for one in told["publications"]} == {"published"}
    there = {one["id"] for one in held}
    for one in told["publications"]:
        # A film has its own id on Facebook; its address names the post.
        named = {one["receipt"]["id"], one["receipt"]["url"].rstrip("/").rsplit("/", 1)[1]}
        assert named & there, one
    assert len(held) == 6 and not (folder / "play" / "outbox").exists()


def test_what_stands_there_is_what_was_approved_and_can_be_looked_at(played):
    told, held, pages, _folder = played
    headline = told["summary"]["sentences"]["headline"]["fr"]
    assert sum(headline in json.dumps(one, ensure_ascii=False) for one in held) >= 3
    hashes = {file["sha256"] for file in told["files"]}
    assert hashes & set(re.findall(r"[0-9a-f]{64}", json.dumps(held)))
    assert all("</html>" in page for page in pages)


def test_nothing_is_left_on_the_public_side_and_no_token_in_what_was_said(played):
    told, _held, _pages, folder = played
    assert list((folder / "play").rglob("public*/**/*.jpg")) == []
    assert "EAA" not in json.dumps(told) and "EAA" not in (folder / "errors").read_text()
