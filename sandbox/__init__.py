"""Servers on the loopback that behave as the platforms document it. A module without underscore is one platform."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox._server import Sandbox


def servers() -> dict[str, type[Sandbox]]:
    """Every server by its name; each module names its class as SERVER."""
    names = sorted(one.name for one in iter_modules(__path__) if not one.name.startswith("_"))
    return {name: import_module(f"sandbox.{name}").SERVER for name in names}
