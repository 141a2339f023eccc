"""Statements that Django compiles once for each connection; after that only their values change.

Delivery asks the same few questions for every post. To build and compile one of them anew takes Django ten times as
long as the database takes to answer it (docs/performance.md). The SQL is the ORM's own; none is written by hand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import ROW_COUNT

Row = TypeVar("Row")


class Given(Expression):
    """A value that each use of the statement gives, by its name; it stands for that field of the model."""

    def __init__(self, name: str, model: type[Model], field: str) -> None:
        like: Any = model._meta.pk if field == "pk" else model._meta.get_field(field)
        super().__init__(output_field=like.target_field if like.is_relation else like)  # a key's value is no join
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        """The place of the value; among the parameters it stands in for itself."""
        return "%s", (self,)

    def bound(self, values: dict[str, Any], connection: Any) -> Any:
        """The value given now, as this database takes it."""
        return self.output_field.get_db_prep_save(values[self.name], connection)


def given(model: type[Model], *names: str, **fields: str) -> dict[str, Given]:
    """A `Given` for each field of the model; NAME=FIELD for one that goes by another name."""
    return {name: Given(name, model, field) for name, field in {**{n: n for n in names}, **fields}.items()}


class _Compiled(threading.local):
    """What a thread has compiled, for its own connection."""

    rows: QuerySet[Any, Any]
    compiler: SQLCompiler | None = None
    sql: str
    places: tuple[Any, ...]


class _Statement:
    def __init__(self, made: Callable[[], QuerySet[Any, Any]]) -> None:
        self._made = made
        self._own = _Compiled()

    def _query(self, rows: QuerySet[Any, Any]) -> Any:
        return rows.query

    def _ready(self, values: dict[str, Any]) -> _Compiled:
        """The statement with these values in it."""
        own, connection = self._own, connections[DEFAULT_DB_ALIAS]
        if own.compiler is None or own.compiler.connection is not connection:
            own.rows = self._made()
            query = self._query(own.rows)
            own.compiler = compiler = query.get_compiler(connection=connection)
            own.sql, own.places = compiler.as_sql()
            read = compiler.get_converters([column[0] for column in compiler.select or ()])
            compiler.get_converters = lambda _columns: read
            query.get_compiler = lambda *_args, **_named: compiler
        bound = tuple(p.bound(values, connection) if isinstance(p, Given) else p for p in own.places)
        ready = (own.sql, bound)
        own.compiler.as_sql = lambda *_args, **_named: ready  # type: ignore[method-assign]
        return own


class Question(_Statement, Generic[Row]):
    """A SELECT, from a function that makes its queryset, with `given` in the place of each value."""

    def __init__(self, made: Callable[[], QuerySet[Any, Row]]) -> None:
        super().__init__(made)

    def __call__(self, **values: Any) -> list[Row]:
        """The rows, read now."""
        rows: Any = self._ready(values).rows
        return list(rows._iterable_class(rows))


class Change(_Statement):
    """An UPDATE, from a function that makes the queryset of what it may meet and one that says what it writes."""

    def __init__(self, met: Callable[[], QuerySet[Any, Any]], writes: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__(met)
        self._writes = writes

    def _query(self, rows: QuerySet[Any, Any]) -> Any:
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(self._writes())
        return query

    def __call__(self, **values: Any) -> int:
        """How many rows it met."""
        compiler: Any = self._ready(values).compiler
        with transaction.mark_for_rollback_on_error(using=DEFAULT_DB_ALIAS):
            met: int = compiler.execute_sql(ROW_COUNT)
        return met
