"""The stretch of days that a summary speaks of, and its name in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MINYEAR, date, timedelta

from pipeline.errors import Refused
from pipeline.rendering import formats
from pipeline.rendering.languages import Language
from pipeline.summaries.definitions import Periods, Unit
from publishers._sentences import _

FORMS: dict[Unit, str] = {
    "day": r"\d{4}-\d\d-\d\d", "week": r"\d{4}-W\d\d", "month": r"\d{4}-\d\d", "quarter": r"\d{4}-Q[1-4]",
    "year": r"\d{4}", "all": "all",
}  # fmt: skip
EXAMPLES: dict[Unit, str] = {
    "day": "2026-10-14", "week": "2026-W42", "month": "2026-10", "quarter": "2026-Q3", "year": "2026", "all": "all",
}  # fmt: skip
RANGE = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
FIRST, LAST = date(MINYEAR, 1, 1), date(9999, 1, 1)  # of "all", whose rows need no date
# A row dated to the month belongs to a month; one dated to the year only to a calendar year.
PRECISIONS: dict[Unit, tuple[str, ...]] = {
    "day": ("day",), "week": ("day",), "range": ("day",), "month": ("day", "month"), "quarter": ("day", "month"),
    "year": ("day", "month"), "all": ("", "day", "month", "year"),
}  # fmt: skip


@dataclass(frozen=True)
class Period:
    """From `start` to the day before `end`. A year that does not begin in January is named by its last year."""

    unit: Unit
    start: date
    end: date

    @property
    def code(self) -> str:
        """2026-10, 2026-W42, 2026-Q3, 2026, 2026-10-14, 2026-10-01..2026-11-15 or all."""
        if self.unit == "all":
            return "all"
        if self.unit == "range":
            return f"{self.start}..{self.last}"
        if self.unit == "year":
            return str(self.last.year)
        if self.unit == "week":
            year, week, _day = self.start.isocalendar()
            return f"{year}-W{week:02d}"
        if self.unit == "quarter":
            return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
        return self.start.isoformat()[: 7 if self.unit == "month" else 10]

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def precisions(self) -> tuple[str, ...]:
        """How exactly a row must be dated to belong to it."""
        known = PRECISIONS[self.unit]
        return (*known, "year") if self.unit == "year" and self.start.month == 1 else known

    def before(self, number: int = 1) -> Period:
        """The period as long as this one, `number` of them earlier. "all" has none before: it gives itself."""
        if self.unit == "all":
            return self
        if self.unit in MONTHS:
            return self._months_earlier(number * MONTHS[self.unit])
        back = timedelta(days=number * self.days)
        return Period(self.unit, self.start - back, self.end - back)

    def year_before(self) -> Period | None:
        """The same period a year earlier; None where there is no such one (week 53, "all")."""
        if self.unit == "all":
            return None
        if self.unit in MONTHS:
            return self._months_earlier(12)
        if self.unit == "week":
            year, week, _day = self.start.isocalendar()
            return _week(year - 1, week)
        return Period(self.unit, _year_earlier(self.start), _year_earlier(self.last) + timedelta(days=1))

    def months(self) -> Iterator[Period]:
        """The months that it is made of; none unless it begins and ends with one."""
        if self.unit not in MONTHS:
            return
        month = Period("month", self.start, _months_later(self.start, 1))
        while month.start < self.end:
            yield month
            month = month.before(-1)

    def _months_earlier(self, months: int) -> Period:
        return Period(self.unit, _months_later(self.start, -months), _months_later(self.end, -months))

    def named(self, lang: Language) -> str:
        """Its name within a sentence: "octobre 2026", with the digits of the language."""
        if self.unit == "year":
            last = int(self.code)
            return lang.own_digits(str(last) if self.start.month == 1 else f"{last - 1}-{last}")
        if self.unit == "month":
            return formats.month(self.start, lang)
        if self.unit == "quarter":
            return formats.quarter(self.start, lang)
        if self.unit in {"week", "range"}:
            return formats.days(self.start, self.last, lang)
        return lang.own_digits(self._years()) if self.unit == "all" else formats.full_day(self.start, lang)

    def _years(self) -> str:
        """The years that all rows are of, "2014–2026"; a dash where they have no date."""
        first, last = self.start.year, self.last.year
        return "–" if self.start == FIRST else str(first) if first == last else f"{first}–{last}"

    def label(self, lang: Language) -> str:
        """Its short name under a bar: "oct."."""
        from babel.dates import format_date

        if self.unit in {"year", "all"}:
            return lang.own_digits(self.code)
        pattern = {"month": "LLL", "quarter": "QQQ", "day": "d"}.get(self.unit, "d/M")
        return lang.own_digits(format_date(self.start, pattern, locale=lang.locale))


def _months_later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _year_earlier(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _week(year: int, week: int) -> Period | None:
    try:
        first = date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return Period("week", first, first + timedelta(days=7))


def containing(day: date, periods: Periods) -> Period:
    """The period that `day` falls in."""
    if periods.unit == "all":
        return Period("all", FIRST, LAST)
    if periods.unit in {"day", "week"}:
        first = day if periods.unit == "day" else day - timedelta(days=day.weekday())
        return Period(periods.unit, first, first + timedelta(days=1 if periods.unit == "day" else 7))
    length, begins = MONTHS[periods.unit], int(periods.starts[:2]) if periods.unit == "year" else 1
    months = (day.year * 12 + day.month - begins) // length * length + begins - 1
    first = date(months // 12, months % 12 + 1, 1)
    return Period(periods.unit, first, _months_later(first, length))


def asked(text: str | None, periods: Periods, today: date) -> Period:
    """The period that a person names, or the last complete one; "2026-03-01..2026-04-15" is any stretch of days.

    Raises Refused for another form or the future.
    """
    if text is None:
        return containing(today, periods).before()
    try:
        period = _named(text, periods)
    except ValueError as error:
        example = EXAMPLES[periods.unit]
        raise Refused(_("“{period}” is no period: write it as {example}.", period=text, example=example)) from error
    if period.unit != "all" and period.start > today:
        raise Refused(_("The period {period} has not begun: choose an earlier one.", period=text))
    return period


def _named(text: str, periods: Periods) -> Period:
    """The period of that name. Raises ValueError."""
    if match := RANGE.fullmatch(text):
        start, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
        if last < start:
            raise ValueError(text)
        return Period("range", start, last + timedelta(days=1))
    if not re.fullmatch(FORMS[periods.unit], text, re.ASCII):
        raise ValueError(text)
    if periods.unit == "week" and (found := _week(int(text[:4]), int(text[6:]))):
        return found
    return containing(date.fromisoformat(_day_within(text, periods)), periods)


def _day_within(text: str, periods: Periods) -> str:
    """A day within the named period: for a year, the first day of the month that ends it."""
    if periods.unit == "year":
        last_month = (int(periods.starts[:2]) - 2) % 12 + 1
        return f"{text}-{last_month:02d}-01"
    if periods.unit == "quarter":
        return f"{text[:4]}-{int(text[-1]) * 3:02d}-01"
    return {"month": f"{text}-01", "all": "2000-01-01"}.get(periods.unit, text)
