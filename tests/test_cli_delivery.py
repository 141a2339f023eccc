"""What stops posts, what a person settles and what a tick would do, on the command line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.shell import ROOT, peopled


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return peopled(tmp_path_factory.mktemp("cli"))


ROW = """
import django; django.setup()
import sys
from datetime import timedelta
from django.utils import timezone
from pipeline import drafts, planning, review
from pipeline.models import Channel, Publication, User, VariantText
camille, samira = (User.objects.get(username=name) for name in ("camille", "samira"))
post = drafts.create("Permanence", [drafts.Piece(Channel.objects.get(name="box"), {"fr": sys.argv[1]})], by=camille)
drafts.mark_read(VariantText.objects.get(variant__post=post), by=camille)
review.approve(review.submit(post, by=camille), by=samira)
post.refresh_from_db()
soon = timezone.now() + timedelta(minutes=9)
(row,) = planning.schedule(post, planning.wall_time(soon.isoformat()), by=camille)
late = dict(due_at=timezone.now() - timedelta(minutes=float(sys.argv[3])))
error = {"msgid": "It is due.", "values": {}} if sys.argv[2] != "scheduled" else None
Publication.objects.filter(pk=row.pk).update(state=sys.argv[2], error=error, **late)
print(row.pk)
"""


TICKED = """
import django; django.setup()
import sys
from datetime import timedelta
from django.utils import timezone
from pipeline.models import Beat
at = timezone.now() - timedelta(minutes=int(sys.argv[1]))
Beat.objects.update_or_create(name="scheduler", defaults={"at": at})
"""


BACKED_UP = """
import django; django.setup()
from pipeline import audit
audit.append(None, "backup.made", "backup:x")
"""


def script(shell, code: str, *words: object) -> str:
    """What a program on the store prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT, env={**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def ticked(shell, minutes: int) -> None:
    """Has the scheduler's last sign of life so many minutes ago."""
    script(shell, TICKED, minutes)


def placed(shell, state: str, minutes: float = 1) -> int:
    """An approved post's publication in this state, due so many minutes ago."""
    placed.count = getattr(placed, "count", 0) + 1
    return int(script(shell, ROW, f"Permanence numéro {placed.count}.", state, minutes))


def test_status_lists_what_needs_a_person_with_the_commands_that_settle_it(shell):
    doubt, missed, failed = (placed(shell, state) for state in ("needs_human", "missed", "failed"))
    told = shell.told("status")
    assert {"sent", "waiting", "late", "missed", "failed", "needs_decision", "in_doubt", "holds", "dying"} <= set(told)
    listed = {row["publication"]: row for row in told["needs_a_person"]}
    assert [listed[n]["state"] for n in (doubt, missed, failed)] == ["needs_human", "missed", "failed"]
    assert set(listed[doubt]) == {"publication", "post", "channel", "state", "sentence"}
    assert (listed[doubt]["channel"], listed[doubt]["sentence"]) == ("box", "It is due.")
    shown = shell.run("status").stdout
    for command in (
        f"decide {doubt} --live URL", f"decide {doubt} --not-live", f"send {missed}", f"move {failed} --at",
        f"cancel {failed}",
    ):  # fmt: skip
        assert f"{command}" in shown
    french = shell.run("status", PORTEVOIX_LANG="fr").stdout
    assert "À régler" in french and "Somebody" not in french
    for number in (missed, failed):
        shell.told("cancel", number, "--as", "camille")
    shell.told("decide", doubt, "--live", "https://example.org/status", "--as", "samira")
    assert shell.told("status")["needs_a_person"] == []
    assert "Nothing needs a person." in shell.run("status").stdout


def test_status_says_how_old_the_last_backup_is(shell):
    assert shell.told("status")["last_backup"] is None
    assert "No backup was ever made" in shell.run("status").stdout
    script(shell, BACKED_UP)
    assert shell.told("status")["last_backup"]
    assert "The last backup was made on" in shell.run("status").stdout
    assert "Aucune sauvegarde" not in shell.run("status", PORTEVOIX_LANG="fr").stdout


def test_a_monitor_hears_one_sentence_where_nobody_ticks_or_somebody_has_to_look_and_nothing_else(shell):
    ticked(shell, 9)
    well = shell.run("status", "--check")
    assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
    missed = placed(shell, "missed")
    assert "1 missed" in shell.refused("status", "--check")
    done = shell.run("status", "--check", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["missed"] == 1
    ticked(shell, 11)
    assert "has been silent since" in shell.refused("status", "--check")
    shell.told("cancel", missed, "--as", "camille")
    ticked(shell, 0)


def test_a_doubt_is_settled_by_exactly_one_word_of_a_coordinator(shell):
    doubt = placed(shell, "needs_human")
    assert shell.run("decide", doubt, "--as", "samira").returncode == 2
    both = shell.run("decide", doubt, "--live", "https://example.org/1", "--not-live", "--as", "samira")
    assert both.returncode == 2 and "exactly one" in both.stderr
    assert "coordinator" in shell.refused("decide", doubt, "--not-live", "--as", "camille")
    assert "https://" in shell.refused("decide", doubt, "--live", "ftp://example.org", "--as", "samira")
    assert "no publication number" in shell.refused("decide", 999, "--not-live", "--as", "samira")
    said = shell.run("decide", doubt, "--live", "https://example.org/1", "--as", "samira").stdout
    assert said == f"Publication {doubt} counts as published at https://example.org/1: it is not sent again.\n"
    assert "(published)" in shell.refused("decide", doubt, "--not-live", "--as", "samira")
    (row,) = (row for row in shell.told("calendar", "--week") if row["publication"] == doubt)
    assert row["receipt"]["url"] == "https://example.org/1"


def test_what_is_not_there_and_what_was_missed_go_out_at_the_next_tick_and_a_dry_run_foretells_it(shell):
    doubt, missed = placed(shell, "needs_human"), placed(shell, "missed")
    assert shell.told("decide", doubt, "--not-live", "--as", "samira")["state"] == "scheduled"
    assert "coordinator" in shell.refused("send", missed, "--as", "camille")
    ticked(shell, 0)
    said = shell.run("send", missed, "--as", "samira").stdout
    assert said == f"Publication {missed} is back in the queue. It goes out at the next tick of the scheduler.\n"
    assert "(scheduled)" in shell.refused("send", missed, "--as", "samira")
    waits, before = placed(shell, "scheduled", minutes=20 * 60), shell.dump()
    told = {row["publication"]: row for row in shell.told("publish", "--due", "--dry-run")}
    assert {number: row["becomes"] for number, row in told.items()} == {doubt: "sent", missed: "sent", waits: "missed"}
    assert told[doubt]["why"] == "It is due." and "in time" in told[waits]["why"]
    shown = shell.run("publish", "--due", "--dry-run", PORTEVOIX_LANG="fr").stdout
    assert f"Publication {waits} sur box, serait notée comme manquée" in shown
    assert shell.dump() == before
    assert {row["state"] for row in shell.told("publish", "--due")} == {"published"}
    assert [row["publication"] for row in shell.told("status")["needs_a_person"]] == [waits]
    assert "Nothing is due" in shell.run("publish", "--due", "--dry-run").stdout
    shell.told("cancel", waits, "--as", "camille")


def test_on_hold_a_dry_run_says_what_waits_and_why(shell):
    row = placed(shell, "scheduled")
    shell.told("hold", "--as", "camille")
    try:
        (told,) = shell.told("publish", "--due", "--dry-run")
        assert (told["publication"], told["becomes"]) == (row, "waits") and "on hold" in told["why"]
    finally:
        shell.told("release", "--as", "samira")
    shell.told("cancel", row, "--as", "camille")
