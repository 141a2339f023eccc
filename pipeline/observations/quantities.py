"""Counts, decimals, amounts and ages as people type them: "au moins 12", "~20", "10-15", "1 234", "12,50"."""

from __future__ import annotations

import re
from decimal import Decimal

from pipeline.observations.datasets import Column, fold
from pipeline.observations.times import MONTHS
from pipeline.observations.values import Bad, Cell, Qualifier, bad, western_digits
from publishers._sentences import _

MOST = Decimal(10**12)  # where a column names no bound: larger is a slip of the keyboard, not a measure
NUMBER = r"\d+(?:[ .,']\d+)*"
GROUPED = re.compile(r"(\d{1,3}(?:([ .,'])\d{3})(?:\2\d{3})*)(?:[.,]00?)?")
DATE_LIKE = re.compile(r"\d{4}-\d\d-\d\d(?: .*)?|\d\d?/\d\d?/\d{2,4}")
NAMED_DATE = re.compile(r"([^\W\d]+)\.?[- ]+\d{1,4}|\d\d?[- ]+([^\W\d]+)\.?(?:[- ]+\d{2,4})?")
RANGE = re.compile(
    rf"(?:de |from )?({NUMBER}) ?(?:-|–|—|à|a|to|ou|or) ?({NUMBER})|(?:entre|between) ({NUMBER}) (?:et|and) ({NUMBER})"
)
# What says that there was none; "pas d'info", "sans réponse" and "sans doute" do not, nor that nobody could see or
# count ("pas de visibilité"), nor how those who came were dressed ("sans uniforme").
NONE_OF = (
    r"(?:(?:aucune?|pas de|sans|no) |pas d')(?!info|donn|chiffre|r[ée]ponse|nouvelle|id[ée]e|doute|objet|pr[ée]cision"
    r"|renseign|certitude|avis|vu|import|data|answer|reply|idea|news|comment"
    r"|(?:bonne )?visib|visuel|acc[èe]s|compt|d[ée]compt|d[ée]nombr|estim|[ée]valu|observation|retour|suite|suivi|trace"
    r"|t[ée]moi|rapport|view|sight|visual|count|report|witness|uniform|insigne|badge)\w"
)
ZERO = re.compile(rf"(?:aucune?s?|zéro|zero|néant|rien|none|nothing|{NONE_OF}\w*(?: \w+)?)")
TWO_LINES = re.compile(r"\d[ \t]*[\r\n]\s*\d")
PREFIXES: tuple[tuple[Qualifier, str], ...] = (
    ("at_least", r">=?|≥|\+ ?(?:de )?|au moins|au minimum|minimum|min\.?|plus d[e']|at least|more than|over"),
    ("at_most", r"<=?|≤|moins d[e']|max\.?|maximum|au maximum|jusqu'à|au plus|less than|fewer than|up to"),
    ("approx", r"~|≈|env\.?|environ|vers|à peu près|autour de|approximativement|approx\.?|ca\.?|about|around|presque"),
)
SUFFIXES: tuple[tuple[Qualifier, str], ...] = (
    ("at_least", r"\+|et plus|et \+|ou plus|au moins|minimum|min\.?|or more|at least"),
    ("at_most", r"max\.?|maximum|au plus|au maximum|at most"),
    ("approx", r"\?+|\(\?+\)|env\.?|environ|approx\.?|à peu près"),
)
TENS_OF = re.compile(
    r"(?:une? )?(?:bonne |petite |grosse )?"
    r"(dizaine|douzaine|quinzaine|vingtaine|trentaine|quarantaine|cinquantaine|soixantaine|centaine|dozen)"
)
TENS = {
    "dizaine": 10, "douzaine": 12, "dozen": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100,
}  # fmt: skip
WORDS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20,
    "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100, "one": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
EURO = r"(?:€|euros?|eur)"
YEAR_PARTS = {"jour": 365, "day": 365, "semaine": 52, "week": 52, "mois": 12, "month": 12}


def whole(text: str) -> int | None:
    """A whole number with or without thousands signs ("1 234", "1.234", "12,0"), else None."""
    if found := GROUPED.fullmatch(text):
        return int(re.sub(r"\D", "", found[1]))
    found = re.fullmatch(r"(\d+)(?:[.,]0+)?", text)
    return int(found[1]) if found else None


def _qualified(text: str) -> tuple[Qualifier, str]:
    """The outermost qualifier and what it qualifies; "au moins une trentaine" stays a floor."""
    found: list[Qualifier] = []
    while True:
        for qualifier, pattern in PREFIXES:
            if match := re.fullmatch(rf"(?:{pattern})(?: +|(?<=')| ?(?=[\d~]))(.+)", text):
                found, text = [*found, qualifier], match[1]
                break
        else:
            break
    for qualifier, pattern in SUFFIXES:
        if match := re.fullmatch(rf"(.*\w) ?(?:{pattern})", text):
            found, text = [*found, qualifier], match[1]
            break
    firm: list[Qualifier] = [one for one in found if one != "approx"]
    return (firm or found or ["exact"])[0], text


def _without_units(text: str, column: Column) -> str:
    for unit in sorted((unit.casefold() for unit in column.units), key=len, reverse=True):
        if match := re.fullmatch(rf"(.*?\w\??) (?:de |d')?{re.escape(unit)}\.?( \D.*)?", text):
            return match[1] + (match[2] or "")
    return text


def _without_note(text: str) -> tuple[str, bool]:
    """The text without a closing "(…)", and whether that note casts doubt; a bare number in brackets is no note."""
    match = re.fullmatch(r"(.*\w\+?) ?\((?! *\d+ *\))([^()]+)\)", text)
    return (match[1], bool(re.search(r"\?|\bou\b|\bor\b", match[2]))) if match else (text, False)


def _spelled(text: str) -> tuple[int, Qualifier] | None:
    if text in WORDS:
        return WORDS[text], "exact"
    match = TENS_OF.fullmatch(text)
    return (TENS[match[1]], "approx") if match else None


def count(text: str, column: Column) -> Cell | Bad:
    """A whole number of things with its qualifier; `text` is cleaned. "12+" is 12 at least, "10-15" is 10 to 15."""
    if text.isascii() and text.isdigit():
        return _bounded(Cell(int(text), text), column)
    said, doubtful = _without_note(western_digits(text).casefold())
    qualifier, core = _qualified(_without_units(said, column))
    core = _without_units(core, column)
    if ZERO.fullmatch(said) or ZERO.fullmatch(core):
        return Cell(0, text)
    if _is_date(core):
        return bad(
            _("“{value}” is a date where a number is expected.", value=text),
            _("The spreadsheet may have turned a range into a date: type it as 10 à 15, or the number alone."),
        )
    if (number := whole(core)) is not None:
        return _bounded(_with(number, "approx" if doubtful and qualifier == "exact" else qualifier, text), column)
    if spelled := _spelled(core):
        return _bounded(_with(spelled[0], spelled[1] if qualifier == "exact" else qualifier, text), column)
    if match := RANGE.fullmatch(core):
        return _range(match[1] or match[3], match[2] or match[4], qualifier, text, column)
    return _not_a_count(core, text)


def _is_date(core: str) -> bool:
    """Whether a spreadsheet has turned what was typed into a date: "10-15" into "oct.-15" or 2026-10-15."""
    named = NAMED_DATE.fullmatch(core)
    return bool(DATE_LIKE.fullmatch(core)) or (named is not None and fold(named[1] or named[2]) in MONTHS)


def _with(number: int, qualifier: Qualifier, raw: str) -> Cell:
    """A count as its floor: "moins de 12" is 0 to 11, which a sum counts as 0."""
    if qualifier == "at_most":
        strict = re.match(r"<(?!=)|moins|less|fewer", raw.casefold())
        return Cell(0, raw, max(number - 1, 0) if strict else number, "at_most")
    return Cell(number, raw, None, qualifier)


def _range(low: str, high: str, qualifier: Qualifier, raw: str, column: Column) -> Cell | Bad:
    least, most = whole(low), whole(high)
    if least is None or most is None or least > most:
        return bad(
            _("“{value}” is no range of numbers.", value=raw),
            _("Write the smaller number first: 10-15, or one number."),
        )
    return _bounded(Cell(least, raw, most, "range" if qualifier in {"exact", "approx"} else qualifier), column)


def _bounded(cell: Cell, column: Column) -> Cell | Bad:
    most = column.most if isinstance(column.most, Decimal) else MOST
    if max(int(cell.value), int(cell.max or 0)) > most:
        return bad(
            _("“{value}” is more than this column ever holds ({most}).", value=cell.raw, most=str(most)),
            _("Check the number; if it is right, raise the column's limit in the dataset's file."),
        )
    return cell


def _not_a_count(core: str, raw: str) -> Bad:
    if core.startswith("-") and core[1:].isdigit():
        return bad(_("“{value}” is negative: a count cannot be.", value=raw), _("Write the number without its sign."))
    if re.fullmatch(r"\d+[.,]\d+", core):
        return bad(_("“{value}” is not a whole number.", value=raw), _("Write a whole number, or a range: 12-13."))
    if core in {"oui", "yes", "o", "y", "x", "non", "no", "n", "✓"}:
        return bad(
            _("“{value}” answers yes or no where a number is expected.", value=raw),
            _("Write how many; 0 if there were none; leave it blank if it is not known."),
        )
    digits = re.findall(r"\d+", core)
    if len(digits) == 1:
        return bad(
            _("“{value}” is not a number.", value=raw),
            _("If {number} were counted, write {number} alone and put the rest in the comments.", number=digits[0]),
        )
    return bad(_("“{value}” is not a number.", value=raw), _("Write how many, or leave it blank if it is not known."))


# -------------------------------------------------------------------------------------- decimals, amounts, ages


def decimal_of(text: str, *, thousands: bool = False) -> Decimal | None:
    """A decimal in French or English writing; with `thousands`, "1.234" and "1,234" are one thousand odd."""
    said = western_digits(text)
    if re.search(r"[ ']", said):  # "12 34" is two numbers
        if not re.fullmatch(r"[-+]? ?\d{1,3}(?:([ '])\d{3})(?:\1\d{3})*(?:[.,]\d+)?", said):
            return None
        said = re.sub(r"[ ']", "", said)
    match = re.fullmatch(r"(-?\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?!\2)(?:([.,])(\d+))?", said)
    if match and (match[3] or said.count(match[2]) > 1 or thousands):
        return Decimal(re.sub(r"[.,]", "", match[1]) + "." + (match[4] or "0"))
    if re.fullmatch(r"[-+]?\d+(?:[.,]\d+)?", said):
        return Decimal(said.replace(",", "."))
    return Decimal(said) if re.fullmatch(r"-?\d+(?:\.\d+)?e[-+]?\d+", said.casefold()) else None


def decimal(text: str, column: Column) -> Cell | Bad:
    """A measure, such as a coordinate, within the column's bounds; kept as text so that no digit is lost."""
    return _measure(decimal_of(text), text, column)


def amount(text: str, column: Column) -> Cell | Bad:
    """A sum of money; the euro sign or word may stand beside it, or before its cents."""
    if parted := re.fullmatch(rf"(?i)([\d .,']*\d)\s*{EURO}\s*(\d\d)", text):  # "12€50", "12 € 50"
        return _measure(decimal_of(f"{parted[1]},{parted[2]}"), text, column)
    bare = re.sub(rf"(?i)^{EURO}\s*|\s*{EURO}$", "", text)
    return _measure(decimal_of(bare, thousands=True), text, column)


def _measure(number: Decimal | None, raw: str, column: Column) -> Cell | Bad:
    if number is None:
        return bad(
            _("“{value}” is not a number.", value=raw), _("Write a number such as 50,95 or 1 234,50, without words.")
        )
    least = column.least if isinstance(column.least, Decimal) else -MOST
    most = column.most if isinstance(column.most, Decimal) else MOST
    if not least <= number <= most:
        return bad(
            _(
                "“{value}” is outside what this column can hold ({least} to {most}).",
                value=raw,
                least=str(least),
                most=str(most),
            ),
            _("The decimal comma seems to be lost: write it again, as in 50,95.")
            if most <= 180 and abs(number) >= 1000
            else _("Check the number: was it filled down by dragging, or put in the wrong column?"),
        )
    return Cell(format(number, "f"), raw)


def age(text: str, column: Column) -> Cell | Bad:
    """An age in whole years; a birth date in brackets is a note, "10 mois" is 0 years, "16 ou 17 ?" a range."""
    said = western_digits(text).casefold()
    parts = re.findall(r"(\d+) ?(jour|day|semaine|week|mois|month)s?", said)
    if parts and re.fullmatch(r"(?:\d+ ?(?:jours?|days?|semaines?|weeks?|mois|months?)(?: ou | or | à )?)+ ?\??", said):
        years = sorted(int(number) // YEAR_PARTS[unit] for number, unit in parts)
        return Cell(years[0], text, years[-1], "range") if len(parts) > 1 else Cell(years[0], text)
    bare = re.sub(r" ?\b(?:ans?|d['’]années?|years?(?: old)?|yo)\b", "", said)
    cell = count(bare, column)
    if isinstance(cell, Bad):
        return bad(
            _("“{value}” is not an age.", value=text), _("Write the age in years; a birth date may follow in brackets.")
        )
    return Cell(cell.value, text, cell.max, cell.qual)
