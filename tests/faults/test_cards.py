"""10,000 hostile texts on cards (500 in the short form): each is drawn whole or refused with a sentence, in time.

No request is made and no file is read: a server and a named pipe that the texts name would see it.
"""

from __future__ import annotations

import os
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cards import worker
from tests.faults import hostile, report

pytestmark = pytest.mark.faults
CASES = 10_000 if report.LONG else 500
BROKEN = {
    "hangs": "import time; drawing.draw = lambda *a, **k: time.sleep(60)",
    "spins": "worker.PROCESSOR_SECONDS = 0.3; drawing.draw = lambda *a, **k: sum(iter(int, 1))",
    "panics": "import os; drawing.draw = lambda *a, **k: os.abort()",
    "cuts": (
        "import dataclasses; own = drawing.draw;"
        "cut = lambda d: dataclasses.replace(d, texts=tuple(dataclasses.replace(t, text=t.text[:9]) for t in d.texts));"
        "drawing.draw = lambda *a, **k: cut(own(*a, **k))"
    ),
    "reads": "own = drawing.draw; drawing.draw = lambda *a, **k: (open({pipe!r}).close(), own(*a, **k))[1]",
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[int]]]:
    """An address on the loopback, and who called there."""
    calls: list[int] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            calls.append(1)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}/x.png", calls
        listening.shutdown()
        thread.join()


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe in a file's place: who opens it waits, and is seen."""
    path = tmp_path / "canary.png"
    os.mkfifo(path)
    return path


def test_hostile_texts_are_drawn_whole_or_refused_in_time(server: tuple[str, list[int]], pipe: Path) -> None:
    seed, started, drawer = report.seed(), time.monotonic(), worker.Worker()
    url, calls = server
    try:
        tally = hostile.attack(drawer, hostile.cases(CASES, seed, url, pipe))
        assert not hostile.has_reader(pipe)
    finally:
        drawer.close()
    seconds = time.monotonic() - started
    report.add(
        "hostile texts on cards", "-", cases=tally.cases, seconds=seconds, seed=seed, kills=tally.crashed,
        lost=len(tally.wrong), stuck=tally.late, drawn=tally.drawn, refused=tally.refused,
    )  # fmt: skip
    assert (tally.cases, tally.crashed, tally.late, tally.wrong[:5], calls) == (CASES, 0, 0, [], []), f"seed {seed}"
    assert tally.drawn >= CASES // hostile.ORDINARY_EVERY and tally.refused and tally.slowest < hostile.LIMIT, tally


@pytest.mark.parametrize("fault", BROKEN)
def test_an_engine_that_does_wrong_is_found_out(fault: str, server: tuple[str, list[int]], pipe: Path) -> None:
    """The broken variants: the same attack must see each of them."""
    program = f"from pipeline.cards import worker, drawing; {BROKEN[fault].format(pipe=str(pipe))}; worker.serve()"
    drawer = worker.Worker([sys.executable, "-c", program])
    quick = lambda *words, **options: worker.Worker.draw(drawer, *words, **options, seconds=1.0)  # noqa: E731
    drawer.draw = quick  # type: ignore[method-assign]
    try:
        tally = hostile.attack(drawer, hostile.cases(2, 1, server[0], pipe))
    finally:
        drawer.close()
    report.add(
        "hostile texts on cards", "-", cases=tally.cases, seconds=0, seed=1, kills=tally.crashed,
        lost=len(tally.wrong), stuck=tally.late + tally.crashed, broken=f"an engine that {fault}",
    )  # fmt: skip
    found = {"hangs": tally.late, "reads": tally.late, "cuts": len(tally.wrong)}.get(fault, tally.crashed + tally.late)
    assert found, tally
