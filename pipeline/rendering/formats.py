"""Numbers, dates and lists as readers of a language write them: CLDR’s, or our own of config/languages.toml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import TYPE_CHECKING

from pipeline.rendering.languages import Language

if TYPE_CHECKING:
    from babel.plural import PluralRule

DECIMALS = Decimal("0.01")


def number(value: Decimal, lang: Language) -> str:
    """A number as readers of the language write it: "1 234" with U+202F in French, "١٬٢٣٤٫٥" in Arabic."""
    sign = "−" if value < 0 else ""
    rounded = abs(value).quantize(DECIMALS, ROUND_HALF_EVEN)
    whole, _point, rest = f"{rounded:f}".partition(".")
    rest = rest.rstrip("0")
    return sign + lang.number(int(whole)) + (lang.decimal + lang.own_digits(rest) if rest else "")


def percent(value: Decimal, lang: Language) -> str:
    """A share in hundredths, 42 as "42 %"."""
    return lang.percent.replace("{n}", number(value, lang))


def points(value: Decimal, lang: Language) -> str:
    """A difference of two shares: "19 points", which are never per cent."""
    form = lang.points.get(plural(value, lang), lang.points["other"])
    return form.replace("{n}", number(value, lang))


def plural(value: Decimal, lang: Language) -> str:
    """CLDR's plural form of a number in a language: zero, one, two, few, many or other."""
    plain = value.to_integral_value() if value == value.to_integral_value() else value
    return _plural_rule(lang.locale)(plain)


@cache
def _plural_rule(locale: str) -> PluralRule:
    from babel import Locale

    return Locale.parse(locale).plural_form


def listed(items: Sequence[str], lang: Language) -> str:
    """The items as a list: "120 palettes, 4 chaises et 5 matelas"."""
    if len(items) < 2:
        return "".join(items)
    middle, last, *after = lang.list
    return middle.join(items[:-1]) + last + items[-1] + "".join(after)


def month(day: date, lang: Language) -> str:
    """The month of a day within a sentence: "octobre 2026"."""
    return _dated(day, lang.month, lang)


def quarter(day: date, lang: Language) -> str:
    """The quarter of a day within a sentence: "3e trimestre 2026"."""
    return _dated(day, "QQQQ y", lang)


def full_day(day: date, lang: Language) -> str:
    """A day within a sentence: "1er octobre 2026"."""
    return _dated(day, lang.day, lang)


def days(first: date, last: date, lang: Language) -> str:
    """A stretch of days, both of them in it: "du 28 septembre au 4 octobre 2026", the year once where it is one."""
    pattern = lang.short if first.year == last.year else lang.day
    said = {"{a}": _dated(first, pattern, lang), "{b}": full_day(last, lang)}
    text = lang.words["days"]
    for place, day in said.items():
        text = text.replace(place, day)
    return text


def _dated(day: date, pattern: str, lang: Language) -> str:
    from babel.dates import format_date

    if lang.first and day.day == 1 and pattern.startswith("d "):
        pattern = f"'{lang.first}'{pattern[1:]}"
    if lang.months:
        pattern = pattern.replace("MMMM", f"'{lang.months[day.month - 1]}'").replace("''", "")
    return lang.own_digits(format_date(day, pattern, locale=lang.locale))
