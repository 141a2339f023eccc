"""What is said in a clip or a reel, heard by a machine on this one: captions that a person has still to check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import NotHere, Refused
from pipeline.reels.listening import HEARS_AT
from pipeline.subtitles import Cue
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

LONGEST, WIDEST = 6.0, 74  # seconds of one caption, and letters: two lines
_PAUSE = 0.6  # seconds between two words that end a caption
_SHORTEST = 0.8  # seconds that a caption stands, where nothing follows
_STOPS = (".", "!", "?", "…", "؟", "።")


class Ears(Protocol):
    """The part of faster-whisper's `WhisperModel` (1.2) that is used here.

    Segments have `words`, each with `start`, `end` (seconds) and `word`; the second value has `language`.
    """

    def transcribe(
        self, audio: Any, language: str | None = None, *, word_timestamps: bool, vad_filter: bool,
        condition_on_previous_text: bool,
    ) -> tuple[Iterable[Any], Any]:  # fmt: skip
        """The segments, heard while they are asked for, and what was found out of the whole."""


def refuse_without_extra() -> None:
    """`NotHere` where the extra `stt` is not installed: said before a model is fetched."""
    if find_spec("faster_whisper") is None:
        raise NotHere(
            _("To have speech written down, the extra “stt” is needed: in Porte-voix’s folder, uv sync --extra stt.")
        )


def whisper(folder: Path) -> Ears:
    """Whisper with the model in that folder; it needs the extra `stt`."""
    from faster_whisper import WhisperModel

    model: Ears = WhisperModel(str(folder), device="cpu", compute_type="int8", local_files_only=True)
    return model


def write_down(
    audio: np.ndarray[Any, Any], ears: Ears, lang: str | None, tell: Callable[[float], None]
) -> tuple[list[Cue], str]:
    """The captions of what is said, two lines at most each, and the language; `tell` hears 0.0 to 1.0.

    `lang` None: found out by listening. `Refused` where nobody is heard to speak.
    """
    segments, info = ears.transcribe(
        audio, lang, word_timestamps=True, vad_filter=True, condition_on_previous_text=False
    )
    words: list[Any] = []
    for segment in segments:
        words += segment.words or []
        if words:
            tell(min(1.0, float(words[-1].end) * HEARS_AT / len(audio)))
    cues = list(_cues(words))
    if not cues:
        raise Refused(_("Nobody is heard to speak: write the captions by hand, or choose another clip."))
    return cues, str(info.language)


def _cues(words: Iterable[Any]) -> Iterator[Cue]:
    held: list[Any] = []
    for word in words:
        if held and _full(held, word):
            yield _cue(held, float(word.start))
            held = []
        held.append(word)
    if held:
        yield _cue(held, float(held[-1].end) + _SHORTEST)


def _full(held: list[Any], word: Any) -> bool:
    said = "".join(one.word for one in held)
    return bool(
        said.rstrip().endswith(_STOPS)
        or word.start - held[-1].end > _PAUSE
        or word.end - held[0].start > LONGEST
        or len(said.strip()) + len(word.word) > WIDEST
    )


def _cue(held: list[Any], following: float) -> Cue:
    begins, ends = float(held[0].start), float(held[-1].end)
    ends = max(ends, min(begins + _SHORTEST, following))
    return Cue(round(begins * 1000), round(ends * 1000), " ".join("".join(one.word for one in held).split()))
