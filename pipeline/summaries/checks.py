"""What is looked at before a figure goes out (docs/summaries.md): what is impossible refuses, what is strange asks.

An impossible figure (a part above its whole, places that do not sum to their total, two ways of counting that disagree)
raises Refused: its rows must be corrected. A strange one is shown with its check, and passes when a person types the
number that is in question: "oui, 330".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.errors import Refused
from pipeline.models import Import, Observation
from pipeline.summaries import recounting
from pipeline.summaries.definitions import Definition
from pipeline.summaries.drawing import Reader
from pipeline.summaries.history import History
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Table
from publishers._sentences import Sentence, _

MOST_ROWS = 20_000  # counted a second time in Python: about half a second


@dataclass(frozen=True)
class Check:
    """One check of one summary. Where it `fired`, `number` is what a person types to pass it."""

    name: str
    sentence: Sentence
    fired: bool = False
    number: int | float | None = None

    def as_json(self) -> dict[str, Any]:
        """As the summary's row keeps it."""
        return {"name": self.name, "sentence": self.sentence.as_json(), "fired": self.fired, "number": self.number}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Check:
        """The check that `as_json` wrote."""
        return cls(**{**stored, "sentence": Sentence.from_json(stored["sentence"])})


def run(reader: Reader, history: History, drawn: Mapping[str, Drawn], tables: Sequence[Table]) -> list[Check]:
    """Every check that the definition asks for. Raises Refused for what is impossible."""
    refuse_parts(reader.definition, drawn, tables)
    refuse_sums(tables)
    rules, span = reader.definition.checks, history.span
    found = [*_two_ways(reader, history, drawn)] if rules.two_ways else []
    if rules.same_rows_as_file:
        found.append(_same_rows(reader.definition.dataset, span))
    if rules.no_gap_days is not None and span.unit != "all":
        found.append(_gap(history, rules.no_gap_days))
    found += _bounds(reader.definition, drawn)
    found += _changes(reader.definition, history, drawn)
    return found


# ------------------------------------------------------------------------------------------------- impossible


def refuse_parts(definition: Definition, drawn: Mapping[str, Drawn], tables: Sequence[Table]) -> None:
    """Refuses a part above its whole, in the figures or at any place of a table."""
    crossed = {(table.metric, table.dimensions): {**table.cells, **table.margins} for table in tables}
    for name, metric in definition.metrics.items():
        if metric.part_of is None:
            continue
        pairs = [(drawn.get(name), drawn.get(metric.part_of))]
        for (one, dimensions), cells in crossed.items():
            whole = crossed.get((metric.part_of, dimensions), {}) if one == name else {}
            pairs += [(cells[key], whole[key]) for key in whole if key in cells]
        for part, whole_ in pairs:
            if part and whole_ and part.value is not None and whole_.value is not None and part.value > whole_.value:
                raise Refused(
                    _(
                        "{part} ({n}) is more than {whole} ({total}) of which it is a part: correct the rows and "
                        "import them again.",
                        part=name,
                        n=part.value,
                        whole=metric.part_of,
                        total=whole_.value,
                    )
                )


def refuse_sums(tables: Sequence[Table]) -> None:
    """Refuses a table whose places do not sum to its total."""
    for table in tables:
        cells = sum((one.value or Decimal(0) for one in table.cells.values()), Decimal(0))
        total = table.total.value
        if table.additive and total is not None and cells != total:
            raise Refused(
                _(
                    "{metric} by {dimensions} sums to {n} and not to {total}: this is a fault of the tool, report it.",
                    metric=table.metric,
                    dimensions=list(table.dimensions),
                    n=cells,
                    total=total,
                )
            )


def _two_ways(reader: Reader, history: History, drawn: Mapping[str, Drawn]) -> Iterator[Check]:
    span = history.span
    if reader.census(span).held > MOST_ROWS:
        yield Check("two_ways", _("Not counted a second time: there are more than {n} rows.", n=MOST_ROWS))
        return
    again = recounting.figures(reader.definition, span)
    for name, (value, upper) in again.items():
        if (drawn[name].value, drawn[name].upper) != (value, upper):
            raise Refused(
                _(
                    "{metric} is {n} by the database and {again} row by row: this is a fault of the tool, report it.",
                    metric=name,
                    n=_ends(drawn[name].value, drawn[name].upper),
                    again=_ends(value, upper),
                )
            )
    yield Check("two_ways", _("Counted twice, by the database and row by row: the figures agree."))


def _ends(value: Decimal | None, upper: Decimal | None) -> str:
    return str(value) if upper is None else f"{value}-{upper}"


# ---------------------------------------------------------------------------------------------------- strange


def _same_rows(dataset: str, span: Period) -> Check:
    """Whether each row of the period stands in the latest file that had rows of it."""
    rows = Observation.objects.filter(dataset=dataset, live=True)
    if span.unit != "all":
        rows = rows.filter(date__gte=span.start, date__lt=span.end)
    newest = rows.order_by("-last_seen").first()
    elsewhere = rows.exclude(last_seen=newest.last_seen).count() if newest else 0
    if newest and elsewhere:
        file = Import.objects.filter(dataset=dataset, at=newest.last_seen).first()
        return Check(
            "same_rows_as_file",
            _("{n} rows of {period} are not in the latest file, {file}: look whether they still count.",
              n=elsewhere, period=span.code, file=file.file_name if file else "–"),
            fired=True,
            number=elsewhere,
        )  # fmt: skip
    return Check("same_rows_as_file", _("All rows of {period} are those of the latest file.", period=span.code))


def _gap(history: History, most: int) -> Check:
    longest = history.longest_gap(history.span)
    if longest > most:
        said = _(
            "{n} days in a row without any row, {most} at most are usual: are records missing?", n=longest, most=most
        )
        return Check("no_gap_days", said, fired=True, number=longest)
    return Check("no_gap_days", _("Days in a row without any row: {n} at most.", n=longest))


def _bounds(definition: Definition, drawn: Mapping[str, Drawn]) -> Iterator[Check]:
    for name, (least, most) in definition.checks.bounds.items():
        value = drawn[name].value if name in drawn else None
        if value is None:
            continue
        out = not least <= value <= most
        said = (
            _("{metric} is {n}: outside {least} to {most}.") if out else _("{metric} is {n}: within {least} to {most}.")
        )
        facts = {"metric": name, "n": _plain(value), "least": _plain(least), "most": _plain(most)}
        yield Check(f"bounds.{name}", Sentence(said.msgid, facts), fired=out, number=_plain(value) if out else None)


def _changes(definition: Definition, history: History, drawn: Mapping[str, Drawn]) -> Iterator[Check]:
    """How far figures are from the period before, where that one may be compared with."""
    before = history.span.before()
    if not history.comparable(before) or history.span.unit == "all" or history.span.end > history.today:
        return
    earlier = history.figures(before)
    for name, most in definition.checks.max_change.items():
        value, base = (found[name].value if name in found else None for found in (drawn, earlier))
        if value is None or base is None:
            continue
        far = abs(value - base) * 100 > most * base
        facts = {
            "metric": name,
            "n": _plain(value),
            "before": _plain(base),
            "period": before.code,
            "most": _plain(most),
        }
        said = (
            _("{metric} is {n}, against {before} in {period}: a change of more than {most}%.")
            if far
            else _("{metric} is {n}, against {before} in {period}: a change of {most}% at most.")
        )
        yield Check(f"max_change.{name}", Sentence(said.msgid, facts), fired=far, number=_plain(value) if far else None)


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
