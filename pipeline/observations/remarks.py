"""What is told of a table while it is built: rows left out, titles not read, spellings merged, orders of dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.observations import times
from pipeline.observations.columns import Entry, Typed
from pipeline.observations.datasets import Dataset, fold
from pipeline.observations.headers import Header, Wishes
from pipeline.observations.periods import named_month
from pipeline.observations.reading import Book, Raw, Sheet, text_of
from pipeline.observations.report import Alarm, Mapped
from pipeline.observations.values import Bad, Cell, clean, same
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.observations.tables import Part, Table

IGNORED: dict[str, Sentence] = {
    "total_rows": _("These rows are totals: they are left out, so that nothing is counted twice."),
    "header_rows": _("These rows repeat the header: they were ignored."),
    "note_rows": _("These rows hold one remark and no record: they were ignored."),
    "id_rows": _("These rows hold only a number in the identifier column: they were ignored."),
}
ASKED = frozenset({"total_rows"})
NAMED = 8  # values named one by one
SEEN = 20  # rows of a sheet in which days are looked for
MANY = 20  # one row in so many with cells beyond the titles is no slip but a sign that cuts cells in two


def ignored(kind: str, sheet: str, rows: tuple[int, ...]) -> Alarm:
    """Rows that hold no record; totals are asked about, as a row taken for one would be missing."""
    return Alarm(kind, rows, IGNORED[kind], len(rows) if kind in ASKED else None, sheet)


# ----------------------------------------------------------------------------------------------------- header


def sheet_skipped(sheet: Sheet, header: Header | None, absent: list[str], dataset: Dataset) -> Alarm:
    """A sheet without the dataset's header; asked about where it has one but for a column, and rows with dates."""
    if header and (rows := _dated(sheet, header)):
        return Alarm(
            "sheet_incomplete",
            (header.last + 1,),
            _("Sheet {sheet} was not read ({n} rows): {why}", sheet=sheet.name or "1", n=rows,
              why=lacks(header, absent, dataset)),
            rows,
            sheet.name,
        )  # fmt: skip
    return Alarm(
        "sheet_skipped",
        (),
        _("Sheet {sheet} has no header of this dataset: none of its rows was read.", sheet=sheet.name or "1"),
        sheet=sheet.name,
    )


def _dated(sheet: Sheet, header: Header) -> int:
    """How many rows stand under a header, if one of its columns holds days; else 0."""
    rows = [row for row in sheet.rows[header.last + 1 :] if any(cell != "" for cell in row)]
    for index in range(max(map(len, rows), default=0)):
        cells = [clean(text_of(row[index])) for row in rows[:SEEN] if index < len(row)]
        days = sum((dated := times.date_of(cell)) is not None and dated[1] == "day" for cell in cells)
        if days * 2 > len(cells):
            return len(rows)
    return 0


def no_header(book: Book, dataset: Dataset, name: str) -> Sentence:
    """What was found where a header should stand, and what was looked for."""
    first = next((sheet.texts(at) for sheet in book.sheets for at, row in enumerate(sheet.rows) if any(row)), ())
    found = ", ".join(clean(cell)[:30] for cell in first if cell.strip())
    expected = ", ".join(_title(dataset, column) for column in list(dataset.columns)[:8])
    return _(
        "{name} has no header of the dataset {dataset}: its first row is “{found}”, expected are columns such as "
        "{expected}. Choose another dataset, or add the titles to its file.",
        name=name,
        dataset=dataset.dataset,
        found=found[:200],
        expected=expected,
    )


def _title(dataset: Dataset, column: str) -> str:
    return next(iter(dataset.columns[column].titles), column)


def lacks(header: Header, absent: list[str], dataset: Dataset) -> Sentence:
    """Which columns a header has to name and does not."""
    return _(
        "The column {column} is missing from the header in row {row}: add it, or correct its title.",
        column=", ".join(f"{name} ({_title(dataset, name)})" for name in absent),
        row=header.last + 1,
    )


def about_titles(part: Part, mapping: Iterable[Mapped]) -> Iterator[Alarm]:
    """Titles that name no column, with the nearest one; cells that stand under no title."""
    strange = [one for one in mapping if not one.column and one.sheet == part.sheet.name]
    if strange:
        titles = [f"{one.title} ({one.suggested}?)" if one.suggested else one.title for one in strange]
        yield Alarm(
            "columns_not_read",
            (),
            _("These columns are not part of the dataset and were not read: {titles}.", titles=", ".join(titles)),
            sheet=part.sheet.name,
        )
    bare = [index for index in range(_width(part)) if not part.header.titles.get(index)]
    rows = part.sheet.rows[part.header.last + 1 :]
    beyond = [at for at, row in enumerate(rows) if any(row[i] != "" and str(row[i]).strip() for i in bare)]
    if beyond:
        cut = not part.sheet.name and len(beyond) * MANY >= len(rows)  # a CSV: "12,5" may have become two cells
        yield Alarm(
            "cells_without_title",
            part.numbers(beyond),
            _("Cells of these rows stand under no title and were not read: give their column a title."),
            len(beyond) if cut else None,
            sheet=part.sheet.name,
        )


def _width(part: Part) -> int:
    rows = part.sheet.rows[part.header.last + 1 :]
    return len(rows[0]) if rows else 0


# ---------------------------------------------------------------------------------------------- order of dates


def order_of(
    index: int, cells: Sequence[Raw], part: Part, table: Table, wishes: Wishes, file: str
) -> tuple[times.Order, list[Alarm]]:
    """What stands first in a column's 03/04/2024: settled by a person, proven by its dates, else asked."""
    name = part.header.columns[index]
    if table.dataset.columns[name].type != "date":
        return "day", []
    if name in wishes.orders:
        return wishes.orders[name], []
    texts = {cell: clean(cell) for cell in dict.fromkeys(cells) if isinstance(cell, str) and cell}
    order, example = times.order_of(texts.values())
    if order and not example:
        return order, []
    month = named_month(part.sheet.name) or named_month(file)
    if month and (proven := _by_month(texts.values(), month)):
        return proven, []
    unsure = {cell for cell, text in texts.items() if times.SLASHED.fullmatch(text)}
    rows = [at for at, cell in enumerate(cells) if cell in unsure]
    return order or "day", [_asked(part.header.titles[index], part, rows, example, order)]


def _by_month(texts: Iterable[str], month: str) -> times.Order | None:
    """The order by which all dates are of the month that the file or sheet is named after, if only one is."""
    slashed = [text for text in texts if times.SLASHED.fullmatch(text)]
    fits: list[times.Order] = []
    for order in ("day", "month"):
        dated = [times.date_of(text, order=order) for text in slashed]
        if all(one and one[0].strftime("%Y-%m").endswith(month) for one in dated):
            fits.append(order)
    return fits[0] if len(fits) == 1 else None


def _asked(title: str, part: Part, rows: list[int], example: str, order: times.Order | None) -> Alarm:
    numbers = part.numbers(rows)
    if order:
        dated = times.date_of(example, order=order)
        return Alarm(
            "date_order",
            numbers,
            _("Some dates of {column} name the day first, others the month. All were read as most are: {example} as "
              "{read}. Write them one way, then import again.", column=title, example=example,
              read=dated[0].isoformat() if dated else ""),
            len(rows),
            part.sheet.name,
        )  # fmt: skip
    read, other = (times.date_of(example, order=order) for order in ("day", "month"))
    assert read and other  # an example is a date both ways
    return Alarm(
        "date_order",
        numbers,
        _(
            "{n} dates of {column} could be day/month or month/day: nothing in the column tells. They were read with "
            "the day first: {example} as {read}, not {other}.",
            n=len(rows), column=title, example=example, read=read[0].isoformat(), other=other[0].isoformat(),
        ),
        len(rows),
        part.sheet.name,
    )  # fmt: skip


def years_added(part: Part, column: Typed, file: str, order: times.Order) -> Iterator[Alarm]:
    """Dates without a year take that of the month which the sheet or file is named after, if they are of it; told."""
    month = named_month(part.sheet.name) or named_month(file)
    if column.column.type != "date" or len(month) < len("2026-10"):
        return
    added: dict[int, date] = {}
    for code, entry in enumerate(column.entries):
        dated = times.in_year(clean(column.raws[code]), month[:4], order) if isinstance(entry, Bad) else None
        if dated and dated.strftime("%Y-%m") == month:
            column.entries[code] = Cell(dated.isoformat(), column.raws[code])
            added[code] = dated
    if added:
        code, dated = next(iter(added.items()))
        yield Alarm(
            "years_added",
            part.numbers(column.rows_of(set(added))),
            _("Dates of {column} without a year took that of the month which the sheet or file is named after: {raw} "
              "is {day}.", column=column.title, raw=clean(column.raws[code]), day=dated.isoformat()),
            sheet=part.sheet.name,
        )  # fmt: skip


# ------------------------------------------------------------------------------------------ after all rows


def merge_spellings(table: Table) -> None:
    """Open categories take their most frequent spelling; every merge is told."""
    for name, column in table.dataset.columns.items():
        columns = [(part, part.columns[name]) for part in table.parts if name in part.columns]
        if column.type != "category" or not columns:
            continue
        counts = [Counter(map(typed.codes.__getitem__, part.kept)) for part, typed in columns]
        if not column.closed:
            _spell_alike([typed for _part, typed in columns], counts)
        table.alarms += _merges(columns, counts)
        table.alarms += _alike(columns, counts)


def _spell_alike(columns: list[Typed], counts: list[Counter[int]]) -> None:
    spelled: dict[str, Counter[str]] = {}
    for typed, count in zip(columns, counts, strict=True):
        for code, number in count.items():
            if isinstance(cell := typed.entries[code], Cell):
                spelled.setdefault(same(str(cell.value)), Counter())[str(cell.value)] += number
    chosen = {key: found.most_common(1)[0][0] for key, found in spelled.items()}
    for typed in columns:
        for code, cell in enumerate(typed.entries):
            if isinstance(cell, Cell) and (value := chosen.get(same(str(cell.value)), cell.value)) != cell.value:
                typed.entries[code] = replace(cell, value=value)


def _merges(columns: list[tuple[Part, Typed]], counts: list[Counter[int]]) -> Iterator[Alarm]:
    """For each value the other spellings that were read as it."""
    spellings: dict[str, dict[str, int]] = {}
    codes: dict[str, list[tuple[int, int]]] = {}
    for place, ((_part, typed), count) in enumerate(zip(columns, counts, strict=True)):
        for code, number in count.items():
            cell = typed.entries[code]
            if isinstance(cell, Cell) and same(cell.raw) == same(str(cell.value)):
                found = spellings.setdefault(str(cell.value), {})
                found[cell.raw] = found.get(cell.raw, 0) + number
                if cell.raw != cell.value:
                    codes.setdefault(str(cell.value), []).append((place, code))
    for value, raws in spellings.items():
        others = {raw: number for raw, number in raws.items() if raw != value}
        if not others or len(raws) == 1:
            continue
        shown = [_("“{raw}” ({n})", raw=raw.replace("\n", "⏎"), n=many) for raw, many in others.items()]
        yield Alarm(
            "merged_category",
            _rows(columns, codes[value]),
            _("{column}: {others} read as “{value}”.", column=columns[0][1].title, others=shown, value=value),
        )


def _alike(columns: list[tuple[Part, Typed]], counts: list[Counter[int]]) -> Iterator[Alarm]:
    """Values that differ by accents, hyphens or other small signs, and are counted apart."""
    found: dict[str, Counter[str]] = {}
    codes: dict[str, list[tuple[int, int]]] = {}
    for place, ((_part, typed), count) in enumerate(zip(columns, counts, strict=True)):
        for code, number in count.items():
            if isinstance(cell := typed.entries[code], Cell):
                found.setdefault(fold(str(cell.value)), Counter())[str(cell.value)] += number
                codes.setdefault(fold(str(cell.value)), []).append((place, code))
    for key, values in found.items():
        if key and len(values) > 1:
            shown = [_("“{raw}” ({n})", raw=value, n=many) for value, many in values.items()]
            yield Alarm(
                "alike_values",
                _rows(columns, codes[key]),
                _("{column}: {values} differ by small signs alone and are counted apart. If they are one, write them "
                  "alike, or name the spellings in the dataset's file.", column=columns[0][1].title, values=shown),
            )  # fmt: skip


def _rows(columns: list[tuple[Part, Typed]], codes: list[tuple[int, int]]) -> tuple[int, ...]:
    """The numbers of the kept rows that hold one of the cells."""
    found: list[int] = []
    for place, (part, typed) in enumerate(columns):
        wanted = {code for at, code in codes if at == place}
        kept = set(part.kept)
        found += [part.number(row) for row in typed.rows_of(wanted) if row in kept]
    return tuple(sorted(found))


def _derived(cell: Entry, values: Mapping[str, str]) -> Entry:
    value = values.get(str(cell.value)) if isinstance(cell, Cell) else None
    return Cell(value, cell.raw) if value and isinstance(cell, Cell) else None


def derive(table: Table) -> None:
    """Adds the columns that follow from another one; rows whose value leads nowhere are told."""
    for name, rule in table.dataset.derived.items():
        lost: list[int] = []
        values: Counter[str] = Counter()
        for part in table.parts:
            if (source := part.columns.get(rule.from_)) is None:
                continue
            entries = [_derived(cell, rule.values) for cell in source.entries]
            part.columns[name] = replace(source, name=name, entries=entries)
            astray = {c for c, cell in enumerate(source.entries) if isinstance(cell, Cell) and entries[c] is None}
            kept = set(part.kept)
            rows = [row for row in source.rows_of(astray) if row in kept]
            lost += part.numbers(rows)
            values.update(str(cell.value) for row in rows if (cell := source.cell(row)))
        if lost:
            shown = [_("“{raw}” ({n})", raw=value, n=many) for value, many in values.most_common(NAMED)]
            said = _(
                "For these values of {source} the dataset's file names no {column}: {values}. Figures by {column} "
                "leave their rows out; correct the spelling, or add them to the file.",
                column=name,
                source=rule.from_,
                values=shown,
            )
            table.alarms.append(Alarm("not_derived", tuple(lost), said))
