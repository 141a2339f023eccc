"""Pages that stay quick and light when the newsroom grows: what they ask of the store, and what they weigh."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.crowd import crowd
from tests.web.everything import NO_PAGES, everything
from tests.web.studio import Studio, full_month

STATIC = Path(__file__).parents[2] / "web" / "static"
HTML, SCRIPT = 60_000, 100_000
SEVERAL = 160  # posts and files: more than a page of any list holds


def looked_at(people: dict[str, Client], pages: dict[str, dict[str, str]]) -> dict[str, tuple[int, int, str]]:
    """By page: how many statements it took, how many bytes it has, what it says."""
    found = {}
    for who, client in people.items():
        for name, path in pages[who].items():
            client.get(path)  # what is made once is made
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(path)
            found[name] = (len(asked), len(answer.content), answer.content.decode())
    return found


@pytest.fixture
def two_looks(studio: Studio, tmp_path: Path):
    """Every page of a small newsroom, and of the same one after years."""
    studio.waiting = full_month(studio)
    pages = everything(studio, tmp_path)
    pages = {who: {name: path for name, path in pages[who].items() if name not in NO_PAGES} for who in pages}
    people = {who: Client() for who in ("coordinator", "administrator")}
    for who, client in people.items():
        client.force_login(getattr(studio, who))
    crowd(studio, posts=12, media=12)
    small = looked_at(people, pages)
    crowd(studio, posts=SEVERAL, media=SEVERAL)
    return small, looked_at(people, pages)


def test_pages_ask_no_more_and_stay_light_when_there_are_more_posts_files_and_mails(two_looks):
    small, large = two_looks
    more = {name: (small[name][0], large[name][0]) for name in small if large[name][0] > small[name][0]}
    assert not more, more
    heavy = {name: size for name, (_asked, size, _text) in large.items() if size > HTML}
    assert not heavy, heavy
    assert large["drafts"][2].count('href="/post/') <= 3 * 25 + 3 and "page=2" in large["library"][2]


def test_all_scripts_together_weigh_less_than_a_small_picture():
    assert sum(file.stat().st_size for file in STATIC.glob("*.js")) <= SCRIPT
