"""The cells of a record as the store holds them: short, as a year of daily records is mostly names of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models.fields.json import KeyTransform

Cells = dict[str, dict[str, Any]]


def short(cell: Mapping[str, Any]) -> Any:
    """A cell {value, max, qual, raw} as it is stored: its value where the file said just that, else a list."""
    value, most, qual, raw = cell["value"], cell["max"], cell["qual"], cell["raw"]
    if most is not None or qual != "exact":
        return [value, raw, most, qual]
    plain = isinstance(value, str) or type(value) is int
    return value if plain and raw == str(value) else [value, raw]


def whole(stored: Any) -> dict[str, Any]:
    """The cell that `short` made short."""
    if not isinstance(stored, list):
        return {"value": stored, "max": None, "qual": "exact", "raw": str(stored)}
    value, raw, most, qual = stored if len(stored) == 4 else (*stored, None, "exact")
    return {"value": value, "max": most, "qual": qual, "raw": raw}


class CellsField(models.JSONField):
    """{column: {value, max, qual, raw}}; to the database a JSON column like any other."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The JSON to be stored."""
        if isinstance(value, dict):
            value = {name: short(cell) for name, cell in value.items()}
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The cells that are stored; a single one, asked for by its name, is given as it stands there."""
        found = super().from_db_value(value, expression, connection)
        if isinstance(expression, KeyTransform) or not isinstance(found, dict):
            return found
        return {name: whole(cell) for name, cell in found.items()}

    def deconstruct(self) -> Any:
        """For migrations a plain JSON column: what stands in it is no business of theirs."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, options
