"""SIGKILL around the appearing of a kit: it is there once and whole, its people are told once, and it waits."""

from __future__ import annotations

import hashlib
import json
import sqlite3

import pytest

from tests.faults.test_adapter_kills import REQUEST, Newsroom

pytestmark = pytest.mark.faults


@pytest.fixture
def newsroom(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    room = Newsroom(home, "handoff", {"profile": "linkedin"})
    with sqlite3.connect(home / "porte-voix.sqlite3") as store:
        store.execute("UPDATE pipeline_user SET email = username || '@example.org'")
    return room


def asked(newsroom, sql):
    with sqlite3.connect(f"{newsroom.env['PORTEVOIX_HOME']}/porte-voix.sqlite3") as store:
        return store.execute(sql).fetchall()


def kits(tmp_path):
    """What somebody sees who looks into the folder of hand-offs."""
    return [path for path in (tmp_path / "home/handoff").glob("*/*") if not path.name.startswith(".")]


@pytest.mark.parametrize("point", [*REQUEST, "before noting as accepted", "after noting as accepted"])
def test_killed_at_a_point_there_is_one_whole_kit_that_waits_and_each_person_is_told_once(newsroom, tmp_path, point):
    assert newsroom.act("tick", point).returncode == -9
    settled = newsroom.act("settle")
    assert (settled.returncode, settled.stdout.strip()) == (0, "pending"), settled.stderr
    (kit,) = kits(tmp_path)
    listed = json.loads((kit / "kit.json").read_text())
    for item in listed["items"]:
        assert hashlib.sha256((kit / item["file"]).read_bytes()).hexdigest() == item["sha256"]
    assert [one["text"] for one in listed["texts"]] == ["132 expulsions à Calais. #Calais", "Source : la note"]
    told = asked(newsroom, "SELECT recipient_id FROM pipeline_notice WHERE kind = 'handoff'")
    assert len(told) == len(set(told)) == 3  # the author and two coordinators
    assert asked(newsroom, "SELECT count(*) FROM pipeline_receipt") == [(0,)]
