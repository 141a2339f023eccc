"""A browser: the Chromium of the machine, driven by Playwright; skipped, aloud, where either is missing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.one_by_one import STORE
from tests.second import fresh_code
from tests.web.studio import PASSWORD, Studio, full_month
from web import typeface

# Playwright's sync calls run inside an event loop, which Django otherwise takes for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The store is a file, as its people have it: each thread of the studio has a connection of its own.

    One connection in memory for all threads stands still for good where one of them is in the middle of a statement
    that calls Python (a date cut to its month) while another hands values to its own.
    """
    from django.conf import settings

    if (own := settings.DATABASES["default"])["ENGINE"].endswith("sqlite3"):
        given = os.environ.get(STORE) or str(tmp_path_factory.mktemp("store") / "store.sqlite3")
        own.setdefault("TEST", {})["NAME"] = given


@pytest.fixture(scope="module", autouse=True)
def erasable(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Between browser tests the tables are emptied, which the store's own triggers refuse: they rest meanwhile."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor != "sqlite":  # PostgreSQL truncates, which no row trigger sees
            yield
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for _name, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The running browser, a new one for each file."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser test ran")
    program = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed: no browser test ran")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def typeface_cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages' font, cut once for all tests."""
    folder = tmp_path_factory.mktemp("cache")
    typeface.data(folder)
    return folder


@pytest.fixture
def newsroom(transactional_db: None, settings: Any, home: Path, tmp_path: Path, typeface_cut: Path) -> Studio:
    """A studio with a full month; `waiting` is the post that somebody has to approve."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; Argon2 is slow on purpose
    (home / "cache").mkdir(parents=True)
    shutil.copy(typeface_cut / typeface.name(), home / "cache")
    studio = Studio(tmp_path)
    studio.waiting = full_month(studio)
    return studio


class Visitor:
    """A person at a page, who can take pictures of what they see."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    def sign_in(self, user: Any) -> None:
        self.page.goto(self.base + "/sign-in/")
        self.page.fill("[name=username]", user.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url(lambda url: not url.endswith("/sign-in/"))
        if self.page.url.endswith("/sign-in/code/"):
            self.page.fill("[name=code]", fresh_code(user))
            self.page.click("main button")
            self.page.wait_for_url(lambda url: "/sign-in/" not in url)

    def see(self, path: str) -> None:
        self.page.goto(self.base + path)

    def shot(self, name: str, *, whole: bool = True) -> None:
        """A picture in the folder that PORTEVOIX_SHOTS names; nothing where it is not set."""
        if folder := os.environ.get("PORTEVOIX_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9-]', '-', name)}.png", full_page=whole)


@pytest.fixture
def visit(chromium: Any, live_server: Any, newsroom: Studio) -> Iterator[Any]:
    """Opens a browser window for a visitor; every window is closed at the end."""
    opened = []

    def at(size: dict[str, int] = PHONE, *, dark: bool = False, lang: str = "fr") -> Visitor:
        context = chromium.new_context(
            viewport=size, color_scheme="dark" if dark else "light", locale=lang, has_touch=size["width"] < 600
        )
        opened.append(context)
        return Visitor(context.new_page(), live_server.url)

    yield at
    for context in opened:
        context.close()
