"""What happens in a clip: where its picture changes, where it moves, where something is heard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.reels.hearing import of_clip
from pipeline.reels.sources import RATE, Frames, Probe, moving, open_clip, probe

if TYPE_CHECKING:
    import numpy as np
    from av.filter import Graph
    from av.video.frame import VideoFrame

STEP = 0.25  # seconds of each piece that is judged
SCENE = 10.0  # of 100: libavfilter's own threshold of scdet for a change of scene
_STILL = 0.1  # of 100: mean difference of two frames of which nobody would say that something moves
_SILENT = -50.0  # dBFS: no phone's own noise is louder
_OVER_NOISE = 6.0  # dB above the clip's quietest tenth: something is heard
_BRIDGED = 1.0  # seconds of dullness that are left in, between two lively pieces
_SHORTEST = 1.2  # seconds; less is no cut
_WIDE = 160  # pixels: how wide a picture is looked at


@dataclass(frozen=True)
class Piece:
    """A stretch of a clip in seconds: worth being shown, or `dull`: nobody heard and nothing moves."""

    start: float
    end: float
    dull: bool = False
    lively: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def pieces(path: Path, tell: Callable[[float], None] | None = None) -> list[Piece]:
    """The clip in pieces, in order: one for each scene, dull stretches apart. Raises `Refused`."""
    import numpy as np

    clip = probe(path)
    times, moved, scores = _looked(clip, tell or (lambda _share: None))
    heard = _loudness(clip)
    steps = max(1, int(clip.seconds / STEP))
    where = np.minimum((np.array(times) / STEP).astype(int), steps - 1)
    motion = np.zeros(steps)
    np.maximum.at(motion, where, np.array(moved))
    alive = _heard(heard, steps) | (motion > _STILL)
    scenes = [time for time, score in zip(times, scores, strict=True) if score >= SCENE and time > 0]
    return _cut(alive, motion, [*scenes, clip.seconds])


def motion(clip: Probe, start: float, end: float) -> list[tuple[float, float, float]]:
    """Where a clip moves between two times, from its key frames alone, which are cheap: see `framing.path`."""
    import av
    import numpy as np

    before: np.ndarray[Any, Any] | None = None
    found = []
    with open_clip(clip.path) as container:
        stream = moving(container)
        stream.codec_context.skip_frame = "NONKEY"
        try:
            for frame in container.decode(stream):
                time = float(frame.time or 0.0) - clip.start
                if time > end:
                    break
                small = frame.reformat(64, 64, "gray").to_ndarray().astype(np.float32)
                upright = np.rot90(small[:, ::-1] if clip.mirrored else small, -clip.turn // 90)
                if before is not None and time >= start:
                    found += _where(np.abs(upright - before), time, clip.turned[0] > clip.turned[1])
                before = upright
        except av.FFmpegError:
            pass  # a damaged tail: what was seen before it is enough
    return found


def _where(differs: np.ndarray[Any, Any], time: float, across: bool) -> list[tuple[float, float, float]]:
    import numpy as np

    along = np.where(differs > 12, differs, 0).sum(axis=0 if across else 1)
    weight = float(along.sum())
    return [(time, float((along * (np.arange(64) + 0.5) / 64).sum() / weight), weight)] if weight else []


def _looked(clip: Probe, tell: Callable[[float], None]) -> tuple[list[float], list[float], list[float]]:
    """Of every frame: its time, how much it differs from the one before, and its score as a new scene."""
    frames, graph = Frames(clip), None
    times, moved, scores = [], [], []
    try:
        for frame in frames.every():
            graph = graph or _graph(frame)
            graph.push(frame)
            said = graph.vpull().metadata
            times.append(frames.time(frame))
            moved.append(float(said["lavfi.scd.mafd"]))
            scores.append(float(said["lavfi.scd.score"]))
            tell(min(times[-1] / max(clip.seconds, STEP), 1.0))
    finally:
        frames.close()
    return times, moved, scores


def _graph(frame: VideoFrame) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    small = graph.add("scale", f"{_WIDE}:-2:flags=fast_bilinear")
    steps = [source, small, graph.add("format", "yuv420p"), graph.add("scdet", "t=0"), graph.add("buffersink")]
    graph.link_nodes(*steps).configure()
    return graph


def _loudness(clip: Probe) -> np.ndarray[Any, Any]:
    """The loudness of each piece of a clip's sound in dBFS; silence where it has none."""
    import numpy as np

    length = int(STEP * RATE)
    steps = max(1, int(clip.seconds / STEP))
    heard = np.concatenate(list(of_clip(clip, 0.0, steps * length))).mean(axis=1).reshape(steps, length)
    loud: np.ndarray[Any, Any] = 20 * np.log10(np.sqrt((heard**2).mean(axis=1)) + 1e-9)
    return loud


def _heard(loud: np.ndarray[Any, Any], steps: int) -> np.ndarray[Any, Any]:
    import numpy as np

    noise = float(np.quantile(loud[:steps], 0.1))
    above: np.ndarray[Any, Any] = loud[:steps] > max(_SILENT, noise + _OVER_NOISE)
    # Wind and engines never fall silent: where nothing stands out, what is loud is heard.
    return above if above.any() else loud[:steps] > _SILENT


def _cut(alive: np.ndarray[Any, Any], motion: np.ndarray[Any, Any], ends: Sequence[float]) -> list[Piece]:
    found: list[Piece] = []
    start = 0.0
    for end in ends:
        if end - start >= STEP:
            found += _scene(alive, motion, start, end)
            start = end
    return found or [Piece(0.0, ends[-1], dull=not alive.any())]


def _scene(alive: np.ndarray[Any, Any], motion: np.ndarray[Any, Any], start: float, end: float) -> list[Piece]:
    """One scene in pieces: a dull stretch counts where it is longer than what one lets pass."""
    first, last = int(start / STEP), max(int(start / STEP) + 1, min(len(alive), round(end / STEP)))
    runs: list[list[Any]] = []
    for index in range(first, last):
        if runs and runs[-1][2] == bool(alive[index]):
            runs[-1][1] = index + 1
        else:
            runs.append([index, index + 1, bool(alive[index])])
    joined: list[list[Any]] = []
    for run in runs:
        short = (run[1] - run[0]) * STEP < (_BRIDGED if not run[2] else _SHORTEST / 2)
        if joined and (short or joined[-1][2] == run[2]):
            joined[-1][1] = run[1]
        else:
            joined.append(run)
    if len(joined) > 1 and not joined[0][2] and (joined[0][1] - joined[0][0]) * STEP < _BRIDGED:
        start_of = joined.pop(0)[0]
        joined[0][0] = start_of
    made = [
        Piece(max(start, a * STEP), min(end, b * STEP), not lively, float(motion[a:b].mean()) + 10.0 * float(lively))
        for a, b, lively in joined
    ]
    made[-1] = Piece(made[-1].start, end, made[-1].dull, made[-1].lively)
    return made
