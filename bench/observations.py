"""Records in and figures out, in one run: beside calamine and pydantic, beside sqlite3 and DuckDB.

python bench/observations.py [--json]
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from typing import Any

import _import
import _summaries

PARTS = (_import.figures, _summaries.figures)
PEERS = ("python-calamine", "pydantic", "duckdb", "django", "openpyxl")


def main() -> None:
    """Prints the table, or the figures as JSON."""
    figures: list[dict[str, Any]] = [figure for part in PARTS for figure in part()]
    if "--json" in sys.argv:
        versions = {"python": platform.python_version()} | {name: version(name) for name in PEERS}
        print(json.dumps({"figures": figures, "versions": versions}))
        return
    for figure in figures:
        goal = f"  goal {figure['goal']}{'' if figure['met'] else '  MISSED'}" if figure["goal"] is not None else ""
        value = "not measured" if figure["value"] is None else f"{figure['value']:9.2f} {figure['unit']}"
        print(f"{figure['name']:62} {value}{goal}")


if __name__ == "__main__":
    main()
