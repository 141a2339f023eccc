"""Records in, figures out."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import (
    FILE,
    emit,
    json_option,
    say,
    spoken,
    stored,
)
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.observations.report import ImportReport

ALARM_ROWS = 10
WIDTH = 80


@click.command("import")
@click.argument("file", type=FILE, required=False)
@click.option("--dataset", help="a name of config/datasets")
@click.option("--undo", type=int, metavar="IMPORT", help="Take an import back: its rows no longer count.")
@click.option("--dry-run", is_flag=True, help="Report only; keep nothing.")
@json_option
@stored
def import_(file: Path | None, dataset: str | None, undo: int | None, dry_run: bool, as_json: bool) -> None:
    """Bring a spreadsheet in; every refused cell is explained."""
    from pipeline.observations import importing

    if undo is not None:
        back = importing.undo(undo, by=None)
        told = {"import": back.pk, "file": back.file_name, "undone": True}
        emit(as_json, told, lambda: say(_("Import {number} is taken back: its rows no longer count.", number=back.pk)))
        return
    if file is None or dataset is None:
        raise click.UsageError(_("Name a FILE and its --dataset, or an import to --undo.").text(spoken()))
    report = importing.import_file(file, dataset, by=None, dry_run=dry_run)
    emit(as_json, report.as_json(spoken()), lambda: show_report(report))


def show_report(report: ImportReport) -> None:
    """An import's account for people: what was kept, each refused cell, what looks wrong."""
    lang = spoken()
    told = report.as_json(lang)
    say(
        _("{file}: {read} rows read, {kept} kept, {rejected} rejected, {ignored} ignored.",
          **{key: told[key] for key in ("file", "read", "kept", "rejected", "ignored")})
    )  # fmt: skip
    say(_("New {new}, changed {changed}, vanished {vanished}.", **told["difference"]))
    for alarm in told["alarms"]:
        click.echo(f"! {alarm['sentence']}")
        if alarm["rows"]:
            click.echo(f"  {rows_named(alarm['rows'])}")
    if lost := losses(report):
        click.echo(", ".join(part.text(lang) for part in lost) + ".")
    for problem in told["problems"]:
        show_problem(problem)


def rows_named(rows: list[int]) -> str:
    """The rows of an alarm: ten at most, then dots."""
    shown = ", ".join(map(str, rows[:ALARM_ROWS])) + (", …" if len(rows) > ALARM_ROWS else "")
    return (_("row {rows}", rows=shown) if len(rows) == 1 else _("rows {rows}", rows=shown)).text(spoken())


def losses(report: ImportReport) -> list[Sentence]:
    """How many rows were rejected and how many cells of kept rows left blank; what did not happen is left out."""
    blank, rejected = blank_cells(report), report.rejected
    said = []
    if rejected:
        said.append(_("1 row rejected") if rejected == 1 else _("{n} rows rejected", n=rejected))
    if blank:
        said.append(_("1 cell left blank") if blank == 1 else _("{n} cells left blank", n=blank))
    return said


def blank_cells(report: ImportReport) -> int:
    """How many refused cells stand in rows that were kept: those where no required cell was refused."""
    from pipeline.observations import datasets

    dataset = datasets.load(report.dataset)
    named = [(p, dataset.column_titled(p.column)) for p in report.problems]
    gone = {(p.sheet, p.row) for p, name in named if name and dataset.columns[name].required}
    return sum((p.sheet, p.row) not in gone for p in report.problems)


def show_problem(problem: dict[str, Any]) -> None:
    """One refused cell: what is wrong, and under it what to type instead."""
    facts = {name: " ".join(str(problem[name]).split()) for name in ("row", "column", "reason")}
    click.echo(folded(_("row {row}, {column}: {reason}", **facts).text(spoken())))
    click.echo(folded(f"  {problem['hint']}"))


def folded(line: str) -> str:
    """The line over as many rows of 80 columns as it needs, indented from the second on."""
    return textwrap.fill(line, WIDTH, subsequent_indent="    ", break_on_hyphens=False)


COMMANDS = (import_,)
