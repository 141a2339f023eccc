"""Kill -9 in the middle of a reel: nothing half under the final name, and what was finished is not made again.

The same on two machines of a cluster, played by two dask workers on the loopback that share a folder.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from pipeline import gate, reels
from pipeline.rendering.executor import ClusterExecutor
from tests.reels.films import cut_list, film, seen, steps

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
CUTS = 4
PROGRAM = """import sys
from pathlib import Path
from pipeline import reels
if __name__ == "__main__":
    out, parts = Path(sys.argv[2]), Path(sys.argv[3])
    reels.render(reels.load(Path(sys.argv[1])), out, parts=parts, preview=True)
"""


def written(folder: Path) -> Path:
    film(folder / "a.mp4", steps(60))
    cuts = [{"clip": "a.mp4", "from": n / 10, "to": n / 10 + 1.2, "caption": f"Plan {n}"} for n in range(CUTS)]
    return cut_list(folder, cuts, format="square")


def pictures(parts: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in parts.glob("*/*.mp4") if path.parent.name != "sounds"}


def wait_for(parts: Path, count: int, still: subprocess.Popen[bytes] | None = None) -> None:
    until = time.monotonic() + 120
    while len(pictures(parts)) < count and time.monotonic() < until and (still is None or still.poll() is None):
        time.sleep(0.02)


def test_a_render_that_is_killed_leaves_no_reel_and_the_next_one_goes_on_from_there(tmp_path: Path) -> None:
    path, out, parts = written(tmp_path), tmp_path / "reel.mp4", tmp_path / "parts"
    (tmp_path / "render.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "render.py"), str(path), str(out), str(parts)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}) as child:
        wait_for(parts, 2, child)
        workers = psutil.Process(child.pid).children(recursive=True)
        child.kill()
    psutil.wait_procs(workers, timeout=60)  # they end by themselves when nobody asks them for anything any more
    assert child.returncode == -signal.SIGKILL and not out.exists()
    before = pictures(parts)
    assert 2 <= len(before) < CUTS
    made = reels.render(reels.load(path), out, parts=parts, preview=True)
    assert before.items() <= pictures(parts).items() and len(pictures(parts)) == CUTS
    assert len(seen(made.path)) == CUTS * 36 and gate.inspect(out) == []


# ------------------------------------------------------------------------------------------------------- a cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with ExitStack() as held:
        words = [*dask, "scheduler", "--host", address, "--no-dashboard"]
        ours = [held.enter_context(subprocess.Popen(words, cwd=tmp_path, env=env, **quiet))]
        words = [*dask, "worker", f"tcp://{address}", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        ours += [held.enter_context(subprocess.Popen(words, cwd=tmp_path, env=env, **quiet)) for _number in range(2)]
        held.callback(lambda: [one.kill() for one in ours])
        yield f"tcp://{address}", ours[1:]


def test_a_worker_that_is_killed_costs_its_part_and_the_other_makes_the_reel(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    path, parts, begun = written(tmp_path), tmp_path / "parts", []

    def hire(seconds: float, _heard: object) -> ClusterExecutor:
        at_work = ClusterExecutor(address, seconds)
        at_work._client.wait_for_workers(2, timeout=60)
        return at_work

    def kill_one(share: float) -> None:
        if not begun and share > 0:
            begun.append(pictures(parts))
            workers[0].kill()

    how = {"parts": parts, "workers": hire, "progress": kill_one, "preview": True}
    made = reels.render(reels.load(path), tmp_path / "reel.mp4", **how)
    assert begun and len(begun[0]) < CUTS
    assert begun[0].items() <= pictures(parts).items()
    assert len(seen(made.path)) == CUTS * 36 and gate.inspect(made.path) == []
    assert made.sha256 == reels.render(reels.load(path), tmp_path / "here.mp4", preview=True).sha256
