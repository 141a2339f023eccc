"""Dates and times in the forms that are listed here, and no other: a wrong guess is worse than a question."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from pipeline.observations.datasets import Column, fold
from pipeline.observations.values import Bad, Cell, bad, western_digits
from publishers._sentences import _

Precision = Literal["day", "month", "year"]
Dated = tuple[date, Precision]

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january", "fevrier fevr fev feb february", "mars mar march", "avril avr apr april",
            "mai may", "juin jun june", "juillet juil jul july", "aout aou aug august", "septembre sept sep september",
            "octobre oct october", "novembre nov november", "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("lundi lun monday mon", "mardi mar tuesday tue", "mercredi mer wednesday wed", "jeudi jeu thursday thu",
         "vendredi ven friday fri", "samedi sam saturday sat", "dimanche dim sunday sun")
    )
    for name in names.split()
}  # fmt: skip
EARLIEST, LATEST = 1900, 2100


def _day(year: str, month: str, day: str) -> Dated | None:
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 70 else 1900)
    if not EARLIEST <= full <= LATEST:
        return None
    try:
        return date(full, int(month), int(day)), "day"
    except ValueError:
        return None


def _month(year: str, month: str) -> Dated | None:
    first = _day(year, month, "1")
    return (first[0], "month") if first and len(year) == 4 else None


def _year(year: str) -> Dated | None:
    first = _day(year, "1", "1")
    return (first[0], "year") if first else None


def _named(month: str) -> str:
    return str(MONTHS.get(fold(month), 0))


# In this order: the first form that fits and names a real day is taken. yyyymmdd and ddmmyyyy cannot both be real
# days between 1900 and 2100: the month of one would be the century of the other.
FORMS: tuple[tuple[str, Callable[[re.Match[str]], Dated | None]], ...] = (
    (r"(\d{4})[-/.](\d\d?)[-/.](\d\d?)", lambda m: _day(m[1], m[2], m[3])),
    (r"(\d\d?) ?[-/.] ?(\d\d?) ?[-/.] ?(\d{4}|\d\d)", lambda m: _day(m[3], m[2], m[1])),
    (r"(\d\d?)(?:er)?[ -]([^\W\d]+)\.?[ -](\d{4}|\d\d)", lambda m: _day(m[3], _named(m[2]), m[1])),
    (r"([^\W\d]+)\.? (\d\d?),? (\d{4})", lambda m: _day(m[3], _named(m[1]), m[2])),
    (r"([^\W\d]+)\.?[ -](\d{4})", lambda m: _month(m[2], _named(m[1]))),
    (r"(\d{4})[-/](\d\d?)", lambda m: _month(m[1], m[2])),
    (r"(\d\d?)[-/](\d{4})", lambda m: _month(m[2], m[1])),
    (r"(\d{4})(\d\d)(\d\d)", lambda m: _day(m[1], m[2], m[3])),
    (r"(\d\d)(\d\d)(\d{4})", lambda m: _day(m[3], m[2], m[1])),
    (r"(\d{4})(\d\d)", lambda m: _month(m[1], m[2])),
    (r"(\d{4})", lambda m: _year(m[1])),
)
CLOCK_AFTER = re.compile(r"(.*\d)(?:T| |, | à )\d\d?[:h]\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")


def date_of(text: str, *, workbook: bool = False) -> Dated | None:
    """The first day of what a cleaned text dates, and how precisely; None when it is no listed form of a real date.

    `workbook`: the text comes from an XLSX, XLS or ODS file, where a bare number may be a day counted from 1900.
    """
    said = western_digits(text)
    if match := CLOCK_AFTER.fullmatch(said):
        said = match[1]
    first, _space, rest = said.partition(" ")
    weekday = WEEKDAYS.get(fold(first))
    if weekday is not None and (dated := date_of(rest)) and dated[1] == "day":
        return dated if dated[0].weekday() == weekday else None
    for form, build in FORMS:
        if (match := re.fullmatch(form, said)) and (dated := build(match)):
            return dated
    if workbook and re.fullmatch(r"[2-6]\d{4}", said):
        return date(1899, 12, 30) + timedelta(days=int(said)), "day"
    return None


def day(text: str, column: Column, *, workbook: bool = False) -> Cell | Bad:
    """A date as ISO text, `max` holding its precision when it is no day; not before the column's first date."""
    dated = date_of(text, workbook=workbook)
    if dated is None:
        return bad(
            _("“{value}” is not a date that exists.", value=text),
            _("Write the day as 24/12/2023, or the month as 12/2023 if the day is not known."),
        )
    if isinstance(column.least, date) and dated[0].year < column.least.year:
        return bad(
            _(
                "“{value}” is before the first date this column can hold ({first}).",
                value=text,
                first=str(column.least),
            ),
            _("Check the year."),
        )
    return Cell(dated[0].isoformat(), text, None if dated[1] == "day" else dated[1])


# ------------------------------------------------------------------------------------------------------ times

CLOCK = re.compile(r"(\d\d?) ?(?:h|:|heures?) ?(\d\d)?(?:[:m]\d\d|mn|min)?")


def _clock(text: str) -> str | None:
    if text in {"midi", "noon"}:
        return "12:00"
    match = CLOCK.fullmatch(text)
    if not match or (":" in text and match[2] is None):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def clock(text: str, column: Column) -> Cell | Bad:
    """A time of day as HH:MM; "8h", "08h48", "8:05", "11H16", "vers 8h", "6h30-7h15"."""
    del column
    said = western_digits(text).casefold()
    about = re.fullmatch(r"(?:~|≈|vers|env\.?|environ|about) ?(.+)", said)
    core = about[1] if about else said
    if exact := _clock(core):
        return Cell(exact, text, None, "approx" if about else "exact")
    if dated := re.fullmatch(r"\d{4}-\d\d-\d\d (\d\d:\d\d)", core):
        return Cell(dated[1], text)
    span = re.fullmatch(r"(?:de |entre )?(.+?) ?(?:-|–|à|et) ?(.+)", core)
    if span and (start := _clock(span[1])) and (end := _clock(span[2])) and start <= end:
        return Cell(start, text, end, "range")
    return bad(_("“{value}” is not a time of day.", value=text), _("Write the time as 8h05 or 08:05, up to 23:59."))
