"""Sound sent through ffmpeg's filters block by block, within this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pipeline.reels.sources import RATE

if TYPE_CHECKING:
    import numpy as np

    Sound = np.ndarray[Any, Any]  # float32, shape (samples, 2), 48 kHz

Step = tuple[str, str]  # a filter's name and its options, as ffmpeg writes them


class Chain:
    """Filters one after the other; `told` is what the last of them said of the newest block (ebur128's figures)."""

    def __init__(self, *steps: Step) -> None:
        from av.filter import Graph

        self._graph = Graph()
        self._at = 0
        self.told: dict[str, str] = {}
        last = self._graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo", time_base=Fraction(1, RATE))
        for name, options in (*steps, ("aformat", f"sample_fmts=flt:sample_rates={RATE}:channel_layouts=stereo")):
            following = self._graph.add(name, options)
            last.link_to(following)
            last = following
        last.link_to(self._graph.add("abuffersink"))
        self._graph.configure()

    def through(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        """What comes out of the last filter, in blocks of its own; used once."""
        for block in blocks:
            self.push(block)
            yield from self.pull()
        self._graph.push(None)
        yield from self.pull()

    def push(self, block: Sound) -> None:
        """Gives the first filter its next block."""
        import numpy as np
        from av import AudioFrame

        if not len(block):
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block.reshape(1, -1), np.float32), "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, Fraction(1, RATE)
        self._at += len(block)
        self._graph.push(frame)

    def pull(self) -> Iterator[Sound]:
        """The blocks that are ready."""
        import av

        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(frame, av.AudioFrame)
            self.told = dict(frame.metadata)
            yield frame.to_ndarray().reshape(-1, 2)
