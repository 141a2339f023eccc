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
from pipeline.summaries.disclosure import allowing, ledger
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
