"""How long the month's page, the week's page and `portevoix calendar` take over 10,000 publications.

python bench/planning.py [--json]

Ten thousand publications on four channels over a year, and then ten thousand in one month. Each answer is timed whole,
from the request to the last byte, in a process that has already started; the floor in the same run is an empty month.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STORED = 10_000
ROUNDS = 40
START = datetime(2099, 1, 1, tzinfo=UTC)


def set_up(home: Path) -> None:
    """Makes a store of its own and tells Django of it."""
    os.environ.update(PORTEVOIX_HOME=str(home), DATABASE_URL="", DJANGO_SETTINGS_MODULE="config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from pipeline import setup

    setup.prepare()


def fill(studio: Any, number: int, over: timedelta) -> None:
    """So many planned publications on four channels, evenly over the time from START; what was there is gone."""
    from pipeline import models as m

    m.Publication.objects.all().delete()
    channels = list(m.Channel.objects.order_by("pk")[:4])
    posts = m.Post.objects.bulk_create(
        [m.Post(title=f"Expulsions, jour {n}", created_by=studio.intern) for n in range(number // len(channels))]
    )
    variants = m.Variant.objects.bulk_create(m.Variant(post=p, channel=c) for p in posts for c in channels)
    step = over / len(posts)
    m.Publication.objects.bulk_create(
        m.Publication(
            variant=v, channel_id=v.channel_id, state="planned", due_at=at, wall_time=at, zone="Europe/Paris",
            scheduled_by=studio.intern,
        )
        for n, v in enumerate(variants)
        for at in [START + step * (n // len(channels))]
    )  # fmt: skip


def p95(work: Callable[[], object]) -> float:
    """Milliseconds within which 95 of 100 answers came."""
    work()
    took = sorted(_timed(work) for _round in range(ROUNDS))
    return 1000 * took[int(ROUNDS * 0.95) - 1]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(folder: Path) -> list[dict[str, Any]]:
    """The figures, for a year and for a month that holds everything."""
    from django.test import Client

    from tests.web.studio import Studio

    studio = Studio(folder)
    for number in range(2):
        studio.add_channel("bluesky", f"further-{number}")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(studio.coordinator)
    doors = {"month page": _page(client, "/calendar/2099/6/"), "week page": _page(client, "/calendar/week/2099-06-15/"),
             "portevoix calendar --month": _command}  # fmt: skip
    figures = [_figure("an empty month's page, the floor", p95(_page(client, "/calendar/2098/6/")), None)]
    fill(studio, STORED, timedelta(days=365))
    figures += [_figure(f"{name}, {STORED:,} over a year", p95(work), 150) for name, work in doors.items()]
    fill(studio, STORED, timedelta(days=30))
    figures.append(_figure(f"month page, {STORED:,} in one month", p95(_page(client, "/calendar/2099/1/")), None))
    return figures


def _page(client: Any, path: str) -> Callable[[], object]:
    def ask() -> None:
        assert client.get(path).status_code == 200

    return ask


def _command() -> None:
    from click.testing import CliRunner

    from cli import main as command

    assert CliRunner().invoke(command, ["calendar", "--month", "2099-06"]).exit_code == 0


def _figure(name: str, value: float, goal: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms p95",
        "goal": goal,
        "met": goal is None or value <= goal,
    }


def main() -> None:
    """Prints the table, or the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder) / "home")
        figures = measure(Path(folder))
    if "--json" in sys.argv:
        import django

        versions = {"python": platform.python_version(), "django": django.__version__}
        print(json.dumps({"figures": figures, "versions": versions}))
        return
    for figure in figures:
        goal = f"  goal {figure['goal']}{'' if figure['met'] else '  MISSED'}" if figure["goal"] is not None else ""
        print(f"{figure['name']:48} {figure['value']:9.1f} {figure['unit']}{goal}")


if __name__ == "__main__":
    main()
