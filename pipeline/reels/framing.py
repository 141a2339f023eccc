"""Where a cut looks: the part of a clip's picture that fills the reel, for each of its frames.

Automatic framing keeps the faces in, never a masked one half in where that can be helped, and stands still as long as
it may: it is a search for the cheapest way through time of one window that slides along the picture's longer side
(dynamic programming), then smoothed, so that speed and acceleration are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.protection.tracks import Box, Track, box_at, grown
from pipeline.reels.cutlist import Cut
from pipeline.reels.parts import Keyframe
from pipeline.reels.sources import FPS

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SPEED = 1.0  # window widths a second at most: a person who walks by is followed
SMOOTHED = 0.4  # seconds of each of the two means that smooth the way
ACCELERATION = 2 * SPEED / SMOOTHED  # window widths a second, each second, at most: what one mean leaves of a turn
_STEP = 0.2  # seconds between the places that the search chooses
_PLACES = 97  # places that it chooses among
_HALVED, _NEARLY = 4.0, 0.5  # cost a second of a face half in, and of one that is so within the smoothing's reach
_NOBODY = 1.0  # cost a second of a window without a face, where there is one
_MOVED = 0.7  # cost of a way of one window's width
_OFF = 0.6  # cost a second of faces that stand half a window from where the eye wants them
_EYE = {"across": 0.5, "down": 0.38}  # of the window: where a face stands best
_ANCHOR = {"left": 0.0, "centre": 0.5, "auto": 0.5, "right": 1.0}
_STILL = 0.02  # of the window: a way no longer than this is no way

Motion = Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class Crop:
    """A part of the upright picture, in stored pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Path:
    """The parts that a cut shows, one for each frame of the reel; frame 0 shows the clip's time `start`.

    `step` is how many seconds of the clip each frame goes on.
    """

    start: float
    step: float
    crops: tuple[Crop, ...]

    def at(self, seconds: float) -> Crop:
        """The part shown at a time of the clip."""
        return self.crops[min(max(round((seconds - self.start) / self.step), 0), len(self.crops) - 1)]

    @property
    def still(self) -> bool:
        """Whether every frame shows the same part."""
        return all(crop == self.crops[0] for crop in self.crops)

    @property
    def whole(self) -> Crop:
        """The smallest part that holds all of them."""
        left, top = min(c.x for c in self.crops), min(c.y for c in self.crops)
        right, foot = max(c.x + c.width for c in self.crops), max(c.y + c.height for c in self.crops)
        return Crop(left, top, right - left, foot - top)


def path(
    cut: Cut,
    turned: tuple[int, int],
    size: tuple[int, int],
    tracks: Iterable[Track] = (),
    *,
    pixel_aspect: float = 1.0,
    motion: Motion = (),
) -> Path:
    """Where a loaded cut looks, for a clip whose upright picture is `turned` (stored pixels) and a reel of `size`.

    `tracks` are the clip's faces, in parts of its picture; `motion` says where something moves in a clip without
    faces: (time, place along the free side from 0 to 1, weight).
    """
    times = [cut.at(index / FPS) for index in range(cut.frames)]
    full = _full(turned, size, pixel_aspect)
    if cut.keyframes:
        crops = [_keyed(cut.keyframes, time, turned, full) for time in times]
    elif cut.framing == "auto":
        crops = _followed(cut, times, turned, full, list(tracks), motion)
    else:
        crops = [_placed(turned, full, _ANCHOR[cut.framing])] * len(times)
    return Path(cut.start, cut.speed / FPS, tuple(crops))


def _full(turned: tuple[int, int], size: tuple[int, int], pixel_aspect: float) -> tuple[float, float]:
    """The largest width and height, in stored pixels, of the reel's shape."""
    width, height = turned
    wanted = size[0] / size[1] / pixel_aspect
    return (height * wanted, float(height)) if width > height * wanted else (float(width), width / wanted)


def _placed(turned: tuple[int, int], full: tuple[float, float], anchor: float) -> Crop:
    return Crop((turned[0] - full[0]) * anchor, (turned[1] - full[1]) / 2, *full)


def _keyed(keys: Sequence[Keyframe], time: float, turned: tuple[int, int], full: tuple[float, float]) -> Crop:
    before = max((key for key in keys if key.at <= time), key=lambda key: key.at, default=keys[0])
    after = min((key for key in keys if key.at > time), key=lambda key: key.at, default=keys[-1])
    share = min(max((time - before.at) / (after.at - before.at), 0.0), 1.0) if after.at > before.at else 0.0
    eased = share * share * (3 - 2 * share)  # at rest at both ends
    x, y, zoom = (getattr(before, name) * (1 - eased) + getattr(after, name) * eased for name in ("x", "y", "zoom"))
    width, height = full[0] / zoom, full[1] / zoom
    left = min(max(x * turned[0] - width / 2, 0.0), turned[0] - width)
    return Crop(left, min(max(y * turned[1] - height / 2, 0.0), turned[1] - height), width, height)


def _followed(
    cut: Cut,
    times: list[float],
    turned: tuple[int, int],
    full: tuple[float, float],
    tracks: list[Track],
    motion: Motion,
) -> list[Crop]:
    across = turned[0] - full[0] >= turned[1] - full[1]
    length, window = (turned[0], full[0]) if across else (turned[1], full[1])
    if length - window < 1.0:
        return [_placed(turned, full, 0.5)] * len(times)
    faces = _Faces(tracks, across)
    places = _way(times, window / length, faces, motion, cut.speed, _EYE["across" if across else "down"]) * length
    if across:
        return [Crop(float(place), (turned[1] - full[1]) / 2, *full) for place in places]
    return [Crop((turned[0] - full[0]) / 2, float(place), *full) for place in places]


@dataclass(frozen=True)
class _Faces:
    """The grown boxes along one side of the picture."""

    tracks: list[Track]
    across: bool

    def spans(self, seconds: float) -> dict[int, tuple[float, float, float]]:
        """Of each track alive: where its mask begins and ends (0 to 1), and its weight."""
        alive = [(index, box) for index, track in enumerate(self.tracks) if (box := box_at(track, seconds))]
        return {index: (*self._ends(grown(box)), (box.width * box.height) ** 0.5) for index, box in alive}

    def _ends(self, box: Box) -> tuple[float, float]:
        return (box.x, box.x + box.width) if self.across else (box.y, box.y + box.height)

    def reached(self, seconds: float, around: float) -> dict[int, tuple[float, float]]:
        """Of each track: where its mask is at any time no further away than `around`."""
        found: dict[int, tuple[float, float]] = {}
        for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
            for index, (first, last, _weight) in self.spans(seconds + share * around).items():
                one, other = found.get(index, (first, last))
                found[index] = min(one, first), max(other, last)
        return found


def _way(times: list[float], window: float, faces: _Faces, motion: Motion, speed: float, eye: float) -> Array:
    """The window's beginning (0 to 1) for each time."""
    import numpy as np

    steps = max(1, round((times[-1] - times[0]) / speed / _STEP)) + 1
    chosen = np.linspace(times[0], times[-1], steps)
    places = np.linspace(0.0, 1.0 - window, _PLACES)
    heaviest = max((weight for at in chosen for *_ends, weight in faces.spans(at).values()), default=0.0)
    costs = np.stack([_cost(float(at), places, window, faces, motion, heaviest, speed, eye) for at in chosen])
    spread = (times[-1] - times[0]) / speed / max(1, steps - 1)
    reach = max(1, int(SPEED * spread * window / (places[1] - places[0])))
    found = places[_cheapest(costs * spread, _MOVED * (places[1] - places[0]) / window, reach)]
    return _smoothed(np.interp(times, chosen, found), window)


def _cost(
    at: float, places: Array, window: float, faces: _Faces, motion: Motion, heaviest: float, speed: float, eye: float
) -> Array:
    """The cost a second of each place at one time."""
    import numpy as np

    cost, spans = np.zeros(len(places)), faces.spans(at)
    reached = faces.reached(at, (SMOOTHED + _STEP / 2) * speed)
    pull, weights = np.zeros(len(places)), np.zeros(len(places))
    for index, (first, last, weight) in spans.items():
        inside = (first >= places) & (last <= places + window)
        outside = (last <= places) | (first >= places + window)
        early, late = reached[index]
        safe = ((early >= places) & (late <= places + window)) | (late <= places) | (early >= places + window)
        worth = weight / heaviest
        cost += np.where(inside, -worth, 0) + np.where(inside | outside, 0, _HALVED) + np.where(safe, 0, _NEARLY)
        pull += np.where(outside, 0, worth * ((first + last) / 2 - places - window * eye))
        weights += np.where(outside, 0, worth)
    if spans:
        off = pull / np.maximum(weights, 1e-9)
        cost += np.where(weights > 0, 0, _NOBODY)
    else:
        off = _moving(motion, at) - places - window / 2
    found: Array = cost + _OFF * (2 * off / window) ** 2
    return found


def _moving(motion: Motion, at: float) -> float:
    """Where something moves about that time; the middle where nothing does."""
    near = [(place, weight / (1 + abs(time - at))) for time, place, weight in motion if abs(time - at) < 2.0]
    total = sum(weight for _place, weight in near)
    return sum(place * weight for place, weight in near) / total if total else 0.5


def _cheapest(costs: Array, moved: float, reach: int) -> list[int]:
    """The places of the way that costs least, moving by `reach` places at most from one time to the next."""
    import numpy as np

    count = costs.shape[1]
    best, came = costs[0], np.zeros(costs.shape, int)
    for step in range(1, len(costs)):
        padded = np.pad(best, reach, constant_values=np.inf)
        ways = np.stack([padded[shift : shift + count] + moved * abs(shift - reach) for shift in range(2 * reach + 1)])
        came[step] = np.argmin(ways, axis=0) - reach + np.arange(count)
        best = ways.min(axis=0) + costs[step]
    way = [int(np.argmin(best))]
    for step in range(len(costs) - 1, 0, -1):
        way.append(int(came[step][way[-1]]))
    return way[::-1]


def _smoothed(way: Array, window: float) -> Array:
    """The way, the mean of its neighbours twice over; one that hardly moves stands still."""
    import numpy as np

    if np.ptp(way) < _STILL * window:
        return np.full(len(way), float(np.median(way)))
    width = max(1, round(SMOOTHED * FPS)) // 2 * 2 + 1
    for _time in range(2):
        way = np.convolve(np.pad(way, width // 2, mode="edge"), np.ones(width) / width, mode="valid")
    return way
