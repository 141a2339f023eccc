"""The parts of a cut list that a person writes: times, days and places, texts, captions, cards, music, cover."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

END_SHORTEST = 4.5  # seconds of an end card whose time nobody wrote
CARD_SHORTEST = 3.0  # seconds of a card between the cuts whose time nobody wrote
_ALONE = 0.5  # seconds before anybody reads
_WORD = 0.25  # seconds to read one word, silently and without haste
_DAY = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_TIME_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^(\d+:){0,2}\d+([.,]\d+)?$"}]
}


def seconds(value: Any) -> float:
    """The seconds that a person wrote as 7, 7.5, 7,5, "1:07.5" or "0:01:07"; raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a time")
    if not isinstance(value, str):
        return float(value)
    total = 0.0
    for part in value.strip().split(":"):
        total = total * 60 + float(part.replace(",", "."))  # as the French write it, and as we say it
    return total


def day(value: Any) -> str:
    """A day, a month or a year as "2026-11-03", "2026-11" or "2026"; anything finer or other is refused."""
    text = str(value).strip()
    if not text or _DAY.fullmatch(text):
        if len(text) == len("2026-11-03"):
            date.fromisoformat(text)
        return text
    raise PydanticCustomError("finer_day", "a day at the finest")


def place(value: Any) -> str:
    """A place without a number: positions, postcodes and house numbers are refused. Streets: see `timing`."""
    if not isinstance(value, str):
        raise ValueError("not a place")
    text = " ".join(value.split())
    if any(character.isdigit() for character in text):
        raise PydanticCustomError("finer_place", "a commune at the finest")
    return text


def as_text(value: Any) -> Any:
    """A text alone stands for the part that has it."""
    return {"text": value} if isinstance(value, str) else value


def as_file(value: Any) -> Any:
    """A path alone stands for the part that names it."""
    return {"file": value} if isinstance(value, str | Path) else value


def as_captions(value: Any) -> Any:
    """A list of captions or the name of their file stands for the whole part."""
    return {"cues": value} if isinstance(value, list | tuple) else as_file(value)


def as_cover(value: Any) -> Any:
    """A moment alone, or words alone, stand for the cover that has them."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"at": value}
    return as_text(value)


def reading_time(*texts: str) -> float:
    """Seconds that the words of a card take to be read."""
    return _ALONE + _WORD * len(" ".join(texts).split())


Seconds = Annotated[
    float, BeforeValidator(seconds), Field(ge=0, allow_inf_nan=False), WithJsonSchema(_TIME_SCHEMA, mode="validation")
]
Words = Annotated[str, Field(min_length=1)]
Day = Annotated[str, BeforeValidator(day)]
Place = Annotated[str, BeforeValidator(place)]


class Written(BaseModel):
    """A part of a cut list, as validated; nothing unknown is let in."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)


class Title(Written):
    """The title laid over the first pictures."""

    text: Words
    label: str = Field(default="", description="the yellow tag above it: place, date or kind")
    seconds: Seconds = 3.0


class Keyframe(Written):
    """Where the crop looks at one time; between two keyframes it moves smoothly."""

    at: Seconds = Field(description="seconds of the clip, as from and to")
    x: float = Field(default=0.5, ge=0, le=1, description="its middle, 0 left to 1 right of the clip's picture")
    y: float = Field(default=0.5, ge=0, le=1, description="its middle, 0 top to 1 bottom")
    zoom: float = Field(default=1.0, ge=1, le=3, description="2: half of what could be shown, twice as large")


class Bar(Written):
    """One bar of a card's chart."""

    label: Words
    value: float = Field(ge=0, allow_inf_nan=False)


class Card(Written):
    """A card between the cuts: words; or a figure that counts up; or a figure and bars that grow."""

    text: Words
    label: str = Field(default="", description="the yellow tag above: period or kind")
    value: float | None = Field(default=None, allow_inf_nan=False, description="the figure that counts up")
    figure: str = Field(default="", description="or its name in the summary")
    floor: bool = Field(default=False, description="the figure is a floor: at least")
    bars: tuple[Bar, ...] = Field(default=(), max_length=12)
    source: str = ""

    @property
    def lasts(self) -> float:
        """Seconds that the card stands where nobody wrote its time."""
        more = [bar.label for bar in self.bars]
        return max(CARD_SHORTEST, reading_time(self.text, self.label, self.source, *more) + (1 if self.shows else 0))

    @property
    def shows(self) -> bool:
        """Whether it has a figure."""
        return self.value is not None or bool(self.figure)


class Caption(Written):
    """Words over the picture, timed on the finished reel."""

    start: Seconds = Field(alias="from")
    end: Seconds = Field(alias="to")
    text: Words
    speaker: str = Field(default="", description="who speaks: a designation, never a name that endangers")


class BurntAndBeside(Written):
    """The captions: inline or in a file, burnt into the picture, beside it as files, or both."""

    file: Path | None = Field(default=None, description="an SRT or WebVTT file, its path from the cut list")
    cues: tuple[Caption, ...] = Field(default=(), description="the captions themselves; read in from the file")
    unchecked: bool = Field(
        default=False, description="read in from the file: a machine heard them, nobody checked them"
    )
    burned: bool = Field(default=True, strict=True, description="drawn into the picture")
    beside: bool = Field(default=True, strict=True, description="written as SRT and WebVTT too")


class LowerThird(Written):
    """Who is seen, over a stretch of the finished reel."""

    start: Seconds = Field(alias="from")
    end: Seconds = Field(alias="to")
    text: Words = Field(description="a designation, never a name that endangers")
    detail: str = Field(default="", description="a second, smaller line")


class Music(Written):
    """Music under the whole reel."""

    file: Path = Field(description="its path from the cut list")
    start: Seconds = Field(default=0.0, alias="from", description="where in the music the reel begins")
    level: float = Field(default=-20.0, ge=-60, le=0, allow_inf_nan=False, description="LUFS where nobody speaks")
    ducking: float = Field(default=10.0, ge=0, le=40, allow_inf_nan=False, description="dB that it yields to speech")
    fade: Seconds = Field(default=1.5, description="seconds in which it falls silent at the end")
    credit: str = Field(default="", description="whose music it is and by which right it is used")


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
        return max(END_SHORTEST, reading_time(self.text, self.source))


class Cover(Written):
    """What stands for the reel before it is played: one of its frames, with words or without."""

    at: Seconds = Field(default=0.0, description="the moment of the finished reel")
    text: str = Field(default="", description="words over that moment; none: the frame as it is")
    label: str = ""
