"""The worker: the same card as in process, and an end to everything else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline import cards
from pipeline.cards import drawing, worker
from pipeline.errors import Refused

ASKED: dict[str, Any] = {"lang": "fr", "format": "link", "mime": "image/jpeg"}
HEAVY = {"babel", "cv2", "django", "fontTools", "numpy", "playwright", "pydantic", "yaml"}


@pytest.fixture(scope="module")
def drawer() -> Iterator[worker.Worker]:
    started = worker.Worker()
    yield started
    started.close()


def _odd(program: str) -> worker.Worker:
    """A worker that runs another program in its place."""
    return worker.Worker([sys.executable, "-c", program])


def test_another_process_and_four_threads_draw_the_same_bytes(drawer: worker.Worker) -> None:
    here = drawing.draw("figure", cards.sample("figure"), **ASKED)
    assert drawer.draw("figure", cards.sample("figure"), **ASKED) == here
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda _n: drawing.draw("figure", cards.sample("figure"), **ASKED).data, range(8)))
    assert set(drawn) == {here.data}
    assert cards.draw("figure", cards.sample("figure"), **ASKED) == here


def test_a_refusal_comes_through_as_its_sentence(drawer: worker.Worker) -> None:
    with pytest.raises(Refused, match="label is missing") as refused:
        drawer.draw("figure", {**cards.sample("figure"), "label": ""}, **ASKED)
    assert refused.value.sentence.values == {"slot": "label"}


def test_a_card_that_is_late_is_refused_and_the_next_one_is_drawn(drawer: worker.Worker) -> None:
    with pytest.raises(Refused, match=r"within 0\.0001 seconds"):
        drawer.draw("figure", cards.sample("figure"), **ASKED, seconds=0.0001)
    assert drawer.draw("figure", cards.sample("figure"), **ASKED).width == 1200


def test_a_worker_that_was_killed_is_replaced_without_a_word(drawer: worker.Worker) -> None:
    drawer.draw("figure", cards.sample("figure"), **ASKED)
    assert drawer._process
    drawer._process.send_signal(signal.SIGKILL)
    assert drawer.draw("figure", cards.sample("figure"), **ASKED).width == 1200


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import time; time.sleep(60)", "within 0.5 seconds"),  # it does not even read
        ("import sys, time; sys.stdin.buffer.read(99); time.sleep(60)", "within 0.5 seconds"),
        ("import sys, time; sys.stdout.buffer.write(b'\\0'); sys.stdout.flush(); time.sleep(60)", "within 0.5 seconds"),
        ("import os; os.abort()", "gave up"),  # a Rust panic where it aborts
        ("import sys; sys.stdin.buffer.read(8); sys.stdout.buffer.write(b'\\xff' * 8)", "gave up"),
        ("import sys; sys.stdin.buffer.read(8); sys.stdout.buffer.write(b'\\0\\0\\0\\2\\0\\0\\0\\0{}')", "gave up"),
    ],
)
def test_an_engine_that_hangs_dies_or_lies_is_a_sentence_in_time(program: str, said: str) -> None:
    odd, start = _odd(program), time.monotonic()
    photos = {"photo": bytes(1 << 20)}  # more than a pipe holds
    try:
        with pytest.raises(Refused, match=said):
            odd.draw("figure", {}, **ASKED, photos=photos, seconds=0.5 if "within" in said else 60)
    finally:
        odd.close()
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(("ceiling", "dies"), [("worker.MEMORY", True), ("8 << 30", False)])
def test_memory_has_a_ceiling(ceiling: str, dies: bool) -> None:
    """What reserves more than it may ends the worker, not us; under a higher ceiling the same card is drawn."""
    program = (
        "from pipeline.cards import worker, drawing; own = drawing.draw;"
        "drawing.draw = lambda *a, **k: (bytes(3 << 30), own(*a, **k))[1];"
        f"worker.MEMORY = {ceiling}; worker.serve()"
    )
    hungry = _odd(program)
    try:
        if dies:
            with pytest.raises(Refused, match="gave up"):
                hungry.draw("figure", cards.sample("figure"), **ASKED)
        else:
            assert hungry.draw("figure", cards.sample("figure"), **ASKED).width == 1200
    finally:
        hungry.close()


def test_an_engine_that_spins_is_ended_by_its_processor_time_however_busy_the_machine_is() -> None:
    program = (
        "from pipeline.cards import worker, drawing; drawing.draw = lambda *a, **k: sum(iter(int, 1));"
        "worker.PROCESSOR_SECONDS = 0.2; worker.serve()"
    )
    spinning = _odd(program)
    try:
        with pytest.raises(Refused, match="within 4 seconds"):
            spinning.draw("figure", cards.sample("figure"), **ASKED)
    finally:
        spinning.close()


def test_a_worker_whose_asker_is_gone_ends_by_itself() -> None:
    program = (
        "import time; from pipeline.cards import worker, drawing;"
        "drawing.draw = lambda *a, **k: time.sleep(60); worker.serve()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=worker._ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    request = worker._packed(
        {"name": "figure", "data": {}, "photos": {}, "brand": None, "safe_zone": False, "seconds": -0.9}, b""
    )
    child.communicate(request, timeout=20)
    assert child.returncode == -signal.SIGALRM


def test_what_draws_sees_none_of_our_keys(drawer: worker.Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTEVOIX_KEYS", "secret")
    drawer.close()
    drawer.draw("figure", cards.sample("figure"), **ASKED)
    assert drawer._process
    seen = Path(f"/proc/{drawer._process.pid}/environ")
    if not seen.exists():
        pytest.skip("this system shows no process's environment")
    assert b"secret" not in seen.read_bytes() and b"LANG" in seen.read_bytes()


def test_another_brand_in_the_environment_starts_another_worker(
    drawer: worker.Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawer.draw("figure", cards.sample("figure"), **ASKED)
    monkeypatch.setenv("PORTEVOIX_BRAND", str(tmp_path / "nowhere"))
    with pytest.raises(Refused, match=r"nowhere/tokens\.toml"):
        drawer.draw("figure", cards.sample("figure"), **ASKED)


@pytest.mark.parametrize("data", [{"tag": {1, 2}}, {"tag": __import__("datetime").date(2026, 10, 1)}, {(1, 2): "x"}])
def test_data_that_is_no_text_is_refused(drawer: worker.Worker, data: dict[Any, Any]) -> None:
    with pytest.raises(Refused, match=r"give a text|texts, numbers and lists"):
        drawer.draw("figure", {**cards.sample("figure"), **data}, **ASKED)


def _imported(program: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; print(*sorted({{n.partition('.')[0] for n in sys.modules}}))"],
        cwd=Path(worker.__file__).parents[2],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.split())


def test_a_card_needs_none_of_the_heavy_libraries() -> None:
    asked = "cards.sample('figure'), lang='fr'"
    drawn = _imported(
        f"from pipeline import cards; from pipeline.cards import drawing; drawing.draw('figure', {asked})"
    )
    assert "pytakumi" in drawn and not HEAVY & drawn
    asking = _imported(f"from pipeline import cards; cards.draw('figure', {asked})")
    assert not (HEAVY | {"pytakumi", "PIL"}) & asking
