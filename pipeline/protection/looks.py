"""The pictures that a review needs, made once in a limited process and kept in the home's private folder until then.

They show faces: they are for the people who protect them, never leave the studio, and are made anew when asked for.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline.footage import original_path
from pipeline.models import Footage
from pipeline.protection import worker
from pipeline.protection.gaps import Gap
from pipeline.protection.tracks import Box, Track
from pipeline.rendering.limited import run_limited
from publishers._base import canonical

FACE, PLACE, FRAME = 160, 360, 1280  # pixels: the longer side of a face, the width of a gap's picture, of a frame
SECONDS = 300.0


@dataclass(frozen=True)
class Look:
    """One picture: the time it shows, the box that is marked or cut out, its width in pixels."""

    at: float
    box: tuple[float, float, float, float] | None = None
    side: int = FRAME
    crop: bool = False

    @property
    def name(self) -> str:
        """The name of its file, without ending: 20 hex digits that say what it shows."""
        said = {"at": round(self.at, 3), "box": self.box, "side": self.side, "crop": self.crop}
        return hashlib.sha256(canonical(said).encode()).hexdigest()[:20]


def of_track(track: Track) -> list[Look]:
    """The face of a track at its beginning, where it was seen best, and at its end."""
    best = max(track.boxes[1:-1], key=lambda box: box.score, default=track.boxes[0])
    chosen = {round(box.time, 3): box for box in (track.boxes[0], best, track.boxes[-1])}
    return [Look(box.time, _corners(box), FACE, crop=True) for _at, box in sorted(chosen.items())]


def of_gap(gap: Gap) -> Look:
    """The whole picture at a gap, its place marked."""
    return Look(gap.at, _corners(gap.box), PLACE)


def _corners(box: Box) -> tuple[float, float, float, float]:
    x, y, width, height = (round(v, 4) for v in (box.x, box.y, box.width, box.height))
    return x, y, width, height


def make(footage: Footage, looks: Iterable[Look]) -> None:
    """Makes those of the pictures that are not there yet; `Refused` where the file breaks its reader."""
    there = folder(footage)
    wanted = {look.name: look for look in looks if not (there / f"{look.name}.jpg").is_file()}
    if not wanted:
        return
    there.mkdir(parents=True, exist_ok=True, mode=0o700)
    asked: Sequence[dict[str, Any]] = [
        {"name": name, "at": look.at, "box": look.box, "side": look.side, "crop": look.crop}
        for name, look in wanted.items()
    ]
    is_photo = footage.kind == "image"
    run_limited(worker.look, str(original_path(footage.sha256)), is_photo, asked, str(there), seconds=SECONDS)


def path_of(footage: Footage, name: str) -> Path | None:
    """The file of a picture that was made; None where there is none of that name."""
    found = folder(footage) / f"{name}.jpg"
    return found if len(name) == 20 and name.isalnum() and found.is_file() else None


def folder(footage: Footage) -> Path:
    """Where the pictures of that footage stand."""
    return Path(settings.PORTEVOIX_HOME) / "looks" / footage.sha256


def forget(footage: Footage) -> None:
    """Removes them all."""
    shutil.rmtree(folder(footage), ignore_errors=True)
