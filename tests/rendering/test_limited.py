"""A limited call, in a process begun anew and in a copy of one that has loaded what films need."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from pipeline.errors import Refused
from pipeline.rendering import limited
from pipeline.rendering.limited import Limited, run_limited
from publishers._sentences import _
from tests.shell import ROOT

SECONDS = 30.0
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux begins processes as copies.")


def double(number: int) -> dict[str, int]:
    return {"double": 2 * number, "process": os.getpid()}


def wait_for_ever() -> None:
    threading.Event().wait()


def answer_by_half() -> None:
    (sender,) = (thing for thing in gc.get_objects() if isinstance(thing, Connection))
    os.write(sender.fileno(), b"\0\0\1\0half")
    wait_for_ever()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def swallow_memory() -> int:
    return len(bytearray(600 << 20))


def complain() -> None:
    raise Refused(_("The {thing} is broken: bring another.", thing="lens"))


def opaque() -> object:
    return object()


def core_limit() -> list[int]:
    return list(resource.getrlimit(resource.RLIMIT_CORE))


def taken_over() -> list[str]:
    """What an earlier call had left in this process; this one leaves something too."""
    left = [name for name in vars(limited) if name == "TAKEN_OVER"]
    limited.TAKEN_OVER = True  # type: ignore[attr-defined]
    return left


def loaded() -> list[str]:
    return sorted({"av", "cv2", "numpy", "onnxruntime", "django", "pipeline.protection.faces"} & set(sys.modules))


def threads_of_parent() -> int:
    return len(list(Path(f"/proc/{os.getppid()}/task").iterdir()))


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limited, "context", Limited.context)
    limited.copied()


@pytest.fixture(params=["anew", pytest.param("as a copy", marks=LINUX)])
def begun(request: pytest.FixtureRequest) -> str:
    if request.param == "as a copy":
        request.getfixturevalue("copies")
    return str(request.param)


def test_a_limited_call_returns_data_from_another_process(begun: str) -> None:
    answer = run_limited(double, 21, seconds=SECONDS)
    assert answer["double"] == 42
    assert answer["process"] != os.getpid()


def test_a_limited_call_ends_on_time(begun: str) -> None:
    with pytest.raises(Refused, match="shorter or smaller"):
        run_limited(wait_for_ever, seconds=0.2)


def test_an_answer_begun_and_never_ended_ends_on_time(begun: str) -> None:
    with pytest.raises(Refused, match="shorter or smaller"):
        run_limited(answer_by_half, seconds=3)


def test_a_limited_call_that_dies_is_refused_in_one_sentence(begun: str) -> None:
    with pytest.raises(Refused, match="broke the program"):
        run_limited(die, seconds=SECONDS)


def test_a_limited_call_cannot_take_all_memory(begun: str) -> None:
    with pytest.raises(Refused, match="memory"):
        run_limited(swallow_memory, seconds=SECONDS, memory_bytes=512 << 20)


def test_the_same_call_with_room_is_not_refused(begun: str) -> None:
    assert run_limited(swallow_memory, seconds=SECONDS, memory_bytes=2 << 30) == 600 << 20


def test_a_sentence_crosses_the_border_whole(begun: str) -> None:
    with pytest.raises(Refused) as refused:
        run_limited(complain, seconds=SECONDS)
    assert refused.value.sentence == _("The {thing} is broken: bring another.", thing="lens")


def test_what_is_not_plain_data_does_not_cross(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused):
        run_limited(opaque, seconds=SECONDS)
    assert "not JSON serializable" in capfd.readouterr().err


def test_a_limited_call_leaves_no_core_file(begun: str) -> None:
    assert run_limited(core_limit, seconds=SECONDS) == [0, 0]


def test_what_one_call_leaves_the_next_process_does_not_find(begun: str) -> None:
    with Limited() as worker:
        assert worker.call(taken_over, seconds=SECONDS) == []
        assert worker.call(taken_over, seconds=SECONDS) == ["TAKEN_OVER"]
    assert run_limited(taken_over, seconds=SECONDS) == []


@LINUX
def test_copies_are_of_one_process_that_has_loaded_what_films_need_and_no_threads(copies: None) -> None:
    first, second = (run_limited(os.getppid, seconds=SECONDS) for _ in range(2))
    assert first == second != os.getpid()
    assert run_limited(loaded, seconds=SECONDS) == ["av", "cv2", "numpy", "pipeline.protection.faces"]
    assert run_limited(threads_of_parent, seconds=SECONDS) == 1


@LINUX
def test_when_the_one_that_is_copied_is_killed_its_copies_end_and_another_takes_its_place(copies: None) -> None:
    with Limited() as worker:
        copied_from = worker.call(os.getppid, seconds=SECONDS)
        os.kill(copied_from, signal.SIGKILL)
        os.waitid(os.P_PID, copied_from, os.WEXITED | os.WNOWAIT)
        with pytest.raises(Refused, match="broke the program"):
            worker.call(wait_for_ever, seconds=SECONDS)
    assert run_limited(os.getppid, seconds=SECONDS) not in (copied_from, os.getpid())


@LINUX
def test_who_is_killed_leaves_nobody_behind() -> None:
    code = (
        "import os, signal; from pipeline.rendering import limited\n"
        "limited.copied(); print(limited.run_limited(os.getppid, seconds=30), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with suppress(psutil.NoSuchProcess):  # gone before we looked
        psutil.Process(int(done.stdout)).wait(SECONDS)


@LINUX
def test_where_the_one_to_be_copied_cannot_be_reached_a_process_begins_anew(copies: None) -> None:
    copied_from = run_limited(os.getppid, seconds=SECONDS)
    Path(forkserver._forkserver._forkserver_address).unlink()
    try:
        assert run_limited(os.getppid, seconds=SECONDS) == os.getpid()
    finally:
        os.kill(copied_from, signal.SIGKILL)
        os.waitid(os.P_PID, copied_from, os.WEXITED | os.WNOWAIT)
    assert run_limited(os.getppid, seconds=SECONDS) not in (copied_from, os.getpid())


@LINUX
def test_where_nobody_asked_for_copies_each_process_begins_anew() -> None:
    assert run_limited(os.getppid, seconds=SECONDS) == os.getpid()
    assert run_limited(loaded, seconds=SECONDS) == []


def test_programs_that_stay_begin_processes_as_copies() -> None:
    code = (
        "import os; from commands._terminal import stays; from pipeline.rendering.limited import run_limited\n"
        "stays(); print(os.getpid(), run_limited(os.getppid, seconds=30))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    here, parent = said.split()
    assert (here != parent) == (sys.platform == "linux")
