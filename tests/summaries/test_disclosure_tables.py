"""Tables of people against someone who reads all that is published and works with an outside solver."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from itertools import combinations, product

import pytest

from pipeline.summaries import disclosure
from pipeline.summaries.disclosure import shielding
from pipeline.summaries.disclosure.crossing import Crossing, at
from pipeline.summaries.disclosure.hiding import Hidden, hide
from pipeline.summaries.tables import Key, Protected, Table
from tests.summaries.attack import Reader, Secret, solved
from tests.summaries.drawn import OCTOBER, Counts, counts, definition, number, table

Tables = Mapping[str, Counts]


# ------------------------------------------------------------------------------------------------ what is published


def published(tables: Tables, threshold: int) -> Protected:
    drawn = {name: number(sum(cells.values())) for name, cells in tables.items()}
    crossed = [table(name, cells) for name, cells in tables.items()]
    return disclosure.protect(definition(threshold), OCTOBER, drawn, crossed)


def read(tables: Tables, shown: Protected, threshold: int) -> tuple[Reader, dict[str, Secret]]:
    """What a reader learns of the cells of each table, and the hidden numbers by name.

    Unknown are the cells of arrests; of those with a part, the part and the rest of every cell.
    """
    reader, places, hidden = Reader(0), {}, {}
    for cell in next(iter(tables.values())):
        for kind in ("part", "rest") if len(tables) == 2 else ("part",):
            places[cell, kind] = reader.unknowns
            reader.unknowns += 1
    for one in shown.tables:
        kinds = {"part"} if one.metric == "violentes" else {"part", "rest"}
        for key, figure in one.cells.items():
            wanted = [place for (cell, kind), place in places.items() if kind in kinds and within(cell, key)]
            if figure.suppressed:
                hidden[f"{one.metric} {key}"] = Secret(wanted, enough(tables[one.metric], threshold))
                if figure.reason == "few":
                    reader.learns(dict.fromkeys(wanted, 1.0), 0, threshold - 1)
            else:
                reader.equals(wanted, float(figure.value or 0))
    return reader, hidden


def enough(cells: Counts, threshold: int) -> int:
    """As many values as the threshold; a total of fewer people, which may be told by month and area, allows no more."""
    return min(threshold, sum(cells.values()) + 1)


def within(cell: tuple[str, ...], key: Key) -> bool:
    return all(wanted in (None, own) for own, wanted in zip(cell, key, strict=True))


def rests(tables: Tables, shown: Protected, threshold: int) -> dict[str, Secret]:
    """The numbers that nobody is told and a reader could work out: the rest of a cell beside its part, where few."""
    if len(tables) != 2:
        return {}
    whole, part = tables.values()
    left = {cell: whole[cell] - part[cell] for cell in whole}
    order = list(whole)
    return {
        f"rest {cell}": Secret([2 * order.index(cell) + 1], enough(left, threshold))
        for cell, few in left.items()
        if 0 < few < threshold
    }


def made_up(number_: int) -> tuple[Tables, int]:
    """A random table of one or two dimensions up to 6 by 6, some of one dimension with a part of each cell."""
    rng = random.Random(number_)
    threshold, small = rng.choice((3, 5, 5, 10)), rng.choice((0.05, 0.15, 0.3))
    if number_ % 5 == 0:
        whole = counts(rng, rng.randint(2, 6), small=small)
        return {
            "arrestations": whole,
            "violentes": {cell: rng.randint(0, most) for cell, most in whole.items()},
        }, threshold
    return {
        "arrestations": counts(rng, *(rng.randint(2, 6) for _ in range(rng.choice((1, 2, 2)))), small=small)
    }, threshold


def narrowed(tables: Tables, threshold: int, *, careless: bool = False) -> list[str]:
    """What someone finds out who reads the table, its margins and the percentages that can be said of it."""
    shown = published(tables, threshold)
    reader, hidden = read(tables, shown, threshold)
    percentages(tables, shown, reader, careless=careless)
    return solved(reader, hidden | rests(tables, shown, threshold))


def percentages(tables: Tables, shown: Protected, reader: Reader, *, careless: bool) -> None:
    """The rounded part of every shown whole of twenty or more, where the part is shown too; `careless`: of all."""
    if len(tables) != 2:
        return
    whole, part = ({key: one.value for key, one in each.cells.items()} for each in shown.tables)
    for place, cell in enumerate(tables["arrestations"]):
        some = tables["violentes"][cell] if careless else part[cell]
        base = tables["arrestations"][cell] if careless else whole[cell]
        if some is not None and base and base >= 20:
            reader.percentage([2 * place], [2 * place, 2 * place + 1], round(100 * some / base))


def recomputed(number_: int, *, careless: bool = False) -> list[str]:
    """What someone finds out of two months who reads both tables and the changes in % that are said between them.

    A change is said where both of its numbers are shown and the earlier one is twenty or more; `careless`: always.
    """
    rng = random.Random(number_)
    before = counts(rng, rng.randint(3, 6), small=0.2)
    after = {cell: max(0, value + rng.randint(-3, 30)) for cell, value in before.items()}
    shown = [published({"arrestations": month}, 5) for month in (before, after)]
    reader, hidden = Reader(2 * len(before)), {}
    for month, (cells, told) in enumerate(zip((before, after), shown, strict=True)):
        for key, one in told.tables[0].cells.items():
            wanted = [2 * place + month for place, cell in enumerate(before) if within(cell, key)]
            if one.suppressed:
                hidden[f"{month} {key}"] = Secret(wanted, enough(cells, 5))
                if one.reason == "few":
                    reader.learns(dict.fromkeys(wanted, 1.0), 0, 4)
            else:
                reader.equals(wanted, float(one.value or 0))
    for place, cell in enumerate(before):
        values = [told.tables[0].cells[cell].value for told in shown]
        if (None not in values and before[cell] >= 20) or (careless and before[cell]):
            reader.change([2 * place], [2 * place + 1], round(100 * (after[cell] - before[cell]) / before[cell]))
    return solved(reader, hidden)


@pytest.mark.parametrize("hundred", range(5))
def test_five_hundred_tables_give_no_hidden_number_away(hundred: int) -> None:
    found = {one: narrowed(*made_up(one)) for one in range(100 * hundred, 100 * hundred + 100)}
    assert {one: told for one, told in found.items() if told} == {}


def test_changes_in_percent_between_two_months_give_no_hidden_number_away() -> None:
    assert {one: told for one in range(100) if (told := recomputed(one))} == {}


def test_the_tables_of_that_attack_have_something_to_hide_and_something_to_show() -> None:
    hidden = shown = 0
    for one in range(0, 500, 10):
        for each in published(*made_up(one)).tables:
            hidden += sum(cell.suppressed for cell in each.cells.values())
            shown += sum(not cell.suppressed for cell in each.cells.values())
    assert hidden > 100 and shown > 2 * hidden


@pytest.mark.parametrize("shape", [(4, 2, 2), (4, 3, 2), (3, 3, 3)])
def test_tables_of_three_dimensions_give_no_hidden_number_away(shape: tuple[int, ...]) -> None:
    for one in range(4):
        cells = counts(random.Random(one), *shape, small=0.15)
        shown = published({"arrestations": cells}, 5)
        reader, hidden = read({"arrestations": cells}, shown, 5)
        assert hidden and solved(reader, hidden, whole=True) == []


def test_a_crossing_with_a_part_in_it_gives_no_hidden_number_away() -> None:
    for one in range(6):
        rng = random.Random(one)
        whole = counts(rng, 4, 3, small=0.1)
        tables = {"arrestations": whole, "violentes": {cell: rng.randint(0, most) for cell, most in whole.items()}}
        shown = published(tables, 5)
        reader, hidden = read(tables, shown, 5)
        assert hidden and solved(reader, hidden | rests(tables, shown, 5), whole=True) == []


@pytest.mark.parametrize("shape", [(3,), (6,), (3, 3)])
def test_beside_a_total_of_one_to_three_a_hidden_number_may_be_any_of_them(shape: tuple[int, ...]) -> None:
    """The total is told by month and area, so fewer values than the threshold are left; not one alone."""
    for one in range(12):
        rng, empty = random.Random(one), dict.fromkeys(counts(random.Random(one), *shape), 0)
        cells = empty | dict.fromkeys(rng.sample(sorted(empty), rng.randint(1, 3)), 1)
        assert narrowed({"arrestations": cells}, 5) == []


def test_a_place_without_a_row_is_known_to_be_zero_and_covers_for_no_other() -> None:
    """Where evictions are counted exactly a town without any has no arrests: the reader is told so here."""
    for one in range(30):
        cells = counts(random.Random(one), 4, 3, small=0.3)
        gone = random.Random(one).sample(sorted(cells), 3)
        tables = {"arrestations": {cell: count for cell, count in cells.items() if cell not in gone}}
        shown = published(tables, 5)
        assert not [cell for cell in gone if cell in shown.tables[0].cells]
        assert solved(*read(tables, shown, 5)) == []


def test_a_table_of_people_without_any_row_is_no_accident() -> None:
    empty = Table("arrestations", ("commune",), {}, {(None,): number(0)})
    shown = disclosure.protect(definition(5), OCTOBER, {"arrestations": number(0)}, [empty])
    assert shown.tables[0].cells[None,].value == 0


# ------------------------------------------------------------------------------------------------ broken on purpose


def test_without_complementary_hiding_the_attack_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shielding, "hide", lambda crossing: Hidden(crossing.few - crossing.settled))
    assert sum(bool(narrowed(*made_up(one))) for one in range(40)) > 10


def test_a_percentage_of_a_hidden_part_is_caught() -> None:
    """Said for every base of twenty, also where its part is hidden: the part is found from it."""
    assert sum(bool(narrowed(*made_up(one), careless=True)) for one in range(0, 200, 5)) > 5


def test_a_change_in_percent_from_a_hidden_number_is_caught() -> None:
    assert sum(bool(recomputed(one, careless=True)) for one in range(40)) > 10


def test_a_complement_that_no_solver_checks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next smallest of the row is hidden, as a person would by hand, and no interval is looked at."""

    def by_hand(crossing):
        hidden = set(crossing.few)
        for key in crossing.few:
            row = [one for one in crossing.inner if one[0] == key[0] and one not in hidden]
            hidden |= set(sorted(row, key=lambda one: crossing.numbers[one])[:1])
        return Hidden(crossing.few, frozenset(hidden) - crossing.few)

    monkeypatch.setattr(shielding, "hide", by_hand)
    assert sum(bool(narrowed(*made_up(one))) for one in range(40)) > 5


# -------------------------------------------------------------------------------------------- not more than is needed


def fewest(crossing: Crossing, most: int) -> int:
    """How many other cells have to be hidden at least: all choices of none, one, two… tried with the outside solver."""
    for size in range(most):
        for others in combinations([key for key in crossing.inner if key not in crossing.few], size):
            hidden = {*crossing.few, *others}
            lines = Counter(at(key, one) for key in hidden for one in ((True, False), (False, True)))
            if 1 not in lines.values() and not solved(*_known(crossing, hidden)):
                return size
    return most


def _known(crossing: Crossing, hidden: set[Key]) -> tuple[Reader, dict[str, Secret]]:
    reader = Reader(len(crossing.inner))
    for key, places in crossing.members.items():
        if key not in hidden:
            reader.equals(places, crossing.numbers[key])
        elif key in crossing.few:
            reader.learns(dict.fromkeys(places, 1.0), 0, crossing.threshold - 1)
    return reader, {str(key): Secret(crossing.members[key], crossing.threshold) for key in hidden}


def test_nine_tenths_of_what_an_exhaustive_search_would_publish_is_published() -> None:
    ours = best = 0
    rng = random.Random(20261126)
    for _one in range(40):
        threshold = rng.choice((3, 5, 5, 10))
        cells = counts(rng, rng.randint(2, 6), rng.randint(2, 6), small=rng.choice((0.05, 0.1)))
        levels = frozenset(product((True, False), repeat=2))
        crossing = Crossing(cells, levels, levels - {(False, False)}, threshold)
        hidden = hide(crossing)
        open_ = len(crossing.inner) - len(crossing.few)
        margins = [key for key in hidden.others if None in key]
        ours += open_ - len(hidden.others)
        best += open_ - (fewest(crossing, min(len(hidden.others), 5)) if not margins else 0)
    assert ours >= 0.9 * best
