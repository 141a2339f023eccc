"""The reel as a MoviePy timeline: stretches of clips one after the other, masks, words, end card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.protection.tracks import Track, boxes_at
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.framing import path
from pipeline.reels.lettering import Lettering
from pipeline.reels.masks import cover
from pipeline.reels.overlays import lay
from pipeline.reels.panning import Pan
from pipeline.reels.picture import Fitter
from pipeline.reels.planes import Pixels
from pipeline.reels.sources import FPS, Frames, Probe, probe
from pipeline.reels.watching import motion

if TYPE_CHECKING:
    import numpy as np

LATE = 1e-4  # seconds: asked a little late, so that float error never falls on the near side of a cut


@dataclass(frozen=True)
class Timeline:
    """A MoviePy clip of the whole reel and how many frames of it there are."""

    clip: Any
    frames: int
    pixels: Pixels

    def picture(self, index: int) -> np.ndarray[Any, Any]:
        """Frame `index`: uint8, RGB (height, width, 3) or planes (see `planes`); not to be written to."""
        found: np.ndarray[Any, Any] = self.clip.get_frame(index / FPS + LATE)
        return found


def build(
    reel: CutList,
    size: tuple[int, int],
    words: Lettering,
    tracks: Sequence[Sequence[Track]],
    held: ExitStack,
) -> Timeline:
    """The timeline of a reel at `size` pixels, with each cut's faces; files that it opens are closed with `held`.

    Its frames are of the kind for which `words` were drawn.
    """
    from moviepy import ImageClip, concatenate_videoclips

    clips = [
        _stretch(cut, size, words.pixels, faces, held) if card is None else ImageClip(card, duration=cut.frames / FPS)
        for cut, faces, card in zip(reel.cuts, tracks, words.cards, strict=True)
    ]
    if words.end is not None:
        clips.append(ImageClip(words.end, duration=reel.end_frames / FPS))
    joined = concatenate_videoclips(clips, method="chain")
    written = joined.transform(lambda frame, at: lay(frame(at), words.overlays, int(at * FPS)))
    return Timeline(written, reel.footage_frames + reel.end_frames, words.pixels)


def _stretch(cut: Cut, size: tuple[int, int], pixels: Pixels, tracks: Sequence[Track], held: ExitStack) -> Any:
    from moviepy import VideoClip

    clip = probe(cut.film)
    moving = (
        () if tracks or cut.framing != "auto" or cut.keyframes else motion(clip, cut.start, cut.end or clip.seconds)
    )
    way = path(cut, clip.turned, size, tracks, pixel_aspect=clip.turned_aspect, motion=moving)
    shown = _pictures(clip, Pan(way, clip.turned, size), pixels, tracks, held)
    stretch = VideoClip(lambda at: shown(cut.at(at)), duration=cut.frames / FPS)
    stretch.size = size
    return stretch


def _pictures(
    clip: Probe, pan: Pan, pixels: Pixels, tracks: Sequence[Track], held: ExitStack
) -> Callable[[float], np.ndarray[Any, Any]]:
    frames, fit = Frames(clip), Fitter(clip, pan.part, pan.fitted, pixels)
    held.callback(frames.close)
    last: dict[str, Any] = {"source": None, "picture": None}

    def picture(seconds: float) -> np.ndarray[Any, Any]:
        source = frames.at(seconds)
        if source is not last["source"]:
            fitted = fit(source)
            cover(fitted, boxes_at(tracks, frames.time(source)), clip.turned, pan.part, pixels)
            last.update(source=source, picture=fitted)
        return pan.shown(last["picture"], seconds, pixels)

    return picture
