"""Runs the driver for a test, and says how to see a failure again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.faults import report

ROOT = Path(__file__).parents[2]
DATABASES = ("sqlite", "postgresql")
LIMIT = 3000  # seconds


def driven(suite: str, database: str, cases: int, *, broken: str = "", workers: tuple[int, ...] = ()) -> dict[str, Any]:
    """The summary of one suite, with what a failing test should show under "how to see it again"."""
    if database == "postgresql" and not postgres.installed():
        pytest.skip("PostgreSQL is not installed: nothing is tried on it")
    words = [suite, "--database", database, "--seed", str(report.seed()), "--cases", str(cases)]
    words += ["--broken", broken] if broken else []
    words += ["--workers", *map(str, workers)] if workers else []
    command = [sys.executable, "-m", "tests.faults.driver", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and lines and "summary" in lines[-1], f"{' '.join(words)}\n{done.stderr[-3000:]}"
    summary = dict(lines[-1]["summary"])
    names = ("cases", "seconds", "kills", "lost", "doubled", "stuck", "double")
    figures = {name: summary[name] for name in names if name in summary}
    report.add(suite, database, seed=report.seed(), broken=broken, **figures)
    bad = [line for line in lines if line.get("case") in summary.get("bad", [])]
    summary["again"] = "\n".join(
        f"python -m tests.faults.driver {' '.join(words)} --replay {line['case']}\n{json.dumps(line)[:3000]}"
        for line in bad[:5]
    )
    return summary


def assert_sound(summary: dict[str, Any]) -> None:
    """Nothing lost, doubled or stuck, nobody asked in vain, no error: or what went wrong and how to see it again."""
    names = ("lost", "doubled", "stuck", "wrong", "escaped", "errors")
    wrong = {name: summary[name] for name in names if summary[name]}
    assert not wrong, f"{wrong}\n{summary['again']}"
