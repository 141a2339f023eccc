"""The project itself: run from its checkout, with safe versions, whole in French, and clean of this machine."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["cli", "scheduler", "config", "pipeline", "publishers", "web", "sandbox", "commands"])
def test_our_packages_are_the_checkouts_and_nobody_elses(name):
    found = importlib.util.find_spec(name)
    assert found is not None
    assert Path(found.origin or "").is_relative_to(ROOT)


def test_no_package_is_installed_below_its_safe_version():
    from config.floors import below

    assert below() == []


def test_a_version_below_its_floor_is_seen(monkeypatch):
    """The broken variant: Pillow as moviepy would have it."""
    from config import floors

    monkeypatch.setattr(floors, "version", lambda name: "11.3.0" if name == "pillow" else "999")
    assert [line.split()[0] for line in floors.below()] == ["pillow"]


def test_passwords_are_kept_by_argon2():
    """The other tests hash quickly (tests/conftest.py)."""
    from django.contrib.auth.hashers import check_password, make_password
    from django.test import override_settings

    from config import settings as declared

    with override_settings(PASSWORD_HASHERS=declared.PASSWORD_HASHERS):
        kept = make_password("un mot de passe")
        assert kept.startswith("argon2$argon2id$")
        assert check_password("un mot de passe", kept) and not check_password("un autre", kept)


def test_every_sentence_is_said_in_french():
    done = subprocess.run(
        [sys.executable, "web/locale/catalogue.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of the project's files")
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_no_file_names_a_place_on_a_developers_machine():
    # Written so that this file does not find itself.
    places = re.compile(r"(?<!\w)/(" + "work|root|" + "home/[a-z]+)/")  # not a folder of that name in another
    text = (".py", ".toml", ".yaml", ".md", ".html", ".css", ".j2", ".txt", ".po", ".json")
    for path in tracked():
        if path.suffix in text and path.exists():
            assert not places.search(path.read_text(encoding="utf-8")), path


def test_files_stay_short_enough_to_read():
    long = [p for p in tracked() if p.suffix == ".py" and p.exists() and "migrations" not in p.parts]
    assert [p.name for p in long if len(p.read_text(encoding="utf-8").splitlines()) > 400] == []
