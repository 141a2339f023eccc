"""A carousel: a cover, two to eight slides, an end, each in a language of its own; drawn in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import cards
from pipeline.errors import Refused
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.cards import Drawn

TEMPLATE = "carousel"
FEWEST, MOST = 4, 10  # slides, cover and end included: Instagram takes ten (2026-09)
COMMON = ("tag", "source", "account")  # said once for all slides; a slide may say its own
OWN = ("title", "text", *COMMON)


@dataclass(frozen=True)
class Slide:
    """One slide: what the card is drawn with, in its language."""

    lang: str
    data: Mapping[str, Any]

    @property
    def alt(self) -> str:
        """What the slide shows, in its own words."""
        return " ".join(filter(None, (_ended(str(self.data.get("title", ""))), str(self.data.get("text", "")))))


def _ended(title: str) -> str:
    return title if not title or title[-1] in ".!?…؟።" else f"{title}."


def read(data: Mapping[str, Any], lang: str = "fr") -> list[Slide]:
    """The slides of a file (`{lang, tag, source, account, slides: [{title, text, lang, ...}]}`), in order.

    `lang` is the language of the slides that name none. `Refused`, naming the slide, for what is wrong.
    """
    unknown = set(data) - {"slides", "lang", *COMMON}
    stated = data.get("slides")
    if unknown or not isinstance(stated, Sequence) or isinstance(stated, str) or not FEWEST <= len(stated) <= MOST:
        raise Refused(
            _("A carousel is a list “slides” of {least} to {most}, and for all of them: {names}.",
              least=FEWEST, most=MOST, names=", ".join(("lang", *COMMON)))
        )  # fmt: skip
    return [_slide(number, one, data, len(stated), lang) for number, one in enumerate(stated, 1)]


def _slide(number: int, stated: Any, common: Mapping[str, Any], of: int, lang: str) -> Slide:
    if not isinstance(stated, Mapping) or set(stated) - {"lang", *OWN} or not stated.get("title"):
        raise Refused(
            _("Slide {number}: it needs a title, and can have: {names}.", number=number,
              names=", ".join(("lang", *OWN[1:])))
        )  # fmt: skip
    variant = "cover" if number == 1 else "end" if number == of else "inner"
    said = {name: stated.get(name, common.get(name, "")) for name in OWN}
    speaks = str(stated.get("lang", common.get("lang", lang)))
    return Slide(speaks, {**said, "variant": variant, "steps": {"at": number, "of": of}})


def draw(slides: Sequence[Slide], *, format: str = "portrait") -> Iterator[Drawn]:
    """Every slide drawn, in order; `Refused`, naming the slide."""
    for number, slide in enumerate(slides, 1):
        try:
            yield cards.draw(TEMPLATE, slide.data, lang=slide.lang, format=format)
        except Refused as refusal:
            raise in_slide(number, refusal) from refusal


def in_slide(number: int, refusal: Refused) -> Refused:
    """The refusal, with the slide that it is about."""
    return Refused(_("Slide {number}: {why}", number=number, why=refusal.sentence))
