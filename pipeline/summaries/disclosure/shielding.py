"""What may be shown of a period: few people are hidden where a number is finer than month and area, and what tells.

Acts of the State and objects are shown exactly. A number made of others (a change, a mean, a rate, a percentage) may
be shown where all those that it is made of may: it then tells nothing that they do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.summaries.definitions import Definition, Kind
from pipeline.summaries.disclosure.crossing import Crossing, Key
from pipeline.summaries.disclosure.hiding import Hidden, hide
from pipeline.summaries.disclosure.pieces import Name, People, Piece, count
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Protected, Shielded, ShieldedTable, Table

FEW, OTHER = "few", "other"  # why a number is hidden: it is of few people, or it would give such a number away


@dataclass
class Verdicts:
    """Which numbers of people are shown (None) or hidden, and why, by name."""

    why: dict[Name, str | None] = field(default_factory=dict)
    settled: frozenset[Name] = frozenset()

    def said(self, definition: Definition, name: Name) -> str | None:
        """Why a number is not shown; "fewer than five" can be said of a count alone."""
        why = self.why.get(name)
        return OTHER if why and definition.metrics[name[0]].kind != "count" else why

    def judge(self, piece: Piece, crossing: Crossing) -> None:
        """Decides the numbers of a piece, in the light of what is decided of those that it shares with others."""
        names = {key: piece.name(key) for key in crossing.numbers}
        decided = {key for key, name in names.items() if name in self.why}
        closed = {key for key in decided if self.why[names[key]]}
        if decided == set(names) - crossing.unsaid:
            return
        shown = (decided - closed) | {key for key, name in names.items() if name in self.settled}
        settled = crossing.settled | shown
        hidden = _all(crossing, settled) if closed else hide(replace(crossing, settled=settled))
        for key, name in names.items():
            if key not in decided and key not in crossing.unsaid:
                self.why[name] = FEW if key in hidden.few else OTHER if key in hidden.others else None


def _all(crossing: Crossing, but: frozenset[Key]) -> Hidden:
    """Everything hidden that is not decided: a hidden number that two tables share ties them together, and a table at
    a time cannot tell what both give away.
    """
    few = crossing.few - but
    return Hidden(few, frozenset(crossing.numbers) - few - but - crossing.unsaid)


def protect(
    definition: Definition,
    span: Period,
    drawn: Mapping[str, Drawn],
    tables: Sequence[Table],
    *,
    settled: frozenset[Name] = frozenset(),
    closed: Mapping[Name, str] | None = None,
) -> Protected:
    """Every figure and table as it may be shown.

    `settled` numbers are shown whatever they are (two persons said so); `closed` ones are hidden for the reason given.
    """
    verdicts = Verdicts(dict(closed or {}), settled)
    fine = frozenset(name for name in drawn if finer(definition, span, name))
    threshold, coarse = definition.protect.threshold, frozenset(definition.protect.coarse)
    for piece in _people(definition, drawn, tables, "count").pieces():
        verdicts.judge(piece, piece.crossing(threshold, coarse, fine))
    for piece in _people(definition, drawn, tables, "share").shares():
        crossing = piece.crossing(threshold, coarse, fine)
        verdicts.why |= {piece.name(key): None for key in crossing.numbers if key[-1] is None}
        verdicts.judge(piece, crossing)
    for name, one in drawn.items():
        if name in fine and _level_of_few(definition, name, one):
            verdicts.why[name, frozenset()] = OTHER
    figures = {name: _shielded(one, verdicts.said(definition, (name, frozenset()))) for name, one in drawn.items()}
    return Protected(figures, tuple(_table(table, verdicts, figures[table.metric], definition) for table in tables))


def _people(definition: Definition, drawn: Mapping[str, Drawn], tables: Sequence[Table], kind: Kind) -> People:
    """What is told of people, of one kind."""
    names = {name for name in drawn if definition.counts_people(name) and definition.metrics[name].kind == kind}
    wholes = {name: whole for name in names if (whole := definition.metrics[name].part_of) in names}
    return People({name: drawn[name] for name in names}, wholes, [one for one in tables if one.metric in names])


def _level_of_few(definition: Definition, name: str, one: Drawn) -> bool:
    """Whether a median, mean, least or greatest of people is itself of few: it adds up to nothing."""
    level = definition.counts_people(name) and definition.metrics[name].kind == "level"
    return level and one.value is not None and 0 < one.value < definition.protect.threshold


def finer(definition: Definition, span: Period, metric: str) -> bool:
    """Whether a figure is finer than month and area: by days or weeks, or by another column than those that are not."""
    whole_months = span.start.day == 1 and span.end.day == 1
    narrowed = {*definition.where, *definition.metrics[metric].where}
    return not whole_months or not narrowed <= {*definition.protect.coarse}


def _table(table: Table, verdicts: Verdicts, figure: Shielded, definition: Definition) -> ShieldedTable:
    every = {**table.cells, **table.margins}
    why = {key: verdicts.said(definition, _named(table, key)) for key in every}
    if definition.counts_people(table.metric):
        if definition.metrics[table.metric].kind == "level":
            few = {key for key, one in every.items() if _level_of_few(definition, table.metric, one)}
            why = {key: OTHER if key in few or why[key] else None for key in every}
        elif table.several and len(table.dimensions) > 1:
            why |= _crossed(table, why, definition.protect.threshold)
    shown = {key: _shielded(one, why[key]) for key, one in every.items()}
    return ShieldedTable(table.metric, table.dimensions, {**shown, (None,) * len(table.dimensions): figure})


def _crossed(table: Table, why: Mapping[Key, str | None], threshold: int) -> dict[Key, str | None]:
    """The cells of a table that does not add up: none is shown where one is few or a line of theirs is hidden."""
    inner = {
        key: one for key, one in {**table.cells, **table.margins}.items() if sum(value is not None for value in key) > 1
    }
    few = {key: 0 < count(one) < threshold for key, one in inner.items()}
    if not any(few.values()) and not any(why.values()):
        return {}
    return {key: FEW if few[key] else OTHER for key in inner}


def _named(table: Table, key: Key) -> Name:
    places = zip(table.dimensions, key, strict=True)
    return table.metric, frozenset((dimension, one) for dimension, one in places if one is not None)


def _shielded(one: Drawn, why: str | None) -> Shielded:
    return Shielded(None if why else one.value, why is not None, why or "", one.known, one.hits)
