"""Dates and times in the forms that are listed here, and no other: a wrong guess is worse than a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

from pipeline.observations.datasets import Column, fold
from pipeline.observations.values import Bad, Cell, bad, western_digits
from publishers._sentences import _

Precision = Literal["day", "month", "year"]
Order = Literal["day", "month"]  # which of the two stands first in 03/04/2024
Dated = tuple[date, Precision]
SLASHED = re.compile(r"(\d\d?) ?[-/.] ?(\d\d?) ?[-/.] ?(\d{4}|\d\d)")

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
WEEKDAY_WORDS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
EARLIEST, LATEST = 1900, 2100
MIXED = 2  # dates of the rarer order, from which a column seems to be typed by two people


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
    return (first[0], "month") if first else None


def _year(year: str) -> Dated | None:
    first = _day(year, "1", "1")
    return (first[0], "year") if first else None


def _named(month: str) -> str:
    return str(MONTHS.get(fold(month), 0))


# In this order: the first form that fits and names a real day is taken. yyyymmdd and ddmmyyyy cannot both be real
# days between 1900 and 2100: the month of one would be the century of the other.
FORMS: tuple[tuple[str, Callable[[re.Match[str]], Dated | None]], ...] = (
    (r"(\d{4})[-/.](\d\d?)[-/.](\d\d?)", lambda m: _day(m[1], m[2], m[3])),
    (SLASHED.pattern, lambda m: _day(m[3], m[2], m[1])),
    (r"(\d\d?)(?:er)?[ -]([^\W\d]+)\.?[ -](\d{4}|\d\d)", lambda m: _day(m[3], _named(m[2]), m[1])),
    (r"([^\W\d]+)\.? (\d\d?),? (\d{4})", lambda m: _day(m[3], _named(m[1]), m[2])),
    (r"([^\W\d]+)\.?[ -](\d{4}|\d\d)", lambda m: _month(m[2], _named(m[1]))),
    (r"(\d{4})[-/](\d\d?)", lambda m: _month(m[1], m[2])),
    (r"(\d\d?)[-/](\d{4})", lambda m: _month(m[2], m[1])),
    (r"(\d{4})(\d\d)(\d\d)", lambda m: _day(m[1], m[2], m[3])),
    (r"(\d\d)(\d\d)(\d{4})", lambda m: _day(m[3], m[2], m[1])),
    (r"(\d{4})(\d\d)", lambda m: _month(m[1], m[2])),
    (r"(\d{4})", lambda m: _year(m[1])),
)
CLOCK_AFTER = re.compile(r"(.*\d)(?:T| |, | à )\d\d?[:h]\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")


FORMS_COMPILED = tuple((re.compile(form), build) for form, build in FORMS)


EPOCH = date(1899, 12, 30)  # day 0 of spreadsheets; those of old Macintoshes count from another
JOINTS = " /"  # between a day without its year and the year
SERIAL = re.compile(r"([2-6]\d{4})(?:\.\d+)?")


def date_of(text: str, *, epoch: date | None = None, order: Order = "day") -> Dated | None:
    """The first day of what a cleaned text dates, and how precisely; None when it is no listed form of a real date.

    `epoch`: the text comes from an XLSX, XLS or ODS file, where a bare number may be a day counted from then.
    `order` says what stands first in 03/04/2024. A weekday that the text names must be that day's.
    """
    weekday, said = _weekday(text)
    dated = _plain(said, epoch, order)
    if weekday is None or dated is None:
        return dated
    return dated if dated[1] == "day" and dated[0].weekday() == weekday else None


def _plain(said: str, epoch: date | None, order: Order) -> Dated | None:
    if match := SLASHED.fullmatch(said):
        return _day(match[3], match[2], match[1]) if order == "day" else _day(match[3], match[1], match[2])
    for form, build in FORMS_COMPILED:
        if (match := form.fullmatch(said)) and (dated := build(match)):
            return dated
    if epoch and (counted := SERIAL.fullmatch(said)):
        return epoch + timedelta(days=int(counted[1])), "day"
    return None


def _weekday(text: str) -> tuple[int | None, str]:
    """The weekday that a text begins with, and the rest without an article and a time of day."""
    said = re.sub(r"^le (?=\w)", "", western_digits(text), flags=re.IGNORECASE)
    if match := CLOCK_AFTER.fullmatch(said):
        said = match[1]
    first, _space, rest = said.partition(" ")
    named = WEEKDAYS.get(fold(first)) if rest else None
    # "mar. 2018" and "Mar 24, 2018" are of March, "mar. 24/12/2018" is a Tuesday.
    return (None, said) if named is None or re.fullmatch(r"\d{4}|\d\d|\d\d?,? \d{4}", rest) else (named, rest)


def in_year(text: str, year: str, order: Order) -> date | None:
    """The day of "mardi 3 janvier" or 3/1 in a year; None where the text is none, or the weekday not that day's."""
    found = (date_of(f"{text}{sign}{year}", order=order) for sign in JOINTS)
    return next((one[0] for one in found if one and one[1] == "day"), None)


def order_of(texts: Iterable[str]) -> tuple[Order | None, str]:
    """Which comes first in a column's 03/04/2024, proven by a number over 12 or a weekday; else None and an example.

    ("day", "") also where the column has no such date, or only those that read alike both ways. Where both orders are
    proven, and the rarer not just by a slip or two, the more frequent one with an example.
    """
    days = months = 0
    example = ""
    for text in texts:
        weekday, said = _weekday(text)
        match = SLASHED.fullmatch(said)
        if match is None or match[1] == match[2]:
            continue
        readings = [_plain(said, None, order) for order in ("day", "month")]
        fits = [r is not None and weekday in (None, r[0].weekday()) for r in readings]
        if fits[0] != fits[1]:
            days, months = days + fits[0], months + fits[1]
        elif fits[0]:
            example = example or said
    if days or months:
        mixed = min(days, months) >= MIXED and min(days, months) * 20 >= days + months
        return ("day" if days >= months else "month"), example if mixed else ""
    return (None, example) if example else ("day", "")


def day(text: str, column: Column, *, epoch: date | None = None, order: Order = "day") -> Cell | Bad:
    """A date as ISO text, `max` holding its precision when it is no day; not before the column's first date."""
    dated = date_of(text, epoch=epoch, order=order)
    if dated is None:
        return _no_date(text, epoch, order)
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


def _no_date(text: str, epoch: date | None, order: Order) -> Bad:
    weekday, said = _weekday(text)
    dated = _plain(said, epoch, order)
    if weekday is not None and dated and dated[1] == "day":
        return bad(
            _("“{value}”: that day is a {weekday}.", value=text, weekday=WEEKDAY_WORDS[dated[0].weekday()]),
            _("Correct the weekday or the date."),
        )
    if re.fullmatch(r"0?[1-9]|[12]\d|3[01]", said):  # "8/2024" would be all of August
        return bad(
            _("“{value}” says neither the month nor the year.", value=text),
            _("Write the whole date, as in {full}.", full=f"{int(said):02d}/10/2024"),
        )
    for sign in JOINTS:
        if _plain(f"{said}{sign}2024", None, order):
            full = f"{text}{sign}2024"
            return bad(
                _("“{value}” does not say the year.", value=text), _("Write the year too, as in {full}.", full=full)
            )
    if epoch is None and re.fullmatch(r"[2-6]\d{4}", said):
        return bad(
            _("“{value}” is a day as a spreadsheet counts them, not a date.", value=text),
            _("Give the column the format of a date in the spreadsheet and save it as CSV again."),
        )
    return bad(
        _("“{value}” is not a date that exists.", value=text),
        _("Write the day as 24/12/2023, or the month as 12/2023 if the day is not known."),
    )


# ------------------------------------------------------------------------------------------------------ times

FRACTION = re.compile(r"0\.\d{3,}")  # a time as a workbook keeps it, in a cell without its format
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
    if FRACTION.fullmatch(core):
        minutes = round(float(core) * 24 * 60) % (24 * 60)
        return Cell(f"{minutes // 60:02d}:{minutes % 60:02d}", text)
    if exact := _clock(core):
        return Cell(exact, text, None, "approx" if about else "exact")
    if dated := re.fullmatch(r"\d{4}-\d\d-\d\d (\d\d:\d\d)", core):
        return Cell(dated[1], text)
    span = re.fullmatch(r"(?:de |entre )?(.+?) ?(?:-|–|à|et) ?(.+)", core)
    if span and (start := _clock(span[1])) and (end := _clock(span[2])) and start <= end:
        return Cell(start, text, end, "range")
    return bad(_("“{value}” is not a time of day.", value=text), _("Write the time as 8h05 or 08:05, up to 23:59."))
