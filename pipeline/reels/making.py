"""A cut list made into a finished video: its parts made or found in the cache, then joined."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.protection.tracks import Track
from pipeline.reels import timeline
from pipeline.reels.cache import SOUNDS, Cache, appearing, room
from pipeline.reels.cutlist import CutList
from pipeline.reels.joining import join
from pipeline.reels.plans import Drawing, by_content
from pipeline.reels.pressing import Spoken
from pipeline.reels.segments import tools
from pipeline.reels.sources import FPS
from pipeline.reels.studio import Progress, Shares, Studio, hashed, lives
from pipeline.rendering import executor
from publishers._base import canonical

Workers = Callable[[float, Callable[[int, float], None]], executor.Crew]

PREVIEW = 2  # how many times smaller a preview is, each way
_LONGEST_SEARCH = 3600.0  # seconds
_LEAST, _PER_SECOND = 120.0, 30.0  # seconds that a part may take, and more for each second of it
# What a cut list says of the picture alone: a change of it leaves the sound as it is.
_SEEN_ALONE = {
    "format", "template", "title", "captions", "lower_thirds", "when", "where", "summary", "period", "cover", "mask",
}  # fmt: skip
_CUT_SEEN = {"framing", "keyframes", "caption", "speaker", "when", "where", "card"}


@dataclass(frozen=True)
class Rendered:
    """A finished reel. `size` in bytes; loudness in LUFS and dBTP, measured on the file.

    `faces_masked` counts the faces followed through the cuts; `faces_left` the sightings of a face in the finished
    file, which a person has to look at when it is not 0; `faces_cut` where automatic framing could not help cutting a
    masked face: the number of the cut, from 1, and the seconds of the reel from and to.
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
    faces_cut: tuple[tuple[int, float, float], ...] = ()


def render(
    cutlist: CutList,
    out: Path,
    *,
    progress: Progress | None = None,
    preview: bool = False,
    bit_rate: int | None = None,
    masks: Mapping[Path, Sequence[Track]] | None = None,
    seeds: Mapping[Path, bytes] | None = None,
    parts: Path | None = None,
    workers: Workers | None = None,
) -> Rendered:
    """The reel of a loaded cut list, written to `out` (MP4) in one step: it is whole or not there.

    `progress` is called with 0.0 to 1.0. A preview is half as wide and high and quicker. `bit_rate` is the most that
    the picture may have, in bits a second. `masks` are the tracks of each clip, as reviewed; clips without them are
    searched for faces here. `seeds` say by how much each clip's voices are disguised (see `sound`). `parts` is the
    folder in which finished parts are kept and looked for; without it they are thrown away. `workers` run what opens
    footage. Raises `Refused` where a clip cannot be read or a text does not hold.
    """
    tell = progress or (lambda done: None)
    width, height = cutlist.size
    dress = timeline.Dress((width // PREVIEW, height // PREVIEW) if preview else (width, height), preview, bit_rate)
    with ExitStack() as held:
        held.enter_context(room())
        out.parent.mkdir(parents=True, exist_ok=True)
        kept = parts or Path(held.enter_context(TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent)))
        hashes = {clip: hashed(clip) for clip in cutlist.clips}
        shares, most = Shares(tell), most_seconds(cutlist, masks or {})
        hire = partial(workers or executor.LimitedExecutor, most, shares)
        studio = held.enter_context(Studio(Cache(kept), hire, shares))
        drawing = Drawing(cutlist, dress, hashes, studio.cache)
        if drawing.is_new:
            studio.begin()
            drawing.draw()
        tracks = studio.tracks(cutlist, masks or {}, hashes)
        plan = drawing.plan(tracks)
        sound = studio.cache.place(SOUNDS, _sound_address(cutlist, hashes, seeds or {}))
        pictures, seen, heard = studio.made(plan, cutlist, sound, seeds or {})
        part = held.enter_context(appearing(out))
        frames = join(pictures, sound, part)
    tell(1.0)
    return Rendered(
        path=out,
        width=dress.size[0],
        height=dress.size[1],
        duration_ms=round(frames * 1000 / FPS),
        fps=FPS,
        sha256=hashed(out),
        size=out.stat().st_size,
        texts=plan.texts,
        loudness=heard.integrated,
        true_peak=heard.peak,
        faces_masked=sum(lives(one, cut) for cut, found in zip(cutlist.cuts, tracks, strict=True) for one in found),
        faces_left=sum(one["left"] for one in seen),
        faces_cut=_faces_cut(cutlist, seen),
    )


def most_seconds(reel: CutList, masks: Mapping[Path, Sequence[Track]]) -> float:
    """What one piece of the work may take: of a clip that is searched, nobody here knows how long it is."""
    lasts = (reel.footage_frames + reel.end_frames) / FPS
    return _LONGEST_SEARCH if reel.mask and not set(reel.clips) <= set(masks) else _LEAST + _PER_SECOND * lasts


def _faces_cut(reel: CutList, seen: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, float, float], ...]:
    """Where faces are cut, from what was seen in each part; one that goes on in the next part is told once."""
    found: list[tuple[int, int, int]] = []
    at, told = 0, iter(seen)
    for number, cut in enumerate(reel.cuts, 1):
        for begins, _frames in timeline.pieces(cut.frames):
            for first, last in next(told)["cut"]:
                run = number, at + begins + first, at + begins + last
                if found and (found[-1][0], found[-1][2]) == run[:2]:
                    run = number, found.pop()[1], run[2]
                found.append(run)
        at += cut.frames
    return tuple((number, first / FPS, last / FPS) for number, first, last in found)


def _sound_address(reel: CutList, hashes: Mapping[Path, str], seeds: Mapping[Path, bytes]) -> str:
    spec: dict[str, Any] = reel.model_dump(mode="json", exclude=_SEEN_ALONE | {"cuts"})
    spec["end"] = reel.end_frames
    spec["cuts"] = [by_content(cut, hashes, _CUT_SEEN) for cut in reel.cuts]
    if reel.music is not None:
        spec["music"]["file"] = hashed(reel.music.file)
    told = {"tools": tools(), "spec": spec, "seeds": {hashes[clip]: seed.hex() for clip, seed in seeds.items()}}
    return hashlib.sha256(canonical(told).encode()).hexdigest()
