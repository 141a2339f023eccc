"""One cell typed by its column: `parse` answers with a Cell, a Bad cell, or None for what is not known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from pipeline.observations import quantities, times
from pipeline.observations.datasets import Column, fold
from pipeline.observations.quantities import DATE_LIKE, NONE_OF, TWO_LINES, ZERO
from pipeline.observations.structure import NO_RESULT
from pipeline.observations.values import ERRORS, Bad, Cell, bad, clean, unknown, western_digits
from publishers._sentences import _

LONGEST_VALUE = 120  # characters; a number, date or answer with its remark is shorter
LONGEST_WORDS = 500  # of a category
YES = frozenset({"oui", "o", "yes", "y", "x", "✓", "✔", "true", "vrai", "1", "si"})
VEHICLES = (
    r"(?:(?:voitures?|fourgons?|camions?|camionnettes?|v[ée]hicules?|vans?|cars?|vehicles?|utilitaires?)"
    r"(?: banalis[ée]e?s?)? ?)"
)
NO = frozenset({"non", "n", "no", "false", "faux", "0", "✗", "aucun", "aucune"})
DENIED = r"(?!.*\b(?:absente?s?|non|pas|sans|aucune?|not?)\b)"
SOME = re.compile(rf"[1-9]\d?(?: {DENIED}|$)|pr[ée]sente?s?\b{DENIED}(?!.*\?)")  # "présents ?" is a question
NO_ONE = re.compile(rf"(?!.*\?)(?:{NONE_OF}|absente?s?\b(?!\W*non?\b))")


def parse(
    raw: str,
    column: Column,
    *,
    missing: frozenset[str] = frozenset(),
    epoch: date | None = None,
    order: times.Order = "day",
) -> Cell | Bad | None:
    """The typed cell; None where blank, "?", "NC", "-" or one of the `missing` markers stands (never zero)."""
    if column.type == "text" and raw.isdecimal() and raw.isascii() and raw not in missing:
        return Cell(raw, raw)  # numbers of rows: the only cells of which every one is another
    text = clean(raw)
    if unknown(text, missing):
        return None
    if text[0] in "#E=" and (broken := _broken(text, column)):
        return broken
    if column.type != "text" and len(text) > (LONGEST_WORDS if column.type == "category" else LONGEST_VALUE):
        return bad(
            _("“{value}…” is far too long for this column.", value=text[:LONGEST_VALUE]),
            _("Move the text to the comments and keep only the value."),
        )
    if column.measured and "\n" in raw and TWO_LINES.search(raw):
        return bad(
            _("“{value}” is two numbers, one under the other.", value=text),
            _("Write one number: their sum, or a row for each."),
        )
    cell = _typed(text, raw, column, epoch, order)
    return replace(cell, raw=raw) if isinstance(cell, Cell) and cell.raw != raw else cell


def _broken(text: str, column: Column) -> Bad | None:
    """A cell in which a spreadsheet shows an error, or a formula that was never calculated."""
    if text.casefold() in ERRORS:
        return bad(
            _("The cell shows the error {value}.", value=text),
            _("Correct the formula in the spreadsheet, or type the value itself."),
        )
    if text == NO_RESULT:
        return bad(
            _("The cell holds a formula without a result."),
            _("Open the file in a spreadsheet, save it, and import it again; or type the value itself."),
        )
    if text[0] == "=" and column.type != "text":
        return bad(
            _("“{value}” is a formula and not its result.", value=text[:LONGEST_VALUE]),
            _("Open the file in a spreadsheet, save it, and import it again; or type the value itself."),
        )
    return None


def _typed(text: str, raw: str, column: Column, epoch: date | None, order: times.Order) -> Cell | Bad:
    match column.type:
        case "date":
            return times.day(text, column, epoch=epoch, order=order)
        case "yes_no":
            return yes_no(text)
        case "text":
            return Cell(clean_text(raw), raw)
        case kind:
            return TYPES[kind](text, column)


def clean_text(raw: str) -> str:
    """Free text as kept: trimmed, its inner lines left as they are."""
    return raw.replace("\r\n", "\n").strip().strip("\u200e\u200f\ufeff")


def yes_no(text: str) -> Cell | Bad:
    """Whether; in both languages at once ("yes/oui"), or with a comment after a comma ("Y, au moins 1 voiture")."""
    said = text.casefold().replace("’", "'")
    head = re.split(r"[,;:(]| - ", said, maxsplit=1)[0].strip(" .!")
    heads = {one.strip() for one in head.split("/")}
    if heads <= YES or SOME.match(said):
        return Cell(value=True, raw=text)
    if heads <= NO or NO_ONE.match(said):
        return Cell(value=False, raw=text)
    return bad(
        _("“{value}” is neither yes nor no.", value=text),
        _("Write oui or non, or leave it blank if it is not known; check that the row has not shifted."),
    )


def weekday(text: str, column: Column) -> Cell | Bad:
    """A day of the week as its number; Monday is 1."""
    del column
    number = times.WEEKDAYS.get(fold(text))
    if number is None:
        return bad(_("“{value}” is no day of the week.", value=text), _("Write lundi to dimanche, or leave it blank."))
    return Cell(number + 1, text)


def members(text: str, column: Column) -> Cell | Bad:
    """A set of listed words as "CRS, PN", in the column's order; numbers beside them ("16 CRS") as `max`: "CRS 16"."""
    if ZERO.fullmatch(text.casefold().replace("’", "'")):
        return Cell("", text)
    found: dict[str, int] = {}
    for part in re.split(r"\s*(?:[,;+&\n]|/(?=\D)| et | and | puis )\s*", text):
        number, word = _numbered(part)
        name = column.spellings.get(fold(word)) or column.spellings.get(fold(word.rstrip("s")))
        if name is None:
            return _no_member(part or text, text, column)
        found[name] = found.get(name, 0) + number
    names = [name for name in column.synonyms if name in found]
    numbers = ", ".join(f"{name} {found[name]}" for name in names if found[name])
    return Cell(", ".join(names), text, numbers or None)


def _numbered(part: str) -> tuple[int, str]:
    """How many of what: "16 fourgons CRS" and "CRS (16)" are 16 of CRS."""
    said = western_digits(part).strip(" .")
    if match := re.fullmatch(
        rf"(?:au moins |~|env\. )?(\d{{1,3}}) ?(?:x |{VEHICLES})?(?:de |d['’]|of )?(.+)", said, re.I
    ):
        return int(match[1]), match[2]
    if match := re.fullmatch(rf"(.+?) ?(?:[:x×(]|- )? ?(\d{{1,3}}) ?(?:{VEHICLES})?\)?", said, re.I):
        return int(match[2]), match[1]
    return 0, re.sub(rf"^{VEHICLES}(?:de |d['’])?", "", said, flags=re.I)


def _no_member(part: str, text: str, column: Column) -> Bad:
    if sign := re.fullmatch(r"[A-Za-z]{1,2}/(\d+)", text):
        return bad(
            _("“{value}” does not say whose vehicles were counted.", value=text),
            _("Write the force and its number of vehicles: CRS {number}.", number=sign[1]),
        )
    near = difflib.get_close_matches(fold(part), list(column.spellings), n=1, cutoff=0.7)
    reason = _("“{value}” is none of this column's values.", value=part)
    if near:
        return bad(
            reason,
            _("Did you mean {value}? Otherwise add the word to the dataset's file.", value=column.spellings[near[0]]),
        )
    return bad(
        reason, _("Write one or several of: {values}, with commas between them.", values=", ".join(column.synonyms))
    )


def category(text: str, column: Column) -> Cell | Bad:
    """A category's own spelling: by its synonyms, without regard to case or accents; else as typed, trimmed.

    In a closed category a remark may follow the value: "Expulsion (flagrance)".
    """
    if column.synonyms and (known := column.spellings.get(fold(text))):
        return Cell(known, text)
    if column.closed:
        if known := column.spellings.get(fold(re.split(r"[(,;]", text, maxsplit=1)[0])):
            return Cell(known, text)
        return _not_listed(text, column)
    if DATE_LIKE.fullmatch(text) or times.CLOCK.fullmatch(text.casefold()):
        return bad(
            _("“{value}” is a date or a time where a word is expected.", value=text),
            _("Check that the cells of this row have not shifted by one column."),
        )
    if re.fullmatch(r"[\d\s.,]+", text):
        return bad(
            _("“{value}” is a number where a word is expected.", value=text),
            _("Check that the cells of this row have not shifted by one column."),
        )
    return Cell(text, text)


def _not_listed(text: str, column: Column) -> Bad:
    near = difflib.get_close_matches(fold(text), list(column.spellings), n=1, cutoff=0.7)
    reason = _("“{value}” is none of this column's values.", value=text)
    if near:
        return bad(
            reason,
            _("Did you mean {value}? Otherwise add the word to the dataset's file.", value=column.spellings[near[0]]),
        )
    return bad(reason, _("Write one of: {values}.", values=", ".join(column.synonyms)))


TYPES: Mapping[str, Callable[[str, Column], Cell | Bad]] = {
    "count": quantities.count,
    "decimal": quantities.decimal,
    "amount": quantities.amount,
    "age": quantities.age,
    "time": times.clock,
    "set": members,
    "weekday": weekday,
    "category": category,
}
