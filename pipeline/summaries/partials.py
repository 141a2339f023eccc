"""What was drawn of each month, kept until the month's rows change: longer periods are put together from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.models import Partial
from pipeline.summaries.columns import Stamps
from pipeline.summaries.definitions import Definition

VERSION = 2  # of what is kept; another one and all of it is drawn again


def key(definition: Definition, kind: str, dimensions: Sequence[str], precisions: Sequence[str]) -> str:
    """The hash of all that the numbers of a month depend on, beside its rows: no words, so that these may change."""
    told = [VERSION, definition.counting_sha256, kind, list(dimensions), list(precisions)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class Kept:
    """What is kept under one key: `of` gives some months of it, drawn again where a month's stamp is another one."""

    def __init__(self, summary: str, key: str, stamps: Stamps) -> None:
        self.summary, self.key, self.stamps = summary, key, stamps
        stored = Partial.objects.filter(key=key).values_list("month", "stamp", "cells")
        self.texts = {month: cells for month, stamp, cells in stored if stamps.get(month) == stamp}
        self.read: dict[str, Any] = {}
        self.fresh: dict[str, str] = {}

    def of(self, months: Sequence[str], draw: Callable[[str], Any]) -> list[Any]:
        """What `draw` says of each month that has rows, in order."""
        wanted = [month for month in months if month in self.stamps]
        missing = [month for month in wanted if month not in self.texts]
        if missing:
            drawn = {month: draw(month) for month in missing}
            fresh = {
                month: json.dumps(cells, separators=(",", ":"), ensure_ascii=False) for month, cells in drawn.items()
            }
            self.fresh |= fresh
            self.texts |= fresh
            self.read |= drawn
        for month in wanted:
            if month not in self.read:
                self.read[month] = json.loads(self.texts[month])
        return [self.read[month] for month in wanted]

    def keep(self) -> None:
        """Stores what was drawn since it was last asked: one statement for all months."""
        Partial.objects.filter(key=self.key, month__in=self.fresh).delete()
        Partial.objects.bulk_create(
            Partial(summary=self.summary, key=self.key, month=month, stamp=self.stamps[month], cells=text)
            for month, text in self.fresh.items()
        )
        self.fresh = {}
