"""What a summary says: config/summaries/NAME.yaml, checked against its dataset and frozen."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import Refused
from pipeline.observations import datasets
from pipeline.observations.datasets import Dataset
from pipeline.rendering.languages import languages
from publishers._sentences import Sentence, _

FOLDER = Path(__file__).parents[2] / "config" / "summaries"
PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})

Words = dict[str, str]  # by language
Unit = Literal["day", "month", "year"]


def _listed(given: object) -> object:
    return tuple(given) if isinstance(given, list) else (given,)


Strings = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Periods(Frozen):
    """How long a period is, and when a year begins."""

    unit: Unit
    default: Literal["last_complete"] = "last_complete"
    starts: str = Field(
        default="01-01", pattern=r"^(0[1-9]|1[0-2])-01$", description="first day of the year, month-day"
    )


class Metric(Frozen):
    """One figure: exactly one of count, distinct, sum. In a noun, # stands for the number."""

    count: Literal["rows"] | None = None
    distinct: str | None = None
    sum: str | None = None
    floor: bool = Field(default=False, description='say "at least": not everything was seen')
    part_of: str | None = None
    noun: dict[str, Words]

    @property
    def column(self) -> str | None:
        return self.distinct or self.sum

    @model_validator(mode="after")
    def _is_one_thing(self) -> Metric:
        if sum(one is not None for one in (self.count, self.distinct, self.sum)) != 1:
            raise ValueError("write exactly one of count, distinct and sum")
        for lang, forms in self.noun.items():
            if unknown := set(forms) - PLURALS:
                raise ValueError(f"noun.{lang}: {', '.join(sorted(unknown))} is no plural form; use {sorted(PLURALS)}")
            if "other" not in forms:
                raise ValueError(f"noun.{lang}: the form `other` is missing")
        return self


class Series(Frozen):
    """The periods of the chart: the main metric, that many of them, ending with the summary's own."""

    metric: str
    length: int = Field(ge=2, le=24)


class Protection(Frozen):
    """People are protected where a figure is finer than month and area.

    `coarse` are the columns that may narrow a figure without making it finer; any other one does.
    """

    threshold: int = Field(default=5, ge=3)
    delay_days: int = Field(default=0, ge=0, le=365, description="days after the period before it may go out")
    coarse: Strings = ("type", "status", "area", "observed")


class Saying(Frozen):
    """One wording of a sentence: it holds when all of `when` do."""

    when: Strings = ()
    required: bool = False
    words: Words


def _sayings(given: object) -> object:
    """One wording or several, their languages beside `when` and `required` as an editor writes them."""
    wordings = given if isinstance(given, list) else [given]
    return tuple(_saying(one) if isinstance(one, dict) else one for one in wordings)


def _saying(given: dict[str, object]) -> dict[str, object]:
    own = {name: value for name, value in given.items() if name in {"when", "required"}}
    return own | {"words": {name: value for name, value in given.items() if name not in own}}


Sayings = Annotated[tuple[Saying, ...], BeforeValidator(_sayings)]


class CardWords(Frozen):
    """What a card shows; `figure` names the metric drawn large, `source` a sentence of `say`.

    `template` is a folder of templates/cards, so that a summary may have several cards of the same look.
    """

    template: str = "figure"
    figure: str
    tag: Words
    place: Words
    label: dict[str, Words]
    body: Sayings
    source: str
    alt: Sayings


class Definition(Frozen):
    """A summary as declared."""

    summary: str
    title: Words
    languages: Strings
    dataset: str
    period: Periods
    where: dict[str, Strings] = {}
    metrics: dict[str, Metric]
    compare: Annotated[tuple[Literal["previous"], ...], BeforeValidator(_listed)] = ()
    series: Series | None = None
    protect: Protection = Protection()
    say: dict[str, Sayings]
    cards: dict[str, CardWords] = {}

    @model_validator(mode="after")
    def _names_exist(self) -> Definition:
        for metric in (*(one.part_of for one in self.metrics.values()), self.series and self.series.metric):
            if metric and metric not in self.metrics:
                raise ValueError(f"no metric {metric}; the metrics are {', '.join(self.metrics)}")
        for name, card in self.cards.items():
            if card.figure not in self.metrics:
                raise ValueError(f"cards.{name}.figure: no metric {card.figure}; there are {', '.join(self.metrics)}")
            if card.source not in self.say or not any(one.required for one in self.say[card.source]):
                raise ValueError(f"cards.{name}.source: names a sentence of `say` that is required: true")
        return self

    @model_validator(mode="after")
    def _every_language_speaks(self) -> Definition:
        spoken = set(self.languages)
        if unknown := spoken - set(languages()):
            raise ValueError(f"languages: {', '.join(sorted(unknown))} is not in config/languages.toml")
        for place, words in self._all_words():
            if missing := spoken - set(words):
                raise ValueError(f"{place}: the words in {', '.join(sorted(missing))} are missing")
        return self

    def counts_people(self, metric: str) -> bool:
        """Whether a metric counts persons, so that it is protected."""
        column = self.records.columns.get(self.metrics[metric].column or "")
        return column is not None and column.people

    def _all_words(self) -> list[tuple[str, dict[str, object]]]:
        found: list[tuple[str, dict[str, object]]] = [("title", dict(self.title))]
        found += [(f"metrics.{name}.noun", dict(metric.noun)) for name, metric in self.metrics.items()]
        found += [(f"say.{name}", dict(one.words)) for name, many in self.say.items() for one in many]
        for name, card in self.cards.items():
            found += [(f"cards.{name}.{part}", dict(getattr(card, part))) for part in ("tag", "place", "label")]
            found += [(f"cards.{name}", dict(one.words)) for one in (*card.body, *card.alt)]
        return found

    @cached_property
    def sha256(self) -> str:
        """The version of this definition."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @cached_property
    def records(self) -> Dataset:
        """The dataset that the figures are drawn from."""
        return datasets.load(self.dataset)


def listed(folder: Path = FOLDER) -> list[str]:
    """The names of the summaries that are declared."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(name: str, folder: Path = FOLDER) -> Definition:
    """The summary `name`. Raises Refused with the names there are, or with what is wrong in its file."""
    if name not in listed(folder):
        known = ", ".join(listed(folder)) or "–"
        raise Refused(_("There is no summary {name}: choose one of {names}.", name=name, names=known))
    path = folder / f"{name}.yaml"
    try:
        definition = Definition.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise Refused(_wrong(path, str(error))) from error
    if wrong := _against_dataset(definition):
        raise Refused(_wrong(path, wrong))
    return definition


def _wrong(path: Path, error: str) -> Sentence:
    return _("{file} cannot be used; correct it: {error}.", file=f"{path.parent.name}/{path.name}", error=error)


def _against_dataset(definition: Definition) -> str:
    """What the definition asks of its dataset that this has not, or ""; column names become SQL, so their form too."""
    columns = {*definition.records.columns, *definition.records.derived}
    asked = {metric.column for metric in definition.metrics.values() if metric.column} | set(definition.where)
    if unknown := sorted(name for name in asked if name not in columns or not re.fullmatch(r"[a-z][a-z0-9_]*", name)):
        return f"no column {', '.join(unknown)}; the columns of {definition.dataset} are {', '.join(sorted(columns))}"
    summed = [metric.sum for metric in definition.metrics.values() if metric.sum]
    if words := [name for name in summed if name in definition.records.derived or not _adds_up(definition, name)]:
        return f"the column {', '.join(words)} holds no numbers to sum"
    return "" if definition.records.date else f"the rows of {definition.dataset} have no date"


def _adds_up(definition: Definition, column: str) -> bool:
    return definition.records.columns[column].type in {"count", "decimal", "amount"}
