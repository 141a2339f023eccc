"""The reel as segments, pieces of its cuts and cards, and as one MoviePy clip."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from pipeline.protection.tracks import Track
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.encoding import GOP
from pipeline.reels.lettering import Lettering
from pipeline.reels.segments import Segment, Still, Stretch, runs, within
from pipeline.reels.showing import opened
from pipeline.reels.sources import FPS

# What is said of a cut elsewhere: drawn over it, or heard.
_UNSEEN = {name: Cut.model_fields[name].default for name in ("caption", "speaker", "when", "where", "sound")}


@dataclass(frozen=True)
class Dress:
    """How a reel is written: pixels, and what the encoder is told (see `PictureWriter`)."""

    size: tuple[int, int]
    quick: bool = False
    bit_rate: int | None = None


def segments(
    reel: CutList, dress: Dress, words: Lettering, tracks: Sequence[Sequence[Track]], hashes: Mapping[Path, str]
) -> list[Segment]:
    """The parts of the reel in order. `tracks` are each cut's; `hashes` give the SHA-256 of each clip."""
    found: list[Segment] = []
    at = 0
    for cut, faces, card in zip(reel.cuts, tracks, words.cards, strict=True):
        shows = _stretch(cut, faces, hashes[cut.film]) if card is None else Still(card)
        found += _segments(dress, words, at, cut.frames, shows)
        at += cut.frames
    if words.end is not None:
        found += _segments(dress, words, at, reel.end_frames, Still(words.end))
    return found


def pieces(frames: int) -> Iterator[tuple[int, int]]:
    """The first frame of each piece of a cut or card, and how many it has: a closed group of pictures, or the rest.

    A word that is changed in a long cut is paid for by the groups over which it stands.
    """
    return ((first, min(GOP, frames - first)) for first in range(0, frames, GOP))


def _segments(dress: Dress, words: Lettering, at: int, frames: int, shows: Stretch | Still) -> Iterator[Segment]:
    for first, count in pieces(frames):
        over = within(words.overlays, at + first, count)
        yield Segment(shows, count, dress.size, over, dress.quick, dress.bit_rate, first)


def _stretch(cut: Cut, tracks: Sequence[Track], sha256: str) -> Stretch:
    end = cut.at(cut.frames / FPS)
    faces = tuple(_until(track, end) for track in tracks if track.start <= end)
    return Stretch(cut.model_copy(update=_UNSEEN), sha256, faces)


def _until(track: Track, end: float) -> Track:
    """What of a track shows up to a time: a change after it leaves this as it is.

    All before is kept: the picture that stands at the beginning of a cut may be older than it by any time, as in a film
    of slides, and is covered where its faces were at its own time.
    """
    # One box more, for the way between two boxes.
    last = bisect_left(track.boxes, end + 1.0, key=attrgetter("time")) + 1
    return replace(track, boxes=track.boxes[:last], end=min(track.end, end + 1.0), number=0)


def whole(parts: Sequence[Segment], held: ExitStack, rgb: Sequence[Lettering] = ()) -> Any:
    """One MoviePy clip of all parts, for ordinary MoviePy code: RGB frames at 30 a second, no sound.

    `rgb` is one lettering of the reel drawn for RGB, whose overlays are used; files are closed with `held`.
    """
    from moviepy import concatenate_videoclips

    clips, at = [], 0
    for run in runs(parts, lambda part: part):
        shown = opened(run[0], held)
        for part in run:
            over = [one for letters in rgb for one in within(letters.overlays, at, part.frames)]
            clips.append(shown.clip(part, over))
            at += part.frames
    return concatenate_videoclips(clips, method="chain").with_fps(FPS)
