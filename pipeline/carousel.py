"""A carousel as a post: its slides kept, and a variant with them for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline import drafts
from pipeline.cards.carousel import TEMPLATE, Slide, in_slide, read
from pipeline.errors import Refused
from pipeline.models import Channel, Post, Rendition, User
from pipeline.rendering import documents, jobs
from publishers._limits import limits

__all__ = ["Slide", "draft", "keep", "media", "read"]


def keep(slides: Sequence[Slide], *, format: str, by: User) -> list[tuple[Rendition, str]]:
    """Every slide as a rendition with its alt text, in order; `Refused`, naming the slide."""
    kept = []
    for number, slide in enumerate(slides, 1):
        try:
            row = jobs.card(TEMPLATE, slide.data, lang=slide.lang, format=format, by=by, alt=slide.alt)
        except Refused as refusal:
            raise in_slide(number, refusal) from refusal
        kept.append((row, slide.alt))
    return kept


def draft(
    slides: Sequence[Slide], accounts: Sequence[Channel], *, by: User, texts: Mapping[str, str], title: str = ""
) -> Post:
    """The draft with a variant for each channel: pictures in its format, or a document where readers turn pages.

    `texts` are the words beside it, by language.
    """
    heading = title or str(slides[0].data["title"])
    pieces = [drafts.Piece(one, texts, media(slides, one, by=by, title=heading)) for one in accounts]
    return drafts.create(heading, pieces, by=by)


def media(slides: Sequence[Slide], account: Channel, *, by: User, title: str) -> list[tuple[Rendition, str]]:
    """What a channel shows of the slides: its pictures, or one document."""
    known = limits(account.network).renditions
    if known.carousel == "document":
        made = documents.slides(keep(slides, format="portrait", by=by), title=title, by=by)
        return [(made, made.alt)]
    return keep(slides, format=known.image, by=by)
