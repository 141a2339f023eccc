"""A month of records for recipes and weeks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.importing import import_here, watched

TODAY = date(2026, 11, 23)
HEADER = (
    "Date;Commune;Lieu de vie;Type;Personnes;Mineurs isolés;Tentes;dont pleines;Arrestations;dont violentes;Statut\n"
)


def records(folder: Path, *, minors: str = "2") -> Path:
    """Seven evictions in October 2026, five in September; `minors` is what stands in their cells."""
    rows = [
        f"2026-{month:02d}-{day:02d};Calais;A{day};expulsion;20;{minors};3;1;1;0;vérifié\n"
        for month, days in ((9, 5), (10, 7))
        for day in range(1, days + 1)
    ]
    path = folder / "records.csv"
    path.write_text(HEADER + "".join([*rows, *watched(HEADER, (9, 10))]), encoding="utf-8")
    return path


def bring_in(folder: Path, *, minors: str = "2") -> None:
    """The same records, in the store."""
    import_here(records(folder, minors=minors), "observations", by=None, today=TODAY)
