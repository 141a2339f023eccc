"""Mails as they are typed: which ones one gets, one test mail, and the log compared with a digest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.homes import fresh
from tests.notices.post_office import PostOffice, free_port
from tests.test_cli import ROOT, Shell

PEOPLE = """
import django; django.setup()
from pipeline import people
word = "un mot de passe assez long"
admin = people.add("admin", role="administrator", password=word)
people.add("camille", role="intern", password=word, by=admin, email="camille@example.org")
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    shell = Shell(fresh(tmp_path_factory.mktemp("mails") / "home"))
    env = {**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", PEOPLE], cwd=ROOT, env=env, check=True, timeout=120)
    return shell


def kinds(shell, who):
    return {one["kind"]: one["on"] for one in shell.told("notices", "list", "--as", who)["kinds"]}


def test_one_sees_ones_mails_mutes_one_and_wants_it_again(shell):
    assert kinds(shell, "camille") == dict.fromkeys(
        ("changes", "comment", "approved", "handoff", "failed", "missed", "place", "deadline", "gone", "correct"), True
    )
    assert shell.told("notices", "mute", "gone", "--as", "camille") == {"kind": "gone", "on": False, "changed": True}
    assert kinds(shell, "camille")["gone"] is False
    shell.told("notices", "unmute", "gone", "--as", "camille")
    assert all(kinds(shell, "camille").values())


def test_the_list_is_in_words_and_says_that_mails_are_not_set_up(shell):
    told = shell.run("notices", "list", "--as", "admin").stdout
    assert "Mails are not set up" in told and "always" in told and "The scheduler is silent" in told


def test_what_cannot_be_muted_and_what_does_not_exist_are_refused_in_a_sentence(shell):
    assert "always" in shell.refused("notices", "mute", "silent", "--as", "admin")
    assert "digest" in shell.refused("notices", "mute", "nothing", "--as", "camille")


def test_a_test_mail_is_sent_by_an_administrator_and_the_servers_answer_is_told(shell):
    with PostOffice() as office:
        there = {
            "PORTEVOIX_MAIL_HOST": "127.0.0.1", "PORTEVOIX_MAIL_PORT": str(office.port), "PORTEVOIX_MAIL_TLS": "none"
        }  # fmt: skip
        done = shell.run("notices", "test", "--to", "camille", "--as", "admin", **there)
        assert done.stdout == "The mail server took the mail to camille and answered: 250 taken\n", done.stderr
        assert [mail.to for mail in office.taken] == ["camille@example.org"]
        assert "no address" in shell.refused("notices", "test", "--to", "admin", "--as", "admin", **there)
        assert "administrator" in shell.refused("notices", "test", "--to", "camille", "--as", "camille", **there)
        assert "nobody" in shell.refused("notices", "test", "--to", "eve", "--as", "admin", **there)
    there["PORTEVOIX_MAIL_PORT"] = str(free_port())
    assert "refused" in shell.refused("notices", "test", "--to", "camille", "--as", "admin", **there)


def test_an_address_is_given_by_its_owner_or_an_administrator(shell):
    assert shell.told("user", "email", "admin", "admin@example.org", "--as", "admin")["email"] == "admin@example.org"
    assert shell.told("user", "email", "camille", "c@example.org", "--as", "camille")["email"] == "c@example.org"
    assert "administrator" in shell.refused("user", "email", "admin", "c@example.org", "--as", "camille")
    assert "name@example.org" in shell.refused("user", "email", "admin", "nowhere", "--as", "admin")
    assert "name@example.org" in shell.refused(
        "user", "add", "x", "--role", "intern", "--email", "nowhere", "--as", "admin"
    )


def test_the_log_is_compared_with_what_a_digest_said(shell):
    head = shell.told("audit", "verify")
    said = f"{head['entries']}:{head['head']}"
    assert shell.run("audit", "verify", "--digest", said).returncode == 0
    elsewhere = f"{head['entries']}:{'0' * 64}"
    for wrong, word in ((elsewhere, "no longer holds"), (f"999:{head['head']}", "999"), ("12", "colon")):
        done = shell.run("audit", "verify", "--digest", wrong)
        assert done.returncode == 1 and word in done.stderr


def test_settings_that_cannot_be_used_are_a_sentence(shell):
    assert "PORTEVOIX_MAIL_TLS" in shell.refused("status", PORTEVOIX_MAIL_TLS="perhaps")
