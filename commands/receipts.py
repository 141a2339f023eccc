"""Receipts of protection: shown, written to a file, read again later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, emit, find_rendition, json_option, say, spoken, stored, table
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import ProtectionReceipt
    from pipeline.protection.receipts import Verdict


@click.command()
@click.argument("number", metavar="[RENDITION]", type=int, required=False)
@click.option("--out", type=FILE, help="Write it there: FILE.json, or FILE.pdf on paper.")
@click.option("--check", type=FILE, help="Read a receipt again that was written to a file.")
@json_option
@stored
def receipt(number: int | None, out: Path | None, check: Path | None, as_json: bool) -> None:
    """Show what was settled for the people in a file, and whether that still stands; of all files, without a number."""
    from pipeline.protection import receipts

    if (number is not None) + (check is not None) > 1 or (out and number is None):
        raise Said(_("Give the number of one rendition, or --check FILE.json."))
    if check is not None:
        _tell(receipts.verify_export(_read(check)), as_json)
    elif number is None:
        _all(as_json)
    else:
        _one(number, out, as_json)


def _one(number: int, out: Path | None, as_json: bool) -> None:
    from pipeline.protection import receipt_lines, receipts

    held = find_rendition(number).receipts.order_by("-issued_at", "-pk").first()
    if held is None:
        raise Said(_("Nobody has confirmed rendition {number}: portevoix protect {number}", number=number))
    verdict = receipts.verify(held)
    if verdict.genuine and out is not None:
        _write(held, out)
    elif verdict.genuine and not as_json:
        for part in receipt_lines.sections(json.loads(held.body)):
            table([part.title, ""], [[name, value] for name, value in part.lines])
        say(_("Sealed under {hash}.", hash=held.sha256))
    _tell(verdict, as_json, **(receipts.export(held) if verdict.genuine else {"sha256": held.sha256}))


def _write(held: ProtectionReceipt, out: Path) -> None:
    from pipeline.pdf import receipt as paper
    from pipeline.protection import receipts

    if out.suffix == ".pdf":
        out.write_bytes(paper.receipt(json.loads(held.body), held.sha256, lang=spoken()).data)
    else:
        out.write_text(json.dumps(receipts.export(held), ensure_ascii=False, indent=2) + "\n", "utf-8")


def _all(as_json: bool) -> None:
    """Every receipt in force, each read again; refused where one is not what was sealed."""
    from pipeline.models import ProtectionReceipt
    from pipeline.protection import receipts

    rows = ProtectionReceipt.objects.filter(withdrawn_at=None).select_related("rendition").order_by("pk")
    read = [(row, receipts.verify(row)) for row in rows]
    facts = [{"rendition": row.rendition_id, "sha256": row.sha256, **_facts(verdict)} for row, verdict in read]
    lines = [[row.rendition_id, row.sha256[:16], _words(verdict)] for row, verdict in read]
    none = _("There is no receipt of protection yet.")
    heads = [_("rendition"), _("receipt"), _("read again")]
    emit(as_json, facts, lambda: table(heads, lines) if lines else say(none))
    if any(not verdict.genuine for _row, verdict in read):
        raise Said(_("A receipt is not what was sealed: look at it on its page, and watch the file again."))


def _tell(verdict: Verdict, as_json: bool, **told: Any) -> None:
    def show() -> None:
        for sentence in (*verdict.changed, *([_("It is exactly what was sealed.")] if verdict.genuine else [])):
            say(sentence)

    emit(as_json, {**_facts(verdict), **told}, show)
    if not verdict.genuine:
        raise Said(verdict.broken[0])


def _facts(verdict: Verdict) -> dict[str, Any]:
    said = [sentence.text(spoken()) for sentence in (*verdict.broken, *verdict.changed)]
    return {"genuine": verdict.genuine, "said": said}


def _words(verdict: Verdict) -> list[Sentence]:
    return [*verdict.broken, *verdict.changed] or [_("as it was sealed")]


def _read(file: Path) -> Any:
    try:
        told = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict):
        raise Said(_("This is no receipt of protection: bring the JSON file that was exported."))
    return told
