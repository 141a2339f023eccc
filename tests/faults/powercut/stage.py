"""A prepared home, the workers that are started on copies of it under the recorder, and those that come after."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.powercut import recorder
from tests.faults.powercut.disk import cut
from tests.faults.powercut.recorder import SUFFIX, File
from tests.faults.powercut.verdict import Recording, Snapshot, write

ROOT = Path(__file__).parents[3]
NAME = "porte-voix.sqlite3"
WORKER = [sys.executable, "-m", "tests.faults.powercut.worker"]


class Stage:
    """One home with approved posts; the outbox's place is fixed in it, so runs follow one another."""

    def __init__(self, folder: Path, library: Path, posts: int) -> None:
        self.folder, self.library = folder, library
        self.home, self.outbox = folder / "prepared", folder / "prepared" / "outbox"
        self._run(self.home, "prepare", str(posts))

    def record(self, name: str, *, synchronous: str = "", workers: int = 1, threads: int = 1) -> Recording:
        """What the workers of one run did, of so many threads each; its folder keeps the files before and after."""
        folder = self.folder / name
        home = self._copy(folder / "home")
        self._run(home, "due")
        shutil.copy(home / NAME, folder / "before.sqlite3")
        more = recorder.environment(self.library, home / NAME, folder / "log")
        env = self._environment(home, POWERCUT_SYNCHRONOUS=synchronous, **more)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [*WORKER, "deliver", str(threads)]
        running = [subprocess.Popen(command, cwd=ROOT, env=env, **pipes) for _worker in range(workers)]
        try:
            self._wait_and_leave(running, home, folder)
        finally:
            for worker in running:
                worker.kill()
        shutil.copytree(self.outbox, folder / "outbox")
        return Recording(folder, (folder / "before.sqlite3").read_bytes(), recorder.read(folder / "log"))

    def _wait_and_leave(self, running: list[subprocess.Popen[str]], home: Path, folder: Path) -> None:
        """Copies the files while every worker stands still, then lets them close the database."""
        for worker in running:
            said = worker.stdout.readline()
            assert said == "still\n", said + worker.communicate(timeout=120)[1]
        for file, content in standing(home / NAME).items():
            (folder / f"still{SUFFIX[file]}").write_bytes(content)
        for worker in running:
            errors = worker.communicate("\n", timeout=120)[1]
            assert worker.returncode == 0, errors

    def power_returns(self, recording: Recording, model: str, prefix: int, seed: int, out: list[str]) -> list[str]:
        """What is out in the end, each text as often as it went out: a new worker finds that disk and these posts."""
        home = self._copy(Path(tempfile.mkdtemp(prefix="after-", dir=self.folder)) / "home")
        (home / NAME).unlink()
        image = cut(recording.at(prefix), model, seed, prefix)
        for path in write(image, self.folder / "image", random.Random(seed)).parent.iterdir():
            shutil.copy(path, home / path.name)
        for post in out:
            shutil.copytree(recording.folder / "outbox" / post, self.outbox / post)
        self._run(home, "finish")
        return sorted(path.read_text() for path in self.outbox.glob("*/[!.]*/text.txt"))

    def _copy(self, home: Path) -> Path:
        """A fresh copy of the prepared home; the outbox is emptied."""
        shutil.rmtree(self.outbox, ignore_errors=True)
        shutil.copytree(self.home, home)
        self.outbox.mkdir()
        return home

    def _environment(self, home: Path, **more: str) -> dict[str, str]:
        return {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "POWERCUT_OUTBOX": str(self.outbox),
                **more}  # fmt: skip

    def _run(self, home: Path, *words: str) -> None:
        done = subprocess.run(
            [*WORKER, *words],
            cwd=ROOT,
            env=self._environment(home),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def standing(database: Path) -> dict[File, bytes]:
    """The files as they stand now, those that are there."""
    paths = {file: database.with_name(database.name + suffix) for file, suffix in SUFFIX.items()}
    return {file: path.read_bytes() for file, path in paths.items() if path.exists()}


def requests(recording: Recording) -> list[tuple[int, Snapshot]]:
    """Where the network had taken a post and the store had only announced it: calls made by then, and that mark."""
    marks = [(op.index + 1, mark) for op, mark in recording.marked()]
    return [(prefix, mark) for prefix, mark in marks if mark["at"] == "after the request"]
