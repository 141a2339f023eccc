"""Small pictures of rendered files for lists and calendars: made once, kept in the cache, never sent anywhere."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings

from pipeline.errors import Refused
from pipeline.models import Rendition, VariantMedia
from pipeline.protection import worker
from pipeline.rendering import store
from pipeline.rendering.limited import run_limited

SIDE = 240  # pixels: the longer side
QUALITY = 80
SECONDS = 60.0
AT = 0.5  # seconds into a film: the first frames may be black


def of(use: VariantMedia) -> Rendition | None:
    """The file that stands for a picture or film in lists (a film's cover, if it has one); None where none is ready."""
    row = use.cover or use.rendition
    return row if row.sha256 and row.mime in ("image/jpeg", "image/png", "video/mp4") else None


def path(row: Rendition) -> Path | None:
    """The JPEG of that file, 240 pixels on its longer side; None where its picture cannot be read."""
    kept = Path(settings.PORTEVOIX_HOME) / "cache" / "thumbnails" / f"{row.sha256}.jpg"
    if kept.is_file():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = store.path_of(row.sha256, row.mime)
    with tempfile.TemporaryDirectory(dir=kept.parent) as work:
        made = Path(work) / "made.jpg"
        if row.mime == "video/mp4":
            _film(source, made, min(AT, (row.duration_ms or 0) / 2000))
        else:
            _picture(source, made)
        if not made.is_file():
            return None
        made.replace(kept)
    return kept


def _picture(source: Path, made: Path) -> None:
    from PIL import Image

    try:
        with Image.open(source) as opened:
            opened.draft("RGB", (SIDE * 2, SIDE * 2))
            opened.thumbnail((SIDE, SIDE))
            opened.convert("RGB").save(made, "JPEG", quality=QUALITY)
    except OSError:  # gone, or not what it was: the list shows none, and sending stops at the seal
        made.unlink(missing_ok=True)


def _film(source: Path, made: Path, at: float) -> None:
    wanted = {"name": made.stem, "at": at, "box": None, "side": SIDE, "crop": True}
    try:
        run_limited(worker.look, str(source), False, [wanted], str(made.parent), seconds=SECONDS)
    except Refused:  # said where the film itself is shown
        made.unlink(missing_ok=True)
