"""The same with a post that carries a picture, in new processes: killed around the write, it is out once and whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]


def act(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "PORTEVOIX_QUIET_HOURS": ""}
    command = [sys.executable, "-m", "tests.faults.actor", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("point", ["after committing", "before the request", "after the request"])
def test_killed_around_the_write_the_post_is_in_the_outbox_once_with_its_picture(tmp_path, point):
    assert act(tmp_path, "prepare").returncode == 0
    assert act(tmp_path, "tick", point).returncode == -9
    again = act(tmp_path, "tick")
    assert again.returncode == 0, again.stderr
    told = json.loads(act(tmp_path, "state").stdout)
    assert told["state"] in ("published", "verified") and told["receipt"]
    (folder,) = {path.parent for path in (tmp_path / "outbox").rglob("submission.json")}
    (medium,) = json.loads((folder / "submission.json").read_text())["parts"][0]["media"]
    assert sha256((folder / medium["file"]["name"]).read_bytes()).hexdigest() == medium["file"]["sha256"]
