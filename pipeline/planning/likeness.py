"""What is too like what a channel had, or will have, a few days apart: pointed out, never forbidden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from pipeline.models import Publication, PublicationState, Variant
from publishers._sentences import Sentence, _

S = PublicationState
ALIKE = 0.8  # of the words of both texts together, so many stand in both
# Where the same words would stand anyway: a link, a tag, a name.
SAID_ANYWHERE = re.compile(r"https?://\S+|[#@][\w.]+")


@dataclass(frozen=True)
class Likeness:
    """A place in the calendar, another one of the same channel, what is alike, and the sentence that says so."""

    place: Publication | None
    publication: Publication
    what: str  # figures, text, picture or time
    sentence: Sentence


def of(variant: Variant, at: datetime, place: Publication | None = None) -> list[Likeness]:
    """What the variant is too like if it goes out at that instant, the nearest first; cancelled posts left out."""
    days = timedelta(days=settings.PORTEVOIX_ALIKE_DAYS)
    near = (
        Publication.objects.filter(channel=variant.channel_id, due_at__gte=at - days, due_at__lte=at + days)
        .exclude(state__in=[S.CANCELLED, S.REMOVED])
        .exclude(variant__post=variant.post_id)
        .select_related("variant__post__summary", "channel")
        .prefetch_related("variant__texts", "variant__media__rendition")
    )
    ours = _Traits(variant)
    found = [Likeness(place, row, what, _said(row, what)) for row in near for what in _alike(ours, row, at)]
    return sorted(found, key=lambda one: (abs(one.publication.due_at - at), one.publication.pk, one.what))


class _Traits:
    """What a variant is recognised by."""

    def __init__(self, variant: Variant) -> None:
        summary = variant.post.summary
        self.figures = (summary.name, summary.period) if summary else None
        self.computed = variant.post.summary_id
        data = [use.rendition.spec.get("data", {}) for use in variant.media.all()]
        self.codes = {one["code"] for one in data if one.get("code")}
        self.texts = [words(text.text) for text in variant.texts.all()]
        self.pictures = {use.rendition.sha256 for use in variant.media.all() if use.rendition.sha256}


def _alike(ours: _Traits, row: Publication, at: datetime) -> Iterator[str]:
    theirs = _Traits(row.variant)
    if row.due_at == at:
        yield "time"
    if _same_figures(ours, theirs):
        yield "figures"
    if any(_overlap(one, other) >= ALIKE for one in ours.texts for other in theirs.texts):
        yield "text"
    if ours.pictures & theirs.pictures:
        yield "picture"


def _same_figures(ours: _Traits, theirs: _Traits) -> bool:
    if ours.figures is None or ours.figures != theirs.figures:
        return False
    # The cards of one computation name their figures by codes: others than ours are another angle, not the same again.
    named = ours.computed == theirs.computed and ours.codes and theirs.codes
    return bool(ours.codes & theirs.codes) if named else True


def words(text: str) -> frozenset[str]:
    """The words that a text is recognised by: no case, no accents, no links, tags or names."""
    plain = unicodedata.normalize("NFKD", SAID_ANYWHERE.sub(" ", text).casefold())
    return frozenset(re.findall(r"\w+", "".join(sign for sign in plain if not unicodedata.combining(sign))))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


SAID = {
    "time": _("{channel}: post {post} goes out at the very same time."),
    "figures": _("{channel}: post {post} shows the same figures on {day}."),
    "text": _("{channel}: post {post} says almost the same on {day}."),
    "picture": _("{channel}: post {post} shows the same picture on {day}."),
}


def _said(row: Publication, what: str) -> Sentence:
    day = timezone.localtime(row.due_at).strftime("%Y-%m-%d")
    return Sentence(SAID[what].msgid, {"channel": row.channel.name, "post": row.variant.post_id, "day": day})


def of_all(rows: Sequence[Publication]) -> list[Likeness]:
    """The likenesses of these places in the calendar, each told once."""
    return [one for row in rows for one in of(row.variant, row.due_at, row)]
