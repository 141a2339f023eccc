"""Random records and random summaries, and the figures that plain Python finds in the same records.

Nothing here uses the tool's own counting: rows are plain dictionaries, made here, and read here.
"""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

from django.utils import timezone

from pipeline.models import Import, Observation
from pipeline.observations.datasets import Dataset
from pipeline.summaries.definitions import Definition

KINDS: dict[str, list[str]] = {"expulsion": ["exp"], "abri": [], "controle": []}
DATASET = Dataset.model_validate(
    {
        "dataset": "essai",
        "title": {"fr": "Essai"},
        "date": "date",
        "key": ["date", "commune"],
        "each_file": "everything",
        "publishable": {"column": "status", "values": ["verifie"], "unless": ["double"]},
        "columns": {
            "date": {"type": "date"},
            "commune": {"type": "category"},
            "site": {"type": "text"},
            "kind": {
                "type": "category",
                "closed": True,
                "synonyms": {"expulsion": ["exp"], "abri": [], "controle": []},
            },
            "tents": {"type": "count"},
            "full": {"type": "count"},
            "euros": {"type": "amount"},
            "age": {"type": "age"},
            "bailiff": {"type": "yes_no"},
            "forces": {"type": "set", "synonyms": {"CRS": [], "PN": [], "BAC": []}},
            "status": {"type": "category", "closed": True, "synonyms": {"verifie": [], "brouillon": []}},
            "double": {"type": "text", "id": True},
        },
        "derived": {"area": {"from": "commune", "values": {"Calais": "calaisis", "Marck": "calaisis"}}},
    }
)
COMMUNES = ("Calais", "calais ", "Marck", "Loon-Plage", "Béthune", "BÉTHUNE")
TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Row:
    """One record: its day as far as known, its cells as they mean, and as they are stored."""

    day: date | None
    precision: str
    cells: dict[str, Any]
    stored: dict[str, dict[str, Any]]


def _word(text: str) -> str:
    return " ".join(text.split()).casefold()


def records(seed: int, count: int) -> list[Row]:
    """Rows of three years with blanks, qualifiers, variants of spelling and inexact dates."""
    dice = random.Random(seed)
    rows = [_row(dice) for _number in range(count)]
    for number in range(0, count, 23):  # said to repeat another row
        rows[number].stored["double"] = {"value": str(number + 9), "max": None, "raw": "", "qual": "exact"}
        rows[number].cells["double"] = number + 9
    return rows


def _row(dice: random.Random) -> Row:
    day = date(2023, 11, 1) + timedelta(days=dice.randrange(1100))
    precision = dice.choices(["day", "month", "year", ""], [90, 5, 3, 2])[0]
    day = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}.get(precision)
    given: dict[str, Any] = {
        "commune": dice.choice(COMMUNES),
        "site": dice.choice(["A1", "a1", "B 2", "B  2", "C3", "d4", "É5", "é5"]),
        "kind": dice.choice(["expulsion", "expulsion", "abri", "controle"]),
        "tents": dice.choice([0, 0, 1, 2, 3, 7, 40]),
        "full": 0,
        "euros": dice.choice(["0.10", "0.2", "3.30", "1200", "19.99"]),
        "age": dice.randrange(0, 70),
        "bailiff": dice.random() < 0.5,
        "forces": ", ".join(one for one in ("CRS", "PN", "BAC") if dice.random() < 0.5),
        "status": dice.choices(["verifie", "brouillon"], [9, 1])[0],
    }
    given = {name: value for name, value in given.items() if name in {"kind", "status"} or dice.random() < 0.85}
    if given.get("commune") in {"Calais", "Marck"}:
        given["area"] = "calaisis"
    stored: dict[str, dict[str, Any]] = {
        name: {"value": value, "max": None, "raw": "", "qual": dice.choice(["exact"] * 6 + ["at_least", "range"])
               if name in {"tents", "euros", "age"} else "exact"}
        for name, value in given.items()
    }  # fmt: skip
    for name in {"tents", "euros"} & stored.keys():
        if stored[name]["qual"] == "at_least" and dice.random() < 0.7:
            stored[name]["qual"] = "exact"
        if stored[name]["qual"] == "range":
            stored[name]["max"] = given[name] + 4 if name == "tents" else str(Decimal(given[name]) + Decimal("1.5"))
    return Row(day, precision, {name: _meant(name, value) for name, value in given.items()}, stored)


def _meant(name: str, value: Any) -> Any:
    if name == "forces":
        return frozenset(_word(one) for one in value.split(", ") if one)
    if name == "euros":
        return Decimal(value)
    return _word(value) if isinstance(value, str) else value


def store(rows: list[Row]) -> Import:
    """The rows as an import would have left them."""
    now = timezone.now()
    source = Import.objects.create(dataset="essai", file_name="essai.csv", sha256="e" * 64, bytes=1, at=now)
    Observation.objects.bulk_create(
        Observation(dataset="essai", source=source, row=number, key=str(number), content="", date=row.day,
                    date_precision=row.precision, values=row.stored, first_seen=now, last_seen=now)
        for number, row in enumerate(rows, 2)
    )  # fmt: skip
    return source


# ------------------------------------------------------------------------------------------- random summaries

WHERE: list[dict[str, Any]] = [
    {}, {}, {"kind": ["expulsion", "abri"]}, {"kind": {"not": "controle"}}, {"kind": "exp"}, {"area": "calaisis"},
    {"tents": {"from": 1, "to": 7}}, {"tents": {"from": 3}}, {"bailiff": True}, {"bailiff": "non"},
    {"forces": ["CRS", "BAC"]}, {"forces": {"not": "PN"}}, {"commune": "BÉTHUNE", "kind": "expulsion"},
    {"site": {"known": True}}, {"euros": {"known": False}}, {"euros": {"to": "3.3"}},
]  # fmt: skip
METRICS: dict[str, dict[str, Any]] = {
    "rows": {"count": "rows"}, "sites": {"distinct": "site"}, "days": {"distinct": "date"},
    "tents": {"sum": "tents"}, "euros": {"sum": "euros"}, "age_mean": {"mean": "age"}, "age_mid": {"median": "age"},
    "euro_mid": {"median": "euros", "decimals": 2}, "young": {"min": "age"}, "dear": {"max": "euros", "decimals": 2},
    "bailiffs": {"share": "bailiff = 'oui'", "decimals": 1}, "many": {"share": "tents > 2", "min_base": 5},
    "crs_sites": {"distinct": "site", "where": {"forces": "CRS"}},
    "big": {"count": "rows", "where": {"tents": {"from": 3}}}, "rest": {"count": "rows", "where": {"bailiff": False}},
    "abri_tents": {"sum": "tents", "where": {"kind": "abri"}}, "ages": {"distinct": "age"},
    "both": {"share": "bailiff = 'oui' and forces in ('CRS', 'PN')"},
    "daily": {"rate": "rows", "per": "day", "decimals": 2}, "per_row": {"rate": "tents", "per": "rows", "decimals": 1},
}  # fmt: skip
BY = (["commune"], ["forces"], ["commune", "forces"], ["kind", "bailiff"], ["date.month"], ["date.weekday", "kind"],
      ["date.week"], ["forces", "kind", "area"], ["date.quarter"], ["age"])  # fmt: skip
PERIODS = ({"unit": "month"}, {"unit": "quarter"}, {"unit": "year"}, {"unit": "year", "starts": "11-01"},
           {"unit": "week"}, {"unit": "day"}, {"unit": "all"}, {"unit": "month"})  # fmt: skip


def summary(seed: int) -> tuple[Definition, dict[str, Any], str]:
    """A random definition of the dataset, its `where` as written, and the period to ask it for."""
    dice = random.Random(seed)
    names = dice.sample(sorted(METRICS), dice.randrange(2, 7))
    names += [one for one in ("rows", "tents") if one not in names and {"daily", "per_row"} & set(names)]
    declared, where = dice.choice(PERIODS), dice.choice(WHERE)
    given = {
        "summary": f"essai_{seed}", "title": {"fr": "Essai"}, "languages": ["fr"], "dataset": "essai",
        "period": declared, "where": where,
        "metrics": {name: METRICS[name] | {"noun": {"fr": {"other": "#"}}} for name in names},
        "by": dice.sample(BY, dice.randrange(0, 3)), "compare": ["previous", "same_last_year", "mean_3"],
    }  # fmt: skip
    definition = Definition.model_validate(given)
    definition.__dict__["rows"] = DATASET
    return definition, where, _period(dice, declared)


def _period(dice: random.Random, declared: dict[str, str]) -> str:
    day = date(2024, 2, 1) + timedelta(days=dice.randrange(900))
    year, week, _weekday = day.isocalendar()
    if dice.random() < 0.1:
        return f"{day}..{day + timedelta(days=dice.randrange(50))}"
    return {
        "month": f"{day:%Y-%m}", "quarter": f"{day.year}-Q{(day.month - 1) // 3 + 1}", "year": str(day.year),
        "week": f"{year}-W{week:02d}", "day": str(day), "all": "all",
    }[declared["unit"]]  # fmt: skip


# --------------------------------------------------------------------------------------------- the plain count


def stretch(period: str, starts: str) -> tuple[date, date, set[str]] | None:
    """First day, day after the last, and precisions that count; None for all rows."""
    if period == "all":
        return None
    if ".." in period:
        first, last = (date.fromisoformat(one) for one in period.split(".."))
        return first, last + timedelta(days=1), {"day"}
    if "W" in period:
        first = date.fromisocalendar(int(period[:4]), int(period[6:]), 1)
        return first, first + timedelta(days=7), {"day"}
    if "Q" in period:
        first = date(int(period[:4]), int(period[-1]) * 3 - 2, 1)
        return first, _later(first, 3), {"day", "month"}
    if len(period) == 4:
        first = date(int(period), 1, 1) if starts == "01-01" else date(int(period) - 1, int(starts[:2]), 1)
        return first, _later(first, 12), {"day", "month"} | ({"year"} if starts == "01-01" else set())
    if len(period) == 7:
        first = date.fromisoformat(f"{period}-01")
        return first, _later(first, 1), {"day", "month"}
    first = date.fromisoformat(period)
    return first, first + timedelta(days=1), {"day"}


def _later(day: date, months: int) -> date:
    for _month in range(months):
        day = (day + timedelta(days=32)).replace(day=1)
    return day


def within(rows: list[Row], asked: tuple[date, date, set[str]] | None) -> list[Row]:
    """The rows of a stretch that may be published."""
    own = [row for row in rows if row.cells.get("status") == "verifie" and "double" not in row.cells]
    if asked is None:
        return own
    return [row for row in own if row.day and asked[0] <= row.day < asked[1] and row.precision in asked[2]]


def chosen(rows: list[Row], where: dict[str, Any]) -> list[Row]:
    """The rows that meet what was written under where."""
    return [row for row in rows if all(_meets(row.cells.get(name), name, one) for name, one in where.items())]


def _meets(cell: Any, name: str, wanted: Any) -> bool:
    if isinstance(wanted, dict) and "known" in wanted:
        return (cell is not None) is wanted["known"]
    if cell is None:
        return False
    if isinstance(wanted, dict) and "not" in wanted:
        return not _meets(cell, name, wanted["not"])
    if isinstance(wanted, dict):
        return Decimal(wanted.get("from", "-inf")) <= cell <= Decimal(wanted.get("to", "inf"))
    listed = wanted if isinstance(wanted, list) else [wanted]
    if name == "bailiff":
        return cell is ({"oui": True, "non": False}.get(wanted, wanted))
    words = {_word({"exp": "expulsion"}.get(one, one)) for one in listed}
    return bool(words & cell) if isinstance(cell, frozenset) else cell in words


SHARES: dict[str, dict[str, Any]] = {
    "bailiffs": {"bailiff": "oui"}, "many": {"tents": {"not": {"to": 2}}},
    "both": {"bailiff": "oui", "forces": ["CRS", "PN"]},
}  # fmt: skip


def figure(name: str, rows: list[Row], days: int) -> Decimal | None:
    """The metric of that name over rows that are already selected."""
    told = METRICS[name]
    own = chosen(rows, told.get("where", {}))
    if name in SHARES:
        known = [row for row in own if all(column in row.cells for column in SHARES[name])]
        if len(known) < told.get("min_base", 20):
            return None
        return _round(Decimal(100 * len(chosen(known, SHARES[name]))) / len(known), told.get("decimals", 0))
    if "rate" in told:
        over = figure(told["rate"], rows, days)
        under = Decimal(days) if told["per"] == "day" else figure(told["per"], rows, days)
        return _round(over / under, told["decimals"]) if over is not None and under else None
    if "count" in told:
        return Decimal(len(own))
    (how, column), *_rest = [
        (how, told[how]) for how in ("distinct", "sum", "mean", "median", "min", "max") if how in told
    ]
    values = [row.cells[column] for row in own if column in row.cells]
    if column == "date":
        values = [row.day for row in own if row.precision == "day"]
    if how in {"distinct", "sum"}:
        if own and not values:
            return None
        return Decimal(len(set(values))) if how == "distinct" else Decimal(sum(values))
    if len(values) < 5:
        return None
    numbers = [Decimal(one) for one in values]
    found = {"mean": statistics.mean, "median": statistics.median, "min": min, "max": max}[how](numbers)
    return _round(found, told.get("decimals", 1))


def upper(name: str, rows: list[Row]) -> Decimal | None:
    """What a sum is at most: where a row is a range, and each other one is known to be just a number."""
    told = METRICS[name]
    cells = [row.stored.get(told["sum"]) for row in chosen(rows, told.get("where", {}))] if "sum" in told else []
    if not any(one and one["qual"] == "range" for one in cells):
        return None
    if any(one is None or one["qual"] == "at_least" for one in cells):
        return None
    return sum((Decimal(str(one["max"] or one["value"])) for one in cells if one), Decimal(0))


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def places(dimensions: tuple[str, ...], rows: list[Row]) -> dict[tuple[str | None, ...], list[Row]]:
    """The rows of each cell and margin of a table; a row with several forces stands in several."""
    found: dict[tuple[str | None, ...], list[Row]] = {(None,) * len(dimensions): list(rows)}
    for row in rows:
        every = [[None, *_values(row, one)] for one in dimensions]
        for key in product(*every):
            if any(part is not None for part in key):
                found.setdefault(key, []).append(row)
    return found


def _values(row: Row, dimension: str) -> list[str]:
    if dimension.startswith("date."):
        exact = {"day"} if dimension in {"date.week", "date.weekday"} else {"day", "month"}
        return [_calendar(row.day, dimension) if row.day and row.precision in exact else ""]
    cell = row.cells.get(dimension)
    if cell is None:
        return [""]
    if isinstance(cell, frozenset):
        return sorted(cell) or ["-"]
    return [str(int(cell)) if isinstance(cell, bool) else str(cell)]


def _calendar(day: date, dimension: str) -> str:
    return {
        "date.week": str(day - timedelta(days=day.weekday())), "date.weekday": str(day.isoweekday()),
        "date.month": f"{day:%Y-%m}", "date.quarter": f"{day.year}-Q{(day.month + 2) // 3}",
    }[dimension]  # fmt: skip
