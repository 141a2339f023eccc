"""What it costs to start: CPU seconds of the command against a bare interpreter and against its imports alone.

python bench/startup.py [--json]
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 5
CASES = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "portevoix --help": [sys.executable, "-m", "cli", "--help"],
    "portevoix card figure": [sys.executable, "-m", "cli", "card", "figure", "--out", "OUT"],
}
GOALS = {"portevoix --help": 0.6, "portevoix card figure": 0.6}


def cpu(command: list[str], out: str) -> float:
    """CPU seconds (user and system) of the command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [out if word == "OUT" else word for word in command]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints the table, or the figures as JSON."""
    with tempfile.TemporaryDirectory() as out:
        rounds = [{name: cpu(command, out) for name, command in CASES.items()} for _round in range(ROUNDS)]
    medians = {name: statistics.median(r[name] for r in rounds) for name in CASES}
    figures = [
        {"name": n, "value": round(v, 3), "unit": "CPU s", "goal": GOALS.get(n), "met": v <= GOALS.get(n, v)}
        for n, v in medians.items()
    ]
    if "--json" in sys.argv:
        print(json.dumps({"figures": figures, "versions": {"python": platform.python_version()}}))
        return
    for figure in figures:
        goal = f"  goal {figure['goal']}" if figure["goal"] else ""
        print(f"{figure['name']:24} {figure['value']:6.3f} {figure['unit']}{goal}")


if __name__ == "__main__":
    main()
