"""What is to be corrected: by post, and in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline import planning
from pipeline.models import BEYOND_CHANGE, OUT, Correction, Post, Publication


@dataclass(frozen=True)
class ToCorrect:
    """A post with what it shows and the records no longer give; `out`: something of it was sent, or may have been."""

    post: Post
    corrections: tuple[Correction, ...]
    out: bool
    draft: Post | None

    @property
    def since(self) -> datetime:
        """When the last change was found."""
        return max(one.found_at for one in self.corrections)


def open_of(post: Post) -> ToCorrect | None:
    """What is to be corrected of one post; None where nothing is."""
    return next(iter(_by_post(_open(post=post))), None)


def waiting() -> list[ToCorrect]:
    """Every post that is to be corrected, the latest change first; not those whose correction is out."""
    return sorted(_by_post(_open()), key=lambda one: one.since, reverse=True)


def _open(**of: Post) -> list[Correction]:
    """The corrections that nobody settled and whose draft is not out."""
    rows = list(
        Correction.objects.filter(settled_at=None, **of)
        .select_related("post", "draft", "cause", "summary")
        .order_by("post_id", "pk")
    )
    out = planning.posts_with(OUT, {row.draft_id for row in rows if row.draft_id})
    return [row for row in rows if row.draft_id not in out]


def _by_post(rows: Iterable[Correction]) -> list[ToCorrect]:
    found: dict[int, list[Correction]] = {}
    for row in rows:
        found.setdefault(row.post_id, []).append(row)
    gone = set(
        Publication.objects.filter(BEYOND_CHANGE, variant__post__in=found).values_list("variant__post", flat=True)
    )
    return [
        ToCorrect(many[0].post, tuple(many), post in gone, next((one.draft for one in many if one.draft), None))
        for post, many in found.items()
    ]
