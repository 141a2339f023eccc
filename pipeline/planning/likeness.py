"""What is too like what a channel had, or will have, a few days apart: pointed out, never forbidden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils import timezone

from pipeline.models import Publication, PublicationState, Variant, VariantMedia, VariantText
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


def of(variant: Variant, at: datetime, place: Publication | None = None, most: int | None = None) -> list[Likeness]:
    """What the variant is too like if it goes out at that instant, the nearest first, so many at most.

    Cancelled posts are left out.
    """
    days = timedelta(days=settings.PORTEVOIX_ALIKE_DAYS)
    near = (
        Publication.objects.filter(due_at__gte=at - days, due_at__lte=at + days)
        .exclude(state__in=[S.CANCELLED, S.REMOVED])
        .exclude(variant__post=variant.post_id)
        .values_list("pk", "due_at", "variant_id", "channel_id")
    )
    # The channel is looked at here: asked for in the statement, all that it ever had would be looked through.
    times = {pk: (due, its) for pk, due, its, channel in near if channel == variant.channel_id}
    traits = _traits({variant.pk, *(its for _due, its in times.values())})
    ours = traits[variant.pk]
    found = sorted(
        (abs(due - at), pk, what)
        for pk, (due, its) in times.items()
        for what in _alike(ours, traits[its], due == at)
    )[:most]  # fmt: skip
    rows = Publication.objects.select_related("variant__post", "channel").in_bulk({pk for _apart, pk, _what in found})
    return [Likeness(place, rows[pk], what, _said(rows[pk], what)) for _apart, pk, what in found]


@dataclass
class _Traits:
    """What a variant is recognised by."""

    figures: tuple[str, str] | None
    computed: int | None
    codes: set[str] = field(default_factory=set)
    texts: list[frozenset[str]] = field(default_factory=list)
    pictures: set[str] = field(default_factory=set)


def _traits(variants: Collection[int]) -> dict[int, _Traits]:
    """The traits of these variants by their ids: three queries for plain values, since a full week has hundreds."""
    posts = Variant.objects.filter(pk__in=variants).values_list(
        "pk", "post__summary_id", "post__summary__name", "post__summary__period"
    )
    found = {pk: _Traits((name, period) if summary else None, summary) for pk, summary, name, period in posts}
    for pk, text in VariantText.objects.filter(variant__in=variants).values_list("variant_id", "text"):
        found[pk].texts.append(words(text))
    named = KeyTextTransform("code", KeyTransform("data", "rendition__spec"))
    shown = VariantMedia.objects.filter(variant__in=variants).annotate(code=named)
    for pk, sha256, code in shown.values_list("variant_id", "rendition__sha256", "code"):
        found[pk].pictures |= {sha256} if sha256 else set()
        found[pk].codes |= {code} if code else set()
    return found


def _alike(ours: _Traits, theirs: _Traits, same_time: bool) -> Iterator[str]:
    if same_time:
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


@lru_cache(maxsize=4096)
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
