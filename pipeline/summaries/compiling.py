"""A definition as SQL that runs on SQLite and PostgreSQL; every value is bound, every name is checked before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.observations.cells import YES
from pipeline.summaries.definitions import Definition, Metric
from pipeline.summaries.periods import Period

Vendor = Literal["sqlite", "postgresql"]
TABLE = "pipeline_observation"
# A row dated to the month belongs to a month; one dated to the year only to a year.
PRECISIONS = {"day": ("day",), "month": ("day", "month"), "year": ("day", "month", "year")}


@dataclass(frozen=True)
class Query:
    """A statement with its bound parameters, in order."""

    sql: str
    params: tuple[str | int | bool, ...]

    def shown(self) -> str:
        """The statement for a person to read, its parameters in a comment."""
        return f"{self.sql};\n-- {', '.join(repr(param) for param in self.params)}"


def _part(column: str, part: str, vendor: Vendor) -> str:
    """The SQL of one part (value, qual) of a stored cell."""
    if vendor == "postgresql":
        return f"(o.\"values\" #>> '{{{column},{part}}}')"
    return f"json_extract(o.\"values\", '$.{column}.{part}')"


def _value(column: str, definition: Definition, vendor: Vendor) -> str:
    if column == definition.records.date:
        return "o.date"
    text = _part(column, "value", vendor)
    declared = definition.records.columns.get(column)
    return f"LOWER({text})" if declared and declared.type in {"text", "category"} else text


def _conditions(definition: Definition, period: Period, vendor: Vendor, *, all_rows: bool) -> Query:
    """The rows of a period; without `all_rows`, those that the definition selects and that may be published."""
    precisions = PRECISIONS[period.unit]
    parts = [
        "o.dataset = %s", "o.live = %s", "o.date >= %s", "o.date < %s",
        f"o.date_precision IN ({', '.join(['%s'] * len(precisions))})",
    ]  # fmt: skip
    params: list[str | int | bool] = [definition.dataset, True, period.start.isoformat(), period.end.isoformat()]
    params += precisions
    wanted = dict(definition.where)
    if published := definition.records.publishable:
        wanted[published.column] = published.values
    for column, values in () if all_rows else wanted.items():
        bound = _bound(column, values, definition, vendor)
        parts.append(f"{_part(column, 'value', vendor)} IN ({', '.join(['%s'] * len(bound))})")
        params += bound
    return Query("\n  AND ".join(parts), tuple(params))


def _bound(column: str, values: tuple[str, ...], definition: Definition, vendor: Vendor) -> list[str | int]:
    """The values as the database gives them back: yes and no are JSON booleans."""
    declared = definition.records.columns.get(column)
    if not declared or declared.type != "yes_no":
        return list(values)
    said = [value.casefold() in YES for value in values]
    return [("true" if yes else "false") if vendor == "postgresql" else int(yes) for yes in said]


def metric(definition: Definition, name: str, period: Period, vendor: Vendor) -> Query:
    """A query of one row: rows selected, cells known among them, cells with a qualifier, and the value."""
    wanted = definition.metrics[name]
    where = _conditions(definition, period, vendor, all_rows=False)
    if wanted.column is None:
        select = "COUNT(*), COUNT(*), 0, COUNT(*)"
    else:
        cell = _value(wanted.column, definition, vendor)
        qualifier = "'exact'" if cell == "o.date" else _part(wanted.column, "qual", vendor)
        uncertain = f"COALESCE(SUM(CASE WHEN {qualifier} <> 'exact' THEN 1 ELSE 0 END), 0)"
        select = f"COUNT(*), COUNT({cell}), {uncertain}, {_aggregate(wanted, cell)}"
    return Query(f"SELECT {select}\nFROM {TABLE} o\nWHERE {where.sql}", where.params)


def _aggregate(wanted: Metric, cell: str) -> str:
    return f"COUNT(DISTINCT {cell})" if wanted.distinct else f"SUM(CAST({cell} AS NUMERIC))"


def rows(definition: Definition, name: str, period: Period, vendor: Vendor) -> Query:
    """A query of the rows behind a figure: id and import of each whose cell is known, by id."""
    wanted = definition.metrics[name]
    where = _conditions(definition, period, vendor, all_rows=False)
    known = f"\n  AND {_value(wanted.column, definition, vendor)} IS NOT NULL" if wanted.column else ""
    return Query(
        f"SELECT o.id, o.source_id\nFROM {TABLE} o\nWHERE {where.sql}{known}\nORDER BY o.id",
        where.params,
    )


def held(definition: Definition, period: Period, vendor: Vendor) -> Query:
    """A query of how many rows of the dataset a period holds, publishable or not."""
    where = _conditions(definition, period, vendor, all_rows=True)
    return Query(f"SELECT COUNT(*)\nFROM {TABLE} o\nWHERE {where.sql}", where.params)


def usable(definition: Definition, period: Period, vendor: Vendor) -> Query:
    """A query of how many rows of a period may be published, whatever their kind."""
    plain = definition.model_copy(update={"where": {}})
    where = _conditions(plain, period, vendor, all_rows=False)
    return Query(f"SELECT COUNT(*)\nFROM {TABLE} o\nWHERE {where.sql}", where.params)
