"""Files into the store: one transaction each, undoable, every row compared with what the store already holds.

The file itself is opened by a process of its own, with an end to its time and memory; what comes back is data.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipeline import audit, corrections
from pipeline.errors import Refused
from pipeline.models import Import, Observation, User
from pipeline.observations import alarms, comparing, datasets, marking, shapes, storing, worker
from pipeline.observations.comparing import Changes, Rows
from pipeline.observations.datasets import Dataset
from pipeline.observations.headers import Wishes
from pipeline.observations.report import Alarm, ImportReport, Mapped, Problem
from pipeline.rendering.limited import run_limited
from pipeline.summaries import growing
from publishers._sentences import Sentence, _

SECONDS = 600.0  # for a command; a page asks for less
MEMORY = 2 << 30  # bytes of address space of the process that opens the file
MOST_GONE = 200  # vanished rows named one by one


@dataclass(frozen=True)
class Examined:
    """A file as the worker found it."""

    sha256: str
    size: int
    told: dict[str, Any]
    rows: Rows

    @property
    def alarms(self) -> list[Alarm]:
        """What looks wrong with the file by itself."""
        return [Alarm.from_json(one) for one in self.told["alarms"]]


class Unmapped(Refused):
    """The file has no header of the dataset; `mapping` is what stands where one was looked for."""

    def __init__(self, sentence: Sentence, mapping: tuple[Mapped, ...]) -> None:
        super().__init__(sentence)
        self.mapping = mapping


def import_file(
    path: Path,
    dataset: str,
    *,
    by: User | None,
    dry_run: bool = False,
    drop_vanished: bool = False,
    today: date | None = None,
    answers: Sequence[str] | None = None,
    wishes: Wishes | None = None,
    period: str = "",
    name: str = "",
    seconds: float = SECONDS,
) -> ImportReport:
    """The account of bringing `path` into `dataset`; with `dry_run`, of what would happen, and nothing is written.

    `answers` are what a person typed for the alarms ("oui, 60"): while one of them is unanswered nothing is written
    and the report names it. None is for programs that bring files of their own making, where nobody is asked.
    A row that the store holds and the file does not is told as vanished and still counts, unless `drop_vanished`.
    `wishes` settle titles and orders of dates, and are kept for files of the same shape; `period` is the month that
    every row should be of; `name` is what the file is called, if not as on the disk.
    Raises Refused when the file is no spreadsheet, or holds no header or row of the dataset.
    """
    declared, today = datasets.load(dataset), today or timezone.localdate()
    wishes, folder = wishes or Wishes(), "" if name else path.absolute().parent.name
    name, options = name or path.name, {"today": today.isoformat(), "period": period, "folder": folder}
    found = _examine(path, name, declared, wishes, options, seconds)
    with transaction.atomic():
        live = Import.objects.filter(dataset=dataset, sha256=found.sha256, undone_at=None)
        again = list(live.order_by("pk"))
        if again and answers is None:
            return _report(name, declared, found, [_already(again[-1], found), *found.alarms], Changes())
        changes = comparing.compare(declared, found.rows)
        raised = [
            *([_already(again[-1], found)] if again else []), *found.alarms, *_uncovered(declared, found.rows, today),
            *_renumbered(found.rows, changes), *_vanished(changes, drop_vanished),
        ]  # fmt: skip
        report = _report(name, declared, found, raised, changes).answered(answers or [])
        if dry_run or (report.unanswered and answers is not None) or (again and not _alters(changes, drop_vanished)):
            return report
        brought = Import.objects.create(
            dataset=dataset, file_name=name[:255], sha256=found.sha256, bytes=found.size, again=len(again),
            reading={key: found.told[key] for key in ("kind", "encoding", "delimiter", "headers")},
            report=replace(report, unanswered=()).stored(), dropped_vanished=drop_vanished, imported_by=by,
            answers=[{"kind": one.kind, "number": one.number} for one in raised if one.number and answers is not None],
            at=timezone.now(),
        )  # fmt: skip
        _keep(path, found.sha256)
        months = growing.ready(declared, found.rows, changes, drop=drop_vanished)
        storing.write(changes, found.rows, brought, drop=drop_vanished)
        growing.grow(declared, found.rows, changes, brought, months)
        corrections.rows_changed(brought, corrections.dates_of(brought), by=by)
        shapes.remember(dataset, found.told["shape"], wishes, by=by)
        audit.append(by, "records.imported", f"import {brought.pk}", dataset=dataset, sha256=found.sha256,
                     rows=report.kept)  # fmt: skip
    return replace(report, import_id=brought.pk, unanswered=())


def _examine(
    path: Path, name: str, dataset: Dataset, wishes: Wishes, options: Mapping[str, str], seconds: float
) -> Examined:
    sha256, size = _hashed(path)
    given = {
        **options, "titles": dict(wishes.titles), "orders": dict(wishes.orders), "shapes": shapes.kept(dataset.dataset),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="porte-voix-import-") as folder:
        out = Path(folder) / "rows.jsonl"
        told = run_limited(
            worker.examine, str(path.resolve()), name, dataset.dataset, given, str(out), seconds=seconds,
            memory_bytes=MEMORY,
        )  # fmt: skip
        if "refused" in told:
            mapping = tuple(Mapped(**{**one, "samples": tuple(one["samples"])}) for one in told["mapping"])
            raise Unmapped(Sentence.from_json(told["refused"]), mapping)
        rows = comparing.load(out, dataset)
    if len(rows.numbers) != told["kept"] or told["read"] != told["kept"] + told["rejected"] + told["ignored"]:
        raise Refused(_("This file broke the program that reads it: it is damaged, or not what it seems. Try another "
                        "copy."))  # fmt: skip
    return Examined(sha256, size, told, rows)


def _hashed(path: Path) -> tuple[str, int]:
    """The file's hash and size, read once."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
    except FileNotFoundError as error:
        raise Refused(_("There is no file {name}: check its name and folder.", name=path.name)) from error
    except IsADirectoryError as error:
        raise Refused(_("{name} is a folder: choose the spreadsheet in it.", name=path.name)) from error
    except PermissionError as error:
        raise Refused(_("{name} may not be read: ask for the right to open it.", name=path.name)) from error


def _report(name: str, dataset: Dataset, found: Examined, raised: Iterable[Alarm], changes: Changes) -> ImportReport:
    told = found.told
    return ImportReport(
        file=name,
        dataset=dataset.dataset,
        **{key: told[key] for key in ("read", "kept", "rejected", "ignored", "encoding")},
        problems=tuple(Problem.from_json(one) for one in told["problems"]),
        alarms=tuple(raised),
        difference=changes.counted(),
        samples=tuple(told["samples"]),
        mapping=tuple(Mapped(**{**one, "samples": tuple(one["samples"])}) for one in told["mapping"]),
        gone=tuple(_named(dataset, changes.vanished[:MOST_GONE])),
    )


def _named(dataset: Dataset, rows: Sequence[Observation]) -> Iterator[str]:
    """Each stored row by what its key columns say."""
    full = Observation.objects.filter(pk__in=[one.pk for one in rows]).values_list("row", "values").order_by("pk")
    for number, values in full:
        said = [str(values[name]["raw"]).strip() for name in dataset.key if name in values]
        yield f"{number}: {', '.join(said)}"


def _alters(changes: Changes, drop: bool) -> bool:
    return bool(changes.new or changes.changed or (drop and changes.vanished))


# ----------------------------------------------------------------------------------- alarms that need the store


def _already(again: Import, found: Examined) -> Alarm:
    return Alarm(
        "already_imported",
        (),
        _(
            "These very bytes were already imported on {day} as {file} (import {id}, {n} rows). To go back to this "
            "file, rather undo the later imports.",
            day=timezone.localtime(again.at).strftime("%d/%m/%Y"),
            file=again.file_name,
            id=again.pk,
            n=found.told["read"],
        ),
        found.told["read"],
    )


def _uncovered(dataset: Dataset, rows: Rows, today: date) -> Iterator[Alarm]:
    """Days without a row, in datasets that are kept day by day."""
    days = {
        day
        for day, precise in set(zip(rows.dates, rows.precisions, strict=True))
        if day and precise == "day" and day <= today
    }
    if dataset.each_file == "everything" or not days:
        return
    since = min(days) - timedelta(days=alarms.HISTORY)
    held = Observation.objects.filter(dataset=dataset.dataset, live=True, date_precision="day", date__gte=since)
    before = set(held.values_list("date", flat=True).distinct())
    yield from alarms.not_covered(alarms.gaps(days, {day for day in before if day}, today))


def _renumbered(rows: Rows, changes: Changes) -> Iterator[Alarm]:
    """Told where rows that are otherwise the same carry another number than in the store."""
    if not rows.id_column:
        return
    pairs = [*changes.unchanged, *((place, old.pk) for place, old in changes.changed)]
    numbers = {}
    for some in storing.batches([pk for _place, pk in pairs]):
        found = Observation.objects.filter(pk__in=some).values_list("pk", "values")
        numbers.update({pk: cells[rows.id_column]["value"] for pk, cells in found if rows.id_column in cells})
    other = [place for place, pk in pairs if numbers.get(pk) is not None and str(numbers[pk]) != rows.ids[place]]
    if other:
        yield Alarm(
            "renumbered",
            tuple(rows.numbers[place] for place in other),
            _("{n} of {all} known rows carry another number than before: rows are compared by what they say, never by "
              "their number.", n=len(other), all=len(pairs)),
        )  # fmt: skip


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


def _keep(path: Path, sha256: str) -> None:
    """The bytes stored under their hash, complete or not at all. Raises Refused where the file changed meanwhile."""
    folder = Path(settings.PORTEVOIX_HOME) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept, part = folder / sha256, folder / f".{sha256}.{os.getpid()}"
    if kept.exists():
        return
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused(_("{name} was changed while it was read: import it again.", name=path.name))
    part.write_bytes(content)
    part.chmod(0o600)
    part.replace(kept)


def marked(brought: Import, out: Path, lang: str) -> None:
    """Writes the imported file as XLSX with its refused cells marked. Raises Refused where its bytes are gone."""
    path = Path(settings.PORTEVOIX_HOME) / "imports" / brought.sha256
    if not path.exists():
        raise Refused(_("{name} is no longer kept here: choose the file again.", name=brought.file_name))
    marking.write(path, ImportReport.from_stored(brought.report), out, lang)


# ------------------------------------------------------------------------------------------------------- undo


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
        storing.take_back(brought)
        corrections.rows_changed(brought, dates, by=by)
        audit.append(by, "records.import_undone", f"import {brought.pk}", dataset=brought.dataset)
    return brought
