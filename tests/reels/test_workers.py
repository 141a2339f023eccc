"""Footage is opened in processes that are held short, never in the service's own; what ends one costs little."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pipeline import reels
from pipeline.errors import Refused
from pipeline.reels import sources
from pipeline.rendering.executor import LimitedExecutor
from tests.reels.films import cut_list, film, seen, steps

REAL = LimitedExecutor  # taken before the tests of this folder put another one in its place


def killed_once(mark: str) -> int:
    """Ends its own process the first time, as the kernel does where memory runs out."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_reel_is_made_without_one_clip_being_opened_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    film(tmp_path / "a.mp4", steps(30))
    loaded = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 0.4}], format="square", mask=True))

    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} was opened in the service's process")

    monkeypatch.setattr(sources, "open_clip", refuse)
    shares: list[float] = []
    made = reels.render(loaded, tmp_path / "reel.mp4", preview=True, workers=REAL, progress=shares.append)
    assert len(seen(made.path)) == 12
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_worker_that_is_killed_is_begun_again_once(tmp_path: Path):
    with LimitedExecutor(60.0) as workers:
        first = workers.submit(os.getpid).result()
        assert workers.submit(killed_once, str(tmp_path / "mark")).result() not in (first, os.getpid())
        with pytest.raises(Refused, match="broke the program"):
            workers.submit(killed).result()
        assert workers.submit(os.getpid).result() != first


def test_a_render_that_is_called_off_ends_its_worker_and_leaves_nothing(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(40))
    loaded = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 1.3}], format="square"))

    class Stopped(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.1:
            raise Stopped

    with pytest.raises(Stopped):
        reels.render(loaded, tmp_path / "reel.mp4", preview=True, workers=REAL, progress=stop, parts=tmp_path / "parts")
    assert not [path for path in tmp_path.rglob("[!.]*.mp4") if path.name != "a.mp4"]
