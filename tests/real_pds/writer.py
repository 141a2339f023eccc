"""A process that prepares and commits one post from a job on standard input, and dies where it is told to.

The point of death is a patch of this process only: the adapter knows nothing of it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from publishers import _atproto, bluesky
from publishers._base import More, Prepared, Submission
from tests.publishers.samples import Folder


def prepared(adapter: bluesky.Bluesky, post: Submission, saved: dict[str, Any] | None = None) -> Prepared:
    """The post, ready to commit; twenty steps at most."""
    step: More | Prepared = More(saved=saved or {})
    for _ in range(20):
        step = adapter.prepare(post, step.saved)
        if isinstance(step, Prepared):
            return step
    raise AssertionError("prepare never ends")


def dying(moment: str) -> Any:
    """`_atproto.call`, killed by SIGKILL just before or just after the one write."""

    def call(host: str, nsid: str, **asked: Any) -> dict[str, Any]:
        write = nsid.endswith("putRecord")
        if write and moment == "before the write":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = _atproto.call(host, nsid, **asked)
        if write and moment == "after the write":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return call


def main() -> None:
    job = json.load(sys.stdin)
    known = bluesky.Credentials(**job["credentials"], app_password=os.environ["APP_PASSWORD"])
    adapter = bluesky.Bluesky(known, Folder(Path(job["files"])))
    post, state = Submission.model_validate(job["submission"]), Path(job["state"])
    if state.exists():  # a run that died after `prepare`: the engine would commit what it has stored
        ready = Prepared(saved=json.loads(state.read_text()))
    else:
        ready = prepared(adapter, post)
        state.write_text(json.dumps(ready.saved))
    if os.environ.get("DIE"):
        bluesky.call = dying(os.environ["DIE"])
    print(adapter.commit(ready).model_dump_json())


if __name__ == "__main__":
    main()
