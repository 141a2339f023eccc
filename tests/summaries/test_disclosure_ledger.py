"""Numbers of people told at different times: what one less the other would show is not shown."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from pipeline import audit, drafts, review, summaries
from pipeline.errors import Refused
from pipeline.models import Allowance, Summary, Telling
from pipeline.observations.importing import import_file, undo
from pipeline.summaries import definitions
from pipeline.summaries.definitions import Definition
from pipeline.summaries.disclosure import allowing, ledger, scopes
from tests.summaries.drawn import NOUN
from tests.worlds import World

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)
HEADER = "Date;Commune;Lieu de vie;Type;Personnes;Arrestations;dont violentes;Statut\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def declared(name: str, unit: str, **more: object) -> Definition:
    told = {
        "summary": name, "title": {"fr": "Note"}, "languages": ["fr"], "dataset": "observations",
        "period": {"unit": unit}, "where": {"area": "calaisis"}, "say": {}, "checks": {"two_ways": False},
        "metrics": {"arrestations": {"sum": "arrests", "noun": NOUN}, "tentes": {"sum": "tents", "noun": NOUN}},
    }  # fmt: skip
    return Definition.model_validate(told | more)


@pytest.fixture(autouse=True)
def notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note by month, one by week, one of Calais alone and one by commune."""
    every = {
        "mois": declared("mois", "month"),
        "semaine": declared("semaine", "week"),
        "calais": declared("calais", "month", where={"commune": "Calais"}),
        "communes": declared("communes", "month", by=[["commune"]]),
    }
    monkeypatch.setattr(definitions, "load", every.__getitem__)
    monkeypatch.setattr(allowing, "load", every.__getitem__)


def bring(folder: Path, arrests: dict[str, int], name: str = "f.csv", commune: str = "Calais") -> int:
    """An import with that many arrests on each day."""
    rows = "".join(f"{day};{commune};A{number};expulsion;9;{count};0;vérifié\n"
                   for number, (day, count) in enumerate(arrests.items()))  # fmt: skip
    (folder / name).write_text(HEADER + rows, encoding="utf-8")
    return import_file(folder / name, "observations", by=None, today=TODAY).import_id


def drawn(name: str, period: str) -> Summary:
    return summaries.compute(name, period, today=TODAY).row


def value(row: Summary) -> float | None:
    found = row.figures.get(name="arrestations")
    assert found.suppressed == (found.value is None)
    return None if found.value is None else float(found.value)


def sent(row: Summary, world: World) -> None:
    """A post of it that a second person is asked to read: from then on it counts as told."""
    post = drafts.create(
        "Note", [drafts.Piece(world.channel, {"fr": "Voici la note."}, [])], by=world.intern, summary=row
    )
    review.submit(post, by=world.intern)


WEEKS = {"2026-W40": "28/09/2026", "2026-W41": "05/10/2026", "2026-W42": "12/10/2026", "2026-W43": "19/10/2026"}


def test_the_month_and_its_weeks_do_not_tell_of_the_few_that_are_left(world: World, tmp_path: Path) -> None:
    """October has 30 arrests; its four weeks but one told, the last would be found by taking away."""
    bring(tmp_path, {"07/10/2026": 9, "14/10/2026": 11, "21/10/2026": 8, "29/10/2026": 2})
    sent(drawn("mois", "2026-10"), world)
    weeks = [drawn("semaine", week) for week in ("2026-W41", "2026-W42", "2026-W43")]
    told = []
    for row in weeks:
        again = drawn("semaine", row.period)
        told.append(value(again))
        sent(again, world)
    assert told[:2] == [9, 11] and told[2] is None  # 30 − 9 − 11 − 8 = 2
    assert value(drawn("semaine", "2026-W44")) is None


def test_a_row_marked_as_a_double_is_nobody_among_the_few_that_are_left(world: World, tmp_path: Path) -> None:
    """The three of the last week, and four who stand in a row that repeats another: 30 − 9 − 11 − 7 = 3."""
    days = {"07/10/2026": 9, "14/10/2026": 11, "21/10/2026": 7, "29/10/2026": 3, "30/10/2026": 4}
    rows = "".join(f"{day};Calais;A{n};expulsion;9;{count};0;vérifié;{'A3' if count == 4 else ''}\n"
                   for n, (day, count) in enumerate(days.items()))  # fmt: skip
    (tmp_path / "f.csv").write_text(HEADER.replace("\n", ";Doublon\n") + rows, encoding="utf-8")
    import_file(tmp_path / "f.csv", "observations", by=None, answers=["oui, 1"], today=TODAY)
    for week in ("2026-W41", "2026-W42", "2026-W43"):
        sent(drawn("semaine", week), world)
    assert value(drawn("mois", "2026-10")) is None


def test_the_month_waits_where_the_weeks_went_out_first(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 9, "14/10/2026": 11, "29/10/2026": 2})
    for week in ("2026-W41", "2026-W42"):
        sent(drawn("semaine", week), world)
    assert value(drawn("mois", "2026-10")) is None


def test_a_town_told_beside_its_area_does_not_tell_of_the_other_towns(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    bring(tmp_path, {"08/10/2026": 3}, "marck.csv", commune="Marck")
    sent(drawn("mois", "2026-10"), world)
    town = drawn("calais", "2026-10")
    assert value(town) is None and town.figures.get(name="arrestations").text == "non publié"


def test_places_that_leave_nobody_or_enough_are_told(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    sent(drawn("mois", "2026-10"), world)
    assert value(drawn("calais", "2026-10")) == 20
    bring(tmp_path, {"08/10/2026": 6}, "marck.csv", commune="Marck")
    assert value(drawn("calais", "2026-10")) == 20


def test_a_month_beside_another_tells_nothing_that_months_may_not(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 3, "07/09/2026": 2})
    for month in ("2026-09", "2026-10"):
        sent(drawn("mois", month), world)
    assert value(drawn("mois", "2026-10")) == 3


# ---------------------------------------------------------------------------------------------------- corrections


def test_a_corrected_month_is_told_again_to_the_last_person(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    sent(drawn("mois", "2026-10"), world)
    bring(tmp_path, {"08/10/2026": 1}, "late.csv")
    assert value(drawn("mois", "2026-10")) == 21


def test_a_corrected_town_is_not_told_again_where_the_step_is_of_few_people(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    sent(drawn("calais", "2026-10"), world)
    late = bring(tmp_path, {"08/10/2026": 1}, "late.csv")
    assert value(drawn("calais", "2026-10")) is None
    undo(late, by=None)
    bring(tmp_path, {"08/10/2026": 6}, "later.csv")
    assert value(drawn("calais", "2026-10")) == 26


# ------------------------------------------------------------------------------------------------------ at review


def test_of_two_drafts_that_tell_of_few_together_the_second_is_refused(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    bring(tmp_path, {"08/10/2026": 3}, "marck.csv", commune="Marck")
    area, town = drawn("mois", "2026-10"), drawn("calais", "2026-10")
    assert (value(area), value(town)) == (23, 20)  # nothing is told yet
    sent(area, world)
    with pytest.raises(Refused, match="arrestations cannot go out: beside figures that went out"):
        sent(town, world)


def test_without_the_ledger_the_difference_goes_out(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: nothing that went out is looked at."""
    bring(tmp_path, {"07/10/2026": 20})
    bring(tmp_path, {"08/10/2026": 3}, "marck.csv", commune="Marck")
    monkeypatch.setattr(ledger, "published", lambda *_what, **_but: [])
    area = drawn("mois", "2026-10")
    sent(area, world)
    town = drawn("calais", "2026-10")
    assert value(area) - value(town) == 3


def test_the_same_summary_goes_out_as_often_as_one_likes(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    for _time in range(2):
        sent(drawn("calais", "2026-10"), world)
    assert Telling.objects.count() == 1


# ------------------------------------------------------------------------------------------------- random attacks


@pytest.mark.parametrize("seed", range(4))
def test_no_two_or_three_notes_that_went_out_differ_by_few(world: World, tmp_path: Path, seed: int) -> None:
    """Weeks, towns and months in any order: what is told is taken from each other in every way, in plain Python."""
    import random

    rng = random.Random(seed)
    days = {f"{day:02d}/10/2026": rng.choice((0, 1, 2, 6, 9)) for day in range(5, 32, 3)}
    towns = {day: rng.choice(("Calais", "Calais", "Marck")) for day in days}
    for town in ("Calais", "Marck"):
        bring(tmp_path, {day: count for day, count in days.items() if towns[day] == town} | {"01/09/2026": 1},
              f"{town}.csv", commune=town)  # fmt: skip
    asked = [("mois", "2026-10"), ("calais", "2026-10"), *(("semaine", f"2026-W{week}") for week in (41, 42, 43, 44))]
    rng.shuffle(asked)
    told: list[tuple[frozenset[str], float]] = []
    for name, period in asked:
        row = drawn(name, period)
        sent(row, world)
        if (number := value(row)) is not None:
            told.append((frozenset(day for day in days if _counted(day, name, period, towns)), number))
    for size in (2, 3, 4):
        for chosen in combinations(told, size):
            (whole, number), *parts = sorted(chosen, key=lambda one: -len(one[0]))
            inside = frozenset().union(*(part for part, _number in parts))
            if sum(len(part) for part, _number in parts) == len(inside) and inside < whole:
                assert not 0 < number - sum(part for _days, part in parts) < 5


def _counted(day: str, name: str, period: str, towns: dict[str, str]) -> bool:
    when = date(2026, 10, int(day[:2]))
    if name == "semaine":
        return f"2026-W{when.isocalendar().week}" == period
    return name == "mois" or towns[day] == "Calais"


# ------------------------------------------------------------------------------- means, medians, shares, distinct


def levels(unit: str) -> Definition:
    """Notes of one measure each, told of Calais; and what a reader knows anyway, how many rows there were."""
    counted = {
        "rows": {"count": "rows", "noun": NOUN},
        "moyenne": {"mean": "arrests", "noun": NOUN, "min_base": 2, "decimals": 2},
        "mediane": {"median": "arrests", "noun": NOUN, "min_base": 2},
        "part": {"share": "arrests >= 3", "protect": "people", "noun": NOUN, "min_base": 2, "decimals": 2},
        "dates": {"distinct": "time_start", "protect": "people", "noun": NOUN},
    }  # fmt: skip
    return declared(f"suites_{unit}", unit, metrics=counted)


HOURS = "Date;Heure;Commune;Lieu de vie;Type;Arrestations;Statut\n"


def bring_hours(folder: Path, rows: list[tuple[int, int, int]]) -> None:
    """One row for each (day of October, hour, arrests)."""
    told = (f"{d:02d}/10/2026;{h:02d}h00;Calais;A{n};expulsion;{a};vérifié\n" for n, (d, h, a) in enumerate(rows))
    (folder / "h.csv").write_text(HOURS + "".join(told), encoding="utf-8")
    import_file(folder / "h.csv", "observations", by=None, today=TODAY)


OCTOBER_WEEKS = {
    "2026-W41": range(5, 12),
    "2026-W42": range(12, 19),
    "2026-W43": range(19, 26),
    "2026-W44": range(26, 32),
}
# The first three weeks hold many people, the last one few: by sums, by rows with three arrests, by hours.
FEW_AT_THE_END = [
    *((day, 6 + number % 6, 7 + number % 3) for number, day in enumerate((5, 6, 7, 8, 9, 10, 11))),
    *((day, 6 + number % 6, 8) for number, day in enumerate((12, 13, 14, 15, 16, 17, 18))),
    *((day, 6 + number % 6, 9) for number, day in enumerate((19, 20, 21, 22, 23, 24, 25))),
    (27, 20, 3), (28, 21, 0),
]  # fmt: skip


def told_over_time(metric: str, world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, float | None]:
    """What stands in each note where all of them go out, the month first."""
    every = {one.summary: one for one in (levels("month"), levels("week"))}
    monkeypatch.setattr(definitions, "load", every.__getitem__)
    monkeypatch.setattr(allowing, "load", every.__getitem__)
    told: dict[str, float | None] = {}
    for name, period in (("suites_month", "2026-10"), *(("suites_week", week) for week in OCTOBER_WEEKS)):
        row = drawn(name, period)
        sent(row, world)
        figure = row.figures.get(name=metric)
        told[period] = None if figure.value is None else float(figure.value)
    return told


def left_over(metric: str, told: dict[str, float | None]) -> float | None:
    """What an outsider finds for the last week: the month less the other weeks, each back to what it is made of."""
    days = {"2026-10": range(1, 32), **OCTOBER_WEEKS}
    rows = {period: sum(day in inside for day, _h, _a in FEW_AT_THE_END) for period, inside in days.items()}
    per_row = {"moyenne": 1.0, "mediane": 1.0, "part": 0.01, "dates": None}[metric]
    parts = []
    for period in ("2026-10", "2026-W41", "2026-W42", "2026-W43"):
        value = told[period]
        if value is None:
            return None
        parts.append(value if per_row is None else value * per_row * rows[period])
    return parts[0] - sum(parts[1:])


@pytest.mark.parametrize("metric", ["moyenne", "mediane", "part"])
def test_what_a_month_and_its_weeks_are_made_of_does_not_leave_few(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metric: str
) -> None:
    """The last week has three arrests on two occasions, one of them of three people."""
    bring_hours(tmp_path, FEW_AT_THE_END)
    told = told_over_time(metric, world, monkeypatch)
    assert told["2026-10"] is not None and told["2026-W41"] is not None
    assert left_over(metric, told) is None
    assert told["2026-W44"] is None


def test_different_values_that_stand_in_one_week_alone_are_not_told_apart(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six hours in each of three weeks, and two others in the last: eight in all less six are two."""
    bring_hours(tmp_path, FEW_AT_THE_END)
    told = told_over_time("dates", world, monkeypatch)
    assert told["2026-10"] == 8
    assert [told[week] for week in OCTOBER_WEEKS] == [None] * 4, "six of the eight told, two are left"


def test_where_only_what_adds_up_is_kept_the_mean_gives_the_last_week_away(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: what went out as a mean is forgotten."""
    honest = scopes._of_people
    monkeypatch.setattr(scopes, "_of_people", lambda d, m, only: d.metrics[m].adds_up and honest(d, m, only))
    bring_hours(tmp_path, FEW_AT_THE_END)
    told = told_over_time("moyenne", world, monkeypatch)
    assert left_over("moyenne", told) == pytest.approx(3, abs=0.3)


# --------------------------------------------------------------------------------------------------- two persons


def test_two_persons_with_a_reason_let_a_number_be_told(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 3})
    assert value(drawn("calais", "2026-10")) is None
    asked = allowing.ask("calais", "2026-10", "arrestations", {}, "Le procès est public.", by=world.intern)
    assert value(drawn("calais", "2026-10")) is None
    with pytest.raises(Refused, match="Only a coordinator"):
        allowing.agree(asked.pk, by=world.editor)
    allowing.agree(asked.pk, by=world.coordinator)
    row = drawn("calais", "2026-10")
    assert value(row) == 3
    kept = row.figures.get(name="arrestations").provenance["suppression"]
    assert kept["allowed"] == {"reason": "Le procès est public.", "by": ["camille", "samira"]}
    allowing.end(asked.pk, by=world.second)
    assert value(drawn("calais", "2026-10")) is None
    assert audit.verify().ok and audit.last("disclosure.allowed") and audit.last("disclosure.ended")


def test_nobody_allows_alone_not_even_past_the_program(world: World) -> None:
    asked = allowing.ask("calais", "2026-10", "arrestations", {}, "Parce que.", by=world.coordinator)
    with pytest.raises(Refused, match="second person"):
        allowing.agree(asked.pk, by=world.coordinator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allowance.objects.filter(pk=asked.pk).update(agreed_by=world.coordinator, agreed_at=asked.asked_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allowance.objects.filter(pk=asked.pk).update(agreed_by=world.second)
    assert not allowing.allowed("calais", "2026-10")


@pytest.mark.parametrize(
    ("metric", "place", "reason", "said"),
    [
        ("tentes", {}, "Oui.", "no figure of people"),
        ("arrestations", {"commune": "Calais"}, "Oui.", "no table by commune"),
        ("arrestations", {}, "  ", "why this number"),
    ],
)
def test_what_cannot_be_allowed_is_refused(
    world: World, metric: str, place: dict[str, str], reason: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        allowing.ask("calais", "2026-10", metric, place, reason, by=world.intern)


def test_one_number_of_a_table_is_allowed_by_its_place(world: World, tmp_path: Path) -> None:
    bring(tmp_path, {"07/10/2026": 20})
    bring(tmp_path, {"08/10/2026": 3}, "marck.csv", commune="Marck")
    asked = allowing.ask("communes", "2026-10", "arrestations", {"commune": "Marck"}, "Témoins.", by=world.intern)
    assert _cells(drawn("communes", "2026-10"))["marck"] is None
    allowing.agree(asked.pk, by=world.coordinator)
    assert _cells(drawn("communes", "2026-10"))["marck"] == 3


def _cells(row: Summary) -> dict[str, float | None]:
    table = next(one for one in row.tables if one["metric"] == "arrestations")
    return {key[0]: number for key, number, _hidden in table["cells"]}
