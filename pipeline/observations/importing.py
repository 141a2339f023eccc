"""Files into the store: one transaction each, undoable, every row compared with what the store already holds."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipeline import audit, corrections
from pipeline.errors import Refused
from pipeline.models import Import, Observation, User
from pipeline.observations import alarms, datasets, reading, tables
from pipeline.observations.datasets import Dataset
from pipeline.observations.report import Alarm, Difference, ImportReport
from pipeline.observations.tables import Record, Table
from publishers._sentences import _

BATCH = 500  # rows per statement; SQLite allows 32,766 values in one


@dataclass(frozen=True)
class Incoming:
    """A row ready to be compared: its key, its content and its place in time."""

    record: Record
    key: str
    content: str
    date: date | None
    precision: str

    @property
    def month(self) -> str:
        return self.date.strftime("%Y-%m") if self.date else ""


@dataclass
class Changes:
    """What a file would do to the store."""

    new: list[tuple[Incoming, int]] = field(default_factory=list)
    changed: list[tuple[Incoming, Observation]] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    vanished: list[Observation] = field(default_factory=list)

    def counted(self) -> Difference:
        return Difference(len(self.new), len(self.changed), len(self.vanished))


def import_file(
    path: Path,
    dataset: str,
    *,
    by: User | None,
    dry_run: bool = False,
    drop_vanished: bool = False,
    today: date | None = None,
) -> ImportReport:
    """The account of bringing `path` into `dataset`; with `dry_run`, of what would happen, and nothing is written.

    A row that the store holds and the file does not is told as vanished and still counts, unless `drop_vanished`.
    A file already imported (same bytes) changes nothing and raises the alarm "already_imported".
    Raises Refused when the file is no spreadsheet, or holds no header or row of the dataset.
    """
    declared = datasets.load(dataset)
    content = _bytes_of(path)
    book = reading.read(content, path.name)
    table = tables.build(book, declared, path.name)
    raised = [*table.alarms, *alarms.raised(book, table, today or timezone.localdate())]
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        if again := Import.objects.filter(dataset=dataset, sha256=sha256, undone_at=None).first():
            return _report(path, table, [_already(again), *raised], Difference())
        changes = _compare(declared, _incoming(table))
        report = _report(path, table, [*raised, *_vanished(changes, drop_vanished)], changes.counted())
        if dry_run:
            return report
        _keep(content, sha256)
        brought = Import.objects.create(
            dataset=dataset,
            file_name=path.name[:255],
            sha256=sha256,
            bytes=len(content),
            reading=_reading(book, table),
            report=report.stored(),
            dropped_vanished=drop_vanished,
            imported_by=by,
            at=timezone.now(),
        )
        _write(changes, brought, drop=drop_vanished)
        corrections.rows_changed(brought, corrections.dates_of(brought), by=by)
        audit.append(by, "records.imported", f"import {brought.pk}", dataset=dataset, sha256=sha256, rows=report.kept)
    return replace(report, import_id=brought.pk)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Refused(_("There is no file {name}: check its name and folder.", name=path.name)) from error
    except IsADirectoryError as error:
        raise Refused(_("{name} is a folder: choose the spreadsheet in it.", name=path.name)) from error
    except PermissionError as error:
        raise Refused(_("{name} may not be read: ask for the right to open it.", name=path.name)) from error


def _report(path: Path, table: Table, raised: Iterable[Alarm], difference: Difference) -> ImportReport:
    return ImportReport(
        file=path.name,
        dataset=table.dataset.dataset,
        read=table.read,
        kept=len(table.records),
        rejected=table.rejected,
        ignored=table.ignored.total(),
        problems=tuple(table.problems),
        alarms=tuple(raised),
        difference=difference,
    )


def _already(again: Import) -> Alarm:
    return Alarm(
        "already_imported",
        (),
        _(
            "These very bytes were already imported on {day} as {file} (import {id}): nothing was changed. To go back "
            "to this file, undo the later imports.",
            day=timezone.localtime(again.at).strftime("%d/%m/%Y"),
            file=again.file_name,
            id=again.pk,
        ),
    )


def _vanished(changes: Changes, drop: bool) -> Iterator[Alarm]:
    if not changes.vanished:
        return
    said = (
        _("Rows of the store that are not in this file: {n}. They no longer count.", n=len(changes.vanished))
        if drop
        else _(
            "Rows of the store that are not in this file: {n}. They still count; if they were removed on purpose, "
            "undo this import and repeat it, asking for vanished rows to be dropped.",
            n=len(changes.vanished),
        )
    )
    yield Alarm("vanished_rows", tuple(row.row for row in changes.vanished), said)


def _reading(book: reading.Book, table: Table) -> dict[str, Any]:
    return {
        "kind": book.kind,
        "encoding": book.encoding,
        "delimiter": book.delimiter,
        "headers": {sheet: header.row.number for sheet, header in table.headers.items()},
    }


def _keep(content: bytes, sha256: str) -> None:
    """The bytes stored under their hash, complete or not at all."""
    folder = Path(settings.PORTEVOIX_HOME) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept, part = folder / sha256, folder / f".{sha256}.{os.getpid()}"
    if not kept.exists():
        part.write_bytes(content)
        part.chmod(0o600)
        part.replace(kept)


# -------------------------------------------------------------------------------------------------- comparing


def _incoming(table: Table) -> list[Incoming]:
    dataset = table.dataset
    return [_prepared(record, dataset) for record in table.records]


def _prepared(record: Record, dataset: Dataset) -> Incoming:
    dated = record.cells.get(dataset.date) if dataset.date else None
    return Incoming(
        record,
        key=_digest([_comparable(record, name) for name in dataset.key]),
        content=_digest({name: _comparable(record, name) for name in record.cells if not _renumbered(dataset, name)}),
        date=date.fromisoformat(str(dated.value)) if dated else None,
        precision=str(dated.max or "day") if dated else "",
    )


def _renumbered(dataset: Dataset, name: str) -> bool:
    """Whether a column only numbers the rows: a new number is no change, unless the key is made of it."""
    return name in dataset.columns and dataset.columns[name].id and name not in dataset.key


def _comparable(record: Record, name: str) -> list[Any] | None:
    cell = record.cells.get(name)
    if cell is None:
        return None
    return [tables.same(cell.value) if isinstance(cell.value, str) else cell.value, cell.max, cell.qual]


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _compare(dataset: Dataset, incoming: list[Incoming]) -> Changes:
    """Rows matched by key, then by equal content, then by order: people who look alike on paper stay as many."""
    stored: dict[str, list[Observation]] = defaultdict(list)
    held = Observation.objects.filter(dataset=dataset.dataset, live=True).order_by("occurrence", "pk")
    for observation in held.only("pk", "key", "occurrence", "content", "date", "row", "first_seen"):
        stored[observation.key].append(observation)
    by_key: dict[str, list[Incoming]] = defaultdict(list)
    for one in incoming:
        by_key[one.key].append(one)
    changes = Changes()
    for key, rows in by_key.items():
        _match(rows, stored.pop(key, []), changes)
    months = {one.month for one in incoming}
    for rest in stored.values():
        everything = dataset.each_file == "everything"
        changes.vanished += [row for row in rest if everything or (row.date and row.date.strftime("%Y-%m") in months)]
    return changes


def _match(rows: list[Incoming], held: list[Observation], changes: Changes) -> None:
    free, open_rows = list(held), []
    for row in rows:
        if equal := next((one for one in free if one.content == row.content), None):
            free.remove(equal)
            changes.unchanged.append(equal.pk)
        else:
            open_rows.append(row)
    pairs = min(len(open_rows), len(free))
    changes.changed += zip(open_rows[:pairs], free[:pairs], strict=True)
    following = max((one.occurrence for one in held), default=-1) + 1
    changes.new += [(row, following + number) for number, row in enumerate(open_rows[pairs:])]
    changes.vanished += free[pairs:]


# ---------------------------------------------------------------------------------------------------- writing


def _write(changes: Changes, brought: Import, *, drop: bool) -> None:
    Observation.objects.bulk_create(_rows(changes, brought), batch_size=BATCH)
    gone = [old.pk for _row, old in changes.changed] + [old.pk for old in changes.vanished if drop]
    for some in _batches(gone):
        Observation.objects.filter(pk__in=some).update(live=False, replaced_in=brought)
    for some in _batches(changes.unchanged):
        Observation.objects.filter(pk__in=some).update(last_seen=brought.at)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _rows(changes: Changes, brought: Import) -> Iterator[Observation]:
    for row, occurrence in changes.new:
        yield _observation(row, occurrence, brought.at, brought)
    for row, old in changes.changed:
        yield _observation(row, old.occurrence, old.first_seen, brought)


def _observation(row: Incoming, occurrence: int, first_seen: datetime, brought: Import) -> Observation:
    return Observation(
        dataset=brought.dataset,
        source=brought,
        sheet=row.record.sheet[:100],
        row=row.record.row,
        key=row.key,
        occurrence=occurrence,
        content=row.content,
        date=row.date,
        date_precision=row.precision,
        values={name: cell.as_json() for name, cell in row.record.cells.items()},
        first_seen=first_seen,
        last_seen=brought.at,
    )


def undo(import_id: int, *, by: User | None) -> Import:
    """The import, undone: its rows no longer count and those that it replaced do again; nothing is deleted.

    Only the latest import of a dataset can be undone. Raises Refused otherwise, saying which to undo first.
    """
    with transaction.atomic():
        brought = Import.objects.filter(pk=import_id).first()
        if brought is None:
            raise Refused(_("There is no import {id}: look at the list of imports.", id=import_id))
        if brought.undone_at:
            raise Refused(_("Import {id} is already undone: nothing was changed.", id=import_id))
        latest = Import.objects.filter(dataset=brought.dataset, undone_at=None).order_by("-pk").first()
        if latest and latest.pk != brought.pk:
            raise Refused(_("Import {id} has later ones: undo import {later} first.", id=import_id, later=latest.pk))
        dates = corrections.dates_of(brought)
        _take_back(brought)
        corrections.rows_changed(brought, dates, by=by)
        audit.append(by, "records.import_undone", f"import {brought.pk}", dataset=brought.dataset)
    return brought


def _take_back(brought: Import) -> None:
    brought.undone_at = timezone.now()
    brought.save(update_fields=["undone_at"])
    Observation.objects.filter(source=brought).update(live=False)
    Observation.objects.filter(replaced_in=brought).update(live=True, replaced_in=None)
    # Which earlier import held an unchanged row last is not kept: its own import is what is certain.
    for earlier in Import.objects.filter(dataset=brought.dataset, pk__lt=brought.pk):
        Observation.objects.filter(source=earlier, last_seen=brought.at).update(last_seen=earlier.at)
