"""The pages on which records come in: a file chosen, looked at, settled, answered for, imported, taken back.

A file is opened in a limited process with a deadline of a minute, two at a time: a large one never holds the studio up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pipeline.errors import Refused
from pipeline.models import Import, Upload
from pipeline.observations import datasets, importing, marking, uploads
from pipeline.observations.datasets import Dataset
from pipeline.observations.report import ImportReport, Mapped
from publishers._sentences import Said, _
from web.people import writer
from web.templatetags.studio import own, said, spoken

AT_ONCE = BoundedSemaphore(2)
SHOWN = 200  # refused cells and imports on a page; the workbook holds all
ENCODINGS = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "utf-32": "UTF-32", "cp1252": "Windows-1252", "mac_roman": "Mac OS Roman", "cp850": "MS-DOS (850)",
}  # fmt: skip


@contextmanager
def _one_of_two() -> Iterator[None]:
    if not AT_ONCE.acquire(timeout=2):
        raise Refused(_("Two files are being read already: try again in a minute."))
    try:
        yield
    finally:
        AT_ONCE.release()


@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """What was imported, what was chosen and waits; a file chosen leads to what it would do."""
    shown: dict[str, Any] = {"chosen": request.POST.get("dataset", "")}
    if request.method == "POST":
        user = writer(request)
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Refused(_("Choose a file first."))
            upload = uploads.keep(file.name or "", file.chunks(), request.POST.get("dataset", ""), by=user)
            return redirect("look", upload.pk)
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
    shown["imports"] = Import.objects.select_related("imported_by")[:SHOWN]
    shown["waiting"] = Upload.objects.select_related("uploaded_by")
    shown["datasets"] = [(name, own(datasets.load(name).title)) for name in datasets.listed()]
    return render(request, "imports.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """What a chosen file would do; its titles settled, its alarms answered, then imported or forgotten."""
    user, upload = writer(request), get_object_or_404(Upload, pk=pk)
    given = request.POST
    if "forget" in given:
        uploads.forget(upload)
        return redirect("imports")
    if "settle" in given:
        titles, orders = _settled(request, upload)
        uploads.settle(upload, titles, orders)
        return redirect("look", upload.pk)
    shown: dict[str, Any] = {"upload": upload, "given": given}
    try:
        with _one_of_two():
            report = uploads.bring(
                upload, by=user, answers=given.getlist("answer"), dry_run="import" not in given,
                drop_vanished="drop_vanished" in given,
            )  # fmt: skip
    except importing.Unmapped as refusal:
        shown |= {"refusal": said(refusal.sentence), **_mapping(upload, refusal.mapping)}
    except Said as refusal:
        shown["refusal"] = said(refusal.sentence)
    else:
        if report.import_id is not None:
            messages.success(request, gettext("Imported: the rows count from now on."))
            return redirect("import", report.import_id)
        shown |= _preview(report, upload)
        if "import" in given:
            shown["refusal"] = gettext("Nothing was imported: an alarm below still waits for its typed answer.")
    return render(request, "look.html", shown)


def _preview(report: ImportReport, upload: Upload) -> dict[str, Any]:
    asked = [one for one in report.alarms if one.number is not None]
    return {
        **_account(report),
        **_mapping(upload, report.mapping),
        "asked": [(one, one.answer(spoken()), one in report.unanswered) for one in asked],
        "encoding": ENCODINGS.get(report.encoding, report.encoding),
        "nothing_new": not (report.difference.new or report.difference.changed or report.difference.vanished),
    }


def _account(report: ImportReport) -> dict[str, Any]:
    return {
        "report": report,
        "problems": report.problems[:SHOWN],
        "more": max(0, len(report.problems) - SHOWN),
        "remarks": [one for one in report.alarms if one.number is None],
    }


def _mapping(upload: Upload, mapping: tuple[Mapped, ...]) -> dict[str, Any]:
    """The titles with what they may mean, and the date columns with what may stand first."""
    declared = datasets.load(upload.dataset)
    dates = {one.column: one.title for one in mapping if one.column and declared.columns[one.column].type == "date"}
    return {
        "mapping": mapping,
        "columns": [(name, _called(declared, name)) for name in declared.columns],
        "dates": [(name, title, upload.orders.get(name, "")) for name, title in dates.items()],
    }


def _called(declared: Dataset, name: str) -> str:
    titles = declared.columns[name].titles
    return f"{titles[0]} ({name})" if titles else name


def _settled(request: HttpRequest, upload: Upload) -> tuple[dict[str, str], dict[str, Any]]:
    """What the form says of titles and dates, over what was settled; only what differs from what was found."""
    declared, given = datasets.load(upload.dataset), request.POST
    titles = dict(upload.titles)
    rows = zip(given.getlist("title"), given.getlist("found"), given.getlist("column"), strict=False)
    for title, found, column in rows:
        if column != found and (column == "" or column in declared.columns):
            titles[title] = column
    named = {name: given.get(f"order-{name}") for name in declared.columns}
    return titles, {name: order for name, order in named.items() if order in {"day", "month"}}


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The account of an import."""
    writer(request)
    brought = get_object_or_404(Import.objects.select_related("imported_by"), pk=pk)
    report = ImportReport.from_stored(brought.report, brought.pk)
    latest = Import.objects.filter(dataset=brought.dataset, undone_at=None).order_by("-pk").first()
    shown = {**_account(report), "brought": brought, "may_undo": latest == brought}
    shown["answered"] = [alarm for alarm in report.alarms if alarm.number is not None]
    shown["encoding"] = ENCODINGS.get(report.encoding, report.encoding)
    return render(request, "import.html", shown)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an import back."""
    user = writer(request)
    try:
        importing.undo(pk, by=user)
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
        return redirect("import", pk)
    messages.success(request, gettext("Taken back: what this import replaced counts again."))
    return redirect("imports")


@require_safe
def marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The imported file with its refused cells marked."""
    writer(request)
    brought = get_object_or_404(Import, pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "marked.xlsx"
        try:
            with _one_of_two():
                importing.marked(brought, out, spoken())
        except Said as refusal:
            messages.error(request, said(refusal.sentence))
            return redirect("import", pk)
        return _workbook(out, brought.file_name)


@require_safe
def marked_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """The chosen file with its refused cells marked."""
    user, upload = writer(request), get_object_or_404(Upload, pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "marked.xlsx"
        try:
            with _one_of_two():
                report = uploads.bring(upload, by=user, answers=(), dry_run=True)
                marking.write(uploads.path_of(upload), report, out, spoken())
        except Said as refusal:
            messages.error(request, said(refusal.sentence))
            return redirect("look", pk)
        return _workbook(out, upload.file_name)


def _workbook(path: Path, name: str) -> HttpResponse:
    answer = HttpResponse(
        path.read_bytes(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in Path(name).stem)
    answer["Content-Disposition"] = f'attachment; filename="{plain}-marked.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer
