"""What the segments of a reel show, opened as MoviePy clips: a cut or card once, for all the pieces of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.reels.edges import halved
from pipeline.reels.framing import Path, path
from pipeline.reels.overlays import Overlay
from pipeline.reels.panning import Pan
from pipeline.reels.segments import Segment, Still, Stretch
from pipeline.reels.sources import FPS, probe
from pipeline.reels.watching import motion

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.clips import PlanarClip

    Array = np.ndarray[Any, Any]


class Shown:
    """A cut or card that was opened, for all of its segments."""

    def clip(self, segment: Segment, rgb: Sequence[Overlay] = ()) -> PlanarClip:
        """The segment as a MoviePy clip. `rgb` are its overlays drawn for RGB frames, for who asks for those."""
        from pipeline.reels.clips import Lettered

        begins = segment.first / FPS
        piece = self.whole.time_transform(lambda at: at + begins).with_duration(segment.frames / FPS)
        written: PlanarClip = piece.with_effects([Lettered({"yuv420p": segment.overlays, "rgb24": rgb}, FPS)])
        return written

    def cut_faces(self, segment: Segment) -> list[tuple[int, int]]:
        """The frames of the segment in which automatic framing cuts a masked face, as `edges.halved` tells them."""
        last = segment.first + segment.frames
        runs = ((max(begins, segment.first), min(ends, last)) for begins, ends in self.halved)
        return [(begins - segment.first, ends - segment.first) for begins, ends in runs if begins < ends]

    @property
    def whole(self) -> PlanarClip:
        """All that is shown, without words."""
        raise NotImplementedError

    @property
    def halved(self) -> list[tuple[int, int]]:
        """All frames in which a masked face is cut."""
        return []


def opened(segment: Segment, held: ExitStack) -> Shown:
    """What the segment shows, for all that show the same; files are opened when needed and closed with `held`."""
    shows, size = segment.shows, segment.size
    return _Footage(shows, size, held) if isinstance(shows, Stretch) else _Card(shows, size)


class _Footage(Shown):
    def __init__(self, shows: Stretch, size: tuple[int, int], held: ExitStack) -> None:
        self._cut, self._tracks, self._size, self._held = shows.cut, shows.tracks, size, held

    @cached_property
    def whole(self) -> PlanarClip:
        from moviepy.video.fx import MultiplySpeed

        from pipeline.reels.clips import Covered, FootageClip, Panned

        cut, clip = self._cut, probe(self._cut.film)
        pan = Pan(self._way, clip.turned, self._size)
        all_of_it = FootageClip(clip, pan, self._held).with_effects([Covered(self._tracks), Panned(pan)])
        lasts = cut.frames / FPS
        shown = all_of_it.subclipped(cut.start, cut.start + lasts * cut.speed)
        if cut.speed != 1.0:
            shown = shown.with_effects([MultiplySpeed(cut.speed)])
        made: PlanarClip = shown.with_duration(lasts)
        return made

    @cached_property
    def halved(self) -> list[tuple[int, int]]:
        if not self._tracks or not self._looks_by_itself:
            return []  # what is framed by hand is meant so
        return halved(self._way, self._tracks, probe(self._cut.film).turned)

    @cached_property
    def _way(self) -> Path:
        """Where the cut looks: at its faces, else where the clip moves, else where its framing says."""
        cut, tracks, clip = self._cut, self._tracks, probe(self._cut.film)
        # Tracks that ended before are of a picture that still stands, if of any: what moves is followed all the same.
        by_motion = self._looks_by_itself and not any(track.end >= cut.start for track in tracks)
        moving = motion(clip, cut.start, cut.end or clip.seconds) if by_motion else ()
        return path(cut, clip.turned, self._size, tracks, pixel_aspect=clip.turned_aspect, motion=moving)

    @property
    def _looks_by_itself(self) -> bool:
        return self._cut.framing == "auto" and not self._cut.keyframes


class _Card(Shown):
    def __init__(self, shows: Still, size: tuple[int, int]) -> None:
        self._picture, self._size = shows.picture, size

    @cached_property
    def whole(self) -> PlanarClip:
        from av import VideoFrame

        from pipeline.reels.clips import PlanarClip

        def rgb(_at: float) -> Array:
            frame = VideoFrame.from_ndarray(self._picture, format="yuv420p")
            frame.colorspace, frame.color_range = 1, 1
            return frame.to_ndarray(format="rgb24")

        return PlanarClip(rgb, lambda _at: self._picture, self._size, None)
