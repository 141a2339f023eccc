"""Footage is opened in processes that are held short, never in the service's own; what ends one costs little."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path

import av
import psutil
import pytest

from pipeline import reels
from pipeline.errors import Refused
from pipeline.reels import covers, listening, proposing, sources
from pipeline.reels.cache import Cache
from pipeline.reels.studio import Shares
from pipeline.rendering import executor, limited
from pipeline.rendering.executor import LimitedExecutor
from tests.reels.films import cut_list, film, seen, steps, tone
from tests.reels.inline import Inline

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


class OpenedHere(AssertionError):
    """A film was opened in the service's process."""


def all_that_is_asked(folder: Path) -> list[str]:
    """A cut list proposed, checked twice, its cover drawn, a clip listened to; what each of the two checks advises."""
    clip = folder / "a.mp4"
    proposing.from_clips([("a.mp4", clip)], name="field", lang="fr")
    cuts = [{"clip": "a.mp4", "to": 0.4}, {"clip": "b.mp4", "to": 0.4, "sound": "mute"}]
    words = cut_list(folder, cuts, format="square", music="b.mp4", cover={"at": 0.1, "text": "Une rue"})
    found, advice = reels.check(words, cache=Cache(folder / "parts"))
    again, same = reels.check(words, cache=Cache(folder / "parts"))
    assert found is not None and again == found
    assert covers.draw(found, clip)[0].size == (192, 108)
    assert len(listening.listened(clip)) == pytest.approx(16_000, abs=600)
    return [one.sentence.text("en") for one in (*advice, *same)]


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Two clips, and a list to which each limited process that is begun adds; nothing may be opened here."""
    film(tmp_path / "a.mp4", steps(30), sound=tone(1.0))
    film(tmp_path / "b.mp4", steps(30), sound=tone(3.0))

    def refuse(*_told: object, **_more: object) -> None:
        raise OpenedHere

    begun: list[float] = []
    begin = limited.Limited.__init__
    monkeypatch.setattr(limited.Limited, "__init__", lambda *told: begun.append(0.0) or begin(*told))
    monkeypatch.setattr(av, "open", refuse)
    return begun


def test_films_are_proposed_checked_and_covered_without_being_opened_here(guarded, tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "LimitedExecutor", REAL)
    told = all_that_is_asked(tmp_path)
    assert [line for line in told if "not written" in line] == [told[0], told[0]]
    # The proposal's, one for both clips, the music and the second check, the cover's, the listener's.
    assert len(guarded) == 4


def test_what_would_open_them_here_is_found_out(guarded, tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "LimitedExecutor", Inline)
    with pytest.raises(OpenedHere):
        all_that_is_asked(tmp_path)


def test_what_is_known_of_a_film_goes_by_its_bytes_and_goes_with_it(tmp_path: Path):
    parts = Cache(tmp_path / "parts")
    asked: list[str] = []

    def seconds_of(name: str) -> str:
        return str(parts.known(tmp_path / name, "known-film", lambda: asked.append(name) or name))

    (tmp_path / "a.mp4").write_bytes(b"one film")
    assert [seconds_of("a.mp4"), seconds_of("a.mp4")] == ["a.mp4", "a.mp4"]
    (tmp_path / "a.mp4").rename(tmp_path / "b.mp4")
    assert seconds_of("b.mp4") == "a.mp4"
    (tmp_path / "b.mp4").write_bytes(b"two film")
    assert seconds_of("b.mp4") == "b.mp4"
    parts.forget(hashlib.sha256(b"two film").hexdigest())
    seconds_of("b.mp4")
    assert asked == ["a.mp4", "b.mp4", "b.mp4"]


def test_a_worker_that_is_killed_is_begun_again_once(tmp_path: Path):
    with LimitedExecutor(60.0) as workers:
        first = workers.submit(os.getpid).result()
        assert workers.submit(killed_once, str(tmp_path / "mark")).result() not in (first, os.getpid())
        with pytest.raises(Refused, match="broke the program"):
            workers.submit(killed).result()
        assert workers.submit(os.getpid).result() != first


def is_whole(path: Path) -> bool:
    with av.open(str(path)) as film:
        return any(packet.size for packet in film.demux())


def working() -> set[int]:
    """The numbers of the processes that this one has begun and that still live."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if "resource_tracker" not in " ".join(child.cmdline())}


def test_a_render_that_is_called_off_ends_its_worker_and_leaves_nothing(tmp_path: Path):
    film(tmp_path / "a.mp4", steps(40))
    loaded = reels.load(cut_list(tmp_path, [{"clip": "a.mp4", "to": 1.3}], format="square"))

    class Stopped(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.1:
            raise Stopped

    before = working()
    with pytest.raises(Stopped):
        reels.render(loaded, tmp_path / "reel.mp4", preview=True, workers=REAL, progress=stop, parts=tmp_path / "parts")
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["a.mp4"]
    assert all(is_whole(path) for path in (tmp_path / "parts").rglob("[!.]*.mp4"))  # what was ready by then may be kept
    assert working() <= before


def test_a_piece_that_tells_while_the_next_ones_are_begun_is_heard():
    told: list[float] = []
    shares = Shares(told.append)

    class Interrupted(list[float]):
        def __iadd__(self, more: list[float]) -> Interrupted:
            self.extend(more)
            if len(self) > 1:
                shares(0, 1.0)
            return self

    shares._widths, shares._done = Interrupted(), Interrupted()
    shares.begin([1.0], 0.0, 0.4)
    assert shares.begin([1.0, 1.0], 0.4, 1.0) == 1
    shares(1, 1.0)
    assert shares.told == pytest.approx(0.7)
