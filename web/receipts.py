"""The page of a file's receipt of protection: what was settled, whether it still stands, and the same to take along."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pipeline.models import ProtectionReceipt, Rendition
from pipeline.pdf import receipt as paper
from pipeline.protection import receipt_lines, receipts
from web.people import writer
from web.templatetags.studio import spoken


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest receipt of a file, read again now, and those before it."""
    writer(request)
    row = get_object_or_404(Rendition, pk=pk, state="ready")
    held = list(row.receipts.order_by("-issued_at", "-pk"))
    if not held:
        return render(request, "receipt.html", {"row": row})
    newest, *before = held
    verdict = receipts.verify(newest)
    parts = receipt_lines.sections(json.loads(newest.body)) if verdict.genuine else []
    shown = {"row": row, "receipt": newest, "verdict": verdict, "parts": parts, "before": before}
    return render(request, "receipt.html", shown)


@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest receipt as a JSON document, which “portevoix footage receipt --check” reads again."""
    held = _newest(request, pk)
    told = json.dumps(receipts.export(held), ensure_ascii=False, indent=2)
    return _download(told.encode(), "application/json", f"{held.sha256[:16]}.json")


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest receipt as a PDF."""
    held = _newest(request, pk)
    made = paper.receipt(json.loads(held.body), held.sha256, lang=spoken())
    return _download(made.data, "application/pdf", f"{held.sha256[:16]}.pdf")


def _newest(request: HttpRequest, pk: int) -> ProtectionReceipt:
    """The newest receipt of the file, as it was sealed; 404 where there is none, or none that can be relied on."""
    writer(request)
    held = ProtectionReceipt.objects.filter(rendition=pk).order_by("-issued_at", "-pk").first()
    if held is None or receipts.damage(held) is not None:
        raise Http404
    return held


def _download(data: bytes, mime: str, name: str) -> HttpResponse:
    """A private file to keep: it names people of the house."""
    answer = HttpResponse(data, content_type=mime)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
