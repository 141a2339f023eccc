"""Records brought in within this process: starting another one for each file costs most of what such a test takes.

That files are read in a process of its own, with limits, is tried in tests/observations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from pipeline.observations import importing


def import_here(path: Path, dataset: str, **more: Any) -> Any:
    """What `import_file` returns."""
    with mock.patch.object(importing, "run_limited", _here):
        return importing.import_file(path, dataset, **more)


def _here(function: Callable[..., Any], *args: Any, **_limits: Any) -> Any:
    return json.loads(json.dumps(function(*args)))
