"""Two hundred random summaries of random records: every figure, table and comparison is what plain Python finds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipeline.errors import Refused
from pipeline.summaries import compiling, computing, parts
from tests.summaries import oracle

pytestmark = pytest.mark.django_db
SETS, EACH, ROWS = 4, 50, 700


@pytest.fixture(params=range(SETS))
def records(request: pytest.FixtureRequest, db: None) -> tuple[int, list[oracle.Row]]:
    rows = oracle.records(request.param, ROWS)
    oracle.store(rows)
    return request.param, rows


def earlier(period: str, starts: str, back: int) -> tuple[date, date, set[str]] | None:
    """The stretch as long as the period, `back` of them before it."""
    asked = oracle.stretch(period, starts)
    if asked is None:
        return None
    first, end, exact = asked
    if {"day"} == exact:
        step = (end - first) * back
        return first - step, end - step, exact
    months = (end.year - first.year) * 12 + end.month - first.month
    return _months(first, -months * back), _months(end, -months * back), exact


def _months(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def check(seed: int, rows: list[oracle.Row]) -> tuple[int, int, int]:
    """How many figures, table cells and upper ends of one random summary were compared, all of them equal."""
    definition, where, period = oracle.summary(seed)
    starts = definition.period.starts
    asked = oracle.stretch(period, starts)
    usable = oracle.within(rows, asked)
    if not usable:
        with pytest.raises(Refused):
            computing.of(definition, period, today=oracle.TODAY)
        return 0, 0, 0
    result = computing.of(definition, period, today=oracle.TODAY)
    own = oracle.chosen(usable, where)
    days = (asked[1] - asked[0]).days if asked else 1
    for name, fact in result.facts.items():
        if not (name == "daily" and asked is None):
            assert fact.value == oracle.figure(name, own, days), (seed, period, name)
        assert fact.upper == oracle.upper(name, own), (seed, period, name)
    assert_compared(result, rows, where, period)
    ranged = sum(fact.upper is not None for fact in result.facts.values())
    return len(result.facts), sum(compare_table(table, own, days, seed) for table in result.tables), ranged


def compare_table(table: dict, own: list[oracle.Row], days: int, seed: int) -> int:
    expected = oracle.places(tuple(table["dimensions"]), own)
    shown = {tuple(key): value for key, value, _suppressed in table["cells"]}
    assert set(shown) == set(expected), (seed, table["dimensions"])
    for key, rows in expected.items():
        value = oracle.figure(table["metric"], rows, days)
        assert shown[key] == (None if value is None else float(value)), (seed, table["metric"], key)
    return len(shown)


def assert_compared(result: computing.SummaryResult, rows: list[oracle.Row], where: dict, period: str) -> None:
    starts = result.definition.period.starts
    asked = oracle.stretch(period, starts)
    if asked is None or asked[1] > oracle.TODAY:
        assert all(fact.previous is None and fact.mean is None for fact in result.facts.values())
        return
    values = []
    for back in (1, 2, 3):
        one = earlier(period, starts, back)
        usable = oracle.within(rows, one)
        days = (one[1] - one[0]).days
        values.append(
            {n: oracle.figure(n, oracle.chosen(usable, where), days) for n in result.facts} if usable else None
        )
    for name, fact in result.facts.items():
        now, before = fact.value, values[0] and values[0][name]
        assert fact.previous == (None if now is None else before), (result.name, name)
        three = [one[name] for one in values if one and one[name] is not None]
        mean = (sum(three) / 3).quantize(Decimal("0.1")) if len(three) == 3 and now is not None else None
        assert fact.mean == mean, (result.name, name)


def test_every_figure_of_two_hundred_random_summaries_is_what_plain_python_finds(
    records: tuple[int, list[oracle.Row]],
) -> None:
    number, rows = records
    told = [check(seed, rows) for seed in range(number * EACH, (number + 1) * EACH)]
    figures, cells, ranged = map(sum, zip(*told, strict=True))
    assert figures > 150
    assert cells > 500
    assert ranged > 1


@pytest.mark.parametrize(
    "fault", ["unknown_is_no", "negated_takes_unknown", "mean_of_all", "half_down", "range_of_some"]
)
def test_a_fault_in_counting_would_be_seen(
    records_of_one: list[oracle.Row], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variants: each makes some of the same summaries differ."""
    _break(fault, monkeypatch)
    with pytest.raises(AssertionError):
        for seed in range(EACH):
            check(seed, records_of_one)


@pytest.fixture
def records_of_one(db: None, monkeypatch: pytest.MonkeyPatch) -> list[oracle.Row]:
    from pipeline.summaries import checks

    monkeypatch.setattr(checks, "_two_ways", lambda *_any: [])  # it would refuse before we can compare
    rows = oracle.records(0, ROWS)
    oracle.store(rows)
    return rows


def _break(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "unknown_is_no":
        honest = compiling._parts
        monkeypatch.setattr(compiling, "_parts", lambda *a: honest(*a) | (
            {"known": honest(*a)["selected"]} if a[0].metrics[a[1]].how == "share" else {}))  # fmt: skip
    elif fault == "negated_takes_unknown":
        honest_condition = compiling.condition

        def loose(name, wanted, dataset, vendor):
            query = honest_condition(name, wanted, dataset, vendor)
            return compiling.Query(
                query.sql.replace(f'r."{name}" IS NOT NULL AND', f'r."{name}" IS NULL OR'), query.params
            )

        monkeypatch.setattr(compiling, "condition", loose)
    elif fault == "range_of_some":  # an upper end is told though a row says "at least", or nothing
        monkeypatch.setattr(
            parts, "_upper", lambda part, scale: Decimal(part.total + part.over) / scale if part.ranged else None
        )
    elif fault == "mean_of_all":
        monkeypatch.setattr(parts, "median", lambda values: Decimal(sum(values)) / len(values))
    else:
        monkeypatch.setattr(
            parts, "rounded", lambda value, places: value.quantize(Decimal(1).scaleb(-places), "ROUND_DOWN")
        )
