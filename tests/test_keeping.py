"""What a network gave a channel for a while: encrypted, shared by all processes, had anew by one of them at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from pipeline import channels, vault
from pipeline.keeping import ChannelKeeper
from pipeline.models import Channel
from pipeline.places import locked
from tests.homes import fresh
from tests.publishers.loopback import a_token, json_answer, serving

ROOT = Path(__file__).parents[1]
SESSION = {"did": "did:plc:observatory", "handle": "observatory.test"}
SETUP = """
import json, sys, time
import django
django.setup()
from pipeline import channels
channel = channels.add("live", "bluesky", json.loads(sys.argv[1]), verify=True)
adapter = channels.adapter(channel)
adapter.keeper.change(lambda kept: {**kept, "ends": 0.0})
"""
WORKER = """
import django
django.setup()
from pipeline import channels
from pipeline.models import Channel
adapter = channels.adapter(Channel.objects.get())
print("ready", flush=True)
print(adapter._sessions.opened().token[-3:])
"""


def test_what_is_kept_stands_encrypted_in_the_row_and_is_gone_with_nothing_else(world):
    keeper = ChannelKeeper(world.channel)
    assert keeper.kept() == {}
    keeper.change(lambda kept: {**kept, "token": "CANARY", "ends": 5.5})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pipeline_channel")
        assert "CANARY" not in str(cursor.fetchall())
    assert ChannelKeeper(Channel.objects.get()).kept() == {"token": "CANARY", "ends": 5.5}


def test_a_change_that_fails_leaves_what_was_kept(world):
    keeper = ChannelKeeper(world.channel)
    keeper.change(lambda _kept: {"token": "a"})

    def fails(_kept):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        keeper.change(fails)
    assert keeper.kept() == {"token": "a"}


@pytest.fixture
def server():
    with serving() as script:
        script.on("createSession", json_answer(accessJwt=a_token(), refreshJwt=a_token(mark="r"), **SESSION))
        script.on(
            "refreshSession", json_answer(accessJwt=a_token(mark="new"), refreshJwt=a_token(mark="r2"), **SESSION)
        )
        script.on("getSession", json_answer(**SESSION))
        script.on("_health", json_answer(version="0.5.35"))
        yield script


def settings_of(server, **changes):
    known = {
        "handle": "observatory.test",
        "app_password": "abcd-efgh",
        "pds_url": server.url,
        "appview_url": server.url,
    }
    return {**known, **changes}


def test_the_session_of_a_new_channels_first_check_is_used_by_its_first_post(world, server):
    channel = channels.add("live", "bluesky", settings_of(server), by=world.administrator, verify=True)
    channels.check(channel)
    channels.adapter(channel).doctor()
    assert server.names().count("createSession") == 1
    changed = channels.change(channel, {"app_password": "ijkl-mnop"}, by=world.administrator)
    channels.check(changed)
    assert server.names().count("createSession") == 2, "another password is another session"
    assert "ijkl" not in changed.kept + changed.credentials and vault.decrypt(changed.kept)["did"] == SESSION["did"]


def test_of_several_processes_that_find_the_session_at_its_end_one_renews_it(tmp_path, server):
    home = fresh(tmp_path / "home")
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    given = json.dumps(settings_of(server))
    subprocess.run([sys.executable, "-c", SETUP, given], cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)
    [place] = (home / "locks").iterdir()
    with locked(place):
        workers = [
            subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
            for _worker in range(3)
        ]
        assert [worker.stdout.readline() for worker in workers if worker.stdout] == ["ready\n"] * 3
    said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert said == [f"{a_token(mark='new')[-3:]}\n"] * 3
    assert [server.names().count(name) for name in ("createSession", "refreshSession")] == [1, 1]
