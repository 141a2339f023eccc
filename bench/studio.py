"""How long every page of the studio takes over 100,000 posts and 10,000 media, how big it is, what it asks.

python bench/studio.py [--json] [--posts N] [--rounds N]

Each page of the walk through the whole studio (tests/web/everything.py) is asked for in a process that has started
already, from the request to the last byte. The time is CPU time of the process, the store's work included (SQLite works
within it): on a machine that others use too, the clock on the wall tells of them as well. The page of the 95th per
cent is the slowest of the rounds where they are fewer than twenty.
"""

from __future__ import annotations

import gc
import json
import platform
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
GOAL_MS, GOAL_HTML, GOAL_SCRIPT = 150.0, 60_000, 100_000
MEDIA = 10_000


def option(name: str, otherwise: int) -> int:
    """The number after an option."""
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise


def newsroom(folder: Path, posts: int) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Who looks, by role, and what they look at: everything, in a studio of so many posts."""
    from django.conf import settings
    from django.test import Client

    from tests.web.crowd import crowd
    from tests.web.everything import NO_PAGES, everything
    from tests.web.studio import Studio, full_month

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PORTEVOIX_QUIET_HOURS, settings.PORTEVOIX_GRACE = None, timedelta(0)
    settings.PORTEVOIX_FOOTAGE_DELAY, settings.ALLOWED_HOSTS = timedelta(0), ["*"]
    studio = Studio(folder)
    studio.waiting = full_month(studio)  # type: ignore[attr-defined]
    pages = everything(studio, folder)
    if posts:
        crowd(studio, posts=posts, media=MEDIA)
        gc.collect()
        gc.freeze()  # what filling left behind is not looked through again while pages are timed
    people = {}
    for who in ("coordinator", "administrator"):
        people[who] = Client(raise_request_exception=False)
        people[who].force_login(getattr(studio, who))
    return people, {who: {name: path for name, path in pages[who].items() if name not in NO_PAGES} for who in people}


def looked_at(client: Any, path: str, rounds: int) -> dict[str, Any]:
    """What one page costs: milliseconds, bytes, statements."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    statements = len(asked)  # now: the next request forgets them
    took = sorted(_timed(client, path) for _round in range(rounds))
    return {"ms": took[max(0, int(rounds * 0.95 + 0.5) - 1)], "html": len(answer.content), "asked": statements,
            "status": answer.status_code}  # fmt: skip


def _timed(client: Any, path: str) -> float:
    began = time.process_time()
    client.get(path)
    return 1000 * (time.process_time() - began)


def measure(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of all pages, the slowest first, and the figures."""
    rounds = option("--rounds", 8)
    people, pages = newsroom(folder, option("--posts", 100_000))
    rows = [
        {"page": name, **looked_at(people[who], path, rounds)} for who in people for name, path in pages[who].items()
    ]
    rows.sort(key=lambda row: -row["ms"])
    script = sum(file.stat().st_size for file in (ROOT / "web" / "static").glob("*.js"))
    worst, biggest = rows[0], max(rows, key=lambda row: row["html"])
    return rows, [
        _figure(f"slowest page ({worst['page']})", worst["ms"], "ms CPU p95", GOAL_MS),
        _figure("pages over 150 ms", sum(row["ms"] > GOAL_MS for row in rows), f"of {len(rows)}", 0),
        _figure(f"biggest page ({biggest['page']})", biggest["html"], "bytes", GOAL_HTML),
        _figure("all scripts together", script, "bytes", GOAL_SCRIPT),
    ]


def _figure(name: str, value: float, unit: str, goal: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 1), "unit": unit, "goal": goal, "met": value <= goal}


def main() -> None:
    """Prints the table, or the figures as JSON."""
    from planning import set_up

    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder) / "home")
        rows, figures = measure(Path(folder))
    if "--json" in sys.argv:
        import django

        versions = {"python": platform.python_version(), "django": django.__version__}
        print(json.dumps({"figures": figures, "pages": rows, "versions": versions}))
        return
    for row in rows:
        odd = "" if row["status"] == 200 else row["status"]
        print(f"{row['page']:28} {row['ms']:8.1f} ms {row['html']:8} bytes {row['asked']:4} statements {odd}")
    for one in figures:
        missed = "" if one["met"] else "  MISSED"
        print(f"{one['name']:40} {one['value']:10} {one['unit']}  goal {one['goal']}{missed}")


if __name__ == "__main__":
    main()
