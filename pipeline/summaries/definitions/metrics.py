"""One figure as declared: what is counted, of which rows, and the noun that is bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipeline.summaries.definitions.conditions import Conditions
from pipeline.summaries.definitions.mistakes import Wrong
from publishers._sentences import _

# count: adds up over rows. share: hundredths, whose change is in points. rate: so many a day, or one per another.
# level: a median, mean, least or greatest.
Kind = Literal["count", "share", "rate", "level"]
PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})
KINDS: Mapping[str, Kind] = {
    "count": "count", "distinct": "count", "sum": "count", "sql": "count", "share": "share", "rate": "rate",
    "mean": "level", "median": "level", "min": "level", "max": "level",
}  # fmt: skip
COLUMNS = ("distinct", "sum", "mean", "median", "min", "max")
# A percentage of few, or the mean of a handful, says more of single persons than of the whole.
BASES: Mapping[Kind, int] = {"share": 20, "level": 5, "rate": 0, "count": 0}
DECIMALS: Mapping[Kind, int] = {"share": 0, "level": 1, "rate": 1, "count": 0}


def _names(given: object) -> object:
    return tuple(given) if isinstance(given, list) else (given,)


class Metric(BaseModel):
    """One figure: exactly one of count, distinct, sum, mean, median, min, max, share, rate, sql.

    In a noun, # stands for the number. `where` narrows the summary's rows for this figure alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    count: Literal["rows"] | None = None
    distinct: str | None = None
    sum: str | None = None
    mean: str | None = None
    median: str | None = None
    min: str | None = None
    max: str | None = None
    share: Conditions | None = Field(default=None, description="of the rows where it is known, in hundredths")
    of: Literal["rows"] = "rows"
    rate: str | None = Field(default=None, description="another metric, a day or per a third one")
    per: str | None = Field(default=None, description='"day", or the metric to divide by')
    sql: str | None = Field(default=None, description="a statement that gives value and _ids from `records`")
    columns: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        default=(), description="the columns that `sql` may read"
    )
    where: Conditions = {}
    min_base: int | None = Field(default=None, ge=1)
    decimals: int | None = Field(default=None, ge=0, le=4)
    floor: bool = Field(default=False, description='say "at least": not everything was seen')
    unknown: Literal["show", "hide"] = Field(default="hide", description="show: sentences say how many are not known")
    part_of: str | None = None
    protect: Literal["people"] | None = Field(default=None, description="people; also where its column counts people")
    noun: dict[str, dict[str, str]]

    @cached_property
    def how(self) -> str:
        """The word that says what it is: count, distinct, sum…"""
        return next(word for word in KINDS if getattr(self, word) is not None)

    @cached_property
    def column(self) -> str | None:
        """The column that it is drawn from, where it is one."""
        return next((str(found) for word in COLUMNS if (found := getattr(self, word)) is not None), None)

    @property
    def kind(self) -> Kind:
        """What its number is."""
        return KINDS[self.how]

    @property
    def base(self) -> int:
        """How many rows or cells it must rest on."""
        return BASES[self.kind] if self.min_base is None else self.min_base

    @property
    def places(self) -> int:
        """Its decimals."""
        return DECIMALS[self.kind] if self.decimals is None else self.decimals

    @property
    def adds_up(self) -> bool:
        """Whether the figures of parts of the rows sum to that of all."""
        return self.how in {"count", "sum"}

    @model_validator(mode="after")
    def _is_one_thing(self) -> Metric:
        said = [word for word in KINDS if getattr(self, word) is not None]
        if len(said) != 1:
            raise Wrong(_("write exactly one of {names}", names=", ".join(KINDS)))
        if (self.rate is None) != (self.per is None):
            raise Wrong(_("rate and per go together, such as rate: personnes, per: day"))
        if self.columns and self.sql is None:
            raise Wrong(_("only an sql metric declares columns"))
        if self.how in {"rate", "sql"} and self.where:
            raise Wrong(_("where cannot narrow a metric of the kind {how}", how=self.how))
        return self

    @model_validator(mode="after")
    def _is_a_noun(self) -> Metric:
        for lang, forms in self.noun.items():
            if unknown := set(forms) - PLURALS:
                raise Wrong(_("noun.{lang}: {form} is no plural form; there are {names}", lang=lang,
                              form=", ".join(sorted(unknown)), names=", ".join(sorted(PLURALS))))  # fmt: skip
            if "other" not in forms:
                raise Wrong(_("noun.{lang}: the form “other” is missing", lang=lang))
        return self
