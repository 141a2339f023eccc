"""A reel of 30 s (1080p, lying, 4K HEVC, a crowd, a card): ours against one ffmpeg graph, MoviePy, and the encoder.

    python bench/reels.py [--rounds 3] [--only ffmpeg,masks,moviepy,alone,changed,long] [--keep DIR] [--json]

Clips are made from ../shared/footage; what is absent is named. Rounds are interleaved, figures are medians of the CPU
seconds of all processes; a ratio is theirs divided by ours. Masks are given to all; that we look at the finished
film once more, which nobody else does, is counted in the last three only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
sys.path[:0] = [str(BENCH.parent), str(BENCH)]  # there is a bench of the publishers, too

import psutil  # noqa: E402 (the paths above first)
from reelbench import edit, peers  # noqa: E402

STEPS = ("ffmpeg", "masks", "moviepy", "editly", "alone", "changed", "spoken", "long")


@dataclass(frozen=True)
class Run:
    """What one command cost: CPU seconds, seconds by the clock, most memory at a time in MB (all its processes)."""

    cpu: float
    wall: float
    peak: float


def run(command: list[str]) -> Run:
    """What the command cost, its children included; `CalledProcessError` where it failed."""
    started, env = time.monotonic(), os.environ | {"PYTHONPATH": f"{BENCH.parent}:{BENCH}"}
    child = subprocess.Popen(command, cwd=BENCH.parent, env=env, stdout=subprocess.DEVNULL)
    watch = _Watch(child.pid)
    _pid, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = watch.end()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Run(used.ru_utime + used.ru_stime, time.monotonic() - started, peak)


class _Watch(threading.Thread):
    """Adds up the resident memory of a process and all that it started, ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._peak, self._over = pid, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(0.1):
            held = 0
            try:
                root = psutil.Process(self._pid)
                for one in (root, *root.children(recursive=True)):
                    held += one.memory_info().rss
            except psutil.Error:
                continue
            self._peak = max(self._peak, held / 1e6)

    def end(self) -> float:
        self._over.set()
        self.join()
        return self._peak


class Table:
    """The figures as they come, with their goals."""

    def __init__(self) -> None:
        self.figures: list[dict[str, Any]] = []

    def add(self, name: str, value: float, unit: str = "", goal: str = "", met: bool | None = None) -> None:
        self.figures.append({"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "met": met})
        print(f"{name}: {value:.2f} {unit}", file=sys.stderr)  # who ends a long run keeps what it had

    def ratio(self, name: str, value: float, least: float) -> None:
        self.add(name, value, "", f">= {least}", value >= least)

    def at_most(self, name: str, value: float, most: float, unit: str = "") -> None:
        self.add(name, value, unit, f"<= {most}", value <= most)

    def missing(self, name: str, why: str) -> None:
        self.figures.append({"name": name, "value": None, "unit": "", "goal": "", "met": None, "why": why})
        print(f"{name}: not measured ({why})", file=sys.stderr)


class Bench:
    """One folder of clips, and what is measured with it."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder, self.rounds, self.table = folder, rounds, Table()
        edit.clips(folder)
        self.reel = edit.cut_list(folder)
        peers.draw(self.reel, folder)

    def ours(self, kind: str, reel: Path | None = None, *, fresh: bool = True, search: bool = False) -> Run:
        """One run of ours; `fresh`: nothing of it was made before; `search`: finished parts are searched for faces."""
        parts = self.folder / f"parts-{kind}-{search}"
        if fresh:
            shutil.rmtree(parts, ignore_errors=True)
        told = [
            str(reel or self.reel),
            str(self.folder / f"ours-{kind}.mp4"),
            str(parts),
            kind,
            *([] if search else ["unsearched"]),
        ]
        return run([sys.executable, "-m", "reelbench.ours", *told])

    def _pair(self, kind: str, name: str, theirs: list[str]) -> tuple[Run, Run]:
        both: dict[str, list[Run]] = {"ours": [], "theirs": []}
        for _round in range(self.rounds):
            both["ours"].append(self.ours(kind))
            both["theirs"].append(run(theirs))
        mine, other = _median(both["ours"]), _median(both["theirs"])
        self.table.add(f"ours, {kind}", mine.cpu, "CPU s")
        self.table.add(f"{name}, {kind}", other.cpu, "CPU s")
        return mine, other

    def ffmpeg(self) -> None:
        mine, other = self._pair("bare", "ffmpeg", peers.graph(self.folder, self.folder / "ffmpeg.mp4", masks=False))
        self.table.ratio("CPU, ffmpeg / ours, no masks", other.cpu / mine.cpu, 0.95)
        self.table.ratio("clock, ffmpeg / ours, no masks", other.wall / mine.wall, 0.9)
        self.table.at_most("peak memory of ours", mine.peak, 700, "MB")
        self.table.add("peak memory of ffmpeg", other.peak, "MB")

    def masks(self) -> None:
        theirs = peers.graph(self.folder, self.folder / "ffmpeg-masks.mp4", masks=True)
        mine, other = self._pair("masks", "ffmpeg", theirs)
        self.table.ratio("CPU, ffmpeg / ours, masks", other.cpu / mine.cpu, 1.1)

    def moviepy(self) -> None:
        mine, other = self.ours("bare"), run(peers.moviepy(self.folder, self.folder / "moviepy.mp4"))
        self.table.add("MoviePy script (one run)", other.cpu, "CPU s")
        self.table.ratio("CPU, MoviePy / ours", other.cpu / mine.cpu, 4)

    def editly(self) -> None:
        self.table.missing("editly", "see docs/performance.md")

    def alone(self) -> None:
        self.ours("bare", fresh=False)
        peers.frames(self.folder / "ours-bare.mp4", self.folder)
        pairs = [
            (self.ours("bare"), run(peers.alone(self.folder, self.folder / "alone.mp4"))) for _ in range(self.rounds)
        ]
        (self.folder / "frames.yuv").unlink()
        mine, other = _median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs])
        self.table.add("encoding alone", other.cpu, "CPU s")
        self.table.at_most("CPU, ours / encoding alone", mine.cpu / other.cpu, 2.2)

    def changed(self) -> None:
        """Nothing; one caption is changed, then nothing."""
        whole, other, same = [], [], []
        for number in range(self.rounds):
            whole.append(self.ours("masks", search=True))
            reel = edit.cut_list(self.folder, changed=f"Version {number} de la légende")
            other.append(self.ours("masks", reel, fresh=False, search=True))
            same.append(self.ours("masks", reel, fresh=False, search=True))
        full = _median(whole).cpu
        self.table.add("ours, masks, searched again", full, "CPU s")
        self.table.at_most("one caption changed, of all", 100 * _median(other).cpu / full, 25, "%")
        self.table.at_most("nothing changed, of all", 100 * _median(same).cpu / full, 2, "%")

    def spoken(self) -> None:
        """One line of what is said is changed: it stands over a part of its cut."""
        whole = self.ours("masks", edit.spoken(self.folder), search=True)
        runs = [
            self.ours("masks", edit.spoken(self.folder, changed=f"Version {number}"), fresh=False, search=True)
            for number in range(self.rounds)
        ]
        self.table.at_most("one spoken line changed, of all", 100 * _median(runs).cpu / whole.cpu, 25, "%")

    def long(self) -> None:
        short, long = self.ours("bare"), self.ours("bare", edit.cut_list(self.folder, rounds=6))
        self.table.add("peak memory, 180 s", long.peak, "MB")
        self.table.at_most("peak memory, 180 s / 30 s", long.peak / short.peak, 1.1)


def _median(runs: list[Run]) -> Run:
    return Run(*(statistics.median(getattr(one, name) for one in runs) for name in ("cpu", "wall", "peak")))


def main() -> int:
    """0; prints the table, or one JSON document."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", default=",".join(STEPS))
    options.add_argument("--keep", type=Path, help="a folder in which the clips stay")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    if not edit.FOOTAGE.is_dir():
        print("The clips of ../shared/footage are not here: nothing was measured.", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(given.keep or Path(folder), given.rounds)
        for step in given.only.split(","):
            todo: Callable[[], None] = getattr(bench, step)
            todo()
    _tell(bench.table, given.json)
    return 0


def _tell(table: Table, as_json: bool) -> None:
    if as_json:
        versions = {name: version(name) for name in ("av", "moviepy", "imageio-ffmpeg", "opencv-python-headless")}
        print(json.dumps({"figures": table.figures, "versions": versions}))
        return
    for one in table.figures:
        met = {True: "met", False: "MISSED", None: ""}[one["met"]]
        print(f"{one['name']:<34} {one['value'] if one['value'] is not None else '-':>8} {one['unit']:<6} "
              f"{one['goal']:<8} {met} {one.get('why', '')}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
