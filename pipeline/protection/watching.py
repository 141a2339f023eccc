"""A masked copy of footage, to be watched by people: it is no rendition, and no post can hold it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pipeline import gate
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import FaceTimeline, Footage
from pipeline.protection import searching, stills, timelines, worker
from pipeline.rendering.limited import run_limited
from publishers._sentences import _


def write(footage: Footage, out: Path, *, tell: Callable[[float], None]) -> FaceTimeline:
    """The timeline with whose masks the footage stands in `out`, gate-checked: a photo, or a film without sound.

    Footage that nobody searched yet is searched now; `Refused` before that where there is no folder to write into.
    """
    if not out.parent.is_dir():
        raise Refused(_("There is no folder {folder}: make it, or choose another place.", folder=str(out.parent)))
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        timeline = searching.ensure(footage, tell, copy=part)
        if not part.is_file():
            _cover(footage, timeline, part, tell)
        gate.check(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return timeline


def _cover(footage: Footage, timeline: FaceTimeline, part: Path, tell: Callable[[float], None]) -> None:
    masks, source = timelines.masks_of(timeline).as_json(), str(original_path(footage.sha256))
    limit = searching.allowed(footage)
    if footage.kind == "image":
        run_limited(stills.develop, source, str(part), {}, None, masks, seconds=limit)
    else:
        run_limited(worker.mask_film, source, masks, str(part), seconds=limit, tell=tell)
