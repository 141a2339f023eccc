"""No file from the field is decoded in the service's own process: not brought in, searched, looked at, developed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline import gate, intake, photos
from pipeline.probing import probe
from pipeline.protection import looks, searching, watching
from pipeline.rendering import limited
from tests.media.clean import write_clean_mp4
from tests.reels.films import heads


class DecodedHere(AssertionError):
    """A decoder was called outside of a limited process."""


DECODERS = ((av, "open"), (Image, "open"), (cv2, "imread"), (cv2, "imdecode"), (cv2, "VideoCapture"))


class Border:
    """Stands for the border between two processes: decoders work only within a call of `run_limited`.

    And in the gate, which decodes no file from the field but what our encoders wrote, its every segment read before.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.inside = False
        self.crossed: list[str] = []
        for module, name in DECODERS:
            patch.setattr(module, name, self._guarded(getattr(module, name)))
        inspect = gate.inspect
        patch.setattr(gate, "inspect", lambda path: self.across(inspect, path))
        true = limited.run_limited
        for module in [m for m in list(sys.modules.values()) if getattr(m, "run_limited", None) is true]:
            patch.setattr(module, "run_limited", self.run_limited)

    def _guarded(self, decoder: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not self.inside:
                raise DecodedHere(decoder)
            return decoder(*args, **kwargs)

        return call

    def across(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.inside = True
        try:
            return function(*args, **kwargs)
        finally:
            self.inside = False

    def run_limited(self, function: Callable[..., Any], *args: Any, tell: Any = None, **_bounds: Any) -> Any:
        self.crossed.append(function.__name__)
        return self.across(function, *args, **({"tell": tell} if tell else {}))


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    Image.fromarray(np.ascontiguousarray(heads())).save(tmp_path / "a.png")
    return (tmp_path / "a.png").read_bytes()


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    return write_clean_mp4(tmp_path / "a.mp4", count=6, sound=False).read_bytes()


def all_that_is_done_with(content: bytes, world: Any, out: Path) -> None:
    row = intake.bring_bytes([content], intake.Answers(), by=world.intern)
    searching.ensure(row)
    looks.make(row, [looks.Look(0.0), looks.Look(0.1, (0.2, 0.2, 0.2, 0.2), crop=True)])
    watching.write(row, out, tell=lambda _share: None)
    if row.kind == "image":
        photos.make(row, format="whole", alt="Une rue.", lang="fr", by=world.intern)


def test_a_photo_is_read_in_limited_processes_alone(world, photo, tmp_path, monkeypatch):
    border = Border(monkeypatch)
    all_that_is_done_with(photo, world, tmp_path / "out.jpg")
    assert border.crossed == ["_probe_plain", "search", "look", "develop", "develop"]


def test_a_film_is_read_in_limited_processes_alone(world, film, tmp_path, monkeypatch):
    border = Border(monkeypatch)
    all_that_is_done_with(film, world, tmp_path / "out.mp4")
    assert border.crossed == ["_probe_plain", "search", "look", "mask_film"]


def test_a_film_that_nobody_searched_is_searched_and_covered_in_one_process(world, film, tmp_path, monkeypatch):
    border = Border(monkeypatch)
    row = intake.bring_bytes([film], intake.Answers(), by=world.intern)
    timeline = watching.write(row, tmp_path / "out.mp4", tell=lambda _share: None)
    assert border.crossed == ["_probe_plain", "search_and_mask"]
    assert timeline == searching.ensure(row) and gate.inspect(tmp_path / "out.mp4") == []
    assert [path.name for path in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize("careless", ["pipeline.footage.probe_limited", "pipeline.photos.run_limited"])
def test_one_that_reads_in_the_service_is_found_out(careless, world, photo, tmp_path, monkeypatch):
    Border(monkeypatch)
    here = probe if careless.endswith("probe_limited") else lambda function, *args, **_bounds: function(*args)
    monkeypatch.setattr(careless, here)
    with pytest.raises(DecodedHere):
        all_that_is_done_with(photo, world, tmp_path / "out.jpg")


def test_a_limited_call_is_in_a_process_of_its_own():
    assert limited.run_limited(os.getpid, seconds=30) != os.getpid()
