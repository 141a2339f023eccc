"""A definition as SQL that runs on SQLite and PostgreSQL; every value is bound, every name was checked before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pipeline.observations.cells import YES
from pipeline.observations.datasets import Dataset
from pipeline.observations.datasets import fold as plain
from pipeline.summaries import columns
from pipeline.summaries.definitions import Condition, Definition, Metric
from pipeline.summaries.periods import Period

Vendor = Literal["sqlite", "postgresql"]
Param = str | int
NONE = "-"  # a set that is known to be empty


@dataclass(frozen=True)
class Query:
    """A statement, or a piece of one, with its bound parameters in order."""

    sql: str
    params: tuple[Param, ...] = ()

    def shown(self) -> str:
        """The statement for a person to read, its parameters in a comment."""
        return f"{self.sql.replace('%%', '%')};\n-- {', '.join(repr(param) for param in self.params)}"


@dataclass
class Selected:
    """The expressions of a SELECT, each once, and where to find them in a row."""

    sql: list[str] = field(default_factory=list)
    params: list[Param] = field(default_factory=list)
    places: dict[Query, int] = field(default_factory=dict)

    def place(self, query: Query) -> int:
        """The position of an expression, added where it is new."""
        if query not in self.places:
            self.places[query] = len(self.sql)
            self.sql.append(query.sql)
            self.params += query.params
        return self.places[query]


@dataclass(frozen=True)
class Grouped:
    """A statement of one row for each place: the place, then parts by metric as positions in the row."""

    query: Query
    places: Mapping[str, Mapping[str, int]]
    width: int  # of the place


def joined(parts: Iterable[Query], between: str) -> Query:
    """Pieces one after the other."""
    found = list(parts)
    return Query(between.join(part.sql for part in found), tuple(param for part in found for param in part.params))


# ------------------------------------------------------------------------------------------------- conditions


def condition(name: str, wanted: Condition, dataset: Dataset, vendor: Vendor) -> Query:
    """That a row's cell meets a condition; never so where it is not known, unless that is what is asked."""
    cell, said = f'r."{name}"', columns.kind(dataset, name)
    if wanted.known is not None:
        return Query(f"{cell} IS {'NOT ' if wanted.known else ''}NULL")
    if wanted.ranged:
        inner = _ranged(cell, wanted, said)
    elif said == "set":
        inner = _in_set(cell, bound(name, wanted.values, dataset), vendor)
    else:
        values = bound(name, wanted.values, dataset)
        inner = Query(f"{cell} IN ({', '.join(['%s'] * len(values))})", values)
    if wanted.negated:
        return Query(f"{cell} IS NOT NULL AND NOT ({inner.sql})", inner.params)
    return inner


def _ranged(cell: str, wanted: Condition, said: str) -> Query:
    ends = [(">=", wanted.least), ("<=", wanted.most)]
    given = [
        (sign, _number(end, said) if said not in {"date", "time"} else end) for sign, end in ends if end is not None
    ]
    return Query(" AND ".join(f"{cell} {sign} %s" for sign, _end in given), tuple(end for _sign, end in given))


def _in_set(cell: str, values: tuple[Param, ...], vendor: Vendor) -> Query:
    places = ", ".join(["%s"] * len(values))
    each = f"json_each({cell})" if vendor == "sqlite" else f"jsonb_array_elements_text({cell}::jsonb) AS one(value)"
    return Query(f"EXISTS (SELECT 1 FROM {each} WHERE value IN ({places}))", values)


def bound(name: str, values: Iterable[str], dataset: Dataset) -> tuple[Param, ...]:
    """The values as the columns hold them: synonyms resolved, words folded, yes and no as 1 and 0."""
    said, declared = columns.kind(dataset, name), dataset.columns.get(name)
    if said == "yes_no":
        return tuple(int(value.casefold() in YES) for value in values)
    if said in columns.NUMBERS or said == "weekday":
        return tuple(_number(value, said) for value in values)
    if said in {"date", "time"}:
        return tuple(values)
    spellings = declared.spellings if declared else {}
    return tuple(columns.fold(spellings.get(plain(value), value)) for value in values)


def _number(text: str, said: str) -> int:
    """A number in the steps of its column; what lies between two steps is no cell's value."""
    return columns.scaled(text) if said in columns.SCALED else int(Decimal(text))


def held(definition: Definition, start: str, end: str, precisions: Sequence[str], vendor: Vendor) -> Query:
    """How many rows of the dataset a stretch of days holds, how many may be published, and the days that have any."""
    dataset = definition.rows
    usable = joined(published(dataset, vendor) or [Query("1 = 1")], " AND ")
    listed = "json_group_array" if vendor == "sqlite" else "json_agg"
    where = _dated(start, end, precisions)
    return Query(
        f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {usable.sql}),\n"
        f'  {listed}(DISTINCT r."_date") FILTER (WHERE r."_precision" = \'day\')\n'
        f'FROM "{columns.table(dataset)}" r\nWHERE {where.sql}',
        (*usable.params, *where.params),
    )


def rows_of(definition: Definition, start: str | None, end: str | None, precisions: Sequence[str],
            vendor: Vendor) -> Query:  # fmt: skip
    """The rows of a stretch of days that the definition selects and that may be published.

    Without bounds all of them; with empty ones those that have no date.
    """
    dataset = definition.rows
    parts = [_dated(start, end, precisions)]
    parts += [condition(name, one, dataset, vendor) for name, one in definition.where.items()]
    return joined([*parts, *published(dataset, vendor)], "\n  AND ")


def of_period(definition: Definition, span: Period, vendor: Vendor) -> Query:
    """The rows of a period that the definition selects and that may be published."""
    start, end = (None, None) if span.unit == "all" else (str(span.start), str(span.end))
    return rows_of(definition, start, end, span.precisions, vendor)


def _dated(start: str | None, end: str | None, precisions: Sequence[str]) -> Query:
    exact = Query(f'r."_precision" IN ({", ".join(["%s"] * len(precisions))})', tuple(precisions))
    if start is None or end is None:
        return exact
    when = Query('r."_date" >= %s AND r."_date" < %s', (start, end)) if end else Query("r.\"_date\" = ''")
    return joined([when, exact], " AND ")


def published(dataset: Dataset, vendor: Vendor) -> list[Query]:
    """That a row may be published, in pieces; none where every row may."""
    rule = dataset.publishable
    if rule is None:
        return []
    wanted = [(rule.column, Condition(values=rule.values)), *((name, Condition(known=False)) for name in rule.unless)]
    return [condition(name, one, dataset, vendor) for name, one in wanted]


# ----------------------------------------------------------------------------------------------------- groups


def _place(dimension: str, number: int, dataset: Dataset, vendor: Vendor) -> tuple[str, str]:
    """The expression of one dimension, as text, and what it joins."""
    if dimension.startswith("date."):
        return _calendar(dimension, vendor), ""
    cell, said = f'r."{dimension}"', columns.kind(dataset, dimension)
    if said != "set":
        text = f"CAST({cell} AS TEXT)" if said in columns.NUMBERS | {"yes_no", "weekday"} else cell
        return f"COALESCE({text}, '')", ""
    one = f"d{number}"
    each = (
        f"LEFT JOIN json_each({cell}) {one} ON TRUE"
        if vendor == "sqlite"
        else f"LEFT JOIN LATERAL jsonb_array_elements_text({cell}::jsonb) AS {one}(value) ON TRUE"
    )
    return f"CASE WHEN {cell} IS NULL THEN '' ELSE COALESCE({one}.value, '{NONE}') END", f" {each}"


def _calendar(dimension: str, vendor: Vendor) -> str:
    """A part of the date as text; '' where the row is not dated so exactly."""
    day, month = 'r."_date"', 'substr(r."_date", 1, 7)'
    if vendor == "sqlite":
        week, weekday = f"date({day}, '-6 days', 'weekday 1')", f"CAST((strftime('%%w', {day}) + 6) %% 7 + 1 AS TEXT)"
    else:
        week = f"CAST(CAST(date_trunc('week', CAST({day} AS date)) AS date) AS TEXT)"
        weekday = f"CAST(CAST(extract(isodow FROM CAST({day} AS date)) AS INTEGER) AS TEXT)"
    quarter = f"substr({day}, 1, 4) || '-Q' || CAST((CAST(substr({day}, 6, 2) AS INTEGER) + 2) / 3 AS TEXT)"
    exact, monthly = ("'day'",), ("'day'", "'month'")
    said, precisions = {
        "date.day": (day, exact),
        "date.week": (week, exact),
        "date.weekday": (weekday, exact),
        "date.month": (month, monthly),
        "date.quarter": (quarter, monthly),
        "date.year": (f"substr({day}, 1, 4)", (*monthly, "'year'")),
    }[dimension]
    return f"CASE WHEN r.\"_precision\" IN ({', '.join(precisions)}) THEN {said} ELSE '' END"


def grouped(definition: Definition, metrics: Sequence[str], dimensions: Sequence[str], where: Query,
            vendor: Vendor) -> Grouped:  # fmt: skip
    """The parts of metrics by place: one statement, whatever the number of metrics."""
    dataset = definition.rows
    found = [_place(one, number, dataset, vendor) for number, one in enumerate(dimensions)]
    chosen = Selected()
    places = {
        name: {part: chosen.place(query) for part, query in _parts(definition, name, vendor).items()}
        for name in metrics
    }
    keys = [expression for expression, _join in found]
    select = ",\n  ".join([*keys, 'MIN(r."_id")', *chosen.sql])
    by = f"\nGROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}" if keys else ""
    joins = "".join(join for _expression, join in found)
    query = Query(f'SELECT {select}\nFROM "{columns.table(dataset)}" r{joins}\nWHERE {where.sql}{by}',
                  (*chosen.params, *where.params))  # fmt: skip
    return Grouped(query, places, len(keys))


def _parts(definition: Definition, name: str, vendor: Vendor) -> dict[str, Query]:
    """The aggregates of one metric."""
    metric, dataset = definition.metrics[name], definition.rows
    own = [condition(column, one, dataset, vendor) for column, one in metric.where.items()]
    parts = {"selected": _aggregate("COUNT(*)", own)}
    if metric.how == "share":
        assert metric.share is not None
        known = [Query(f'r."{column}" IS NOT NULL') for column in metric.share]
        holds = [condition(column, one, dataset, vendor) for column, one in metric.share.items()]
        return parts | {
            "known": _aggregate("COUNT(*)", [*own, *known]),
            "total": _aggregate("COUNT(*)", [*own, *holds]),
        }
    if metric.column is None:
        return parts
    cell = _cell(metric.column, dataset)
    parts["known"] = _aggregate(f"COUNT({cell})", own)
    if columns.kind(dataset, metric.column) in columns.NUMBERS:
        parts["uncertain"] = _aggregate(f'SUM(r."{metric.column}__q")', own)
    return parts | _own_parts(metric, cell, own, dataset, vendor)


def _cell(column: str, dataset: Dataset) -> str:
    """What is counted of a column; of the rows' date, the days that are known to the day."""
    return 'CASE WHEN r."_precision" = \'day\' THEN r."_date" END' if column == dataset.date else f'r."{column}"'


def _own_parts(metric: Metric, cell: str, own: list[Query], dataset: Dataset, vendor: Vendor) -> dict[str, Query]:
    if metric.how in {"sum", "mean"}:
        total = {"total": _aggregate(f"SUM({cell})", own)}
        if metric.how == "mean":
            return total
        end = f'r."{metric.column}__m"'  # how many cells have an upper end, and how far these lie above what is summed
        return total | {"ranged": _aggregate(f"COUNT({end})", own), "over": _aggregate(f"SUM({end} - {cell})", own)}
    if metric.how in {"min", "max"}:
        return {"least": _aggregate(f"MIN({cell})", own), "most": _aggregate(f"MAX({cell})", own)}
    listed = "json_group_array" if vendor == "sqlite" else "json_agg"
    if metric.how == "median":
        return {"values": _aggregate(f"{listed}({cell})", [*own, Query(f"{cell} IS NOT NULL")])}
    if metric.how == "distinct":
        numeric = columns.kind(dataset, str(metric.column)) in columns.NUMBERS | {"yes_no", "weekday"}
        text = f"CAST({cell} AS TEXT)" if numeric else cell
        return {"distinct": _aggregate(f"{listed}(DISTINCT {text})", [*own, Query(f"{cell} IS NOT NULL")])}
    return {}


def _aggregate(call: str, conditions: Sequence[Query]) -> Query:
    if not conditions:
        return Query(call)
    where = joined([Query(f"({one.sql})", one.params) for one in conditions], " AND ")
    return Query(f"{call} FILTER (WHERE {where.sql})", where.params)


# ------------------------------------------------------------------------------------------------- provenance


def behind(definition: Definition, name: str, vendor: Vendor) -> Query:
    """That a row is behind a metric: it is selected and its cell is known."""
    metric, dataset = definition.metrics[name], definition.rows
    parts = [condition(column, one, dataset, vendor) for column, one in metric.where.items()]
    parts += [Query(f'r."{column}" IS NOT NULL') for column in (metric.share or {})]
    if metric.column:
        parts.append(Query(f"{_cell(metric.column, dataset)} IS NOT NULL"))
    return joined([Query(f"({one.sql})", one.params) for one in parts], " AND ") if parts else Query("1 = 1")


def identities(definition: Definition, chosen: Sequence[Query], where: Query, vendor: Vendor) -> Query:
    """By import, the ids of the rows that each of `chosen` holds for, as texts with commas."""
    one = 'group_concat(r."_id")' if vendor == "sqlite" else "string_agg(CAST(r.\"_id\" AS TEXT), ',')"
    lists = joined([Query(f"{one} FILTER (WHERE {each.sql})", each.params) for each in chosen], ", ")
    return Query(
        f'SELECT r."_source", {lists.sql}\nFROM "{columns.table(definition.rows)}" r\nWHERE {where.sql}\nGROUP BY 1',
        (*lists.params, *where.params),
    )
