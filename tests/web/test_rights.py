"""The matrix of permissions: every address, with every role, by reading and by pressing."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from pipeline.models import User
from tests.web.test_doors import routes
from web.rights import NEEDS

ROOT = Path(__file__).parents[2]
PEOPLE = (None, "intern", "editor", "coordinator", "administrator")


class LetIn:
    """Stands in the place of every view: whoever comes so far was let in."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs) -> HttpResponse:
        return HttpResponse("let in")


def documented() -> dict[str, list[str]]:
    """The checked-in matrix, read as anybody reads it."""
    lines = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8").splitlines()
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines if line.startswith("| ")][1:]
    return {row[0]: row[-5:] for row in rows}


def met(studio, people=PEOPLE) -> dict[str, list[str]]:
    """What each role met at each address, through everything that stands before the views."""
    found: dict[str, list[str]] = {name: [] for name, _path in routes()}
    for who in people:
        client = Client()
        if who:
            client.force_login(getattr(studio, who))
        for name, path in routes():
            told = [
                word
                for word, answer in (("see", client.get(path)), ("press", client.post(path)))
                if answer.status_code == 200
            ]
            found[name].append(", ".join(told) or "–")
    return found


@pytest.fixture
def only_the_guards(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.LetIn"]


def expected() -> dict[str, list[str]]:
    """As documented; where an address has nothing to read or to press, the view says so to whoever comes (405)."""
    table = documented()
    for name, (read, act) in NEEDS.items():
        for n in range(5):
            words = set(table[name][n].split(", ")) - {"–"}
            if read is None and n:
                words.add("see")
            if act is None and n:
                words.add("press")
            table[name][n] = ", ".join(sorted(words, key=("see", "press").index)) or "–"
    return table


def open_to_all(name: str) -> bool:
    return documented()[name][0] != "–"


def test_every_address_has_its_row_in_the_table_and_in_the_docs():
    names = {name for name, _path in routes()}
    assert set(NEEDS) == names and set(documented()) == names and len(names) > 110


def test_the_docs_are_as_the_code_has_it():
    spec = importlib.util.spec_from_file_location("permissions", ROOT / "docs" / "permissions.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE.read_text(encoding="utf-8") == script.written(), "run: python docs/permissions.py"


def test_every_address_lets_in_whom_the_docs_say_and_nobody_else(studio, only_the_guards):
    wanted, found = expected(), met(studio)
    closed = {name: cells for name, cells in found.items() if not open_to_all(name)}
    assert {name: wanted[name] for name in closed} == closed
    assert all("see" in cell for name, cells in found.items() if open_to_all(name) for cell in cells)


def test_the_matrix_would_notice_a_guard_that_is_gone(studio, settings, only_the_guards):
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if not one.endswith("RightsMiddleware")]
    wanted, found = expected(), met(studio, ["intern"])
    wrong = {name for name in found if found[name] != wanted[name][1:2] and not open_to_all(name)}
    assert {"approve", "people", "person", "release", "change-channel"} <= wrong


def test_an_address_without_a_row_opens_to_nobody(studio, monkeypatch):
    monkeypatch.delitem(NEEDS, "drafts")
    for who in PEOPLE[1:]:
        client = Client()
        client.force_login(getattr(studio, who))
        assert client.get("/drafts/").status_code == 403, who


def test_the_rules_that_never_bend_stand_in_the_matrix():
    """Read from the docs, against the plan's words and not against the code's table."""
    table = documented()
    who = dict(zip(PEOPLE, zip(*(table[name] for name in sorted(table)), strict=True), strict=True))
    names = sorted(table)
    for name, cell in zip(names, who["administrator"], strict=True):
        assert name != "approve" or cell == "–", "administrators manage and approve nothing"
    for one in ("approve", "decide", "keep", "send-late"):
        assert table[one] == ["–", "–", "–", "press", "–"], one
    for one in ("hold", "stop", "hold-channel"):
        assert all("press" in cell for cell in table[one][1:]), "anyone may stop"
    assert table["release"] == ["–", "–", "–", "press", "press"]
    for one in ("people", "person", "add-channel", "remove-channel", "connect"):
        assert table[one][:4] == ["–"] * 4, "administrators alone manage people and channels"
    outside = {name for name in names if table[name][0] != "–"}
    assert outside == {"sign-in", "code", "language", "font", "public-media", "robots", "feed", "invited", "forgotten",
                       "new-password"}  # fmt: skip


def test_a_wrong_role_is_told_in_a_sentence_and_nothing_is_done(studio, enter):
    post = studio.in_review(read=("fr", "en", "ar"))
    for who in ("intern", "editor", "administrator"):
        answer = enter(getattr(studio, who)).post(f"/post/{post.pk}/approve/", {"revision": 1})
        assert answer.status_code == 403 and "Only a coordinator" in answer.content.decode()
    assert not User.objects.filter(pk=studio.administrator.pk, role="coordinator").exists()
