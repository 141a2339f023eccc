"""Whether every package that config/floors.toml names is installed at a safe version. Run by `make check`."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.toml")


def below() -> list[str]:
    """One line for each package under its floor; empty when all are safe."""
    found = []
    for name, rule in tomllib.loads(FLOORS.read_text(encoding="utf-8")).items():
        installed = version(name)
        if _numbers(installed) < _numbers(rule["floor"]):
            found.append(f"{name} {installed} is below {rule['floor']}: {rule['why']}")
    return found


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


if __name__ == "__main__":
    sys.exit("\n".join(below()) or None)
