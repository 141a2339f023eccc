"""A sample spreadsheet of eviction observations: invented rows of a realistic size, with the usual dirt.

No row describes a real event. The orders of magnitude are those of public monthly notes about Calais (January 2024:
101 evictions of 16 sites, 92 tents, 27 arrests, 29 unaccompanied minors; Human Rights Observers, 9 May 2024).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from pipeline.errors import Refused
from publishers._sentences import _

YEARS = 3
TITLE = "Suivi quotidien des expulsions – Calais et Grande-Synthe (données d’exemple, inventées)"
HEADERS = (
    "N°", "Date", "Heure", "Commune", "Lieu de vie", "Type d’expulsion", "Personnes", "Mineurs isolés", "Tentes",
    "dont remplies d’affaires", "Bâches", "Couvertures", "Arrestations", "dont violentes", "FDO", "Huissier",
    "Interprète", "Mise à l’abri proposée", "Observée", "Statut", "Commentaire",
)  # fmt: skip
COUNTS = slice(6, 14)
CALAIS_SITES = tuple(f"{letter}{number}" for letter in "ABCD" for number in range(1, 6))
SYNTHE_SITES = ("S1", "S2", "S3", "S4")
MONTHS = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
BUSY = (1.0, 0.95, 1.05, 1.0, 1.1, 0.9, 0.85, 1.0, 1.15, 1.2, 1.1, 0.8)  # January to December
FORCES = ("CRS", "CRS, PN", "GM", "PN, PAF", "CRS, PAF, BAC", "GM, PN")
NOTES = (
    "", "", "", "", "Périmètre mis en place, on voit seulement les départs", "Équipe de nettoyage présente",
    "we just see leaving", "Contrôle d’identité de l’équipe", "Plusieurs personnes parties avant l’arrivée",
)  # fmt: skip
Choice = TypeVar("Choice")
Line = list[str | int | date]


class Dice:
    """Numbers that look random and are the same for the same seed, on any machine and Python."""

    def __init__(self, seed: int) -> None:
        self._seed, self._thrown = seed, 0

    def share(self) -> float:
        """The next number in [0, 1)."""
        self._thrown += 1
        digest = hashlib.sha256(f"{self._seed}:{self._thrown}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def hit(self, chance: float) -> bool:
        return self.share() < chance

    def between(self, low: int, high: int) -> int:
        return low + int(self.share() * (high - low + 1))

    def one(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(self.share() * len(choices))]

    def some(self, choices: Sequence[Choice], number: int) -> list[Choice]:
        left = list(choices)
        return [left.pop(int(self.share() * len(left))) for _n in range(min(number, len(left)))]


@dataclass(frozen=True)
class Visit:
    """One living site on one operation, before it is written down."""

    day: date
    minutes: int
    commune: str
    site: str
    counts: tuple[int, ...]  # personnes, mineurs isolés, tentes, dont pleines, bâches, couvertures, arrestations, dont


def write_sample(path: Path, *, seed: int = 2026, until: date) -> None:
    """Writes three years of observations ending on `until`: CSV (Windows-1252, semicolons) or XLSX, by the suffix.

    The same seed and date give the same bytes. Raises Refused for any other suffix.
    """
    dice = Dice(seed)
    lines = [_line(number, visit, dice) for number, visit in enumerate(_visits(dice, until), start=1)]
    _soil(lines)
    if path.suffix == ".csv":
        path.write_bytes(_csv(lines))
    elif path.suffix == ".xlsx":
        path.write_bytes(_xlsx(lines, until))
    else:
        raise Refused(_("The sample is written as .csv or .xlsx: choose one of these for {name}.", name=path.name))


# ----------------------------------------------------------------------------------------------- what happened


def _visits(dice: Dice, until: date) -> Iterator[Visit]:
    day = (until + timedelta(days=1)).replace(year=until.year - YEARS, day=1)
    while day <= until:
        if day.toordinal() % 2 == 0 or dice.hit(0.12):  # the same sites are cleared every 48 hours
            yield from _convoy(dice, day, "Calais", dice.some(_open_sites(day), _stops(dice, day)))
        if dice.hit(0.085):
            yield from _convoy(dice, day, "Grande-Synthe", dice.some(SYNTHE_SITES, dice.between(1, 3)))
        day += timedelta(days=1)


def _open_sites(day: date) -> list[str]:
    """Sites appear and close over the years; about sixteen are inhabited at a time."""
    months = day.year * 12 + day.month
    return [site for n, site in enumerate(CALAIS_SITES) if (months + 5 * n) % 24 >= 4]


def _stops(dice: Dice, day: date) -> int:
    return max(2, round(dice.between(3, 7) * BUSY[day.month - 1]))


def _convoy(dice: Dice, day: date, commune: str, sites: list[str]) -> Iterator[Visit]:
    minutes = dice.between(7 * 60, 10 * 60)
    for site in sites:
        yield Visit(day, minutes, commune, site, _counts(dice, large=commune != "Calais"))
        minutes += dice.between(15, 50)


def _counts(dice: Dice, *, large: bool) -> tuple[int, ...]:
    scale = 4 if large else 1
    tents = dice.between(1, 5) * scale if dice.hit(0.32) else 0
    arrests = dice.between(1, 3) if dice.hit(0.14) else 0
    return (
        dice.between(2, 24) * scale,
        dice.between(1, 3) if dice.hit(0.15) else 0,
        tents,
        dice.between(1, min(2, tents)) if tents and dice.hit(0.08) else 0,
        dice.between(1, 4) * scale if dice.hit(0.25) else 0,
        dice.between(1, 8) * scale if dice.hit(0.2) else 0,
        arrests,
        1 if arrests and dice.hit(0.15) else 0,
    )


# ---------------------------------------------------------------------------------------- how it is written down


def _line(number: int, visit: Visit, dice: Dice) -> Line:
    return [
        number,
        visit.day if dice.hit(0.8) else _other_date(visit.day, dice),
        _clock(visit.minutes, dice),
        _commune(visit.commune, dice),
        visit.site + (" " if dice.hit(0.02) else ""),
        dice.one(("Expulsion",) * 22 + ("expulsion", "Expulsion 48h", "Mise à l’abri", "Contrôle")),
        *(_count(value, dice) for value in visit.counts),
        dice.one(FORCES),
        dice.one(("non", "non", "N ", "oui", "?", "")),
        dice.one(("non", "non", "N ", "non", "?", "Y")),
        dice.one(("non",) * 12 + ("oui", "NC")),
        dice.one(("oui",) * 9 + ("rapportée", "témoignage")),
        dice.one(("vérifié",) * 26 + ("Vérifié ", "à revoir")),
        dice.one(NOTES),
    ]


def _other_date(day: date, dice: Dice) -> str:
    first = "1er" if day.day == 1 else str(day.day)
    forms = (day.isoformat(), f"{first} {MONTHS[day.month - 1]} {day.year}", f"{day:%d.%m.%y}", f"{day:%Y%m%d}")
    return dice.one(forms)


def _clock(minutes: int, dice: Dice) -> str:
    hour, minute = divmod(minutes, 60)
    return dice.one((f"{hour:02d}h{minute:02d}", f"{hour}:{minute:02d}", f"{hour:02d}H{minute:02d}", ""))


def _commune(commune: str, dice: Dice) -> str:
    if commune == "Calais":
        return dice.one(("Calais",) * 12 + ("Calais ", "CALAIS"))
    return dice.one(("Grande-Synthe", "Grande Synthe", "GS"))


def _count(value: int, dice: Dice) -> str | int:
    """A number as observers write it: mostly the number, sometimes what they are sure of, sometimes nothing."""
    if dice.hit(0.9):
        return value
    if value == 0:
        return dice.one(("", "", "?", "aucun"))
    if value >= 10 and dice.hit(0.4):
        return dice.one((f"~{value}", f"{value}-{value + 5}", "une vingtaine" if value == 20 else f"env. {value}"))
    return dice.one((f"au moins {value}", f"{value}+", "", "NC", f"{value} "))


def _soil(lines: list[Line]) -> None:
    """The accidents that every such file has: words in count columns, a day that does not exist."""
    step = len(lines) // 9
    for nth, (column, wrong) in enumerate(
        ((8, "V/57"), (12, "Y, au moins 1 voiture - 2 huissier présents"), (6, "yes"), (10, "V/57"), (8, "-3"),
         (9, "beaucoup"), (1, "31/02/2025")), start=1
    ):  # fmt: skip
        lines[step * nth][column] = wrong


def _total(lines: list[Line]) -> Line:
    sums: list[int] = [0] * 8
    for line in lines:
        for place, cell in enumerate(line[COUNTS]):
            sums[place] += cell if isinstance(cell, int) else 0
    return ["TOTAL", *[""] * 5, *sums, *[""] * 7]


def _csv(lines: list[Line]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows(([TITLE], [], HEADERS))
    for line in [*lines, _total(lines)]:
        writer.writerow(f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell for cell in line)
    return text.getvalue().encode("cp1252")


def _xlsx(lines: list[Line], until: date) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.created = datetime.combine(until, time())
    sheet = book.create_sheet("Suivi")
    for line in ([TITLE], [], HEADERS, *lines, _total(lines)):
        sheet.append(list(line))
    written = io.BytesIO()
    book.save(written)
    return _without_clock(written)


def _without_clock(written: io.BytesIO) -> bytes:
    """The same archive with no time of writing in it, so that the same rows give the same bytes."""
    again = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", source.read(part))
            target.writestr(zipfile.ZipInfo(part.filename), content, zipfile.ZIP_DEFLATED)
    return again.getvalue()
