"""All that a reel says, drawn from templates/reels/: title, dates and places, captions, lower thirds, cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.reels.counting import counted
from pipeline.reels.cutlist import CutList
from pipeline.reels.dressing import template
from pipeline.reels.overlays import Overlay, timed
from pipeline.reels.parts import Caption, Card, LowerThird
from pipeline.reels.planes import Pixels
from pipeline.reels.pressing import Press, Spoken
from pipeline.reels.sources import FPS
from pipeline.rendering import brand as brands
from pipeline.rendering import formats
from pipeline.rendering.languages import Language, language

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_SEEN = 20  # frames: a date that could only stand for less is left out


@dataclass(frozen=True)
class Lettering:
    """All that a reel says: overlays on the reel's frames, whole frames of its cards, every text in order of time.

    `cards` has one frame for each cut, None for a clip; what moves on a card lies over it. `end` is the last card, None
    without one. `pixels` is the kind of frame for which all was drawn.
    """

    pixels: Pixels
    overlays: tuple[Overlay, ...]
    cards: tuple[Array | None, ...]
    end: Array | None
    texts: tuple[Spoken, ...]


def draw(reel: CutList, size: tuple[int, int], pixels: Pixels = "yuv420p") -> Lettering:
    """The words of a reel drawn for pictures of `size` pixels, made of planes or of RGB.

    Raises `Refused` for an unknown template or language, a missing glyph, or a text that does not hold in its place.
    """
    letters = _Letters(pressed(reel, size, pixels))
    return letters.whole()


def pressed(reel: CutList, size: tuple[int, int], pixels: Pixels = "yuv420p") -> Press:
    """What sets the reel's texts in its template, language and brand; raises `Refused` for an unknown one."""
    brand, dress = brands.load(), template(reel.template)
    brands.check_contrast(brand, list(dress.contrast))
    return Press(dress, reel, brand.dressed(language(reel.language)), brand, size, pixels)


def told(when: str, where: str, lang: Language) -> str:
    """A day, month or year, and a place, as they are written on the picture: "Calais · 3 novembre 2026"."""
    said = " · ".join(part for part in (where, _day(when, lang)) if part)
    return said[:1].upper() + said[1:]


def _day(when: str, lang: Language) -> str:
    if len(when) == len("2026"):
        return lang.year(int(when))
    if len(when) == len("2026-11"):
        return formats.month(date.fromisoformat(f"{when}-01"), lang)
    return formats.full_day(date.fromisoformat(when), lang) if when else ""


class _Letters:
    """One reel's words, drawn in the order in which they are seen."""

    def __init__(self, press: Press) -> None:
        self.press, self.reel = press, press.reel
        self.motion = press.template.motion

    def whole(self) -> Lettering:
        """All of them."""
        title = list(self._title())
        parts: list[tuple[int, int, Any]] = []
        at = 0
        for index, cut in enumerate(self.reel.cuts):
            if cut.card is not None:
                parts.append((at, index, cut.card))
            elif label := told(cut.when, cut.where, self.press.lang):
                parts.append((at, index, label))
            at += cut.frames
        parts += [(round(said.start * FPS), -1, said) for said in self.reel.lower_thirds]
        parts += [(round(said.start * FPS), -1, said) for said in self._burned()]
        over: list[Overlay] = []
        under: list[Overlay] = []
        cards: dict[int, Array] = {}
        for first, index, what in sorted(parts, key=lambda part: part[0]):
            if isinstance(what, Card):
                cards[index], moving = counted(self.press, what, first)
                under += moving
            elif isinstance(what, str):
                over += self._tag(what, first, self.reel.cuts[index].frames)
            else:
                over.append(self._caption(what) if isinstance(what, Caption) else self._lower(what))
        drawn = tuple(cards.get(index) for index in range(len(self.reel.cuts)))
        end = self._end()
        return Lettering(self.press.pixels, (*under, *title, *over), drawn, end, tuple(self.press.texts))

    def _burned(self) -> tuple[Caption, ...]:
        return self.reel.timed_captions() if self.reel.captions.burned else ()

    def _title(self) -> Iterator[Overlay]:
        """The title over the first pictures; where there is none, the day and the place of the reel."""
        title, label = self.reel.title, told(self.reel.when, self.reel.where, self.press.lang)
        if title is None:
            if label and not told(self.reel.cuts[0].when, self.reel.cuts[0].where, self.press.lang):
                yield from self._tag(label, 0, self.reel.footage_frames)
            return
        drawn = self.press.overlay("title", {"label": title.label or label, "title": title.text})
        slide = round(self.motion["slide"] * self.press.size[1] / self.reel.size[1])
        yield timed(drawn, 0, self._title_until, slide, self.motion["rising"])

    @property
    def _title_until(self) -> int:
        title = self.reel.title
        return min(round(title.seconds * FPS), self.reel.footage_frames) if title else 0

    def _tag(self, label: str, first: int, frames: int) -> Iterator[Overlay]:
        """The day and place of a cut, once the title has gone."""
        last = first + frames
        first = max(first, self._title_until)
        if last - first >= _SEEN:
            drawn = self.press.overlay("tag", {"label": label})
            yield timed(drawn, first, min(last, first + self.motion["tag"]))

    def _caption(self, caption: Caption) -> Overlay:
        drawn = self.press.overlay("caption", {"speaker": caption.speaker, "caption": caption.text})
        return timed(drawn, round(caption.start * FPS), round(caption.end * FPS))

    def _lower(self, said: LowerThird) -> Overlay:
        """Who is seen; above the captions where one stands at the same time."""
        raised = any(one.start < said.end and said.start < one.end for one in self._burned())
        drawn = self.press.overlay("lower", {"who": said.text, "detail": said.detail}, raised=raised)
        return timed(drawn, round(said.start * FPS), round(said.end * FPS))

    def _end(self) -> Array | None:
        if self.reel.end is None:
            return None
        slots = self.press.slots({"end": self.reel.end.text, "source": self.reel.end.source})
        return self.press.frame("end", self.press.inner("end", slots, logo=self.press.template.logos["end"]))
