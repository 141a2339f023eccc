"""What a summary says: config/summaries/NAME.yaml, frozen. `loading` reads and checks the file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.observations import datasets
from pipeline.observations.datasets import Dataset
from pipeline.summaries.definitions.conditions import Conditions
from pipeline.summaries.definitions.metrics import Metric
from pipeline.summaries.definitions.mistakes import Wrong
from publishers._sentences import _

Words = dict[str, str]  # by language
# "range" is never declared: it is what a person may ask for of any summary.
Unit = Literal["day", "week", "month", "quarter", "year", "all", "range"]
CALENDAR = ("date.day", "date.week", "date.month", "date.quarter", "date.year", "date.weekday")


def _listed(given: object) -> object:
    return tuple(given) if isinstance(given, list) else (given,)


Strings = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _hundredths(given: object) -> object:
    """60, "60%" and "60 %" alike; a part of one (0.6) where it is no whole number."""
    text = str(given).replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        raise Wrong(_("“{text}” is no percentage: write 60%", text=str(given))) from None
    return number * 100 if isinstance(given, float) and number <= 1 else number


Hundredths = Annotated[Decimal, BeforeValidator(_hundredths)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Periods(Frozen):
    """How long a period is, and when a year begins."""

    unit: Literal["day", "week", "month", "quarter", "year", "all"]
    default: Literal["last_complete"] = "last_complete"
    starts: str = Field(
        default="01-01", pattern=r"^(0[1-9]|1[0-2])-01$", description="first day of the year, month-day"
    )


def _crossing(given: object) -> object:
    return {"dimensions": given} if isinstance(given, list | str) else given


class By(Frozen):
    """One table: its dimensions, columns or parts of the date; without `metrics`, of every metric that is counted."""

    dimensions: Strings = Field(min_length=1, max_length=3)
    metrics: Strings = ()


def _crossings(given: object) -> object:
    return tuple(_crossing(one) for one in given) if isinstance(given, list) else given


class Series(Frozen):
    """The periods of the chart: the main metric, that many of them, ending with the summary's own."""

    metric: str
    length: int = Field(ge=2, le=24)


class Records(Frozen):
    """Which figures are held against all earlier periods since `since`; a record is told from `least` periods on."""

    metrics: Strings
    since: Annotated[str, BeforeValidator(str)] = Field(default="", pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")
    least: int = Field(default=12, ge=2)


class CoverageRule(Frozen):
    """Which part of the rows the team saw itself, and how much of it a comparison needs."""

    share: Conditions
    of: Literal["rows"] = "rows"
    minimum: Hundredths = Field(default=Decimal(0), ge=0, le=100)


class Protection(Frozen):
    """People are protected where a figure is finer than month and area.

    `coarse` are the columns that may narrow a figure without making it finer; any other one does. By `never` nothing
    is crossed or narrowed; nor by a sensitive column of the dataset.
    """

    threshold: int = Field(default=5, ge=3)
    smallest_area: str | None = None
    delay_days: int = Field(default=0, ge=0, le=365, description="days after the period before it may go out")
    never: Strings = ()
    coarse: Strings = ("type", "status", "area", "observed")


class Checks(Frozen):
    """What is looked at before a figure goes out. What fires is passed by a typed answer, "oui, 330"."""

    same_rows_as_file: bool = False
    no_gap_days: int | None = Field(default=None, ge=1, description="days without any row that are still believed")
    max_change: dict[str, Hundredths] = {}
    bounds: dict[str, tuple[Decimal, Decimal]] = {}
    two_ways: bool = Field(default=True, description="each figure is counted a second time, row by row in Python")


class Saying(Frozen):
    """One wording of a sentence: it holds when all of `when` do, and is taken where it is not longer than `max`."""

    when: Strings = ()
    required: bool = False
    max: int | None = Field(default=None, ge=20, description="characters at most; a shorter wording stands below it")
    words: Words


def _sayings(given: object) -> object:
    """One wording or several, their languages beside `when`, `required` and `max` as an editor writes them."""
    wordings = given if isinstance(given, list) else [given]
    return tuple(_saying(one) if isinstance(one, dict) else one for one in wordings)


def _saying(given: dict[str, object]) -> dict[str, object]:
    own = {name: value for name, value in given.items() if name in {"when", "required", "max"}}
    return own | {"words": {name: value for name, value in given.items() if name not in own}}


Sayings = Annotated[tuple[Saying, ...], BeforeValidator(_sayings)]


class CardWords(Frozen):
    """What a card shows; `figure` names the metric drawn large or in its chart, `source` a sentence of `say`.

    `template` is a folder of templates/cards, so that a summary may have several cards of the same look; `title` is for
    those that have a headline in words. Their charts are drawn from the summary's series or a table of `by`.
    """

    template: str = "figure"
    figure: str
    tag: Words
    place: Words
    title: Words = {}
    label: dict[str, Words]
    body: Sayings
    source: str
    alt: Sayings


class Output(Frozen):
    """Sentences for one place: in messages of `each` characters at most, or together `max` at most."""

    parts: Strings = Field(min_length=1)
    each: int | None = Field(default=None, ge=50)
    max: int | None = Field(default=None, ge=50)


def _comparisons(given: object) -> object:
    names = _listed(given)
    assert isinstance(names, tuple)
    for name in names:
        if not re.fullmatch(r"previous|same_last_year|mean_([2-9]|1\d|2[0-4])", str(name)):
            raise Wrong(_("compare: {name} is none of previous, same_last_year, mean_2 to mean_24", name=str(name)))
    return names


class Definition(Frozen):
    """A summary as declared."""

    summary: str
    title: Words
    languages: Strings
    dataset: str
    internal: bool = Field(default=False, description="for the team: no post, card or caption is made of it")
    period: Periods
    where: Conditions = {}
    metrics: dict[str, Metric] = Field(min_length=1)
    by: Annotated[tuple[By, ...], BeforeValidator(_crossings)] = ()
    compare: Annotated[tuple[str, ...], BeforeValidator(_comparisons)] = ()
    series: Series | None = None
    records: Records | None = None
    coverage: CoverageRule | None = None
    protect: Protection = Protection()
    checks: Checks = Checks()
    say: dict[str, Sayings] = {}
    cards: dict[str, CardWords] = {}
    outputs: dict[str, Output] = {}

    @cached_property
    def sha256(self) -> str:
        """The version of this definition."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def counting_sha256(self) -> str:
        """The version of all that numbers depend on beside the rows: no words, so that these may change."""
        words = {"noun", "floor", "unknown", "part_of", "decimals", "min_base"}
        told = {
            "columns": {name: one.model_dump(mode="json") for name, one in self.rows.columns.items()},
            "publishable": self.rows.publishable and self.rows.publishable.model_dump(),
            "metrics": [[name, one.model_dump(mode="json", exclude=words)] for name, one in self.metrics.items()],
            **self.model_dump(mode="json", include={"dataset", "where", "coverage"}),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @cached_property
    def rows(self) -> Dataset:
        """The dataset that the figures are drawn from."""
        return datasets.load(self.dataset)

    @property
    def mean_of(self) -> int:
        """Of how many earlier periods the mean is taken; 0 where none is."""
        return next((int(name[5:]) for name in self.compare if name.startswith("mean_")), 0)

    def counts_people(self, metric: str) -> bool:
        """Whether a metric counts persons, so that it is protected."""
        own, known = self.metrics[metric], self.rows.columns
        if own.how == "rate":
            return any(self.counts_people(one) for one in (own.rate, own.per) if one in self.metrics)
        drawn = {*([own.column] if own.column else []), *own.columns}
        return own.protect == "people" or any(known[one].people for one in drawn if one in known)

    def crossed(self, by: By) -> tuple[str, ...]:
        """The metrics that a table shows."""
        return by.metrics or tuple(name for name, one in self.metrics.items() if one.how not in {"rate", "sql"})


def spoken(definition: Definition) -> Mapping[str, list[dict[str, object]]]:
    """Every text of a definition by its place, each as {language: text}."""
    found: dict[str, list[dict[str, object]]] = {"title": [dict(definition.title)]}
    found |= {f"metrics.{name}.noun": [dict(one.noun)] for name, one in definition.metrics.items()}
    found |= {f"say.{name}": [dict(one.words) for one in many] for name, many in definition.say.items()}
    for name, card in definition.cards.items():
        found |= {f"cards.{name}.{part}": [dict(getattr(card, part))] for part in ("tag", "place", "label")}
        found |= {f"cards.{name}.{part}": [dict(one.words) for one in getattr(card, part)] for part in ("body", "alt")}
    return found
