"""From the short code on a card to everything behind the figure: query, rows, files, definition, posts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from pipeline import corrections
from pipeline.errors import Refused
from pipeline.models import Figure, Observation, Post, User, VariantMedia
from pipeline.numerals import checking
from publishers._sentences import _

AT_ONCE = 400  # conditions in one statement; SQLite takes a thousand


@dataclass(frozen=True)
class Trace:
    """A figure and what it was made of. `rows` are None for who may not see records: they only manage the machine."""

    figure: Figure
    rows: QuerySet[Observation] | None
    posts: list[Post]

    @property
    def query(self) -> str:
        """The statement that counted it, with its parameters in a comment."""
        kept = self.figure.provenance
        return f"{kept.get('query', '')};\n-- {', '.join(map(repr, kept.get('params', [])))}"

    @property
    def definition(self) -> dict[str, Any]:
        """The name and version of the summary that declares it."""
        return dict(self.figure.provenance.get("definition", {}))

    @property
    def threshold(self) -> int | None:
        """Below how many people a figure of its kind is withheld."""
        found = self.figure.provenance.get("suppression", {}).get("threshold")
        return None if found is None else int(found)


def trace(code: str, *, by: User) -> Trace:
    """What is behind the code, "A7F3" or "#a7f3". Raises Refused for a code that no figure has."""
    plain = re.sub(r"[\s#]", "", code).upper()
    figure = Figure.objects.select_related("summary").filter(code=plain).first()
    if figure is None:
        raise Refused(_("No figure has the code {code}: look at it again on the card.", code=plain[:12] or "–"))
    return Trace(figure, _rows(figure) if by.may_write else None, _posts(figure))


def _rows(figure: Figure) -> QuerySet[Observation]:
    """The very rows that were counted, also those that were corrected or withdrawn since."""
    runs = figure.provenance.get("rows", {}).get("runs", [])
    if not runs:
        return Observation.objects.none()
    if len(runs) > AT_ONCE:
        ids = [one for first, last in runs for one in range(first, last + 1)]
        return Observation.objects.filter(pk__in=ids).select_related("source").order_by("pk")
    wanted = reduce(or_, (Q(pk__gte=first, pk__lte=last) for first, last in runs))
    return Observation.objects.filter(wanted).select_related("source").order_by("pk")


def _posts(figure: Figure) -> list[Post]:
    """The posts that show it, the latest first."""
    drawn = VariantMedia.objects.filter(rendition__summary=figure.summary).values("variant__post")
    posts = Post.objects.filter(Q(summary=figure.summary) | Q(pk__in=drawn)).order_by("-pk")
    return [post for post in posts if figure.summary in checking.summaries_of(post) and corrections.shows(post, figure)]
