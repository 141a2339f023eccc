"""Five people in the studio while a hundred posts go out in one minute and a reel is made; then a month of work.

python bench/load.py [--json] [--month-only | --minute-only]

Real processes, as the units of deploy/ start them: `portevoix serve` (waitress), `portevoix work` with its niceness,
on one store. Five signed-in people open every page that a coordinator has, each a page every two seconds or so. What
went out is counted in the outbox's own folder. The month is compressed: as many posts and pages as thirty days have,
and the turns of the clock's hourly jobs, the wall clock of all processes a day further each time; memory is read after
each day.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import _clock
from _people import Editor, Person
from _posts import approved

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
POSTS, OVER, CHANNELS = 100, 60.0, 20
PEOPLE = 5
AHEAD = 100  # seconds to plan a hundred posts in, before the first is due
DAYS, POSTS_A_DAY, PAGES_A_DAY = 30, 10, 60
# So much more often the clock's jobs come in the compressed month, if they can: sweeps each ten seconds, not each hour.
SQUEEZE = 1 / 360
PAGES_GOAL, LATE_GOAL, GROWTH_GOAL = 500.0, 5.0, 5.0


def set_up(home: Path) -> None:
    """Makes a store of its own and tells Django of it."""
    os.environ.update(
        PORTEVOIX_HOME=str(home), DATABASE_URL="", DJANGO_SETTINGS_MODULE="config.settings", PORTEVOIX_LANG="en",
        PORTEVOIX_QUIET_HOURS="", PORTEVOIX_GRACE_MINUTES="0", PORTEVOIX_FOOTAGE_DELAY_HOURS="0",
    )  # fmt: skip
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from pipeline import setup

    setup.prepare()


class Newsroom:
    """A studio with something on every page, twenty channels, and a film to cut a reel from."""

    def __init__(self, folder: Path) -> None:
        from pipeline import footage
        from pipeline.demo import clips
        from pipeline.models import Channel
        from tests.web.everything import everything
        from tests.web.studio import Studio, full_month

        self.folder, self.studio = folder, Studio(folder)
        self.studio.waiting = full_month(self.studio)
        told = everything(self.studio, folder)["coordinator"]
        away = {"card-stamp", "connect", "log"}
        self.pages = [address for name, address in told.items() if name not in away]
        self.picture = self.studio.picture()
        self.channels = [self.studio.add_channel("facebook", f"page-{n}") for n in range(CHANNELS)]
        Channel.objects.update(posts_per_day=1_000_000)  # the pace is not what is measured
        films = clips.write_clips(folder / "clips")
        self.films = [footage.add(film, by=self.studio.intern, place="Calais") for film in films[:2]]
        self.outbox = self.studio.outbox

    def planned(self, number: int, first: datetime, apart: float) -> list[datetime]:
        """So many approved posts with a picture, planned from the first moment on, so many seconds apart."""
        from pipeline import planning

        times = []
        for n, post in enumerate(approved(number, self.studio, self.channels, self.picture)):
            at = max(first, _now()) + timedelta(seconds=n * apart if first > _now() else 1)
            planning.schedule(post, planning.wall_time(at.isoformat()), by=self.studio.intern)
            times.append(at)
        return times

    def cut_list(self) -> Any:
        """A cut list of the films, ready to be made into a reel."""
        from pipeline import montages

        row = montages.begin(self.films, template="field", lang="fr", spoken="fr", by=self.studio.intern)
        while montages.work():
            pass
        row.refresh_from_db()
        by = self.studio.intern
        montages.save(row, row.text.replace("…", "Un matin"), by=by, version=row.version)  # the words are a person's
        row.refresh_from_db()
        return row

    def sent(self) -> int:
        """How many posts the stand-in of the network holds."""
        return len(self.studio.sent())


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()


# ------------------------------------------------------------------------------------------------------ the processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*words: str, nice: int = 0, clock: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The command, as a process of its own until the end.

    With a `clock` it follows that one, and its jobs come as often as it can.
    """
    start = "from cli import main; main()"
    if clock:
        start = (
            f"import pathlib, _clock; _clock.follow(pathlib.Path({str(clock)!r}))\n"
            "import scheduler as s\n"
            "for n in dir(s):\n"
            f"    if n.endswith('_SECONDS') and n[0] != 'J': setattr(s, n, getattr(s, n) * {SQUEEZE})\n"
            "s.TICK_SECONDS = 0.2\n"
            # Runs missed in a day that passes at once, only the last of which counts, are millions at this pace.
            "from apscheduler.job import Job\n"
            "Job._get_run_times = lambda job, now: [now] if job.next_run_time and job.next_run_time <= now else []\n"
            "from commands._terminal import django; django()\n"
            "import datetime, pipeline.delivery.clock as c\n"
            "c.JUMP = datetime.timedelta(days=60)\n" + start  # it jumps on purpose
        )
    process = subprocess.Popen(
        ["nice", "-n", str(nice), sys.executable, "-c", start, *words], cwd=ROOT, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}"},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def memory(process: subprocess.Popen[bytes]) -> float:
    """What the process itself holds, in MB, nothing shared counted twice: its unique set."""
    import psutil

    return float(psutil.Process(process.pid).memory_full_info().uss) / 1e6


def opened(port: int) -> str:
    """The studio's address, once it answers."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"http://127.0.0.1:{port}"
        time.sleep(0.2)
    raise TimeoutError


# ----------------------------------------------------------------------------------------------------- what is measured


def rush(room: Newsroom) -> dict[str, Any]:
    """Pages and lateness of the minute in which a hundred posts go out and a reel is made."""
    from pipeline.models import Attempt, Publication

    editor, port, before = Editor(room.studio.intern, room.cut_list()), free_port(), room.sent()
    first = _now() + timedelta(seconds=AHEAD)
    times = room.planned(POSTS, first, OVER / POSTS)
    own = set(Publication.objects.order_by("-pk").values_list("pk", flat=True)[:POSTS])
    with running("serve", "--port", str(port)) as web, running("work", nice=5) as worker:
        base = opened(port)
        people = [Person(base, room.pages, user, n) for n, user in zip(range(PEOPLE), _users(room), strict=False)]
        for person in people:
            person.browser.get("/")
        _sleep_until(times[0] - timedelta(seconds=5))
        busy: list[Person | Editor] = [*people, editor]
        for one in busy:
            one.start()
        _sleep_until(times[-1] + timedelta(seconds=15))
        for one in busy:
            one.stopped.set()
        for one in busy:
            one.join()
        held = {"web": memory(web), "worker": memory(worker)}
    late = sorted(
        (one.started_at - one.publication.due_at).total_seconds()
        for one in Attempt.objects.filter(publication__in=own).select_related("publication")
    )
    took = [one for person in people for one in person.took]
    return {
        "planned_in": (first + timedelta(0) - times[0]).total_seconds(), "late": late, "took": took, "memory": held,
        "sent": room.sent() - before, "reels": editor.made, "failed": editor.failed,
    }  # fmt: skip


def _users(room: Newsroom) -> list[Any]:
    return [room.studio.coordinator, room.studio.second] * 3


def _sleep_until(moment: datetime) -> None:
    time.sleep(max((moment - _now()).total_seconds(), 0))


def month(room: Newsroom) -> dict[str, Any]:
    """Memory of both processes after each compressed day: its posts out, its pages opened, its jobs run."""
    from pipeline.models import Beat

    port, before, clock = free_port(), room.sent(), room.folder / "days"
    days: list[dict[str, float]] = []
    clock.write_text("0")
    _clock.follow(clock)
    with running("serve", "--port", str(port), clock=clock) as web, running("work", clock=clock) as worker:
        base = opened(port)
        people = [
            Person(base, room.pages, user, n, (0, 0)) for n, user in zip(range(PEOPLE), _users(room), strict=False)
        ]
        for day in range(DAYS + 1):
            _clock.set_ahead(clock, day)
            room.planned(POSTS_A_DAY, _now(), 0)
            for person in people:
                person.enter()  # nobody stays signed in for a month
                person.left = PAGES_A_DAY // PEOPLE if day else len(person.pages)  # the first day opens each page
                threading.Thread.__init__(person, daemon=True)
                person.start()
            for person in people:
                person.join()
            _until_sent(room, before + POSTS_A_DAY * (day + 1))
            days.append({"web": memory(web), "worker": memory(worker)})
        beats = Beat.objects.count()
    return {"days": days, "sent": room.sent() - before, "beats": beats}


def _until_sent(room: Newsroom, number: int) -> None:
    end = time.monotonic() + 120
    while room.sent() < number and time.monotonic() < end:
        time.sleep(0.1)


# ---------------------------------------------------------------------------------------------------------- the report


def share(values: list[float], of_hundred: float) -> float:
    """The value that so many of a hundred do not pass."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * of_hundred / 100), len(ordered) - 1)]


def growth(days: list[dict[str, float]], name: str) -> float:
    """Per cent from the mean of the first three days after the first to that of the last three."""
    held = [day[name] for day in days[1:]]
    return 100 * (statistics.mean(held[-3:]) / statistics.mean(held[:3]) - 1)


def figures_of(rush_: dict[str, Any] | None, month_: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Each figure with its goal."""
    told: list[tuple[str, float, str, float]] = []
    if rush_:
        pages = [took for _address, took in rush_["took"]]
        told += [
            (f"pages of {PEOPLE} people, p95", share(pages, 95), "ms", PAGES_GOAL),
            (f"lateness of {POSTS} posts in a minute, p99", share(rush_["late"], 99), "s", LATE_GOAL),
        ]
    if month_:
        told += [(f"memory of {name} over {DAYS} days", growth(month_["days"], name), "%", GROWTH_GOAL)
                 for name in ("web", "worker")]  # fmt: skip
    return [
        {"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "met": value <= goal}
        for name, value, unit, goal in told
    ]


def details(rush_: dict[str, Any] | None, month_: dict[str, Any] | None) -> Iterator[str]:
    """What stands beside the figures, one line each."""
    if rush_:
        pages = [took for _address, took in rush_["took"]]
        yield f"{len(pages)} pages, median {statistics.median(pages):.0f} ms, p99 {share(pages, 99):.0f} ms"
        slow: dict[str, list[float]] = {}
        for address, took in rush_["took"]:
            slow.setdefault(address, []).append(took)
        for address, took in sorted(slow.items(), key=lambda one: -statistics.median(one[1]))[:6]:
            yield f"  slowest: {address} median {statistics.median(took):.0f} ms of {len(took)}"
        yield f"posts out {rush_['sent']}, late p50 {share(rush_['late'], 50):.2f} s, max {max(rush_['late']):.2f} s"
        reels = rush_["reels"]
        yield f"reels made meanwhile {len(reels)}, each {share(reels or [0.0], 50):.1f} s, failed {rush_['failed']}"
        yield f"memory { ({k: round(v) for k, v in rush_['memory'].items()}) } MB"
    if month_:
        for name in ("web", "worker"):
            held = [round(day[name], 1) for day in month_["days"]]
            yield f"{name}: MB after each day {' '.join(f'{one:.0f}' for one in held)}"
        yield f"posts out {month_['sent']}"


def main() -> None:
    """Prints the table, or the figures as JSON."""
    folder = Path(tempfile.mkdtemp(prefix="porte-voix-load-"))
    try:
        set_up(folder / "home")
        room = Newsroom(folder)
        rush_ = None if "--month-only" in sys.argv else rush(room)
        month_ = None if "--minute-only" in sys.argv else month(room)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = figures_of(rush_, month_)
    load = f"load of the machine meanwhile {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    if "--json" in sys.argv:
        print(json.dumps({"figures": found, "versions": {"python": platform.python_version(), "load": load}}))
        return
    for one in found:
        verdict = "met" if one["met"] else "MISSED"
        print(f"{one['name']:50} {one['value']:9} {one['unit']:3} goal {one['goal']:g}  {verdict}")
    print(*details(rush_, month_), load, sep="\n")


if __name__ == "__main__":
    main()
