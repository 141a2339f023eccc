"""A cut list: which stretches of which clips make a reel, and what is written, heard and shown over them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pipeline.reels.parts import (
    BurntAndBeside,
    Caption,
    Card,
    Cover,
    Day,
    EndCard,
    Keyframe,
    LowerThird,
    Music,
    Place,
    Seconds,
    Title,
    Words,
    Written,
    as_captions,
    as_cover,
    as_file,
    as_text,
)
from pipeline.reels.sources import FPS

SIZES = {"portrait": (1080, 1920), "square": (1080, 1080), "landscape": (1920, 1080), "feed": (1080, 1350)}  # pixels
BESIDE = ("bit_rate", "drawn", "masks")  # stand beside the cut list in a rendition's spec
BREATH = 4  # frames of a cut before its caption comes and after it is gone
SHORTEST = 0.2  # seconds; less than that is seen as a flash, and is a slip of the pen
SLOWEST, FASTEST = 0.25, 4.0  # times the speed at which a clip was filmed

Format = Literal["portrait", "square", "landscape", "feed"]
Framing = Literal["auto", "left", "centre", "right"]
CutSound = Literal["keep", "mute", "disguise", "duck"]


class Cut(Written):
    """One stretch of one clip, or a card between the clips."""

    clip: Path | None = Field(default=None, description="the clip's path from the cut list, or footage:ID")
    start: Seconds = Field(default=0.0, alias="from", description="seconds of the clip")
    end: Seconds | None = Field(
        default=None, alias="to", description="None: to the end of the clip; a card as long as its words take to read"
    )
    sound: CutSound = Field(
        default="keep", description="keep; mute; disguise: the voice made another; duck: kept soft, under music"
    )
    framing: Framing = Field(default="auto", description="auto: follows the faces; keyframes go before it")
    keyframes: tuple[Keyframe, ...] = Field(default=(), description="where to look, at times of the clip")
    speed: float = Field(default=1.0, ge=SLOWEST, le=FASTEST, allow_inf_nan=False, description="2: twice as fast")
    caption: str = Field(default="", description="stands over the cut, a breath less at each end")
    speaker: str = Field(default="", description="of the caption: a designation, never a name that endangers")
    when: Day = Field(default="", description="a day, a month or a year, shown over the cut: never an hour")
    where: Place = Field(default="", description="a commune or wider, shown over the cut")
    card: Annotated[Card | None, BeforeValidator(as_text, json_schema_input_type=Card | str | None)] = Field(
        default=None, description="a card instead of a clip"
    )

    @property
    def frames(self) -> int:
        """How many frames of the reel the cut fills, at least one."""
        return max(1, round(self.seconds * FPS))

    @property
    def seconds(self) -> float:
        """How long the cut stands in the reel, its speed counted, once the cut list is loaded."""
        return ((self.end or 0.0) - self.start) / self.speed

    @property
    def film(self) -> Path:
        """The clip of a cut that is no card."""
        assert self.clip is not None
        return self.clip

    def at(self, seconds: float) -> float:
        """The clip's time that is shown `seconds` after the cut's beginning."""
        return self.start + seconds * self.speed


class CutList(Written):
    """A whole reel. Times in seconds; paths absolute, and figures and caption files read in, once loaded."""

    format: Format = Field(
        default="portrait",
        description="portrait 1080x1920, feed 1080x1350 (4:5), square 1080x1080, landscape 1920x1080",
    )
    language: Words = Field(description="BCP 47")
    template: str = Field(default="field", pattern=r"^[a-z][a-z0-9-]*$", description="a file of templates/reels")
    title: Annotated[Title | None, BeforeValidator(as_text, json_schema_input_type=Title | str | None)] = None
    when: Day = Field(default="", description="a day, a month or a year: never an hour; stands in the title's label")
    where: Place = Field(default="", description="a commune or wider; stands in the title's label")
    summary: str = Field(default="", description="the summary that the cards' figures are drawn from")
    period: str = Field(default="", description="its period, such as 2026-10")
    cuts: tuple[Cut, ...] = Field(min_length=1)
    captions: Annotated[
        BurntAndBeside,
        BeforeValidator(as_captions, json_schema_input_type=BurntAndBeside | list[Caption] | str),
    ] = Field(default=BurntAndBeside(), description="a list, or an SRT or WebVTT file")
    lower_thirds: tuple[LowerThird, ...] = Field(default=(), description="who is seen, for a moment")
    music: Annotated[Music | None, BeforeValidator(as_file, json_schema_input_type=Music | str | None)] = None
    end: Annotated[EndCard | None, BeforeValidator(as_text, json_schema_input_type=EndCard | str | None)] = None
    cover: Annotated[Cover | None, BeforeValidator(as_cover, json_schema_input_type=Cover | float | str | None)] = (
        Field(default=None, description="a moment of the reel, or words on a card; None: its first frame")
    )
    mask: bool = Field(default=True, strict=True, description="faces are covered")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the reel in pixels."""
        return SIZES[self.format]

    @property
    def clips(self) -> tuple[Path, ...]:
        """Every clip once, in order."""
        return tuple(dict.fromkeys(cut.clip for cut in self.cuts if cut.clip is not None))

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
        found, at = list(self.captions.cues), 0
        for cut in self.cuts:
            until = at + cut.frames
            if cut.caption:
                breath = min(BREATH, cut.frames // 6)
                times = {"start": (at + breath) / FPS, "end": (until - breath) / FPS}
                found.append(Caption(**times, text=cut.caption, speaker=cut.speaker))
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


def schema() -> dict[str, Any]:
    """The JSON schema of a cut list, for editors that check while one writes."""
    return CutList.model_json_schema(by_alias=True, mode="validation") | {"title": "Porte-voix cut list"}
