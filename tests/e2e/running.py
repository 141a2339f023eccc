"""An installation as its people have it: a store made by the command, the studio and the worker as two processes."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORD = "le phare de Walde"
# Several commands in one process: each start of Python costs more than what most commands do.
COMMANDS = (
    "import json, sys; from cli import main; [main(one, standalone_mode=False) for one in json.loads(sys.argv[1])]"
)
# Nothing waits for a person to change their mind, for the night, or for the people filmed to be gone.
AT_ONCE = {"PORTEVOIX_GRACE_MINUTES": "0", "PORTEVOIX_QUIET_HOURS": "", "PORTEVOIX_FOOTAGE_DELAY_HOURS": "0"}


class Installation:
    """A store in a folder of its own, and what its command says."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        word = home.parent / "password"
        word.write_text(WORD, encoding="utf-8")
        own = {"PORTEVOIX_HOME": str(home), "PORTEVOIX_URL": self.url, "PORTEVOIX_PASSWORD_FILE": str(word)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PORTEVOIX_", "DATABASE_URL"))}
        self.env = {**kept, **AT_ONCE, **own, "PORTEVOIX_LANG": "fr"}

    def told(self, *commands: Sequence[str]) -> str:
        """What these commands print, one after the other."""
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS, json.dumps(commands)], cwd=ROOT, env=self.env, input="admin\n", text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        """The studio and the worker run meanwhile; what they say lies beside the store."""
        words = (["serve", "--port", str(self.port)], ["work", "--workers", "2"])
        with (self.home.parent / "said.txt").open("w") as said:
            started = [
                subprocess.Popen([sys.executable, "-m", "cli", *one], cwd=ROOT, env=self.env, stdout=said, stderr=said)
                for one in words
            ]
            try:
                self._wait(started)
                yield
            finally:
                for one in started:
                    one.terminate()
                for one in started:
                    _ended(one)

    def _wait(self, started: Sequence[subprocess.Popen[bytes]]) -> None:
        while all(one.poll() is None for one in started):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
        raise AssertionError((self.home.parent / "said.txt").read_text())


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def link_in(text: str) -> str:
    """The first address in what a command says."""
    found = re.search(r"https?://\S+", text)
    assert found, text
    return found[0]
