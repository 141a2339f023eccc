"""Figures and tables of people as the store would give them, without a store: made up, seeded."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product

from pipeline.summaries.definitions import Definition
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Key, Table

OCTOBER = Period("month", date(2026, 10, 1), date(2026, 11, 1))
NAMES = ("commune", "forces", "bailiff")
NOUN = {"fr": {"other": "# personnes"}}
Counts = Mapping[tuple[str, ...], int]


@cache
def definition(threshold: int = 5) -> Definition:
    """A summary of arrests, of which some are violent, and of tents, by month and area."""
    told = {
        "summary": "note", "title": {"fr": "Note"}, "languages": ["fr"], "dataset": "observations",
        "period": {"unit": "month"}, "where": {"area": "calaisis"}, "say": {},
        "protect": {"threshold": threshold},
        "metrics": {
            "arrestations": {"sum": "arrests", "noun": NOUN},
            "violentes": {"sum": "arrests_violent", "part_of": "arrestations", "noun": NOUN},
            "mineurs": {"sum": "minors_alone", "noun": NOUN},
            "tentes": {"sum": "tents", "noun": NOUN},
        },
    }  # fmt: skip
    return Definition.model_validate(told)


def number(value: int) -> Drawn:
    return Drawn(Decimal(value), 50, 50)


def table(metric: str, counts: Counts) -> Table:
    """A table whose cells add up; without a total where there is one dimension less."""
    width = len(next(iter(counts)))
    margins: dict[Key, int] = {}
    for key, value in counts.items():
        for kept in product((True, False), repeat=width):
            if not all(kept):
                at = tuple(one if here else None for one, here in zip(key, kept, strict=True))
                margins[at] = margins.get(at, 0) + value
    return Table(metric, NAMES[:width], _numbers(counts), _numbers(margins))


def _numbers(counts: Mapping[Key, int]) -> dict[Key, Drawn]:
    return {key: number(value) for key, value in counts.items()}


def counts(rng: random.Random, *shape: int, small: float = 0.2) -> dict[tuple[str, ...], int]:
    """Some cells of none to four people, the others of five to sixty."""
    places = product(*([f"{'cfh'[place]}{one}" for one in range(size)] for place, size in enumerate(shape)))
    return {key: rng.choice((0, 1, 2, 3, 4)) if rng.random() < small else rng.randint(5, 60) for key in places}
