"""Prints the figures of a run of the fault suites: python -m tests.faults.table REPORT."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# kills: processes killed; double: cases in which a second one was killed while it cleared up after the first.
COLUMNS = ("suite", "database", "cases", "kills", "double", "lost", "doubled", "stuck", "wrong", "seconds", "seed")
ROOT = Path(__file__).parents[2]


def commit() -> str:
    """The commit that was measured, marked where files differ from it."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=10"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


def table(lines: list[dict[str, Any]]) -> str:
    """The figures as a Markdown table, the variants that had to fail apart."""
    sound = [line for line in lines if not line.get("broken")]
    broken = [line for line in lines if line.get("broken")]
    said = [f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}", ""]
    said += ["| " + " | ".join(COLUMNS) + " |", "|---" * 2 + "|---:" * (len(COLUMNS) - 2) + "|"]
    for line in sorted(sound, key=_place):
        said.append("| " + " | ".join(str(line.get(column, "")) for column in COLUMNS) + " |")
    said += [""] + [f"- {line['suite']}: {more}" for line in sorted(sound, key=_place) if (more := _more(line))]
    if broken:
        said += ["", "Broken on purpose, and found out:"]
    for line in sorted(broken, key=lambda one: (one["broken"], *_place(one))):
        found = ", ".join(f"{line[name]} {name}" for name in ("lost", "doubled", "stuck") if line.get(name))
        said.append(f"- {line['broken']} ({' '.join(_place(line)).strip()}): {found}")
    return "\n".join(said)


def _place(line: dict[str, Any]) -> tuple[str, str]:
    return line["suite"], line.get("database", "")


def _more(line: dict[str, Any]) -> str:
    """What a suite says that no column shows."""
    shown = {*COLUMNS, "broken"}
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in line.items() if name not in shown)


def main() -> None:
    """Prints the table of the report that the command names."""
    report = Path(sys.argv[1])
    if not report.exists():
        print("No suite wrote any figures.")
        return
    print(table([json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]))


if __name__ == "__main__":
    main()
