"""A masked copy of footage, to be watched by people: it is no rendition, and no post can hold it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pipeline import gate
from pipeline.footage import original_path
from pipeline.models import Footage
from pipeline.protection import searching, stills, timelines, worker
from pipeline.rendering.limited import run_limited


def write(footage: Footage, out: Path, *, tell: Callable[[float], None]) -> None:
    """Writes the footage with its masks as they stand to `out`, gate-checked: a photo, or a film without sound."""
    masks, source = timelines.masks_of(timelines.standing(footage)).as_json(), str(original_path(footage.sha256))
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    limit = searching.LEAST_SECONDS + searching.PER_SECOND * (footage.probe.get("duration_ms") or 0) / 1000
    try:
        if footage.kind == "image":
            run_limited(stills.develop, source, str(part), {}, None, masks, seconds=limit)
        else:
            run_limited(worker.mask_film, source, masks, str(part), seconds=limit, tell=tell)
        gate.check(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
