"""What the fault suites write down of themselves, and by what they are steered.

PORTEVOIX_FAULTS=long         the long figures
PORTEVOIX_FAULTS_SEED=N       another seed than the day's
PORTEVOIX_FAULTS_REPORT=FILE  one JSON object for each suite is added there; tests.faults.table prints them
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LONG = os.environ.get("PORTEVOIX_FAULTS") == "long"


def seed() -> int:
    """The seed of this run: given, else the date's, so that every day tries something else and can be tried again."""
    return int(os.environ.get("PORTEVOIX_FAULTS_SEED") or f"{datetime.now(UTC):%Y%m%d}")


def add(
    suite: str,
    database: str,
    *,
    cases: int,
    seconds: float,
    seed: int,
    kills: int = 0,
    lost: int = 0,
    doubled: int = 0,
    stuck: int = 0,
    **more: Any,
) -> None:
    """Adds the figures of one suite to the report, where one is kept; `broken` names a variant that had to fail."""
    path = os.environ.get("PORTEVOIX_FAULTS_REPORT")
    if not path:
        return
    figures = {"cases": cases, "kills": kills, "lost": lost, "doubled": doubled, "stuck": stuck, "seconds": seconds}
    line = json.dumps({"suite": suite, "database": database, "seed": seed, **figures, **more})
    with Path(path).open("a", encoding="utf-8") as out:
        out.write(f"{line}\n")  # one write: several suites add to it at the same time
