"""Cut lists made into files outside of the store, with what the store knows: masks, settled voices."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile, ZipInfo

from pipeline import reels
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import Footage
from pipeline.protection import searching, timelines, voices
from pipeline.protection.tracks import Track
from pipeline.reels import handing
from pipeline.reels.cache import HANDED, appearing
from pipeline.reels.knowing import Knowledge
from pipeline.reels.studio import Progress
from pipeline.rendering import parts
from publishers._sentences import _


def hand_over(cut_list: reels.CutList, folder: Path, *, progress: Progress | None = None) -> list[Path]:
    """The files of a loaded cut list in a new folder; see `handing.hand_over`.

    `Refused` where the cut list leaves faces bare, or nobody has reviewed the masks of one of its films.
    """
    if not cut_list.mask:
        raise Refused(_("Only masked clips are handed on: take “mask: false” out of the cut list."))
    films = _films(cut_list.clips)
    with Knowledge(parts.cache()) as known:
        seconds = {clip: known.seconds(clip) for clip in cut_list.clips}
    return handing.hand_over(
        voices.protected(cut_list, films), folder, seconds=seconds, progress=progress,
        masks={path: _reviewed(film, progress) for path, film in films.items()},
        seeds={path: voices.seed_of(film) for path, film in films.items()},
        parts=parts.cache().folder,
    )  # fmt: skip


def _reviewed(film: Footage, progress: Progress | None) -> tuple[Track, ...]:
    """The masks as a person confirmed them. Searched first where it was not: only then can anybody look at them."""
    searching.ensure(film, progress)
    return timelines.masks_of(timelines.reviewed(film)).tracks


def zipped(cut_list: reels.CutList, name: str, *, progress: Progress | None = None) -> Path:
    """The ZIP of that name, kept with the parts of reels: what `hand_over` writes, in one file."""
    with TemporaryDirectory(prefix="handed-") as folder, appearing(place(name)) as part:
        whole = Path(folder, "reel")
        files = hand_over(cut_list, whole, progress=progress)
        with ZipFile(part, "w") as packed:  # stored: films do not become smaller
            for path in files:
                # Without the time at which it was made.
                with path.open("rb") as held, packed.open(ZipInfo(path.relative_to(whole).as_posix()), "w") as kept:
                    shutil.copyfileobj(held, kept)
    return place(name)


def place(name: str) -> Path:
    """Where the ZIP of that name stands, or would stand."""
    return parts.cache().place(HANDED, name, "zip")


def written(
    cut_list: reels.CutList, out: Path, *, preview: bool = False, progress: Progress | None = None
) -> reels.Rendered:
    """The reel of a loaded cut list, written to a file outside of the store.

    Of footage it has the masks as they are now, and its voices as they were settled; other clips are searched for
    faces.
    """
    films = _films(cut_list.clips)
    covered = films if cut_list.mask else {}
    return parts.render(
        voices.protected(cut_list, films), out, preview=preview, progress=progress,
        masks={path: timelines.masks_of(searching.ensure(film)).tracks for path, film in covered.items()},
        seeds={path: voices.seed_of(film) for path, film in films.items()},
    )  # fmt: skip


def _films(clips: Sequence[Path]) -> dict[Path, Footage]:
    """Those of the clips that are footage, by their place in the store."""
    ours = [path.name for path in clips if path == original_path(path.name)]
    rows = Footage.objects.filter(sha256__in=ours) if ours else ()
    return {original_path(row.sha256): row for row in rows}
