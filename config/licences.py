"""Whether every package that the product runs on stands under a permitted licence. Run by `make check`."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RULES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("licences.toml").read_text(encoding="utf-8"))


def running() -> list[str]:
    """The packages of the lock that the product and its extras run on, tools of developers aside."""
    export = [
        "export", "--frozen", "--no-dev", "--all-extras", "--no-hashes", "--no-emit-project", "--no-header",
        "--no-annotate", "--quiet",
    ]  # fmt: skip
    uv = Path(sys.executable).with_name("uv")
    told = subprocess.run([uv, *export], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({line.partition("==")[0] for line in told.splitlines() if "==" in line})


def licence(name: str) -> str | None:
    """The package's licence as an SPDX expression, or in its own words; None where it is not installed here."""
    if told := RULES["read"].get(name) or RULES["excepted"].get(name):
        return str(told["licence"])
    try:
        facts = metadata(name).json
    except PackageNotFoundError:
        return None
    classified = [word.rpartition(" :: ")[2] for word in facts.get("classifier", []) if word.startswith("License")]
    own = str(facts.get("license", ""))
    said = str(facts.get("license_expression", "")) or (own if 0 < len(own) < 80 else " OR ".join(classified))
    return str(RULES["spelt"].get(said, said))


def allowed(expression: str) -> bool:
    """Whether one may choose so that every part is permitted."""
    from license_expression import ExpressionError, get_spdx_licensing

    spdx = get_spdx_licensing()
    try:
        parsed = spdx.parse(expression, validate=True)
    except ExpressionError:
        return False
    return parsed is not None and _holds(parsed)


def _holds(part: Any) -> bool:
    if hasattr(part, "key"):
        return str(part.key) in RULES["permitted"]
    choose = any if part.operator.strip() == "OR" else all
    return choose(_holds(one) for one in part.args)


def refused() -> Iterator[str]:
    """One line for each package whose licence is not on the list."""
    for name in running():
        told = licence(name) if name not in RULES["excepted"] else None
        if told is not None and not allowed(told):
            yield f"{name}: “{told}” is not a permitted licence; see config/licences.toml"


if __name__ == "__main__":
    sys.exit("\n".join(refused()) or None)
