"""A cut list made into a finished video."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.protection.tracks import Track
from pipeline.reels import sound
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.encoding import Writer
from pipeline.reels.lettering import Lettering, draw
from pipeline.reels.pressing import Spoken
from pipeline.reels.sources import FPS
from pipeline.reels.timeline import build

Progress = Callable[[float], None]

_PREVIEW = 2  # how many times smaller a preview is, each way
_AHEAD = 8  # frames decoded while the encoder is busy
_SEARCH_SHARE = 0.4  # of the whole work: looking for faces before the first frame is made


@dataclass(frozen=True)
class Rendered:
    """A finished reel. `size` in bytes; loudness in LUFS and dBTP, measured on the file.

    `faces_masked` counts the faces followed through the cuts; `faces_left` the sightings of a face in the finished
    file, which a person has to look at when it is not 0.
    """

    path: Path
    width: int
    height: int
    duration_ms: int
    fps: int
    sha256: str
    size: int
    texts: tuple[Spoken, ...]
    loudness: float
    true_peak: float
    faces_masked: int
    faces_left: int


def render(
    cutlist: CutList,
    out: Path,
    *,
    progress: Progress | None = None,
    preview: bool = False,
    bit_rate: int | None = None,
    masks: Mapping[Path, Sequence[Track]] | None = None,
    seeds: Mapping[Path, bytes] | None = None,
) -> Rendered:
    """The reel of a loaded cut list, written to `out` (MP4) in one step: it is whole or not there.

    `progress` is called with 0.0 to 1.0. A preview is half as wide and high and quicker. `bit_rate` is the most that
    the picture may have, in bits a second. `masks` are the tracks of each clip, as reviewed; without them the clips are
    searched for faces here. `seeds` say by how much each clip's voices are disguised (see `sound`). Raises `Refused`
    where a clip cannot be read or a text does not hold.
    """
    from pipeline.protection.faces import count_faces

    tell = progress or (lambda done: None)
    width, height = cutlist.size
    size = (width // _PREVIEW, height // _PREVIEW) if preview else (width, height)
    words = draw(cutlist, size)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        tracks = _found(cutlist, masks, tell)
        frames = _write(cutlist, part, size, words, tracks, tell, preview, bit_rate, seeds)
        heard, left = sound.measure_file(part), count_faces(part)
        with part.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    tell(1.0)
    return Rendered(
        path=out,
        width=size[0],
        height=size[1],
        duration_ms=round(frames * 1000 / FPS),
        fps=FPS,
        sha256=digest,
        size=out.stat().st_size,
        texts=words.texts,
        loudness=heard.integrated,
        true_peak=heard.peak,
        faces_masked=sum(len(found) for found in tracks),
        faces_left=left,
    )


def _found(reel: CutList, masks: Mapping[Path, Sequence[Track]] | None, tell: Progress) -> list[list[Track]]:
    """The tracks of each cut, empty lists where faces are not to be covered."""
    from pipeline.protection.faces import find_tracks

    found: list[list[Track]] = []
    for index, cut in enumerate(reel.cuts):
        tell(_SEARCH_SHARE * index / len(reel.cuts))
        if not reel.mask or cut.clip is None:
            found.append([])
        elif masks is None:
            found.append(find_tracks(cut.clip, cut.start, cut.end))
        else:
            found.append([track for track in masks[cut.clip] if _lives(track, cut)])
    return found


def _lives(track: Track, cut: Cut) -> bool:
    return track.end >= cut.start and (cut.end is None or track.start <= cut.end)


def _write(
    reel: CutList,
    part: Path,
    size: tuple[int, int],
    words: Lettering,
    tracks: Sequence[list[Track]],
    tell: Progress,
    preview: bool,
    bit_rate: int | None,
    seeds: Mapping[Path, bytes] | None,
) -> int:
    with ExitStack() as held:
        timeline = build(reel, size, words, tracks, held)
        heard = Path(held.enter_context(TemporaryDirectory(prefix=f"{part.name}.", dir=part.parent)), "sound.mp4")
        sound.make(reel, heard, seeds=seeds)
        writer = held.enter_context(Writer(part, size, heard, quick=preview, bit_rate=bit_rate))
        # Decoding and encoding both run outside Python's lock: a second thread lets them overlap.
        encoder = held.enter_context(ThreadPoolExecutor(max_workers=1))
        waiting: deque[Future[None]] = deque()
        for index in range(timeline.frames):
            waiting.append(encoder.submit(writer.add, timeline.picture(index)))
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
            tell(_SEARCH_SHARE + (0.95 - _SEARCH_SHARE) * (index + 1) / timeline.frames)
        for last in waiting:
            last.result()
        return timeline.frames
