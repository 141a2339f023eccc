"""What every test stands on: its own home, its own keys, and small worlds to act in."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

# For the processes that tests start: they run at any hour of the day, and wait for nobody who would stop a post.
os.environ["PORTEVOIX_QUIET_HOURS"] = ""
os.environ["PORTEVOIX_GRACE_MINUTES"] = "0"
os.environ["PORTEVOIX_FOOTAGE_DELAY_HOURS"] = "0"

# Argon2 is slow on purpose: tests/test_project.py tries it, the others hash quickly.
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A fresh PORTEVOIX_HOME with keys, for every test that uses Django's settings."""
    if "django_db_setup" not in request.fixturenames and "settings" not in request.fixturenames:
        return tmp_path
    settings = request.getfixturevalue("settings")
    settings.PORTEVOIX_HOME = tmp_path / "home"
    settings.PASSWORD_HASHERS = QUICK
    settings.PORTEVOIX_QUIET_HOURS = None
    settings.PORTEVOIX_GRACE = timedelta(0)
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(0)
    from django.core.cache import caches

    from pipeline import vault

    vault.make_keys()
    caches["sign-in"].clear()  # who gave wrong passwords in another test is not shut out of this one
    return settings.PORTEVOIX_HOME


@pytest.fixture
def shared() -> Path:
    """The folder of public files beside the checkout; the test is skipped, aloud, where it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED.name}/ is not beside the checkout: its files are not tried")
    return SHARED


@pytest.fixture
def world(db: None, home: Path, tmp_path: Path):
    """People, an outbox channel and a drafted post with a card."""
    from tests.worlds import World

    return World(tmp_path)
