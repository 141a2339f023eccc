"""The platforms: one module each, found by being there."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publishers._base import Publisher


@lru_cache
def registry() -> dict[str, type[Publisher]]:
    """Every platform by its name; a module of this folder without a leading underscore is one."""
    from publishers._base import Publisher

    found: dict[str, type[Publisher]] = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        module = import_module(f"publishers.{path.stem}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Publisher) and value.__module__ == module.__name__:
                found[value.platform] = value
    return found
