"""Runs the browser tests file by file, each in a process of its own, and does not wait for one that stands still.

A browser has been seen to stop for good in the middle of a file, with all its threads busy, on a machine that did
nothing else. Which thread it was cannot be told afterwards: so what runs is printed before it is ended, and that file
is begun once more. A test that fails is never tried again.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

STORE = "PORTEVOIX_BROWSER_STORE"  # the word for the file in which the browser tests keep their rows
TESTS = Path(__file__).parents[1]
STILL = 300.0  # seconds without a word: the longest test takes a quarter of it, the start of the first one a tenth
DUMP = 200  # seconds of one test, after which each thread of Python says where it stands
PYTEST = (sys.executable, "-m", "pytest", "-m", "e2e", "-rs", "-p", "no:xdist", "-o", f"faulthandler_timeout={DUMP}",
          "--reuse-db")  # fmt: skip
NOTHING_THERE = 5  # pytest's word for a file without such tests


def main(files: list[str]) -> int:
    """0 where every file passed; 1 after all of them where one did not."""
    chosen = [Path(file) for file in files] or sorted(path for path in TESTS.rglob("test_*.py") if _in_browser(path))
    with TemporaryDirectory() as folder:
        codes = [_tried(path, Path(folder)) for path in chosen]
    print(f"{codes.count(0)} of {len(codes)} files of browser tests passed.", flush=True)
    return int(any(codes))


def _in_browser(path: Path) -> bool:
    return "pytest.mark.e2e" in path.read_text("utf-8")


def _tried(path: Path, stores: Path) -> int:
    name = str(path.resolve().relative_to(TESTS.parent))
    print(f"== {name}", flush=True)
    code = _run(name, stores / "store.sqlite3")
    if code is None:
        print(f"{name} stood still for {STILL:.0f} seconds and is begun once more.", flush=True)
        code = _run(name, stores / f"{path.stem}.sqlite3")
    return 1 if code is None else 0 if code == NOTHING_THERE else code


def _run(name: str, store: Path) -> int | None:
    """How pytest ended; None where it had to be ended because it stood still. The store is laid out by the first."""
    told = {"args": [*PYTEST, name], "env": {**os.environ, STORE: str(store)}, "cwd": TESTS.parent}
    with subprocess.Popen(**told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0) as running:
        assert running.stdout
        if _passed_on(running.stdout.fileno()):
            return running.wait()
        family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
        _describe(family)
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        return None


def _passed_on(stream: int) -> bool:
    """Prints what comes; False where nothing came for too long, True at the end."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(stream, selectors.EVENT_READ)
        while waiting.select(STILL):
            if not (said := os.read(stream, 1 << 16)):
                return True
            sys.stdout.buffer.write(said)
            sys.stdout.flush()
    return False


def _describe(family: list[psutil.Process]) -> None:
    """What each process does, by the processor time that it takes in a second."""
    print(f"\nload {psutil.getloadavg()}, {len(psutil.pids())} processes", flush=True)
    before = {one: _spent(one) for one in family}
    time.sleep(1)
    for one in family:
        with suppress(psutil.NoSuchProcess):
            took, line = _spent(one) - before[one], " ".join(one.cmdline())[:120]
            print(f"{one.pid} {one.status()} {one.num_threads()} threads {took:.2f} s: {line}", flush=True)


def _spent(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:2])
    return 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
