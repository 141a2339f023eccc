"""What `run_limited` calls to read footage: plain data in and out, no database, no settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import memory
from pipeline.errors import Refused
from pipeline.protection.timeline import Masks

if TYPE_CHECKING:
    from pipeline.protection.faces import Found

Tell = Callable[[float], None]
# Pictures of one size come and go. Each mapped anew (`rendering.limited`), their pages cost a twentieth of all.
MAPPED = 4 << 20  # bytes
KEPT = 256 << 20  # bytes of decoded pictures: 6 s of 720 lines, 3 s of 1080; what comes after is decoded once more


def search(path: str, is_photo: bool, tell: Tell | None = None) -> dict[str, Any]:
    """What was found in one file: tracks, faint sightings and bridged stretches as stored, and what was looked at."""
    from pipeline.protection import faces

    return _stored(faces.search_photo(Path(path)) if is_photo else faces.search(Path(path), tell))


def search_and_mask(source: str, out: str, tell: Tell | None = None) -> dict[str, Any]:
    """What `search` gives of a film, which is written to `out` too with every track covered, decoded once.

    Where it cannot be written (too short, no room, too large for this memory) nothing is at `out`: what was found is
    given all the same, a search of an hour is not lost for want of a copy.
    """
    import av

    from pipeline.protection import faces
    from pipeline.reels.masking import masked_frames
    from pipeline.reels.sources import Frames, probe

    memory.pools(2, mapped_from=MAPPED)
    with closing(Frames(probe(Path(source)), keep=KEPT, threads=False)) as frames:
        found = _stored(faces.search_frames(frames, _part(tell, 0.0)))
        try:
            masked_frames(frames, Path(out), Masks.from_json(found["tracks"]).tracks, _part(tell, 0.5))
        except (Refused, OSError, MemoryError, av.FFmpegError):
            Path(out).unlink(missing_ok=True)
    return found


def _part(tell: Tell | None, done: float) -> Tell | None:
    return None if tell is None else lambda share: tell(done + share / 2)


def _stored(found: Found) -> dict[str, Any]:
    return {
        "tracks": Masks(found.tracks).as_json(), "faint": Masks(found.faint).as_json(),
        "bridged": Masks(found.bridged).as_json(), "width": found.width, "height": found.height,
        "seconds": found.seconds,
    }  # fmt: skip


def mask_film(source: str, tracks: Sequence[dict[str, Any]], out: str, tell: Tell | None = None) -> None:
    """Writes the whole film with those tracks covered to `out`, to be watched."""
    from pipeline.reels.cache import room
    from pipeline.reels.masking import masked

    memory.pools(2, mapped_from=MAPPED)
    with room():
        masked(Path(source), Path(out), Masks.from_json(tracks).tracks, tell)


def look(path: str, is_photo: bool, wanted: Sequence[dict[str, Any]], folder: str) -> int:
    """How many pictures were written to the folder: each `name`.jpg shows time `at`, `box` marked, `side` pixels wide.

    With `crop` only what is around the box is shown. What cannot be read any more at its time is left out.
    """
    from pipeline.protection import showing

    return showing.write(Path(path), is_photo, wanted, Path(folder))
