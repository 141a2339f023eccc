"""Prints the figures of a run of the fault suites: python -m tests.faults.table REPORT."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

COLUMNS = ("suite", "database", "cases", "kills", "lost", "doubled", "stuck", "wrong", "seconds", "seed")
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
    for line in sorted(sound, key=lambda one: (one["suite"], one["database"])):
        said.append("| " + " | ".join(str(line.get(column, "")) for column in COLUMNS) + " |")
    if broken:
        said += ["", "Broken on purpose, and found out:"]
    for line in sorted(broken, key=lambda one: (one["broken"], one["suite"], one["database"])):
        found = ", ".join(f"{line[name]} {name}" for name in ("lost", "doubled", "stuck") if line[name])
        found = found or line.get("found", "")
        said.append(f"- {line['broken']} ({line['suite']}, {line['database']}): {found}")
    return "\n".join(said)


def main() -> None:
    """Prints the table of the report that the command names."""
    report = Path(sys.argv[1])
    if not report.exists():
        print("No suite wrote any figures.")
        return
    print(table([json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]))


if __name__ == "__main__":
    main()
