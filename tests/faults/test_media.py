"""5,000 spoilt media files (500 in the short form): the worker may refuse or end, the service goes on, nothing hangs.

A list of other files under the name of a film opens nothing: a named pipe that it lists would be drained.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.probing import probe_limited
from pipeline.rendering.limited import run_limited
from tests.faults import report
from tests.media import poison_field
from tests.media.clean import write_clean_jpeg, write_clean_mp4, write_clean_png
from tests.media.spoiling import spoilt

pytestmark = pytest.mark.faults
CASES = 5_000 if report.LONG else 500
DEADLINE = 10.0  # seconds on a processor for one file
MOST = 1 << 20  # KiB
ROOT = Path(__file__).parents[2]
KINDS = ("exif.heic", "exif.webp", "phone.jpg", "second in mpo.jpg", "phone.png", "mkv tags.mkv", "webm tags.webm",
         "avi tags.avi", "3gp titles.3gp", "mov xyz.mov", "mov h265.mov", "transport names.ts")  # fmt: skip


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("sources")
    clean = [write_clean_mp4(folder / "a.mp4"), write_clean_jpeg(folder / "a.jpg"), write_clean_png(folder / "a.png")]
    return [path.read_bytes() for path in clean] + [
        data for name, data in poison_field.all_of_them(folder) if name in KINDS
    ]


@dataclass
class Run:
    ended: Counter[str] = field(default_factory=Counter)
    hung: list[int] = field(default_factory=list)
    died: list[bytes] = field(default_factory=list)
    peak: int = 0  # KiB


class Worker:
    """One warm worker, begun again when it has died or hangs; a file's time is what the worker's processors spent."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path, run: Run, number: int, deadline: float) -> None:
        if self.process is None or self.process.poll() is not None:
            command = [sys.executable, "-m", "tests.faults.media_worker", self.broken]
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{path}\n".encode())
        # Starting counts too, and other programs take their share of the machine: six times the deadline by the clock.
        ready, _writable, _failed = select.select([self.process.stdout], [], [], deadline * 6)
        line = self.process.stdout.readline() if ready else b""
        if not ready:
            run.hung.append(number)
        elif not line:
            run.died.append(path.read_bytes())
        else:
            peak, said = line.decode().strip().split(" ", 1)
            run.ended[said] += 1
            run.peak = max(run.peak, int(peak))
            return
        self.close()

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.process = None


def all_read(sources: list[bytes], folder: Path, cases: int, *, broken: str = "", deadline: float = DEADLINE) -> Run:
    rng, run, worker = random.Random(report.seed()), Run(), Worker(broken)
    path = folder / "spoilt.mp4"
    try:
        for number in range(cases):
            path.write_bytes(spoilt(rng.choice(sources), rng))
            worker.read(path, run, number, deadline)
    finally:
        worker.close()
    return run


def test_spoilt_files_are_read_or_refused_and_nothing_hangs_or_grows(sources: list[bytes], tmp_path: Path) -> None:
    started = time.monotonic()
    run = all_read(sources, tmp_path, CASES)
    report.add("spoilt media", "-", cases=CASES, seconds=time.monotonic() - started, seed=report.seed(),
               stuck=len(run.hung), ended=dict(run.ended), died=len(run.died), peak_mib=run.peak >> 10)  # fmt: skip
    assert run.hung == [] and run.ended["silent"] == 0, f"seed {report.seed()}"
    assert run.peak < MOST, f"seed {report.seed()}"
    assert sum(run.ended.values()) + len(run.died) == CASES
    assert run.ended["read"] > CASES / 20 and run.ended["refused"] > CASES / 20, run.ended


def test_what_ends_a_worker_is_refused_in_words(sources: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(sources[0])
    with pytest.raises(Refused, match="broke the program"):
        run_limited(_dies, str(path), seconds=60)
    assert probe_limited(path).kind == "video"  # the service goes on


def _dies(_path: str) -> None:
    os.abort()


@pytest.mark.parametrize("broken", ["hangs", "greedy"])
def test_a_worker_that_hangs_or_takes_too_much_is_found_out(broken: str, sources: list[bytes], tmp_path: Path) -> None:
    run = all_read(sources, tmp_path, 1, broken=broken, deadline=1.0 if broken == "hangs" else DEADLINE)
    assert run.hung if broken == "hangs" else run.peak >= MOST


# ---------------------------------------------------------------------------------------------- lists of other files


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A named pipe with a film in it, and its descriptor: what anybody reads from it is gone."""
    path = tmp_path / "victim.ts"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(held, b"\x47" + bytes(4000))
    yield path, held
    os.close(held)


def waiting(held: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(held, termios.FIONREAD, bytes(4)))[0])


def lists(victim: Path) -> dict[str, str]:
    return {
        "concat": f"ffconcat version 1.0\nfile {victim.name}\n",
        "concat by path": f"ffconcat version 1.0\nfile '{victim}'\n",
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{victim.name}\n#EXT-X-ENDLIST\n",
        "hls by address": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{victim}\n#EXT-X-ENDLIST\n",
        "dash": f"<?xml version='1.0'?><MPD><Period><BaseURL>{victim}</BaseURL></Period></MPD>",
        "image list": f"{victim}\n",
    }


def test_a_list_of_other_files_named_mp4_opens_nothing(tmp_path: Path, pipe: tuple[Path, int]) -> None:
    victim, held = pipe
    before, path = waiting(held), tmp_path / "film.mp4"
    for name, told in lists(victim).items():
        path.write_text(told)
        assert run_limited(_refused_everywhere, str(path), seconds=60), name
        assert waiting(held) == before, name


def _refused_everywhere(path: str) -> bool:
    """Whether intake and the cutting of reels both refuse the file."""
    from pipeline.probing import probe
    from pipeline.reels import sources as clips

    refusals = 0
    for reader in (probe, clips.probe):
        try:
            reader(Path(path))
        except Refused:
            refusals += 1
    return refusals == 2


def test_a_careless_reader_drains_the_pipe(tmp_path: Path, pipe: tuple[Path, int]) -> None:
    victim, held = pipe
    before, path = waiting(held), tmp_path / "film.mp4"
    path.write_text(lists(victim)["concat"])
    with pytest.raises(Refused):
        run_limited(_careless, str(path), seconds=8)
    assert waiting(held) < before


def _careless(path: str) -> None:
    import av

    av.open(path)
