"""The checkpoints that stand in the source of delivery, so that no suite can forget a new one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"checkpoint\(([^)]*)\)")
LITERAL = re.compile(r'"([^"]+)"')


def points() -> list[str]:
    """Every name, sorted; ValueError for one that is not a literal text and so cannot be found here."""
    found: set[str] = set()
    for path in sorted((ROOT / "pipeline" / "delivery").glob("*.py")):
        if path.name == "checkpoints.py":
            continue
        for argument in CALL.findall(path.read_text(encoding="utf-8")):
            literal = LITERAL.fullmatch(argument.strip())
            if literal is None:
                raise ValueError(f"{path.name}: checkpoint({argument}) does not say its name")
            found.add(literal.group(1))
    return sorted(found)
