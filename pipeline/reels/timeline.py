"""The reel as a MoviePy timeline: stretches of clips one after the other, masks, words, end card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.protection.tracks import Track, boxes_at
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.lettering import Lettering
from pipeline.reels.masks import cover
from pipeline.reels.overlays import lay
from pipeline.reels.parts import FPS
from pipeline.reels.picture import Fitter, Window, window
from pipeline.reels.planes import Pixels
from pipeline.reels.sources import Frames, Probe, probe

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

    clips = [_stretch(cut, size, words.pixels, faces, held) for cut, faces in zip(reel.cuts, tracks, strict=True)]
    if words.end is not None:
        clips.append(ImageClip(words.end, duration=reel.end_frames / FPS))
    joined = concatenate_videoclips(clips, method="chain")
    written = joined.transform(lambda frame, at: lay(frame(at), words.overlays, int(at * FPS)))
    return Timeline(written, reel.footage_frames + reel.end_frames, words.pixels)


def _stretch(cut: Cut, size: tuple[int, int], pixels: Pixels, tracks: Sequence[Track], held: ExitStack) -> Any:
    from moviepy import VideoClip

    clip = probe(cut.film)
    part = window(clip, size, cut.framing, _middle(tracks, cut))
    whole = VideoClip(duration=clip.seconds + 1.0)
    whole.size = size
    whole.frame_function = _pictures(clip, part, size, pixels, tracks, held)
    length = cut.frames / FPS
    return whole.subclipped(cut.start, cut.start + length)


def _pictures(
    clip: Probe, part: Window, size: tuple[int, int], pixels: Pixels, tracks: Sequence[Track], held: ExitStack
) -> Callable[[float], np.ndarray[Any, Any]]:
    frames, fit = Frames(clip), Fitter(clip, part, size, pixels)
    held.callback(frames.close)
    last: dict[str, Any] = {"source": None, "picture": None}

    def picture(seconds: float) -> np.ndarray[Any, Any]:
        source = frames.at(seconds)
        if source is not last["source"]:
            fitted = fit(source)
            cover(fitted, boxes_at(tracks, frames.time(source)), clip.turned, part, pixels)
            last.update(source=source, picture=fitted)
        found: np.ndarray[Any, Any] = last["picture"]
        return found

    return picture


def _middle(tracks: Sequence[Track], cut: Cut) -> float | None:
    """Where the faces of a cut are, 0 to 1 of the width: the mean of their boxes, large ones counting more."""
    assert cut.end is not None
    boxes = [box for track in tracks for box in track.boxes if cut.start <= box.time <= cut.end]
    weight = sum(box.width * box.height for box in boxes)
    if not weight:
        return None
    return sum((box.x + box.width / 2) * box.width * box.height for box in boxes) / weight
