"""What `check --deploy` names, one thing at a time; what the server believes, and refuses to serve."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from commands._serving import options
from pipeline import audit, backup, deploying, vault
from pipeline.delivery.engine import BEAT
from pipeline.errors import Refused
from pipeline.models import Beat, Channel, User
from pipeline.panic import pressing
from tests.shell import Shell
from tests.web.studio import Studio

KEY = "d8f1Zr5-QmJw72_xkLpA09bVnTyHsEuCgI3oRfWq"
AGE = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"


@pytest.fixture
def ready(db, home, tmp_path, settings, monkeypatch):
    """An installation in which nothing is missing."""
    monkeypatch.setattr("pipeline.deploying.setup.require", lambda: None)
    monkeypatch.setattr(deploying, "CLOCK_SET_BY", (tmp_path,))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=10**11))
    monkeypatch.setattr("resource.getrlimit", lambda _what: (4096, 4096))
    settings.PORTEVOIX_URL, settings.ALLOWED_HOSTS = "https://posts.example.org", ["posts.example.org"]
    settings.PUBLIC_HTTPS, settings.PORTEVOIX_PROXY, settings.EMAIL_HOST = True, "127.0.0.1", "mail.example.org"
    settings.SECRET_KEY, settings.PORTEVOIX_BACKUP_RECIPIENTS = KEY, AGE
    settings.PORTEVOIX_HOME.chmod(0o700)
    studio = Studio(tmp_path)
    User.objects.update(email="x@example.org", second_factor_at=timezone.now())
    Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now()})
    audit.append(None, backup.making.MADE, "backup:x")
    monkeypatch.setattr(deploying, "database", lambda: iter(()))
    monkeypatch.setattr(deploying, "STORE", tuple(one for one in deploying.STORE if one.__name__ != "database"))
    return studio


def named() -> set[tuple[str, bool]]:
    return {(one.name, one.blocks) for one in deploying.findings()}


def test_where_nothing_is_missing_nothing_is_named(ready):
    assert deploying.findings() == []


ONE_SETTING = [
    ("debug", True, {"DEBUG": True}),
    ("key", True, {"SECRET_KEY": "django-insecure-" + KEY}),
    ("key", True, {"SECRET_KEY": "short"}),
    ("key", True, {"SECRET_KEY": "a" * 60}),
    ("address", True, {"PORTEVOIX_URL": ""}),
    ("address", True, {"PORTEVOIX_URL": "http://posts.example.org"}),
    ("https", True, {"PUBLIC_HTTPS": False}),
    ("hosts", True, {"ALLOWED_HOSTS": ["*"]}),
    ("hosts", True, {"ALLOWED_HOSTS": ["127.0.0.1"]}),
    ("proxy", True, {"PORTEVOIX_PROXY": "*"}),
    ("mail", False, {"EMAIL_HOST": ""}),
    ("mail", False, {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}),
    ("backup", True, {"PORTEVOIX_BACKUP_RECIPIENTS": ""}),
]


@pytest.mark.parametrize(("name", "blocks", "changed"), ONE_SETTING)
def test_a_setting_that_is_missing_or_unsafe_is_named(ready, settings, name, blocks, changed):
    for one, value in changed.items():
        setattr(settings, one, value)
    assert named() == {(name, blocks)}


@pytest.mark.parametrize("host", ["pictures.example.org", "example.org"])
def test_a_name_with_a_dot_before_it_stands_for_all_below_it(ready, settings, host):
    """As Django answers (ALLOWED_HOSTS)."""
    other_media_host(ready, settings, None, host)
    settings.ALLOWED_HOSTS = [".example.org"]
    assert deploying.findings() == []
    settings.ALLOWED_HOSTS = ["posts.example.org"]
    assert named() == {("media", True)}


def no_key(studio, settings, monkeypatch):
    (vault.keys_dir() / vault.SIGNING_KEY).unlink()


def open_keys(studio, settings, monkeypatch):
    (vault.keys_dir() / vault.STORE_KEY).chmod(0o644)


def open_home(studio, settings, monkeypatch):
    settings.PORTEVOIX_HOME.chmod(0o755)


def full(studio, settings, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1000))


def few_files(studio, settings, monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _what: (256, 4096))


def root(studio, settings, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)


def loose_clock(studio, settings, monkeypatch):
    monkeypatch.setattr(deploying, "CLOCK_SET_BY", ())


def clock_behind(studio, settings, monkeypatch):
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        audit.append(None, "test.ahead", "here")


def old_backup(studio, settings, monkeypatch):
    monkeypatch.setattr("pipeline.backup.last_made", lambda: timezone.now() - timedelta(days=3))


def silent(studio, settings, monkeypatch):
    Beat.objects.update(at=timezone.now() - timedelta(minutes=5))


def pressed(studio, settings, monkeypatch):
    pressing.press(by=studio.coordinator)


def nobody_approves(studio, settings, monkeypatch):
    User.objects.filter(role="coordinator").update(is_active=False)


def nobody_administers(studio, settings, monkeypatch):
    User.objects.filter(role="administrator").update(is_active=False)


def password_alone(studio, settings, monkeypatch):
    User.objects.filter(username="samira").update(second_factor_at=None)


def unreachable(studio, settings, monkeypatch):
    User.objects.filter(username="samira").update(email="")


def no_media_host(studio, settings, monkeypatch):
    Channel.objects.create(name="ig", platform="instagram", network="instagram", credentials=vault.encrypt({}))


def other_media_host(studio, settings, monkeypatch, host="pictures.example.org"):
    known = vault.encrypt({"media_url": f"https://{host}"})
    Channel.objects.create(name="ig", platform="instagram", network="instagram", credentials=known)


def another_key(studio, settings, monkeypatch):
    Channel.objects.create(name="ig", platform="instagram", network="instagram", credentials="nonsense")


def demo(studio, settings, monkeypatch):
    monkeypatch.setattr("pipeline.deploying.setup.is_demo", lambda: True)


ONE_THING = [
    ("key", True, no_key), ("folders", True, open_keys), ("folders", False, open_home), ("disk", True, full),
    ("files", False, few_files), ("user", False, root), ("clock", False, loose_clock), ("clock", True, clock_behind),
    ("backup", False, old_backup), ("workers", False, silent), ("panic", True, pressed),
    ("people", False, nobody_approves), ("people", True, nobody_administers), ("second_factor", False, password_alone),
    ("people", False, unreachable), ("media", True, no_media_host), ("media", True, other_media_host),
    ("media", True, another_key),
    ("demo", True, demo),
]  # fmt: skip


@pytest.mark.parametrize(("name", "blocks", "spoil"), ONE_THING, ids=[one[2].__name__ for one in ONE_THING])
def test_a_thing_that_is_missing_in_the_store_or_on_the_machine_is_named(
    ready, settings, monkeypatch, name, blocks, spoil
):
    spoil(ready, settings, monkeypatch)
    assert named() == {(name, blocks)}


def test_a_database_that_may_forget_is_named(db, home, monkeypatch):
    """Tests run in a database in memory, which keeps no journal."""
    assert {(one.name, one.blocks) for one in deploying.database()} == {("database", True)}


def test_a_store_that_is_not_there_is_named(ready, monkeypatch):
    def refuse():
        raise Refused(vault._("There is no store."))

    monkeypatch.setattr("pipeline.deploying.setup.require", refuse)
    assert ("store", True) in named()


def test_djangos_own_check_finds_nothing_in_such_an_installation(tmp_path):
    """The independent oracle; subdomains and preloading are for whoever owns the domain to decide."""
    shell = Shell(tmp_path / "home")
    env = {**shell.env, "PORTEVOIX_HTTPS": "1", "PORTEVOIX_SECRET_KEY": KEY * 2, "PORTEVOIX_HOSTS": "posts.example.org"}
    command = [sys.executable, "manage.py", "check", "--deploy"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "identified" in told.stderr + told.stdout
    assert set(re.findall(r"security\.W\d+", told.stderr)) <= {"security.W005", "security.W021"}


def test_the_command_fails_with_one_sentence_where_something_blocks(tmp_path):
    shell = Shell(tmp_path / "home")
    done = shell.run("check", "--deploy", "--json")
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
    found = json.loads(done.stdout)
    assert {"store", "https", "address"} <= {one["name"] for one in found if one["blocks"]}


# ---------------------------------------------------------------------------------------------------- the server


@pytest.mark.parametrize(
    ("host", "url", "debug", "key", "refused"),
    [
        ("127.0.0.1", "", True, KEY, False),
        ("localhost", "http://localhost:8000", True, KEY, False),
        ("0.0.0.0", "", True, KEY, True),
        ("192.168.1.4", "", True, KEY, True),
        ("127.0.0.1", "https://posts.example.org", True, KEY, True),
        ("0.0.0.0", "", False, KEY, False),
        ("127.0.0.1", "", False, "django-insecure-change-me-please-now", True),
    ],
)
def test_no_page_is_served_with_debugging_on_a_public_address_or_with_a_guessed_key(
    home, settings, host, url, debug, key, refused
):
    settings.PORTEVOIX_URL, settings.DEBUG, settings.SECRET_KEY = url, debug, key
    if refused:
        with pytest.raises(Refused):
            deploying.refuse_unsafe(host)
    else:
        deploying.refuse_unsafe(host)


@contextmanager
def served():
    """A server set as ours is, whose pages say what they were told of the asker."""
    from waitress.server import create_server

    def echo(environ, start):
        start("200 OK", [("Content-Type", "text/plain")])
        return [
            f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']} {environ.get('HTTP_X_FORWARDED_PROTO')}".encode()
        ]

    server = create_server(echo, host="127.0.0.1", port=0, **options())
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/"
    finally:
        server.close()
        thread.join(10)


@pytest.mark.parametrize(
    ("proxy", "told"), [("127.0.0.1", "https 203.0.113.9"), ("10.9.9.9", "http 127.0.0.1"), ("", "http 127.0.0.1")]
)
def test_only_the_configured_proxy_is_believed(settings, proxy, told):
    settings.PORTEVOIX_PROXY = proxy
    asked = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    with served() as url, urllib.request.urlopen(urllib.request.Request(url, headers=asked), timeout=10) as answer:
        heard = answer.read().decode()
    assert heard.startswith(told)
    if proxy != "127.0.0.1":
        assert heard.endswith("None")  # what others say of themselves does not even reach the pages


def test_pages_name_files_by_their_content_and_browsers_keep_them_for_a_year(db, home):
    client = Client()
    (address,) = re.findall(r'href="([^"]+\.css[^"]*)"', client.get("/sign-in/").content.decode())
    assert re.search(r"\?v=[0-9a-f]{12}$", address)
    answer = client.get(address)
    assert answer.status_code == 200 and "max-age=31536000" in answer["Cache-Control"]
    b"".join(answer.streaming_content)
