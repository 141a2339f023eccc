"""Masked faces: ours against the `deface` command, on films whose faces are known; printed with every miss.

    python bench/faces.py [--half final|tune|long|other] [--ours-only] [--json]

deface 1.5 (PyPI) is installed into an environment of its own under var/bench. Both make a masked copy of each film,
decoding and encoding included, ours in a limited process of its own as the product's worker does it: a copy of one that
is begun once, which counts too. Begun anew for each film, as on the command line, is told beside it. What was changed
is read from the pixels by one script (facebench/scoring.py). In the same run each film is decoded and encoded with no
search and no mask, as we encode it and as deface does: nothing can cost less. The half `long` holds some films of the
final one at five seconds and 1080 lines; `other` clips in which nobody's face can be made out: what is masked there is
masked in vain.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from pipeline.protection import worker
from pipeline.rendering.limited import Limited, copied, run_limited

# A limited process imports this file before it works, as it does the product's command: what is heavy comes later.
if TYPE_CHECKING:
    from facebench.scoring import Score

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "var" / "bench" / "deface"
# Decoded and encoded with what imageio hands to x264 for deface, nothing else.
ALIKE = """import sys
from fractions import Fraction
import av
with av.open(sys.argv[1]) as source, av.open(sys.argv[2], "w") as out:
    shown = source.streams.video[0]
    made = out.add_stream("libx264", rate=30, options={"preset": "medium", "crf": "23"})
    made.width, made.height, made.pix_fmt = shown.width, shown.height, "yuv420p"
    for number, frame in enumerate(source.decode(video=0)):
        frame.pts, frame.time_base = number, Fraction(1, 30)
        out.mux(made.encode(frame))
    out.mux(made.encode(None))"""
LONGEST = 600.0  # seconds
ALONE = dict(os.environ)  # before our limited processes are set up: deface runs as a person would run it
TOLD = {"anew": "ours, each begun anew", "quick": "decoding, encoding", "alike": "the same, its x264"}
ROUNDS, TRIES = 2, 6
SLATE, PAPER, BLACK = (0x5A, 0x60, 0x68), (0xF3, 0xEF, 0xE6), (0, 0, 0)


def main() -> int:
    """0; prints the table, or one JSON document."""
    options = argparse.ArgumentParser()
    options.add_argument("--half", choices=["final", "tune", "long", "other"], default="final")
    options.add_argument("--ours-only", action="store_true")
    options.add_argument("--json", action="store_true")
    options.add_argument("--keep", type=Path, help="a folder in which the films stay")
    given = options.parse_args()
    from facebench.clips import FOOTAGE

    if not FOOTAGE.is_dir():
        print("The stills and clips of ../shared/footage are not here: nothing was measured.", file=sys.stderr)
        return 0
    peer = None if given.ours_only else _peer()
    with tempfile.TemporaryDirectory() as folder:
        _measure(given.keep or Path(folder), given.half, peer, given.json)
    return 0


def _measure(folder: Path, half: str, peer: Path | None, as_json: bool) -> None:
    from facebench.clips import Clip, compose, faces
    from facebench.scoring import Score, score

    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs, spent = Score(), Score(), Counter[str]()
    copied()
    spent["ours"] = _began()
    for number, (name, there, made) in enumerate(faces(half)):
        source = folder / f"{half}-{number}.mp4" if isinstance(made, Clip) else made
        if isinstance(made, Clip) and not source.is_file():
            compose(made, source)
        out = folder / f"{half}-{number}-ours.mp4"
        cpu = _cost(out, run_limited, worker.search_and_mask, str(source), str(out), seconds=LONGEST)
        mine = score(name, source, out, there, (SLATE, PAPER))
        ours.add(mine)
        spent["ours"] += cpu
        line = f"{name:<42} {mine.faces:>5} faces  ours {_shown(mine, cpu)}"
        if peer is not None:
            out = folder / f"{half}-{number}-deface.mp4"
            cpu = _cost(out, _run, str(peer), str(source), "-o", str(out), "--replacewith", "solid")
            other = score(name, source, out, there, (BLACK,))
            theirs.add(other)
            spent["deface"] += cpu
            line += f"  deface {_shown(other, cpu)}"
            out = folder / "floor.mp4"
            floors = {
                "anew": _cost(out, _anew, worker.search_and_mask, str(source), str(out), seconds=LONGEST),
                "quick": _cost(out, run_limited, worker.mask_film, str(source), [], str(out), seconds=LONGEST),
                "alike": _cost(out, _run, sys.executable, "-c", ALIKE, str(source), str(out)),
            }
            spent.update(floors)
            line += "".join(f", {name} {cost:.1f}" for name, cost in floors.items())
        print(line, file=sys.stderr, flush=True)
    _tell(ours, theirs if peer else None, spent, as_json)


def _shown(found: Score, cpu: float) -> str:
    return f"{found.uncovered:>4} uncovered, {found.area:6.2%} of the picture, {cpu:6.1f} CPU s"


def _tell(ours: Score, theirs: Score | None, spent: Counter[str], as_json: bool) -> None:
    share = ours.uncovered / max(1, ours.faces)
    figures: list[dict[str, Any]] = [
        {"name": "face-frames", "value": ours.faces, "unit": "", "goal": "", "met": None},
        {"name": "uncovered", "value": round(100 * share, 2), "unit": "%", "goal": "<= 3", "met": share <= 0.03},
    ]
    if theirs is not None:
        third = ours.uncovered / max(1, theirs.uncovered)
        area, cost = ours.area / max(1e-9, theirs.area), spent["deface"] / max(1e-9, spent["ours"])
        figures += [
            {"name": "deface uncovered", "value": theirs.uncovered, "unit": "faces", "goal": "", "met": None},
            {"name": "ours uncovered", "value": ours.uncovered, "unit": "faces", "goal": "", "met": None},
            {"name": "uncovered, ours/deface", "value": round(third, 3), "unit": "", "goal": "<= 1/3 from 100 on",
             "met": third <= 1 / 3 if theirs.uncovered >= 100 else None},
            {"name": "masked area, ours/deface", "value": round(area, 2), "unit": "", "goal": "<= 2.5",
             "met": area <= 2.5},
            {"name": "CPU, deface/ours", "value": round(cost, 1), "unit": "", "goal": ">= 15", "met": cost >= 15},
            {"name": "CPU, ours", "value": round(spent["ours"], 1), "unit": "s", "goal": "", "met": None},
            {"name": "CPU, deface", "value": round(spent["deface"], 1), "unit": "s", "goal": "", "met": None},
            *({"name": f"CPU, deface/{told}", "value": round(spent["deface"] / spent[floor], 1), "unit": "", "goal": "",
               "met": None} for floor, told in TOLD.items()),
        ]  # fmt: skip
    if as_json:
        print(json.dumps({"figures": figures, "versions": {"deface": "1.5.0"}, "missed": ours.missed}))
        return
    for one in figures:
        met = {True: "met", False: "MISSED", None: ""}[one["met"]]
        print(f"{one['name']:<28} {one['value']:>8} {one['unit']:<6} {one['goal']:<20} {met}")
    print("Uncovered of ours (film, frame, box, share changed):")
    for miss in ours.missed:
        print("  ", *miss)


def _cost(out: Path, work: Callable[..., Any], *args: Any, **named: Any) -> float:
    """The CPU seconds of the processes that wrote `out`, from their start to their end: the least of `ROUNDS`.

    deface gives up without a word, and with status 0, where its reader does not answer in time on a busy machine: it
    is asked again.
    """
    costs: list[float] = []
    for _try in range(TRIES):
        out.unlink(missing_ok=True)
        before = _spent()
        work(*args, **named)
        costs += [_spent() - before] if out.is_file() else []
        if len(costs) == ROUNDS:
            return min(costs)
    raise RuntimeError(f"{out.name}: nothing was written")


def _spent() -> float:
    """The CPU seconds of all processes that this one began, and of what they began and saw the end of."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime + sum(sum(child.cpu_times()[:4]) for child in psutil.Process().children())


def _began() -> float:
    """The CPU seconds of beginning the process whose copies the others are."""
    before = _spent()
    run_limited(os.getpid, seconds=LONGEST)
    return _spent() - before


def _anew(*args: Any, **named: Any) -> None:
    """`run_limited` in a process that is no copy."""
    copies, Limited.context = Limited.context, get_context("spawn")
    try:
        run_limited(*args, **named)
    finally:
        Limited.context = copies


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT, env=ALONE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _peer() -> Path | None:
    command = PEER / "bin" / "deface"
    if not command.is_file():
        PEER.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        done = subprocess.run([str(PEER / "bin" / "pip"), "install", "--quiet", "deface==1.5.0"], check=False)
        if done.returncode:
            print("deface could not be installed: not measured.", file=sys.stderr)
            return None
    return command


if __name__ == "__main__":
    sys.exit(main())
