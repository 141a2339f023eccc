"""The sound that a machine writes down: read by a process that is held short, which knows nothing of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.reels import hearing
from pipeline.reels.cutlist import CutList
from pipeline.reels.sources import FPS, RATE, probe
from pipeline.rendering import executor
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.filtering import Sound

HEARS_AT = 16_000  # samples a second: what Whisper listens to
_READING = 3600.0  # seconds that reading the sound may take


def listened(asked: Path | CutList) -> np.ndarray[Any, Any]:
    """What Whisper listens to, float32 at 16 kHz: a clip or a file of sound on its own time, or a reel on the reel's.

    Of a reel, cuts are heard as they were filmed, muted and disguised ones too. A process that is held short reads it.
    """
    import numpy as np

    with TemporaryDirectory() as folder, executor.LimitedExecutor(_READING) as crew:
        out = Path(folder, "heard")
        plain = asked.model_dump(mode="json") if isinstance(asked, CutList) else str(asked)
        crew.submit(read, plain, str(out)).result()
        return np.fromfile(out, np.float32)


def read(asked: str | dict[str, Any], out: str) -> None:
    """Writes to `out` what is listened to of a file or of a cut list, as raw float32; raises `Refused`."""
    import numpy as np

    blocks = _of_file(Path(asked)) if isinstance(asked, str) else _as_filmed(CutList.model_validate(asked))
    with Path(out).open("wb") as file:
        for piece in _for_ears(blocks):
            np.asarray(piece, np.float32).tofile(file)


def _of_file(path: Path) -> Iterator[Sound]:
    if path.suffix.lower() in (".flac", ".wav", ".mp3", ".m4a", ".ogg"):
        return hearing.of_music(path)
    clip = probe(path)
    if not clip.has_sound:
        raise Refused(_("{name} has no sound: there is nothing to write down.", name=path.name))
    return hearing.of_clip(clip, 0.0, round(clip.seconds * RATE))


def _as_filmed(reel: CutList) -> Iterator[Sound]:
    for cut in reel.cuts:
        samples = cut.frames * RATE // FPS
        if cut.clip is None:
            yield from hearing.silence(samples)
        else:
            yield from hearing.of_clip(probe(cut.clip), cut.start, samples, speed=cut.speed)


def _for_ears(blocks: Iterable[Sound]) -> Iterator[np.ndarray[Any, Any]]:
    """The blocks as mono at the rate of `HEARS_AT`."""
    import numpy as np
    from av import AudioFrame
    from av.audio.resampler import AudioResampler

    fewer = AudioResampler("flt", "mono", HEARS_AT)
    for block in blocks:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block.reshape(1, -1), np.float32), "flt", "stereo")
        frame.sample_rate = RATE
        yield from (out.to_ndarray()[0] for out in fewer.resample(frame))
    yield from (out.to_ndarray()[0] for out in fewer.resample(None))
