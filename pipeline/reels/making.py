"""A cut list made into a finished video: its parts made or found in the cache, then joined."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, wait
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.protection.timeline import Masks
from pipeline.protection.tracks import Track
from pipeline.reels import timeline, work
from pipeline.reels.cache import PLANS, SEEN, SOUNDS, Cache, appearing, room
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.drawn import fingerprint
from pipeline.reels.joining import join
from pipeline.reels.lettering import draw
from pipeline.reels.loudness import Loudness
from pipeline.reels.pressing import Spoken
from pipeline.reels.segments import Segment, key, tools
from pipeline.reels.sources import FPS, gone
from pipeline.rendering import executor
from publishers._base import canonical

Progress = Callable[[float], None]
Workers = Callable[[float, Callable[[int, float], None]], Executor]

PREVIEW = 2  # how many times smaller a preview is, each way
_SEARCH_SHARE = 0.4  # of the whole work: looking for faces before the first frame is made
_PICTURE_SHARE, _SOUND_SHARE = 0.9, 0.98  # until all parts are made, and the sound
_TOLD_EVERY = 0.2  # seconds
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
    parts: Path | None = None,
    workers: Workers | None = None,
) -> Rendered:
    """The reel of a loaded cut list, written to `out` (MP4) in one step: it is whole or not there.

    `progress` is called with 0.0 to 1.0. A preview is half as wide and high and quicker. `bit_rate` is the most that
    the picture may have, in bits a second. `masks` are the tracks of each clip, as reviewed; without them the clips are
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
        hashes = {clip: _hashed(clip) for clip in cutlist.clips}
        shares, most = _Shares(tell), _most_seconds(cutlist, searched=masks is None)
        hire = partial(workers or executor.LimitedExecutor, most, shares)
        studio = held.enter_context(_Studio(Cache(kept), hire, shares))
        drawing = _Drawing(cutlist, dress, hashes, studio.cache)
        tracks = studio.tracks(cutlist, masks, hashes)
        plan = drawing.plan(tracks)
        pictures, left = studio.pictures(plan)
        sound, heard = studio.sound(cutlist, hashes, seeds or {})
        part = held.enter_context(appearing(out))
        frames = join(pictures, sound, part)
    tell(1.0)
    return Rendered(
        path=out,
        width=dress.size[0],
        height=dress.size[1],
        duration_ms=round(frames * 1000 / FPS),
        fps=FPS,
        sha256=_hashed(out),
        size=out.stat().st_size,
        texts=plan.texts,
        loudness=heard.integrated,
        true_peak=heard.peak,
        faces_masked=sum(len(found) for found in tracks),
        faces_left=left,
    )


def _most_seconds(reel: CutList, *, searched: bool) -> float:
    """What one piece of the work may take: of a clip that is searched, nobody here knows how long it is."""
    lasts = (reel.footage_frames + reel.end_frames) / FPS
    return _LONGEST_SEARCH if reel.mask and searched else _LEAST + _PER_SECOND * lasts


def _hashed(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise gone(path) from None


@dataclass(frozen=True)
class _Plan:
    """The parts of a reel: whose pictures each shows and its address; what can be read in it.

    `segments` are their descriptions; None where the plan was remembered, and nothing had to be drawn.
    """

    parts: tuple[tuple[str, str], ...]
    texts: tuple[Spoken, ...]
    segments: tuple[Segment, ...] | None = None


class _Drawing:
    """The words of a reel, drawn before the long work begins, or never where the same reel was planned before."""

    def __init__(self, reel: CutList, dress: timeline.Dress, hashes: Mapping[Path, str], cache: Cache) -> None:
        self._reel, self._dress, self._hashes, self._cache = reel, dress, hashes, cache
        spec = reel.model_dump(mode="json", exclude={"cuts"})
        spec["cuts"] = [
            cut.model_dump(mode="json", exclude={"clip"}) | {"clip": _hash(cut, hashes)} for cut in reel.cuts
        ]
        told = {"reel": spec, "dress": asdict(dress), "drawn": fingerprint(), "tools": tools()}
        self._address = hashlib.sha256(canonical(told).encode()).hexdigest()
        self._remembered = self._read()
        self._words = None if self._remembered else draw(reel, dress.size)

    def _read(self) -> dict[str, Any] | None:
        place = self._cache.place(PLANS, self._address, "json")
        found: dict[str, Any] | None = json.loads(place.read_text("utf-8")) if self._cache.has(place) else None
        return found

    def plan(self, tracks: Sequence[Sequence[Track]]) -> _Plan:
        """The parts with these tracks, as remembered where all of them are still there."""
        masked = hashlib.sha256(repr(tracks).encode()).hexdigest()
        known = self._remembered
        if known is not None and known["masked"] == masked:
            plan = _Plan(tuple(map(tuple, known["parts"])), tuple(Spoken(*text) for text in known["texts"]))
            if all(self._cache.has_picture(*part) for part in plan.parts):
                return plan
        words = self._words or draw(self._reel, self._dress.size)
        made = tuple(timeline.segments(self._reel, self._dress, words, tracks, self._hashes))
        plan = _Plan(tuple((part.source, key(part)) for part in made), words.texts, made)
        told = {"masked": masked, "parts": plan.parts, "texts": [(text.slot, text.text) for text in plan.texts]}
        with appearing(self._cache.place(PLANS, self._address, "json")) as part:
            part.write_text(json.dumps(told), "utf-8")
        return plan


class _Studio:
    """Makes the parts of one reel that the cache does not have, with one crew of workers. A context: it ends theirs."""

    def __init__(self, cache: Cache, hire: Callable[[], Executor], shares: _Shares) -> None:
        self.cache, self._hire, self._shares = cache, hire, shares
        self._held = ExitStack()
        self._crew: Executor | None = None

    def __enter__(self) -> _Studio:
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def _done(self, first: float, last: float, asked: Sequence[tuple[float, tuple[Any, ...]]]) -> None:
        """Does pieces of work of some weight, told as the shares from `first` to `last`; raises what one raised."""
        if not asked:
            return
        if self._crew is None:
            self._crew = self._held.enter_context(self._hire())
        begun = self._shares.begin([weight for weight, _call in asked], first, last)
        futures = [self._crew.submit(*call) for _weight, call in asked]
        for number, future in enumerate(futures, begun):
            # Told from here, not from where it is heard: who listens writes to a database, in this thread.
            while not wait((future,), timeout=_TOLD_EVERY).done:
                self._shares.tell()
            future.result()
            self._shares(number, 1.0)
            self._shares.tell()

    def tracks(
        self, reel: CutList, masks: Mapping[Path, Sequence[Track]] | None, hashes: Mapping[Path, str]
    ) -> list[list[Track]]:
        """The tracks of each cut, empty lists where faces are not to be covered."""
        if not reel.mask:
            return [[] for _cut in reel.cuts]
        known = masks if masks is not None else self._searched(hashes)
        return [[one for one in known[cut.clip] if _lives(one, cut)] if cut.clip else [] for cut in reel.cuts]

    def _searched(self, hashes: Mapping[Path, str]) -> dict[Path, tuple[Track, ...]]:
        from pipeline.protection.faces import TOOLS  # which reads clips with what this package has

        name = f"faces-{TOOLS['version']}"
        places = {clip: self.cache.place(sha256, name, "json") for clip, sha256 in hashes.items()}
        missing = [clip for clip, place in places.items() if not self.cache.has(place)]
        self._done(0.0, _SEARCH_SHARE, [(1.0, (work.tracks, str(clip), str(places[clip]))) for clip in missing])
        return {clip: Masks.from_json(json.loads(place.read_text("utf-8"))).tracks for clip, place in places.items()}

    def pictures(self, plan: _Plan) -> tuple[list[Path], int]:
        """The files of all parts in order, and how many faces are still seen in them."""
        places = [self.cache.place(*part) for part in plan.parts]
        asked = {
            address: (part.frames, (work.picture, part, address, str(self.cache.place(source, address))))
            for (source, address), part in zip(plan.parts, plan.segments or (), strict=False)
            if not self.cache.has_picture(source, address)
        }
        self._done(self._shares.told, _PICTURE_SHARE, list(asked.values()))
        return places, sum(int(place.with_suffix(SEEN).read_text("ascii")) for place in places)

    def sound(self, reel: CutList, hashes: Mapping[Path, str], seeds: Mapping[Path, bytes]) -> tuple[Path, Loudness]:
        """The reel's sound as a file, and how loud it is."""
        place = self.cache.place(SOUNDS, _sound_address(reel, hashes, seeds))
        measured = place.with_suffix(".json")
        if not (self.cache.has(place) and self.cache.has(measured)):
            told = {str(clip): seed.hex() for clip, seed in seeds.items()}
            call = (work.sound, reel.model_dump(mode="json"), told, str(place), str(measured))
            self._done(_PICTURE_SHARE, _SOUND_SHARE, [(1.0, call)])
        return place, Loudness(**json.loads(measured.read_text("ascii")))


def _sound_address(reel: CutList, hashes: Mapping[Path, str], seeds: Mapping[Path, bytes]) -> str:
    spec: dict[str, Any] = reel.model_dump(mode="json", exclude=_SEEN_ALONE | {"cuts"})
    spec["end"] = reel.end_frames
    spec["cuts"] = [
        cut.model_dump(mode="json", exclude=_CUT_SEEN | {"clip"}) | {"clip": _hash(cut, hashes)} for cut in reel.cuts
    ]
    if reel.music is not None:
        spec["music"]["file"] = _hashed(reel.music.file)
    told = {"tools": tools(), "spec": spec, "seeds": {hashes[clip]: seed.hex() for clip, seed in seeds.items()}}
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def _hash(cut: Cut, hashes: Mapping[Path, str]) -> str | None:
    return hashes[cut.clip] if cut.clip else None


def _lives(track: Track, cut: Cut) -> bool:
    return track.end >= cut.start and (cut.end is None or track.start <= cut.end)


class _Shares:
    """What is done of pieces of work, told as one share of the whole. Pieces are numbered as they are given out."""

    def __init__(self, tell: Progress) -> None:
        self._tell, self.told = tell, 0.0
        self._widths: list[float] = []
        self._done: list[float] = []
        self._first, self._begun = 0, 0.0

    def begin(self, weights: Sequence[float], first: float, last: float) -> int:
        """The number of the first of these pieces, which are the work from the share `first` to `last`."""
        self._first, self._begun = len(self._widths), first
        self._widths += [(last - first) * weight / sum(weights) for weight in weights]
        self._done += [0.0] * len(weights)
        return self._first

    def __call__(self, number: int, share: float) -> None:
        self._done[number] = max(share, self._done[number])
        now = zip(self._widths[self._first :], self._done[self._first :], strict=True)
        self.told = self._begun + sum(width * done for width, done in now)

    def tell(self) -> None:
        """Passes on what is done by now."""
        self._tell(self.told)
