"""What `run_limited` calls to read footage: plain data in and out, no database, no settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.protection.timeline import Masks

Tell = Callable[[float], None]


def search(path: str, is_photo: bool, tell: Tell | None = None) -> dict[str, Any]:
    """What was found in one file: tracks, faint sightings and bridged stretches as stored, and what was looked at."""
    from pipeline.protection import faces

    found = faces.search_photo(Path(path)) if is_photo else faces.search(Path(path), tell)
    return {
        "tracks": Masks(found.tracks).as_json(), "faint": Masks(found.faint).as_json(),
        "bridged": Masks(found.bridged).as_json(), "width": found.width, "height": found.height,
        "seconds": found.seconds,
    }  # fmt: skip


def mask_film(source: str, tracks: Sequence[dict[str, Any]], out: str, tell: Tell | None = None) -> None:
    """Writes the whole film with those tracks covered to `out`, to be watched."""
    from pipeline.reels.recoding import masked

    masked(Path(source), Path(out), Masks.from_json(tracks).tracks, tell)


def mask_whole(source: Path, out: Path) -> None:
    """Writes a film to `out` with every face covered that the search finds, unreviewed."""
    mask_film(str(source), search(str(source), False)["tracks"], str(out))


def look(path: str, is_photo: bool, wanted: Sequence[dict[str, Any]], folder: str) -> int:
    """How many pictures were written to the folder: each `name`.jpg shows time `at`, `box` marked, `side` pixels wide.

    With `crop` only what is around the box is shown. What cannot be read any more at its time is left out.
    """
    from pipeline.protection import showing

    return showing.write(Path(path), is_photo, wanted, Path(folder))
