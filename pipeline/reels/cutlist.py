"""A cut list: which stretches of which clips make a reel, and what is written over them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FPS = 30  # frames a second of every reel: what Instagram, Facebook, LinkedIn and Bluesky all take
SIZES = {"portrait": (1080, 1920), "square": (1080, 1080), "landscape": (1920, 1080)}  # pixels
END_SHORTEST = 4.5  # seconds of an end card whose time nobody wrote
BESIDE = ("bit_rate", "masks")  # stand beside the cut list in a rendition's spec
_END_ALONE = 0.5  # seconds before anybody reads
_END_WORD = 0.25  # seconds to read one word, silently and without haste
BREATH = 4  # frames of a cut before its caption comes and after it is gone
SHORTEST = 0.2  # seconds; less than that is seen as a flash, and is a slip of the pen


def seconds(value: Any) -> float:
    """The seconds that a person wrote as 7, 7.5, "1:07.5" or "0:01:07"; raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a time")
    if not isinstance(value, str):
        return float(value)
    total = 0.0
    for part in value.strip().split(":"):
        total = total * 60 + float(part)
    return total


def _as_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(seconds), Field(ge=0, allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1)]


class Written(BaseModel):
    """A part of a cut list, as validated; nothing unknown is let in."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class Title(Written):
    """The title laid over the first pictures."""

    text: Words
    label: str = Field(default="", description="the yellow tag above it: place, date or kind")
    seconds: Seconds = 3.0


class Cut(Written):
    """One stretch of one clip."""

    clip: Path
    start: Seconds = Field(default=0.0, alias="from")
    end: Seconds | None = Field(default=None, alias="to", description="None: to the end of the clip")
    sound: Literal["keep", "mute"] = "keep"
    framing: Literal["auto", "left", "centre", "right"] = "auto"
    caption: str = Field(default="", description="stands over the cut, a breath less at each end")

    @property
    def frames(self) -> int:
        """How many frames of the reel the cut fills, at least one."""
        return max(1, round(((self.end or 0.0) - self.start) * FPS))


class Caption(Written):
    """Words over the picture, timed on the finished reel."""

    start: Seconds = Field(alias="from")
    end: Seconds = Field(alias="to")
    text: Words
    speaker: str = Field(default="", description="who speaks: a designation, never a name that endangers")


class EndCard(Written):
    """The last card: what to remember, and where it comes from."""

    text: Words
    source: str = ""
    seconds: Seconds | None = Field(default=None, description="None: as long as its words take to read")

    @property
    def lasts(self) -> float:
        """Seconds that the card stands: as written, else by its words."""
        if self.seconds is not None:
            return self.seconds
        return max(END_SHORTEST, _END_ALONE + _END_WORD * len(f"{self.text} {self.source}".split()))


class CutList(Written):
    """A whole reel. Times in seconds; clip paths absolute once loaded."""

    format: Literal["portrait", "square", "landscape"] = "portrait"
    language: Words = Field(description="BCP 47")
    template: str = Field(default="field", pattern=r"^[a-z][a-z0-9-]*$")
    title: Annotated[Title | None, BeforeValidator(_as_text)] = None
    cuts: tuple[Cut, ...] = Field(min_length=1)
    captions: tuple[Caption, ...] = ()
    end: Annotated[EndCard | None, BeforeValidator(_as_text)] = None
    mask: bool = Field(default=True, strict=True, description="faces are covered")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the reel in pixels."""
        return SIZES[self.format]

    @property
    def footage_frames(self) -> int:
        """Frames of the cuts together, the end card not counted."""
        return sum(cut.frames for cut in self.cuts)

    @property
    def end_frames(self) -> int:
        """Frames of the end card, 0 without one."""
        return round(self.end.lasts * FPS) if self.end else 0

    def timed_captions(self) -> tuple[Caption, ...]:
        """Every caption on the finished reel's time, those of the cuts included, in order of time."""
        found, at = list(self.captions), 0
        for cut in self.cuts:
            until = at + cut.frames
            if cut.caption:
                breath = min(BREATH, cut.frames // 6)
                times = {"start": (at + breath) / FPS, "end": (until - breath) / FPS}
                found.append(Caption(**times, text=cut.caption))
            at = until
        return tuple(sorted(found, key=lambda caption: caption.start))

    def chapters(self) -> list[tuple[int, str]]:
        """The reel's parts as (milliseconds from its beginning, name): one begins with each cut that has a caption.

        What comes before the first of them is named by the title; nothing at all where it has none.
        """
        found, at = [(0, self.title.text)] if self.title else [], 0
        for cut in self.cuts:
            if cut.caption:
                found = [one for one in found if one[0] < at * 1000 // FPS]
                found.append((at * 1000 // FPS, " ".join(cut.caption.split())))
            at += cut.frames
        return found if found and found[0][0] == 0 else []


def stored(spec: Mapping[str, Any]) -> CutList:
    """The cut list of a rendition, without what else shaped the file; raises pydantic's ValidationError."""
    return CutList.model_validate({name: value for name, value in spec.items() if name not in BESIDE})
