"""MoviePy clips whose frames come as planes too, and what is done to them as MoviePy effects.

`get_frame` gives RGB, so that ordinary MoviePy code works on them and tests have a reference; `get_planes` gives the
same picture as the encoder takes it, without the way through RGB. What only knows RGB (MoviePy's own effects) still
works: its planes are made from its RGB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from typing import TYPE_CHECKING, Any

from moviepy import Effect, VideoClip
from moviepy.Clip import Clip

from pipeline.protection.tracks import Track, boxes_at
from pipeline.reels.masks import cover
from pipeline.reels.overlays import Overlay, lay
from pipeline.reels.panning import Pan
from pipeline.reels.picture import Fitter
from pipeline.reels.planes import Pixels, from_rgb
from pipeline.reels.sources import Frames, Probe

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame

    Array = np.ndarray[Any, Any]

At = Callable[[float], "Array"]


class PlanarClip(VideoClip):
    """A clip of frames in both kinds; `rgb` and `planes` give the frame at a time in seconds.

    `duration` in seconds; None: it stands as long as it is asked for.
    """

    def __init__(self, rgb: At, planes: At, size: tuple[int, int], duration: float | None) -> None:
        VideoClip.__init__(self, duration=duration)
        self.frame_function, self.get_planes, self.size = rgb, planes, size

    def transform(self, func: Any, apply_to: Any = None, keep_duration: bool = True) -> Any:
        """The clip changed by a function of RGB frames, as MoviePy does it; its planes are made from them."""
        made = VideoClip.transform(self, func, apply_to, keep_duration)
        made.get_planes = lambda at: from_rgb(made.get_frame(at))
        return made

    def time_transform(self, time_func: Any, apply_to: Any = None, keep_duration: bool = False) -> Any:
        """The clip with its frames at other times: no frame is touched."""
        made = self._with(lambda at: self.get_frame(time_func(at)), lambda at: self.get_planes(time_func(at)))
        if not keep_duration:
            made.duration = made.end = None
        return made

    def changed(self, change: Callable[[Array, float, Pixels], Array]) -> PlanarClip:
        """The clip with each frame changed by a function of frame, seconds and kind, which knows both kinds."""
        return self._with(
            lambda at: change(self.get_frame(at), at, "rgb24"), lambda at: change(self.get_planes(at), at, "yuv420p")
        )

    def _with(self, rgb: At, planes: At) -> PlanarClip:
        made = copy(self)
        made.frame_function, made.get_planes = rgb, planes
        return made


class FootageClip(PlanarClip):
    """A field clip from its first frame on, whole as far as a pan shows it; its files are closed with `held`."""

    def __init__(self, clip: Probe, pan: Pan, held: ExitStack) -> None:
        self.clip, self.pan = clip, pan
        self.shown: dict[Pixels, _Shown] = {kind: _Shown(clip, pan, kind, held) for kind in ("rgb24", "yuv420p")}
        super().__init__(self.shown["rgb24"].picture, self.shown["yuv420p"].picture, pan.fitted, clip.seconds + 1.0)


class _Shown:
    """The frames of a clip in one kind; a frame that stands longer than one of the reel is fitted once."""

    def __init__(self, clip: Probe, pan: Pan, pixels: Pixels, held: ExitStack) -> None:
        self._frames, self._fit = Frames(clip), Fitter(clip, pan.part, pan.fitted, pixels)
        held.callback(self._frames.close)
        self._last: tuple[VideoFrame, Array] | None = None

    def picture(self, seconds: float) -> Array:
        frame = self._frames.at(seconds)
        if self._last is None or self._last[0] is not frame:
            self._last = frame, self._fit(frame)
        return self._last[1]

    def stamp(self, seconds: float) -> float:
        """The time of the frame itself that is on screen then: where a face is in it does not depend on the reel."""
        return self._frames.time(self._frames.at(seconds))


class Covered(Effect):
    """Masks over the faces of a field clip, in every frame where a track lives."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = tracks

    def apply(self, clip: Clip) -> PlanarClip:
        """The clip, which must be of footage, with its masks."""
        assert isinstance(clip, FootageClip)

        def change(frame: Array, at: float, pixels: Pixels) -> Array:
            boxes = boxes_at(self.tracks, clip.shown[pixels].stamp(at))
            if not boxes:
                return frame
            masked = frame.copy()
            cover(masked, boxes, clip.clip.turned, clip.pan.part, pixels)
            return masked

        return clip.changed(change)


class Panned(Effect):
    """The part of each frame that a pan shows at its time of the clip."""

    def __init__(self, pan: Pan) -> None:
        self.pan = pan

    def apply(self, clip: Clip) -> PlanarClip:
        """The clip, which must give planes from its first frame on, in the reel's size."""
        assert isinstance(clip, PlanarClip)
        made = clip.changed(self.pan.shown)
        made.size = self.pan.size
        return made


class Lettered(Effect):
    """Words laid over the frames of their time. The overlays of each kind are counted from the clip's first frame."""

    def __init__(self, overlays: Mapping[Pixels, Sequence[Overlay]], fps: int) -> None:
        self.overlays, self.fps = overlays, fps

    def apply(self, clip: Clip) -> PlanarClip:
        """The clip, which must give planes, with its words."""
        assert isinstance(clip, PlanarClip)
        return clip.changed(lambda frame, at, pixels: lay(frame, self.overlays[pixels], int(at * self.fps)))
