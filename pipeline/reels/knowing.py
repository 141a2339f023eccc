"""What must be known of clips and music before a reel is made: read in one limited process, kept by their bytes.

No file is opened here: what asks is the service, and what answers is a process that is held short.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.reels.sources import gone, has_sound, probe
from pipeline.rendering import executor

if TYPE_CHECKING:
    from pipeline.reels.cache import Cache

_PROBING = 60.0  # seconds that one question may take
_VERSION = 2  # raised when the same bytes would be answered otherwise: what was kept before is not asked any more
_FILM, _SOUND = f"known-film-{_VERSION}", f"known-sound-{_VERSION}"


class Knowledge:
    """Answers about files, each asked once. A context: its end is that of the process that reads.

    The process is begun when the first file has to be read and serves for all. With a cache an answer holds as long as
    the file has the same bytes, wherever it stands.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._heard: dict[tuple[Path, str], Any] = {}
        self._crew: Executor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _failed: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._crew is not None:
            self._crew.shutdown()

    def seconds(self, clip: Path) -> float:
        """How long the clip lasts; raises `Refused` where it is no video that can be read."""
        return float(self._known(clip, _FILM, _film)["seconds"])

    def is_loud(self, clip: Path) -> bool:
        """Whether the clip has sound; raises `Refused` as `seconds` does."""
        return bool(self._known(clip, _FILM, _film)["has_sound"])

    def is_music(self, path: Path) -> bool:
        """Whether the file, with a picture or without, holds sound that can be opened."""
        return bool(self._known(path, _SOUND, _sound))

    def speaks(self, clip: Path, start: float, end: float) -> bool:
        """Whether somebody speaks between two times of the clip."""
        return bool(self._known(clip, f"known-speech-{_VERSION}-{start:.3f}-{end:.3f}", _speech, start, end))

    def _known(self, path: Path, name: str, question: Callable[..., Any], *about: float) -> Any:
        if not path.exists():
            raise gone(path)
        if (path, name) not in self._heard:
            ask = self._asking(question, path, *about)
            self._heard[path, name] = self._cache.known(path, name, ask) if self._cache else ask()
        return self._heard[path, name]

    def _asking(self, question: Callable[..., Any], path: Path, *about: float) -> Callable[[], Any]:
        def ask() -> Any:
            if self._crew is None:
                self._crew = executor.LimitedExecutor(_PROBING)
            return self._crew.submit(question, str(path), *about).result()

        return ask


def _film(path: str) -> dict[str, Any]:
    clip = probe(Path(path))
    return {"seconds": clip.seconds, "has_sound": clip.has_sound}


def _sound(path: str) -> bool:
    return has_sound(Path(path))


def _speech(path: str, start: float, end: float) -> bool:
    from pipeline.reels.speech import somebody_speaks

    return somebody_speaks(probe(Path(path)), start, end)
