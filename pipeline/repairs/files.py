"""A file that a network does not take as it is: what its copy must be, and the copy made."""

from __future__ import annotations

from typing import Any

from pipeline.models import Rendition, User, Variant
from pipeline.rendering import copies
from publishers._limits import Limits, limits


def wanted(variant: Variant, rendition: Rendition) -> copies.Wanted:
    """What a copy of the rendition must be for the variant's network and kind of post."""
    known, kind = limits(variant.channel.network), variant.kind
    if rendition.mime.startswith("video/"):
        return _film(known, kind)
    own, allowed = known.renditions, known.get("image_mime", kind)
    keeps = rendition.mime in copies.MIMES and (not allowed or rendition.mime in allowed.names)
    return copies.Wanted(
        mime=rendition.mime if keeps else own.image_mime,
        format=own.image,
        size=own.image_size,
        max_bytes=_whole(known, "image_bytes", kind),
        max_width=_whole(known, "image_width_max", kind),
        max_pixels=_whole(known, "image_pixels", kind),
        min_ratio=_number(known, "image_ratio_min", kind),
        max_ratio=_number(known, "image_ratio_max", kind),
    )


def _film(known: Limits, kind: str) -> copies.Wanted:
    own = known.renditions
    return copies.Wanted(
        mime="video/mp4",
        format=own.video,
        size=own.video_size,
        max_bytes=_whole(known, "video_bytes", kind),
        max_width=_whole(known, "video_width_max", kind),
        min_ratio=_number(known, "video_ratio_min", kind),
        max_ratio=_number(known, "video_ratio_max", kind),
        max_bit_rate=_whole(known, "video_bit_rate_max", kind),
    )


def _number(known: Limits, name: str, kind: str) -> float | None:
    limit = known.get(name, kind)
    return limit.number if limit else None


def _whole(known: Limits, name: str, kind: str) -> int | None:
    number = _number(known, name, kind)
    return None if number is None else int(number)


def made(rendition: Rendition, wish: copies.Wanted, *, by: User) -> Rendition:
    """The copy, ready: another rendition, with its own row and file."""
    make = copies.film if rendition.mime.startswith("video/") else copies.picture
    return make(rendition, wish, by=by)


def facts(rendition: Rendition) -> dict[str, Any]:
    """A file as people compare it with its copy."""
    return {
        "rendition": rendition.pk, "mime": rendition.mime, "width": rendition.width, "height": rendition.height,
        "bytes": rendition.size,
    }  # fmt: skip


def forecast(rendition: Rendition, wish: copies.Wanted) -> dict[str, Any]:
    """What a copy would be, before it is made: its type, and the most that it may have."""
    fits = wish.takes_shape(rendition.width, rendition.height)
    width, height = (rendition.width, rendition.height) if fits else wish.size
    return {"mime": wish.mime, "width": width, "height": height, "bytes_at_most": wish.max_bytes}
