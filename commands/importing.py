"""Records in: a spreadsheet looked at, its alarms answered, then brought into the store."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands._terminal import FILE, emit, json_option, person, say, spoken, stored
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from pipeline.models import User
    from pipeline.observations.headers import Wishes
    from pipeline.observations.report import Alarm, ImportReport

ALARM_ROWS = 10
WIDTH = 80


@click.command("import")
@click.argument("file", type=FILE, required=False)
@click.option("--dataset", help="a name of config/datasets")
@click.option("--undo", type=int, metavar="IMPORT", help="Take an import back: its rows no longer count.")
@click.option("--dry-run", is_flag=True, help="Report only; keep nothing.")
@click.option("--answer", "answers", multiple=True, metavar="'oui, N'",
              help="Passes one alarm: yes or oui, and the number that it names. May be repeated.")  # fmt: skip
@click.option("--map", "mapping", multiple=True, metavar="'COLUMN=Title'",
              help="Read the title as this column (an empty COLUMN: not at all); kept for files like it.")  # fmt: skip
@click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="What stands first in 03/04/2026.")
@click.option("--period", default="", metavar="2026-10", help="The month that every row should be of.")
@click.option("--drop-vanished", is_flag=True, help="Rows that the file no longer holds stop counting.")
@click.option("--report", "marked", type=FILE, metavar="FILE.xlsx", help="Write the file with its bad cells marked.")
@click.option("--as", "username", metavar="USER", help="Who does this; asks for the password.")
@json_option
@click.option("--details", is_flag=True, help="With --json: also encoding, mapping, answers and the import's number.")
@stored
def import_(
    file: Path | None, dataset: str | None, undo: int | None, dry_run: bool, answers: tuple[str, ...],
    mapping: tuple[str, ...], dates: str | None, period: str, drop_vanished: bool, marked: Path | None,
    username: str | None, as_json: bool, details: bool,
) -> None:  # fmt: skip
    """Bring a spreadsheet in; every refused cell is explained, every alarm needs a typed answer."""
    from pipeline.observations import importing, marking

    by = person(username) if username else None
    if undo is not None:
        _take_back(undo, by, as_json)
        return
    if file is None or dataset is None:
        raise click.UsageError(_("Name a FILE and its --dataset, or an import to --undo.").text(spoken()))
    how: dict[str, Any] = {"wishes": _wishes(dataset, mapping, dates), "period": period, "by": by}
    report = importing.import_file(file, dataset, answers=answers, dry_run=dry_run, drop_vanished=drop_vanished, **how)
    if report.unanswered and not dry_run and not as_json and sys.stdin.isatty():
        show_report(report)
        typed = [*answers, *(_ask(alarm) for alarm in report.unanswered)]
        report = importing.import_file(file, dataset, answers=typed, drop_vanished=drop_vanished, **how)
    if marked:
        marking.write(file, report, marked, spoken())
    told = report.in_detail(spoken()) if details else report.as_json(spoken())
    emit(as_json, told, lambda: show_report(report))
    if report.unanswered and not dry_run:
        needed = " ".join(f"--answer '{one.answer(spoken())}'" for one in report.unanswered)
        raise Said(_("Nothing was imported: answer each alarm when you have looked at its rows: {options}",
                     options=needed))  # fmt: skip


def _take_back(number: int, by: User | None, as_json: bool) -> None:
    from pipeline.observations import importing

    back = importing.undo(number, by=by)
    told = {"import": back.pk, "file": back.file_name, "undone": True}
    emit(as_json, told, lambda: say(_("Import {number} is taken back: its rows no longer count.", number=back.pk)))


def _wishes(dataset: str, mapping: tuple[str, ...], dates: str | None) -> Wishes:
    """What the options settle: titles, and the order of every date column."""
    from pipeline.observations import datasets, headers

    declared = datasets.load(dataset)
    titles = headers.wishes_from(mapping, declared)
    order = "month" if dates == "month-first" else "day"
    named = [name for name, column in declared.columns.items() if column.type == "date"] if dates else []
    return headers.Wishes(titles, dict.fromkeys(named, order))  # type: ignore[arg-type]


def _ask(alarm: Alarm) -> str:
    """What the person types for an alarm, which they see once more."""
    answer = alarm.answer(spoken())
    said = alarm.sentence.text(spoken())
    return str(
        click.prompt(_("{alarm} To go on, type “{answer}”", alarm=said, answer=answer).text(spoken()), default="")
    )


def show_report(report: ImportReport) -> None:
    """An import's account for people: what was kept, each refused cell, what looks wrong."""
    lang = spoken()
    told = report.in_detail(lang)
    say(
        _("{file}: {read} rows read, {kept} kept, {rejected} rejected, {ignored} ignored.",
          **{key: told[key] for key in ("file", "read", "kept", "rejected", "ignored")})
    )  # fmt: skip
    if report.encoding:
        encoding = report.encoding
        say(
            _("Read as {encoding}:", encoding=encoding)
            if report.samples
            else _("Read as {encoding}.", encoding=encoding)
        )
        for line in report.samples:
            click.echo(f"  {line[: WIDTH - 2]}")
    say(_("New {new}, changed {changed}, vanished {vanished}.", **told["difference"]))
    for line in report.gone[:ALARM_ROWS]:
        click.echo(f"  {line}")
    for alarm, facts in zip(report.alarms, told["alarms"], strict=True):
        show_alarm(facts, alarm.sheet, open_=alarm in report.unanswered)
    if lost := losses(report):
        click.echo(", ".join(part.text(lang) for part in lost) + ".")
    for problem in told["problems"]:
        show_problem(problem)
    if report.import_id:
        say(_("Import {id}; to take it back: {command}", id=report.import_id,
              command=f"portevoix import --undo {report.import_id}"))  # fmt: skip


def show_alarm(alarm: dict[str, Any], sheet: str, *, open_: bool) -> None:
    """One alarm with its sheet and rows; one that nobody has answered says what to type."""
    click.echo(f"! {alarm['sentence']}")
    if alarm["rows"]:
        click.echo(f"  {sheet}{', ' if sheet else ''}{rows_named(alarm['rows'])}")
    if open_:
        say(_("  If it is right all the same: --answer '{answer}'", answer=alarm["answer"]))


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
    columns = {(one.sheet, one.letter): one.column for one in report.mapping}
    named = [(problem, columns.get((problem.sheet, problem.letter), "")) for problem in report.problems]
    gone = {(p.sheet, p.row) for p, name in named if name and dataset.columns[name].required}
    return sum((p.sheet, p.row) not in gone for p in report.problems)


def show_problem(problem: dict[str, Any]) -> None:
    """One refused cell: what is wrong, and under it what to type instead."""
    facts = {name: " ".join(str(problem[name]).split()) for name in ("row", "column", "letter", "reason")}
    said = _("row {row}, {letter} {column}: {reason}", **facts).text(spoken())
    click.echo(folded(f"{problem['sheet']}, {said}" if problem["sheet"] else said))
    click.echo(folded(f"  {problem['hint']}"))


def folded(line: str) -> str:
    """The line over as many rows of 80 columns as it needs, indented from the second on."""
    return textwrap.fill(line, WIDTH, subsequent_indent="    ", break_on_hyphens=False)


COMMANDS = (import_,)
