"""What a person settled for files of one shape: kept, so that next month's file needs no question."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from pipeline.models import FileShape, User
from pipeline.observations.headers import Wishes


def kept(dataset: str) -> dict[str, Any]:
    """What is settled for the dataset's files, by shape."""
    found = FileShape.objects.filter(dataset=dataset).values_list("shape", "titles", "orders")
    return {shape: {"titles": titles, "orders": orders} for shape, titles, orders in found}


def remember(dataset: str, shape: str, wishes: Wishes, *, by: User | None) -> None:
    """Keeps what was settled, over what was settled for the shape before; nothing where nothing was."""
    if not wishes.titles and not wishes.orders:
        return
    before = kept(dataset).get(shape, {"titles": {}, "orders": {}})
    FileShape.objects.update_or_create(
        dataset=dataset,
        shape=shape,
        defaults={
            "titles": {**before["titles"], **wishes.titles},
            "orders": {**before["orders"], **wishes.orders},
            "settled_by": by,
            "at": timezone.now(),
        },
    )
