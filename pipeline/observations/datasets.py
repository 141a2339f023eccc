"""What a dataset's columns are: config/datasets/NAME.yaml, checked and frozen."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import Refused
from publishers._sentences import _

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # written in C where PyYAML brings it: seven times faster
FOLDER = Path(__file__).parents[2] / "config" / "datasets"

Type = Literal["text", "category", "set", "weekday", "count", "decimal", "amount", "age", "date", "time", "yes_no"]


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A title or word without what people vary: case, accents, punctuation, spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def _texts(given: object) -> object:
    """YAML's own guesses (no, 12, 2018-01-01) back as text."""
    return tuple(str(one) for one in given) if isinstance(given, list | tuple) else given


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """One column: what its cells are, and by which titles files call it."""

    type: Type
    titles: Texts = Field(default=(), description="header synonyms, French and English; case and accents are ignored")
    required: bool = Field(default=False, description="a row whose cell here is missing or wrong is rejected")
    sensitive: bool = Field(default=False, description="never leaves the store")
    id: bool = Field(default=False, description="numbers the rows; no measure")
    people: bool = Field(default=False, description="counts persons: figures may be protected")
    units: Texts = Field(default=(), description='words that may follow a number ("12 tentes")')
    missing: Texts = Field(default=(), description="markers for unknown, beside the dataset's")
    synonyms: dict[str, Texts] = Field(default={}, description="category, set: canonical value -> other spellings")
    closed: bool = Field(default=False, description="category: no value but those of `synonyms`")
    private: bool = Field(default=False, description="free words: phone numbers, plates and addresses are warned of")
    least: Decimal | date | None = None
    most: Decimal | date | None = None

    @model_validator(mode="after")
    def _closed_names_its_values(self) -> Column:
        if (self.closed or self.type == "set") and not self.synonyms:
            raise ValueError("a closed category or a set lists its values under synonyms")
        return self

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Every folded spelling of a category -> its own."""
        return {fold(one): value for value, others in self.synonyms.items() for one in (value, *others)}

    @property
    def measured(self) -> bool:
        """Whether its numbers measure something."""
        return self.type in {"count", "decimal", "amount", "age"} and not self.id


class Derived(Frozen):
    """A column filled from another one's value."""

    from_: str = Field(alias="from")
    values: dict[str, str]


class Publishable(Frozen):
    """Which rows may enter figures: those whose `column` holds one of `values`, and nothing in those of `unless`."""

    column: str
    values: Texts
    unless: Texts = Field(default=(), description="columns that mark a row as no record of its own, as a double")


class Dataset(Frozen):
    """A table of records as its files are expected."""

    dataset: str
    title: dict[str, str]
    columns: dict[str, Column]
    key: Texts = Field(description="columns that say which row is the same in two files")
    date: str = Field(description="the column that dates a row")
    each_file: Literal["everything", "a_period"] = Field(
        description="everything: a row absent from a file has vanished; a_period: only if its month is in the file"
    )
    missing: Texts = ()
    derived: dict[str, Derived] = {}
    part_of: dict[str, str] = Field(default={}, description="part -> whole: a part is never more than its whole")
    not_before: dict[str, str] = Field(default={}, description="end -> start, two times of one day")
    coordinates: Texts = Field(default=(), description="the columns of latitude and longitude")
    publishable: Publishable | None = None

    @model_validator(mode="after")
    def _names_exist(self) -> Dataset:
        named = {*self.key, *([self.date] if self.date else []), *(one.from_ for one in self.derived.values())}
        named |= {self.publishable.column, *self.publishable.unless} if self.publishable else set()
        for pairs in (self.part_of, self.not_before):
            named |= {*pairs, *pairs.values()}
        named |= set(self.coordinates)
        if unknown := sorted(named - set(self.columns)):
            raise ValueError(f"no such column: {', '.join(unknown)}; the columns are {', '.join(self.columns)}")
        return self

    @cached_property
    def _by_title(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for name, column in self.columns.items():
            for rank, title in enumerate((name, *column.titles)):
                found.setdefault(fold(title), []).append((rank, name))
        return {title: sorted(names) for title, names in found.items()}

    @cached_property
    def _markers(self) -> dict[str, frozenset[str]]:
        shared = {marker.casefold() for marker in self.missing}
        return {
            name: frozenset(shared | {marker.casefold() for marker in column.missing})
            for name, column in self.columns.items()
        }

    def markers(self, column: str) -> frozenset[str]:
        """What stands for unknown in a column, case-folded."""
        return self._markers[column]

    def column_titled(self, title: str) -> str | None:
        """The column that a header cell names, or None."""
        return next((name for _rank, name in self.titled(title)), None)

    def titled(self, title: str) -> list[tuple[int, str]]:
        """Every column that has the title, with the title's rank in its list, the surest first."""
        return self._by_title.get(fold(title), [])

    @cached_property
    def known_titles(self) -> dict[str, str]:
        """Every folded title -> the column that it means first."""
        return {title: names[0][1] for title, names in self._by_title.items()}


def listed(folder: Path = FOLDER) -> list[str]:
    """The names of the datasets that are declared."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


@lru_cache(maxsize=16)
def _parsed(path: Path, changed: int) -> Dataset:
    """The dataset of a file as it stood when it was last changed."""
    given = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both are safe loaders
    return Dataset.model_validate(given)


def load(name: str, folder: Path = FOLDER) -> Dataset:
    """The dataset `name`. Raises Refused with the names there are, or with what is wrong in its file."""
    if name not in listed(folder):
        raise Refused(
            _("There is no dataset {name}: choose one of {names}.", name=name, names=", ".join(listed(folder)))
        )
    path = folder / f"{name}.yaml"
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except (yaml.YAMLError, ValidationError) as error:
        raise Refused(
            _("{file} cannot be used; correct it: {error}.", file=f"{path.parent.name}/{path.name}", error=str(error))
        ) from error
