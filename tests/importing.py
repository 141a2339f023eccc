"""Records brought in within this process: starting another one for each file costs most of what such a test takes.

That files are read in a process of its own, with limits, is tried in tests/observations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

from pipeline.observations import importing


def import_here(path: Path, dataset: str, **more: Any) -> Any:
    """What `import_file` returns."""
    with mock.patch.object(importing, "run_limited", here):
        return importing.import_file(path, dataset, **more)


def watched(header: str, months: Iterable[int]) -> list[str]:
    """Lines of 2026 on every fourth day of these months, of identity checks: somebody was there, and no figure of the
    monthly note counts them."""
    told = {"Commune": "Calais", "Lieu de vie": "Z", "Type": "contrôle", "Observée": "oui", "Statut": "vérifié"}
    days = (date(2026, month, day) for month in months for day in (*range(1, 29, 4), 28))
    titles = header.strip().split(";")
    return [";".join({**told, "Date": f"{day:%d/%m/%Y}"}.get(title, "") for title in titles) + "\n" for day in days]


def here(function: Callable[..., Any], *args: Any, **_limits: Any) -> Any:
    """What the function returns, as `run_limited` would hand it over."""
    return json.loads(json.dumps(function(*args)))
