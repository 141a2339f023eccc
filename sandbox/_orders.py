"""Commands of the control interface that several servers know."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

Order = Callable[[dict[str, Any]], Any]


def settings(
    server: Any, names: tuple[str, ...], *tables: MutableMapping[str, Any]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A command that changes some of these settings, attributes or numbers of a table, and gives all back."""

    def change(given: dict[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            table = next((one for one in tables if name in one), None)
            if table is not None:
                table[name] = type(table[name])(value)
            elif name in names:
                setattr(server, name, value)
            else:
                raise LookupError(name)
        return {name: one for table in tables for name, one in table.items()} | {
            name: getattr(server, name) for name in names
        }

    return change
