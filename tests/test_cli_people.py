"""People on the command line: invited, given roles, sent away; `--as` asks for the code of a phone too."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from cli import main as portevoix
from pipeline import access, review
from pipeline.models import Approval, AuditEntry, SignIn, User
from tests.second import fresh_code, shown, with_phone

WORD = "le phare de Walde"


@pytest.fixture
def typed(world, monkeypatch, settings):
    """Runs a command in this process, with these lines typed; its status, what it said, and what it complained of."""
    monkeypatch.setattr("pipeline.setup.require", lambda: None)
    monkeypatch.setenv("PORTEVOIX_LANG", "en")
    monkeypatch.delenv("PORTEVOIX_PASSWORD_FILE", raising=False)
    settings.PORTEVOIX_URL = "https://posts.example.org"
    for user in (world.coordinator, world.administrator):
        user.set_password(WORD)
        user.save()

    def run(*words: object, lines: str = WORD):
        return CliRunner().invoke(portevoix, [str(word) for word in words], input=lines + "\n")

    return run


def test_approving_asks_for_the_code_after_the_password(typed, world):
    with_phone(world.coordinator)
    revision = review.submit(world.draft(), by=world.intern)
    for lines in (WORD, f"{WORD}\n000000", f"wrong\n{fresh_code(world.coordinator)}"):
        done = typed("approve", revision.post_id, "--as", "samira", lines=lines)
        assert done.exit_code == 1 and not Approval.objects.exists(), done.output
    done = typed("approve", revision.post_id, "--as", "samira", lines=f"{WORD}\n{fresh_code(world.coordinator)}")
    assert done.exit_code == 0 and Approval.objects.exists(), done.output


def test_a_coordinator_without_a_phone_sets_one_up_and_approves_nothing_before(typed, world):
    User.objects.update(second_factor_at=None)
    revision = review.submit(world.draft(), by=world.intern)
    done = typed("approve", revision.post_id, "--as", "samira")
    assert done.exit_code == 1 and "second factor" in done.stderr and not Approval.objects.exists()
    import base64

    from pipeline import second_factor

    letters = second_factor.offer(User.objects.get(username="samira")).letters
    done = typed("user", "second-factor", "samira", "--json",
                 lines=f"{WORD}\n{shown(base64.b32decode(letters).hex())}")  # fmt: skip
    assert done.exit_code == 0 and letters in done.stderr, done.output
    assert len(json.loads(done.stdout)["recovery_codes"]) == 8
    assert typed("approve", revision.post_id, "--as", "samira").exit_code == 1


def test_people_are_invited_changed_and_sent_away_by_commands(typed, world):
    done = typed("user", "invite", "lou", "--role", "editor", "--as", "admin", "--json")
    assert done.exit_code == 0, done.output
    link = json.loads(done.stdout)["link"]
    access.accept(re.search(r"https://posts.example.org/invited/(.+)/$", link)[1], WORD)
    assert typed("user", "role", "lou", "intern", "--as", "admin").exit_code == 0
    assert User.objects.get(username="lou").role == "intern"
    assert typed("user", "deactivate", "lou", "--as", "admin").exit_code == 0
    assert not User.objects.get(username="lou").is_active
    assert typed("user", "activate", "lou", "--as", "admin").exit_code == 0
    refused = typed("user", "role", "admin", "intern", "--as", "admin")
    assert refused.exit_code == 1 and "Another administrator" in refused.stderr
    assert "no second factor" not in typed("user", "list").stdout
    with_phone(world.coordinator)
    own = typed("user", "reset-second-factor", "samira", "--as", "admin")
    assert own.exit_code == 1 and "of your own first" in own.stderr
    with_phone(world.administrator)
    SignIn.objects.create(
        user=world.coordinator, session_key="k" * 32, session_data="", expire_date="2030-01-01T00:00Z"
    )
    done = typed("user", "reset-second-factor", "samira", "--as", "admin",
                 lines=f"{WORD}\n{fresh_code(world.administrator)}")  # fmt: skip
    assert done.exit_code == 0 and not SignIn.objects.exists(), done.output
    assert User.objects.get(username="samira").second_factor_at is None


NEW = "un autre phare, plus loin"


def test_a_lost_password_is_given_anew_by_an_administrator_by_oneself_or_from_the_server(typed, world):
    SignIn.objects.create(session_key="k" * 32, session_data="", expire_date="2030-01-01T00:00Z", user=world.intern)
    for words, lines in (
        (["--as", "admin"], f"{WORD}\n{NEW}"),
        (["--on-server"], NEW),
    ):
        done = typed("user", "password", "camille", *words, lines=lines)
        assert done.exit_code == 0, done.output
        assert User.objects.get(username="camille").check_password(NEW) and not SignIn.objects.exists()
    entries = AuditEntry.objects.filter(action="user.password_reset").order_by("seq")
    assert list(entries.values_list("actor", flat=True)) == ["admin", "porte-voix"]
    assert typed("user", "password", "camille", lines=NEW).exit_code == 2
    done = typed("user", "password", "admin", "--as", "samira", lines=f"{WORD}\n{NEW}")
    assert done.exit_code == 1 and User.objects.get(username="admin").check_password(WORD)
    assert typed("user", "password", "camille", "--on-server", lines="court").exit_code == 1


def test_recovery_codes_are_made_anew_and_a_lost_factor_is_taken_away_from_the_server(typed, world):
    person = with_phone(world.administrator)
    done = typed("user", "recovery-codes", "admin", "--json", lines=f"{WORD}\n{fresh_code(person)}")
    assert done.exit_code == 0 and len(json.loads(done.stdout)["recovery_codes"]) == 8, done.output
    assert typed("user", "recovery-codes", "admin", lines=f"{WORD}\n000000").exit_code == 1
    assert typed("user", "reset-second-factor", "admin", "--on-server").exit_code == 0
    assert User.objects.get(username="admin").second_factor_at is None
    assert AuditEntry.objects.get(action="second_factor.reset").actor == "porte-voix"
