"""People at work in the studio: who opens page after page, and who has reels made."""

from __future__ import annotations

import random
import re
import sys
import threading
import time
from typing import Any

PAUSE = (1.0, 3.0)  # seconds between two clicks of one person


class Person(threading.Thread):
    """Somebody signed in who opens page after page until told to stop."""

    def __init__(self, base: str, pages: list[str], user: Any, number: int, pause: tuple[float, float] = PAUSE) -> None:
        super().__init__(daemon=True)
        import httpx

        self.browser = httpx.Client(base_url=base, trust_env=False, timeout=60, follow_redirects=True)
        self.pages, self.pause, self.chance = list(pages), pause, random.Random(number)
        self.took: list[tuple[str, float]] = []
        self.stopped, self.left = threading.Event(), sys.maxsize
        self.user = user
        self.enter()

    def enter(self) -> None:
        """Signs in, unless they still are."""
        from tests.second import fresh_code
        from tests.web.studio import PASSWORD

        page = self.browser.get("/")
        if "/sign-in/" not in str(page.url):
            return
        for fields in ({"username": self.user.username, "password": PASSWORD}, {"code": fresh_code(self.user)}):
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
            assert token is not None
            page = self.browser.post(str(page.url), data={**fields, "csrfmiddlewaretoken": token[1]})
        assert "/sign-in/" not in str(page.url), page.url

    def run(self) -> None:
        while not self.stopped.is_set() and self.left:
            if not self.took or len(self.took) % len(self.pages) == 0:
                self.chance.shuffle(self.pages)
            address = self.pages[len(self.took) % len(self.pages)]
            began = time.perf_counter()
            answer = self.browser.get(address)
            self.took.append((address, 1000 * (time.perf_counter() - began)))
            assert answer.status_code < 500, (address, answer.status_code)
            self.left -= 1
            self.stopped.wait(self.chance.uniform(*self.pause))


class Editor(threading.Thread):
    """Somebody who has a reel made, changes its words and has it made again, until told to stop."""

    def __init__(self, by: Any, row: Any) -> None:
        super().__init__(daemon=True)
        self.by, self.row, self.words = by, row, row.text
        self.made: list[float] = []
        self.failed: list[Any] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        from pipeline import montages
        from pipeline.models.montages import MontageState

        began = time.perf_counter()
        montages.order(self.row, "reel", by=self.by)
        while not self.stopped.wait(0.2):
            self.row.refresh_from_db()
            if self.row.state not in (MontageState.IDLE, MontageState.FAILED):
                continue
            if self.row.state == MontageState.FAILED or self.row.rendition is None:
                self.failed.append(self.row.error)
                return
            self.made.append(time.perf_counter() - began)
            text = self.words.replace("Un matin", f"Un matin {len(self.made)}")
            montages.save(self.row, text, by=self.by, version=self.row.version)
            self.row.refresh_from_db()
            began = time.perf_counter()
            montages.order(self.row, "reel", by=self.by)
