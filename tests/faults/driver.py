"""The fault suites, as a program: it forks workers on fresh stores, and judges them by the platform's own list.

python -m tests.faults.driver SUITE --database sqlite|postgresql --seed N --cases N [--broken VARIANT] [--replay CASE]

Prints one JSON line for each case and a summary at the end. A case that fails is seen again, alone, with the same seed
and `--replay` its number.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import broken, children, store
from tests.faults.story import Platform, Told, platform

SMALL = "small"


@dataclass
class Bench:
    """What every suite works with."""

    options: argparse.Namespace
    store: store.Store
    platform: Platform
    folder: Path
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def patch(self) -> Callable[[], None] | None:
        return broken.VARIANTS[self.options.broken] if self.options.broken else None

    def chance(self, *words: object) -> random.Random:
        """A generator that depends on the seed and these words alone, so that one case can be replayed."""
        return random.Random(f"{self.options.seed} {words}")

    def model(self, name: str, **shape: Any) -> None:
        """Fills a store and keeps it as the model that cases start from."""

        def fill() -> None:
            self.store.use(name)
            store.prepare(self.platform.addresses, **shape)

        self.store.make(name)
        ended = children.fork(fill, now=store.START, seed=self.options.seed).wait(patience=300)
        if ended.error:
            raise RuntimeError(f"the model store could not be made: {ended.error}")
        self.store.keep(name)

    def wanted(self, cases: int) -> Iterator[int]:
        """The numbers of the cases to run: all, or the one that is replayed."""
        replay = self.options.replay
        yield from range(cases) if replay is None else [replay]

    def note(self, case: int, told: Told, **more: Any) -> None:
        """Prints a case and adds it to the summary."""
        figures = {name: getattr(told, name) for name in ("lost", "doubled", "stuck", "wrong", "escaped")}
        line = {"case": case, **more, "kills": told.kills, **figures, "rows": told.rows, "errors": told.errors}
        print(json.dumps(line), flush=True)
        summary = self.summary
        for name, figure in figures.items():
            summary[name] = summary.get(name, 0) + figure
        summary["kills"] = summary.get("kills", 0) + len(told.kills)
        summary["double"] = summary.get("double", 0) + (len(told.kills) > 1)
        summary["errors"] = summary.get("errors", 0) + len(told.errors)
        if not told.good:
            summary.setdefault("bad", []).append(case)


@contextmanager
def bench(options: argparse.Namespace) -> Iterator[Bench]:
    """A platform, a store and a folder in memory where the machine has one: what is fsynced is not asked here."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="faults-", dir=memory if memory.is_dir() else None) as made,
        platform() as server,
        store.opened(options.database, Path(made)) as opened,
    ):
        yield Bench(options, opened, server, Path(made))


def main() -> None:
    """Runs one suite."""
    from tests.faults.suites import SUITES

    parser = argparse.ArgumentParser(description="The fault suites of delivery.")
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--broken", choices=broken.VARIANTS)
    parser.add_argument("--replay", type=int)
    options = parser.parse_args()
    began = time.monotonic()
    with bench(options) as table:
        SUITES[options.suite](table)
    seconds = round(time.monotonic() - began, 1)
    named = {"suite": options.suite, "database": options.database, "seed": options.seed, "broken": options.broken}
    print(json.dumps({"summary": {**named, **table.summary, "seconds": seconds}}), flush=True)


if __name__ == "__main__":
    main()
