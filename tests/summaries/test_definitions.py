"""Mistakes in a summary's file are told with their line and the names that exist; periods have their names."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.rendering.languages import language
from pipeline.summaries import definitions, periods
from pipeline.summaries.definitions import Periods

TODAY = date(2026, 11, 23)
NOTE = (definitions.FOLDER / "rapport_annuel.yaml").read_text(encoding="utf-8")


def refused(folder: Path, old: str, new: str) -> tuple[str, int]:
    """What is said of the annual report with one change, and the line that was changed."""
    assert NOTE.count(old) >= 1, old
    (folder / "rapport_annuel.yaml").write_text(NOTE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Refused) as told:
        definitions.load("rapport_annuel", folder)
    return told.value.sentence.text("en"), NOTE[: NOTE.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sum: tents", "sum: tentes", "metrics.tentes.sum: the column tentes does not exist, did you mean tents"),
        ("median: tents", "median: commune", "holds no numbers to take a median of"),
        ("part_of: arrestations", "part_of: arrest", "the metric arrest does not exist"),
        ("rate: personnes", "rate: par_jour", "itself one figure per another"),
        ("interpreter = 'non'", "interpreter = 'parfois'", "the value parfois does not exist"),
        ("interpreter = 'non'", "interpreter ~ 'non'", "is no condition: write it as"),
        ("{tents: {from: 1}}", "{tents: {from: one}}", "one is no number"),
        ("{tents: {from: 1}}", "{type: {from: controle}}", "has no order to compare by"),
        ("[commune], metrics", "[site_code], metrics", "site_code never leaves the store"),
        ("[date.month]", "[date.fortnight]", "date.week"),
        ("compare: previous", "compare: mean_99", "mean_2 to mean_24"),
        ("max_change: {expulsions", "max_change: {expulsion", "did you mean expulsions"),
        ("minimum: 60%", "minimum: beaucoup", "is no percentage"),
        ("starts: 11-01", "starts: 11-15", "period.starts"),
        ("decimals: 1", "decimal: 1", "did you mean decimals"),
        ("languages: [fr, en]", "languages: [fr, en, de]", "title: the words in de are missing"),
        ("dataset: observations", "dataset: observation", "There is no dataset observation"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_may_stand_there(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    told, line = refused(tmp_path, old, new)
    assert said in told
    if "languages" not in old:
        assert f"line {line}, " in told, told


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    told, line = refused(tmp_path, "compare: previous", "compare: [previous")
    assert re.search(rf"line {line + 1}\b|line {line}\b", told)


def test_the_mistake_is_said_in_french_too(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("summary: x\nmetriques: {}\n", encoding="utf-8")
    with pytest.raises(Refused) as told:
        definitions.load("x", tmp_path)
    assert "la clé metriques n’existe pas" in told.value.sentence.text("fr")


@pytest.mark.parametrize(
    ("unit", "starts", "code", "first", "last", "before", "year"),
    [
        ("week", "01-01", "2026-W01", "2025-12-29", "2026-01-04", "2025-W52", "2025-W01"),
        ("week", "01-01", "2020-W53", "2020-12-28", "2021-01-03", "2020-W52", None),
        ("month", "01-01", "2024-02", "2024-02-01", "2024-02-29", "2024-01", "2023-02"),
        ("quarter", "01-01", "2026-Q1", "2026-01-01", "2026-03-31", "2025-Q4", "2025-Q1"),
        ("year", "11-01", "2026", "2025-11-01", "2026-10-31", "2025", "2025"),
        ("year", "01-01", "2024", "2024-01-01", "2024-12-31", "2023", "2023"),
        ("day", "01-01", "2024-02-29", "2024-02-29", "2024-02-29", "2024-02-28", "2023-02-28"),
        ("month", "01-01", "2026-03-01..2026-04-15", "2026-03-01", "2026-04-15", "2026-01-14..2026-02-28",
         "2025-03-01..2025-04-15"),
    ],
)  # fmt: skip
def test_periods(unit: str, starts: str, code: str, first: str, last: str, before: str, year: str | None) -> None:
    span = periods.asked(code, Periods.model_validate({"unit": unit, "starts": starts}), TODAY)
    assert (span.code, str(span.start), str(span.last), span.before().code) == (code, first, last, before)
    earlier = span.year_before()
    assert (earlier and earlier.code) == year
    assert all(span.named(language(lang)) for lang in ("fr", "en", "ar"))


@pytest.mark.parametrize(
    "code", ["2026-W54", "2026-Q5", "2026-W1", "2021-W53", "2026-04-15..2026-03-01", "٢٠٢٦-W01", "all"]
)
def test_what_is_no_week_is_refused(code: str) -> None:
    with pytest.raises(Refused, match="2026-W42"):
        periods.asked(code, Periods(unit="week"), TODAY)
