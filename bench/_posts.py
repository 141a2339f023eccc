"""Posts for the benches that send: approved, with a picture, made through the stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def approved(number: int, studio: Any, channels: Sequence[Any], picture: Any) -> Iterator[Any]:
    """So many approved posts with that picture, one after the other, each on the next of the channels."""
    from pipeline import drafts, review
    from pipeline.models import VariantText

    by = studio.intern
    for n in range(number):
        piece = drafts.Piece(channels[n % len(channels)], {"fr": f"{n} expulsions."}, [(picture, "Barres.")])
        post = drafts.create(f"Post {n}", [piece], by=by)
        for row in VariantText.objects.filter(variant__post=post):
            drafts.mark_read(row, by=by)
        review.approve(review.submit(post, by=by), by=studio.coordinator)
        post.refresh_from_db()
        yield post
