"""Who makes the parts of one reel: a crew of workers, a cache of what was made before, and how far all is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from typing import Any

from pipeline.protection.timeline import Masks
from pipeline.protection.tracks import Track
from pipeline.reels import work
from pipeline.reels.cache import SEEN, Cache
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.loudness import Loudness
from pipeline.reels.plans import Plan
from pipeline.reels.segments import runs
from pipeline.reels.sources import gone
from pipeline.rendering.executor import Crew

Progress = Callable[[float], None]

_SEARCH_SHARE = 0.4  # of the whole work: looking for faces before the first frame is made
_MADE_SHARE = 0.98  # until all parts are made, and the sound
_TOLD_EVERY = 0.2  # seconds
_TOGETHER = 3  # parts of one cut that one of several workers makes, so that it seldom looks for where one begins


class Studio:
    """Makes the parts of one reel that the cache does not have, with one crew of workers. A context: it ends theirs."""

    def __init__(self, cache: Cache, hire: Callable[[], Crew], shares: Shares) -> None:
        self.cache, self._hire, self._shares = cache, hire, shares
        self._held = ExitStack()
        self._crew: Crew | None = None

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def begin(self) -> None:
        """Has the workers start; they are ready when what is done here meanwhile is done."""
        self._shares.begin([1.0], 0.0, 0.0)
        self._hired().submit(work.ready)

    def _hired(self) -> Crew:
        if self._crew is None:
            self._crew = self._held.enter_context(self._hire())
        return self._crew

    def _done(self, first: float, last: float, asked: Sequence[tuple[float, tuple[Any, ...]]]) -> list[Any]:
        """What pieces of work of some weight answer, told as the shares from `first` to `last`; raises what one raised.

        Nothing is begun where nothing is asked.
        """
        if not asked:
            return []
        begun = self._shares.begin([weight for weight, _call in asked], first, last)
        futures = [self._hired().submit(*call) for _weight, call in asked]
        for number, future in enumerate(futures, begun):
            # Told from here, not from where it is heard: who listens writes to a database, in this thread.
            while not wait((future,), timeout=_TOLD_EVERY).done:
                self._shares.tell()
            future.result()
            self._shares(number, 1.0)
            self._shares.tell()
        return [future.result() for future in futures]

    def tracks(
        self, reel: CutList, masks: Mapping[Path, Sequence[Track]], hashes: Mapping[Path, str]
    ) -> list[list[Track]]:
        """All tracks of each cut's clip, empty lists where faces are not to be covered.

        Clips without masks are searched.
        """
        if not reel.mask:
            return [[] for _cut in reel.cuts]
        known = {**self._searched({clip: sha256 for clip, sha256 in hashes.items() if clip not in masks}), **masks}
        return [list(known[cut.clip]) if cut.clip else [] for cut in reel.cuts]

    def _searched(self, hashes: Mapping[Path, str]) -> dict[Path, tuple[Track, ...]]:
        from pipeline.protection.faces import TOOLS  # which reads clips with what this package has

        name = f"faces-{TOOLS['version']}"
        places = {clip: self.cache.place(sha256, name, "json") for clip, sha256 in hashes.items()}
        missing = [clip for clip, place in places.items() if not self.cache.has(place)]
        self._done(0.0, _SEARCH_SHARE, [(1.0, (work.tracks, str(clip), str(places[clip]))) for clip in missing])
        return {clip: Masks.from_json(json.loads(place.read_text("utf-8"))).tracks for clip, place in places.items()}

    def do(self, calls: Sequence[tuple[float, tuple[Any, ...]]]) -> list[Any]:
        """What these pieces of work answer, each with its weight, as the rest of the whole; raises what one raised."""
        return self._done(self._shares.told, 1.0, calls)

    def made(
        self, plan: Plan, reel: CutList, sound: Path, seeds: Mapping[Path, bytes]
    ) -> tuple[list[Path], list[dict[str, Any]], Loudness]:
        """The files of all parts in order, what was seen in each (see `work.made`), and how loud `sound` is.

        What is missing is made: by one worker one part after the other, by several a few of one cut each.
        """
        places, measured = [self.cache.place(*part) for part in plan.parts], sound.with_suffix(".json")
        heard: tuple[Any, ...] = ()
        if not (self.cache.has(sound) and self.cache.has(measured)):
            voices = {str(clip): seed.hex() for clip, seed in seeds.items()}
            heard = (reel.model_dump(mode="json"), voices, str(sound), str(measured))
        self._done(self._shares.told, _MADE_SHARE, self._calls(self._missing(plan), heard))
        seen = [json.loads(place.with_suffix(SEEN).read_text("ascii")) for place in places]
        return places, seen, Loudness(**json.loads(measured.read_text("ascii")))

    def _calls(self, asked: Sequence[work.Asked], heard: tuple[Any, ...]) -> list[tuple[float, tuple[Any, ...]]]:
        """The calls that make these parts and the sound, with their weights."""
        if not asked and not heard:
            return []
        if not self._hired().spread:
            return [(1.0, (work.made, tuple(asked), heard))]
        few = [run[at : at + _TOGETHER] for run in runs(asked, itemgetter(0)) for at in range(0, len(run), _TOGETHER)]
        calls = [(float(sum(part.frames for part, *_told in some)), (work.made, tuple(some))) for some in few]
        return [*([(1.0, (work.sound, *heard))] if heard else []), *calls]

    def _missing(self, plan: Plan) -> list[work.Asked]:
        """The parts which the cache lacks, each once: its description, its address, the file to write."""
        asked = {
            address: (part, address, str(self.cache.place(source, address)))
            for (source, address), part in zip(plan.parts, plan.segments or (), strict=False)
            if not self.cache.has_picture(source, address)
        }
        return list(asked.values())


def hashed(path: Path) -> str:
    """The SHA-256 of a clip's bytes; `NotHere` where it is gone."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise gone(path) from None


def lives(track: Track, cut: Cut) -> bool:
    """Whether the track is there at some time of the cut."""
    return track.end >= cut.start and (cut.end is None or track.start <= cut.end)


class Shares:
    """What is done of pieces of work, told as one share of the whole. Pieces are numbered as they are given out."""

    def __init__(self, tell: Progress) -> None:
        self._tell, self.told = tell, 0.0
        self._widths: list[float] = []
        self._done: list[float] = []
        self._first, self._begun = 0, 0.0

    def begin(self, weights: Sequence[float], first: float, last: float) -> int:
        """The number of the first of these pieces, which are the work from the share `first` to `last`."""
        self._first, self._begun = len(self._widths), first
        # Another thread may tell of a piece of before in between: what is done is never shorter than what there is.
        self._done += [0.0] * len(weights)
        self._widths += [(last - first) * weight / sum(weights) for weight in weights]
        return self._first

    def __call__(self, number: int, share: float) -> None:
        self._done[number] = max(share, self._done[number])
        now = zip(self._widths[self._first :], self._done[self._first :], strict=False)
        self.told = self._begun + sum(width * done for width, done in now)

    def tell(self) -> None:
        """Passes on what is done by now."""
        self._tell(self.told)
