"""What a suite in this process counted: printed for whoever reads along, and added to the report where one is kept."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext

import pytest

from tests.faults import report

LONG, SEED = report.LONG, report.seed()


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
        seconds = round(time.perf_counter() - self.started, 1)
        self.say(
            f"{self.suite} ({self.database}): {self.cases} cases, {len(self.wrong)} wrong, {seconds} s, seed {SEED}"
        )
        report.add(
            self.suite, self.database, cases=self.cases, seconds=seconds, seed=SEED, wrong=len(self.wrong)
        )  # fmt: skip
        assert not self.wrong, "\n".join(self.wrong[:20])
        assert self.cases >= least, f"{self.cases} cases were tried, {least} are promised"

    def broken(self, name: str, found: str) -> None:
        """Writes down that a variant which is broken on purpose was found out, and by what."""
        seconds = round(time.perf_counter() - self.started, 1)
        report.add(self.suite, self.database, cases=self.cases, seconds=seconds, seed=SEED, broken=name, found=found)
