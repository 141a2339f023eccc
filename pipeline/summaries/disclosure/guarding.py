"""The door with the store behind it: what went out before, and what two persons allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.models import Summary
from pipeline.summaries.definitions import Definition
from pipeline.summaries.disclosure import allowing, ledger
from pipeline.summaries.disclosure.pieces import Name
from pipeline.summaries.disclosure.scopes import Told, told
from pipeline.summaries.disclosure.shielding import protect
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Protected, Table

BESIDE = "beside"  # a number that would give few people away beside those that went out
ROUNDS = 4  # of hiding and looking again


def guard(definition: Definition, span: Period, drawn: Mapping[str, Drawn], tables: Sequence[Table]) -> Protected:
    """Every figure and table of a period as it may be shown after all that went out before."""
    settled = allowing.allowed(definition.summary, span.code)
    shown = protect(definition, span, drawn, tables, settled=settled)
    new = told(definition, span, shown)
    if not new or not (any(one.fine for one in new) or ledger.any_fine(definition.dataset, span.start, span.end)):
        return shown
    earlier, closed = ledger.published(definition.dataset, span.start, span.end), dict[Name, str]()
    for number in range(ROUNDS + 1):
        away = [one for one in ledger.giving_away(definition.dataset, new, earlier) if one.name not in settled]
        if not away:
            break
        if number == ROUNDS:  # what hiding one by one does not end is hidden as a whole
            away = [one for one in new if one.name not in settled]
        closed |= {one.name: BESIDE for one in away}
        shown = protect(definition, span, drawn, tables, settled=settled, closed=closed)
        new = told(definition, span, shown)
    return shown


def note(row: Summary, definition: Definition, shown: Mapping[Period, tuple[Protected, str]]) -> None:
    """Keeps what a summary tells of its period and of those that it compares with, for the summaries to come.

    Of each period its protected figures, and "" or the one metric that alone is told of it.
    """
    numbers: list[Told] = []
    for span, (figures, only) in shown.items():
        numbers += told(definition, span, figures, only=only)
    ledger.note(row, definition.dataset, list(dict.fromkeys(numbers)))
