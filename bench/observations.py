"""Records in and figures out: our import beside calamine and pydantic, in one run.

python bench/observations.py [--json]
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from typing import Any

import _import

PARTS = (_import.figures,)
PEERS = ("python-calamine", "pydantic", "django", "openpyxl")


def main() -> None:
    """Prints the table, or the figures as JSON."""
    figures: list[dict[str, Any]] = [figure for part in PARTS for figure in part()]
    if "--json" in sys.argv:
        versions = {"python": platform.python_version()} | {name: version(name) for name in PEERS}
        print(json.dumps({"figures": figures, "versions": versions}))
        return
    for figure in figures:
        goal = f"  goal {figure['goal']}{'' if figure['met'] else '  MISSED'}" if figure["goal"] is not None else ""
        print(f"{figure['name']:60} {figure['value']:9.2f} {figure['unit']}{goal}")


if __name__ == "__main__":
    main()
