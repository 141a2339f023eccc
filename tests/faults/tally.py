"""What a fault suite counted: printed for whoever reads along, appended to a file where one is named."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

LONG = os.environ.get("PORTEVOIX_FAULTS") == "long"
SEED = int(os.environ.get("PORTEVOIX_FAULTS_SEED", "20261125"))


class Tally:
    """The cases of one suite on one database, and what went wrong in them."""

    def __init__(self, suite: str, database: str, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        self.suite, self.database, self.capsys = suite, database, capsys
        self.cases, self.wrong, self.started = 0, [], time.perf_counter()

    def case(self, *wrong: str) -> None:
        """Counts one case with the faults found in it."""
        self.cases += 1
        self.wrong += wrong

    def say(self, text: str) -> None:
        """Prints past pytest's capture, to where several processes of it let it through: seeds belong in every log."""
        with self.capsys.disabled() if self.capsys else nullcontext():
            print(f"\n{text}", file=sys.stderr, flush=True)

    def close(self, least: int) -> None:
        """Writes the figures down, then fails where something was wrong or fewer than `least` cases were tried."""
        figures = {
            "suite": self.suite,
            "database": self.database,
            "cases": self.cases,
            "wrong": len(self.wrong),
            "seconds": round(time.perf_counter() - self.started, 1),
            "seed": SEED,
        }
        self.say(json.dumps(figures))
        if path := os.environ.get("PORTEVOIX_FAULTS_REPORT"):
            with Path(path).open("a", encoding="utf-8") as report:
                report.write(json.dumps(figures) + "\n")
        assert not self.wrong, "\n".join(self.wrong[:20])
        assert self.cases >= least, f"{self.cases} cases were tried, {least} are promised"
