"""The stretch of days that a summary speaks of, and its name in every language."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pipeline.errors import Refused
from pipeline.rendering import formats
from pipeline.rendering.languages import Language
from pipeline.summaries.definitions import Periods, Unit
from publishers._sentences import _

FORMS: dict[Unit, str] = {"day": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "year": r"\d{4}"}
EXAMPLES: dict[Unit, str] = {"day": "2026-10-14", "month": "2026-10", "year": "2026"}


@dataclass(frozen=True)
class Period:
    """From `start` to the day before `end`. A year that does not begin in January is named by its last year."""

    unit: Unit
    start: date
    end: date

    @property
    def code(self) -> str:
        """2026-10, 2026 or 2026-10-14."""
        if self.unit == "year":
            return str((self.end - timedelta(days=1)).year)
        return self.start.isoformat()[: 7 if self.unit == "month" else 10]

    def before(self, number: int = 1) -> Period:
        """The period as long as this one, `number` of them earlier."""
        if self.unit == "day":
            return replace(self, start=self.start - timedelta(days=number), end=self.end - timedelta(days=number))
        months = number * (12 if self.unit == "year" else 1)
        return replace(self, start=_months_later(self.start, -months), end=_months_later(self.end, -months))

    def named(self, lang: Language) -> str:
        """Its name within a sentence: "octobre 2026", with the digits of the language."""
        if self.unit == "year":
            last = int(self.code)
            return lang.own_digits(str(last) if self.start.month == 1 else f"{last - 1}-{last}")
        return formats.month(self.start, lang) if self.unit == "month" else formats.full_day(self.start, lang)

    def label(self, lang: Language) -> str:
        """Its short name under a bar: "oct."."""
        from babel.dates import format_date

        if self.unit == "year":
            return lang.own_digits(self.code)
        return lang.own_digits(format_date(self.start, "LLL" if self.unit == "month" else "d", locale=lang.locale))


def _months_later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def containing(day: date, periods: Periods) -> Period:
    """The period that `day` falls in."""
    if periods.unit == "day":
        return Period("day", day, day + timedelta(days=1))
    if periods.unit == "month":
        first = day.replace(day=1)
        return Period("month", first, _months_later(first, 1))
    begins = int(periods.starts[:2])
    first = date(day.year if day.month >= begins else day.year - 1, begins, 1)
    return Period("year", first, _months_later(first, 12))


def asked(text: str | None, periods: Periods, today: date) -> Period:
    """The period that a person names, or the last complete one. Raises Refused for another form or the future."""
    if text is None:
        return containing(today, periods).before()
    try:
        if not re.fullmatch(FORMS[periods.unit], text):
            raise ValueError(text)
        period = containing(date.fromisoformat(_last_day_like(text, periods)), periods)
    except ValueError as error:
        example = EXAMPLES[periods.unit]
        raise Refused(_("“{period}” is no period: write it as {example}.", period=text, example=example)) from error
    if period.start > today:
        raise Refused(_("The period {period} has not begun: choose an earlier one.", period=text))
    return period


def _last_day_like(text: str, periods: Periods) -> str:
    """A day within the named period: for a year, the first day of the month that ends it."""
    if periods.unit == "year":
        last_month = (int(periods.starts[:2]) - 2) % 12 + 1
        return f"{text}-{last_month:02d}-01"
    return f"{text}-01" if periods.unit == "month" else text
