"""A PostgreSQL server that is stopped in the middle of things, and started again on the same port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres


class Server:
    """Its data in a folder of its own; `url` stays the same whether it runs or not."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self.folder, self.port = folder, postgres._free_port()
        self.url = f"postgres://tester@127.0.0.1:{self.port}/postgres"
        self.how = {"user": user, "env": {**os.environ, "LC_ALL": "C.UTF-8"}, "cwd": folder}
        command = [postgres._binary("initdb"), "-D", "data", "-U", "tester", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(command, check=True, capture_output=True, **self.how)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [postgres._binary("postgres"), "-D", "data", "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-k", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.how)
        postgres._wait(self.url)

    def stop(self) -> None:
        """Stops it at once, as a machine that loses its power would: it recovers when it is started again."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)


@contextmanager
def server() -> Iterator[Server]:
    """A server that runs; thrown away afterwards."""
    user = postgres._ordinary_user()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        shutil.chown(folder, user)
    try:
        made = Server(folder, user)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
