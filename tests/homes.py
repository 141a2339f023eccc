"""Homes for tests that start processes: the tables are made once, and copied."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SETUP = "import django; django.setup()\nfrom pipeline import setup\nsetup.prepare()"


def fresh(home: Path) -> Path:
    """The folder as `portevoix setup` leaves it, before the first person: its keys and an SQLite store.

    All homes have the same keys; migrating costs seconds, and each would be migrated alike.
    """
    return shutil.copytree(_made(), home, dirs_exist_ok=True)


@lru_cache(maxsize=1)
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="porte-voix-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = folder / "home"
    env = {
        **os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", _SETUP], cwd=ROOT, env=env, check=True, timeout=120)
    return home
