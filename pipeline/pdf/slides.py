"""A carousel as a document: one picture a page with its description, for networks that take PDFs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Refused
from pipeline.pdf.setting import Pdf, setting
from pipeline.rendering.brand import Brand
from publishers._sentences import _

MOST = 20  # pages of a carousel; LinkedIn takes 300 (2026-10)
POINTS = 0.5  # a pixel on the page: 1080 pixels are 540 points, 19 cm


@dataclass(frozen=True)
class Slide:
    """A picture (JPEG or PNG) of so many pixels, what it shows, and the language that it speaks."""

    path: Path
    width: int
    height: int
    alt: str
    lang: str


def slides(pictures: Sequence[Slide], *, title: str, brand: Brand | None = None) -> Pdf:
    """The pictures as pages, in order, in the language of the first; `Refused` where one has no description."""
    if not 1 <= len(pictures) <= MOST:
        raise Refused(_("A document of slides has 1 to {most} of them.", most=MOST))
    for number, slide in enumerate(pictures, 1):
        if not slide.alt.strip():
            raise Refused(_("Slide {number} has no description: say in a sentence what it shows.", number=number))
    files = {f"slide{number}{slide.path.suffix}": slide.path for number, slide in enumerate(pictures, 1)}
    told = [
        {"file": name, "width": slide.width * POINTS, "height": slide.height * POINTS, "alt": slide.alt,
         "lang": slide.lang}
        for name, slide in zip(files, pictures, strict=True)
    ]  # fmt: skip
    return setting("slides", {"slides": told}, lang=pictures[0].lang, title=title, brand=brand, files=files)
