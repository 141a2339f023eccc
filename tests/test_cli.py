"""The command as a person types it: one sentence and status 1 for what is refused, JSON alone for scripts."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


class Shell:
    """A home of its own, and the command run in it as a real process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.password = home.parent / "password"
        self.password.write_text("un mot de passe assez long")
        self.env = {
            **os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "PORTEVOIX_LANG": "en",
            "PORTEVOIX_PASSWORD_FILE": str(self.password),
        }  # fmt: skip

    def run(self, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *map(str, words)]
        return subprocess.run(
            command, cwd=ROOT, env={**self.env, **env}, capture_output=True, text=True, timeout=120, check=False
        )

    def told(self, *words: object) -> object:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: object, **env: str) -> str:
        """The sentence on standard error; fails unless the status is 1, nothing else is printed, nothing changed."""
        before = self.dump()
        done = self.run(*words, **env)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
        assert self.dump() == before
        (line,) = done.stderr.strip().splitlines()
        return line

    def dump(self) -> list[str]:
        """Everything the store holds, as SQL."""
        import sqlite3

        path = self.home / "porte-voix.sqlite3"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return list(connection.iterdump())


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A store with an intern, an editor, a coordinator and an outbox."""
    shell = Shell(tmp_path_factory.mktemp("cli") / "home")
    script = (
        "import django; django.setup()\n"
        "from pipeline import setup, channels, people as folk\n"
        "setup.prepare()\n"
        "people = {'camille': 'intern', 'noor': 'editor', 'samira': 'coordinator'}\n"
        "admin = folk.add('admin', role='administrator', password='un mot de passe assez long')\n"
        "for name, role in people.items():\n"
        "    folk.add(name, role=role, password='un mot de passe assez long', by=admin)\n"
        f"channels.add('box', 'outbox', {{'stands_for': 'facebook', 'folder': {str(shell.home / 'outbox')!r}}})\n"
    )
    env = {**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=True, timeout=120)
    return shell


def test_help_costs_little_and_imports_no_sdk_and_no_framework():
    code = (
        "import sys, cli\n"
        "try:\n    cli.main(['--help'], standalone_mode=True)\nexcept SystemExit: pass\n"
        "heavy = {'atproto', 'facebook', 'moviepy', 'cv2', 'av', 'django', 'numpy', 'PIL', 'pydantic', 'babel'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stderr.strip() == "[]"
    assert "approve" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.6


def test_without_a_store_the_next_step_is_said(tmp_path):
    assert "portevoix setup" in Shell(tmp_path / "none").refused("status")
    assert not (tmp_path / "none").exists()


def test_a_wrong_option_is_wrong_usage(shell):
    assert shell.run("calendar", "--nowhere").returncode == 2


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def cut_off_workbook(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 500)
    return write(path, path.read_bytes()[:-60])


BAD_SHEETS = {
    "not a spreadsheet": lambda d: write(d / "photo.csv", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8),
    "empty": lambda d: write(d / "vide.csv", b""),
    "a header that matches nothing": lambda d: write(d / "autre.csv", b"alpha;beta\n1;2\n"),
    "a cut-off workbook": lambda d: cut_off_workbook(d / "coupe.xlsx"),
    "missing": lambda d: d / "absent.csv",
}


@pytest.mark.parametrize("kind", BAD_SHEETS)
def test_a_bad_spreadsheet_is_refused_in_one_sentence(shell, tmp_path, kind):
    sentence = shell.refused("import", BAD_SHEETS[kind](tmp_path), "--dataset", "observations")
    assert sentence.endswith((".", "!"))


def test_an_unknown_dataset_is_refused_naming_those_that_exist(shell, tmp_path):
    assert "observations" in shell.refused("import", write(tmp_path / "a.csv", b"a;b\n1;2\n"), "--dataset", "nowhere")


def test_a_clip_that_is_not_a_video_is_refused(shell, tmp_path):
    clip = write(tmp_path / "clip.mp4", b"ffconcat version 1.0\nfile victim.mp4\n")
    shell.refused("footage", "add", clip, "--as", "camille")
    cuts = write(tmp_path / "cuts.yaml", b"language: fr\ncuts:\n  - clip: clip.mp4\n    from: 0\n    to: 1\n")
    shell.refused("reel", cuts, "--out", tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_wrong_password_is_refused(shell, tmp_path):
    wrong = write(tmp_path / "wrong", b"autre chose")
    sentence = shell.refused("hold", "--as", "camille", PORTEVOIX_PASSWORD_FILE=str(wrong))
    assert "password" in sentence


def test_a_channel_of_an_unknown_platform_or_with_missing_settings_is_refused_without_repeating_secrets(shell):
    assert "outbox" in shell.refused("channel", "add", "x", "--platform", "nowhere", "--as", "admin")
    sentence = shell.refused(
        "channel", "add", "x", "--platform", "bluesky", "--set", "app_password=canary-7f3", "--as", "admin"
    )
    assert "handle" in sentence
    assert "canary" not in sentence


def test_a_channel_that_does_not_work_is_not_stored_unless_told_so(shell):
    """Nothing answers on the loopback's port 9, and that too is a sentence; a wrong password is in tests/real_pds."""
    given = ["handle=a.test", "app_password=canary-7f3", "pds_url=http://127.0.0.1:9"]
    words = ["channel", "add", "sky", "--platform", "bluesky", "--as", "admin"]
    words += [word for setting in given for word in ("--set", setting)]
    assert "canary" not in shell.refused(*words)
    assert shell.run(*words, "--no-check").returncode == 0
    assert "canary" not in shell.refused("channel", "check", "sky")


def test_a_post_goes_from_words_to_the_outbox_by_commands_alone(shell):
    post = shell.told("draft", "--text", "fr=Permanence de demain annulée.", "--to", "box", "--as", "camille")["post"]
    assert shell.refused("approve", post, "--as", "samira", "--accept-unread", "fr")  # not submitted yet
    assert shell.run("submit", post, "--as", "camille").returncode == 0
    assert "coordinator" in shell.refused("approve", post, "--as", "camille")
    assert "fr" in shell.refused("approve", post, "--as", "samira")  # read by nobody
    assert shell.run("approve", post, "--as", "samira", "--accept-unread", "fr").returncode == 0
    assert "does not exist" in shell.refused("schedule", post, "--at", "2027-03-28 02:30", "--as", "camille")
    assert "over" in shell.refused("schedule", post, "--at", "2020-01-01 09:00", "--as", "camille")
    (row,) = shell.told("schedule", post, "--at", "2099-01-01 09:00", "--as", "camille")
    assert (row["state"], row["zone"]) == ("scheduled", "Europe/Paris")
    assert [r["publication"] for r in shell.told("calendar", "--month", "2099-01")] == [row["publication"]]
    assert shell.told("publish", "--due") == []
    assert shell.run("move", row["publication"], "--at", "2099-02-01 09:00", "--as", "camille").returncode == 0
    assert shell.run("cancel", row["publication"], "--as", "camille").returncode == 0
    assert shell.told("audit", "verify")["ok"]


def drafted(shell, *words) -> int:
    texts = ("--text", "fr=Permanence mercredi.", "--text", "en=Open on Wednesday.")
    return shell.told("draft", *texts, "--to", "box", "--as", "camille", *words)["post"]


def test_a_text_that_was_read_needs_no_accepting_and_one_that_was_not_does(shell):
    post = drafted(shell)
    assert "de" in shell.refused("read", post, "--lang", "de", "--as", "camille")
    shown = shell.run("read", post, "--lang", "fr", "--as", "camille").stdout
    assert "Permanence mercredi." in shown
    assert "Open on Wednesday." not in shown
    shell.told("submit", post, "--as", "camille")
    assert "en" in shell.refused("approve", post, "--as", "samira")
    shell.told("recall", post, "--as", "camille")
    assert shell.told("read", post, "--as", "camille")["read"] == ["fr", "en"]
    shell.told("submit", post, "--as", "camille")
    assert shell.told("approve", post, "--as", "samira") == {"post": post, "state": "approved"}


def test_status_says_first_that_everything_is_on_hold_and_publish_says_that_nothing_went(shell):
    assert "Nothing is due" in shell.run("publish", "--due").stdout
    assert shell.told("hold", "--reason", "a raid", "--as", "camille")["held"]
    try:
        first = shell.run("status").stdout.splitlines()[0]
        assert first.startswith("Everything is on hold since")
        assert "camille" in first
        assert "a raid" in first
        assert "on hold since" in shell.run("publish", "--due").stdout
    finally:
        assert shell.told("release", "--as", "samira")["released"]
    assert "on hold" not in shell.run("status").stdout
    assert shell.told("release", "--as", "samira")["released"] is False


def test_a_post_with_a_time_and_no_approval_is_said_not_to_go_out(shell):
    post = drafted(shell)
    said = shell.run("schedule", post, "--at", "2099-03-02 09:00", "--as", "camille").stdout
    assert "before it is approved" in said
    assert "not approved" in said


def test_an_import_tells_each_refused_cell_in_two_lines_that_fit_a_terminal(shell, tmp_path):
    rows = "Date;Commune;Tentes\n01/10/2026;Calais;4\n31/02/2026;Calais;5\n02/10/2026;Calais;-3\n"
    sheet = write(tmp_path / "mois.csv", (rows + "03/10/2026;Calais;beaucoup\n").encode())
    told = shell.run("import", sheet, "--dataset", "observations", "--dry-run").stdout
    lines = told.splitlines()
    summed = lines.index("1 row rejected, 2 cells left blank.")
    assert len(lines[summed + 1 :]) == 6
    assert all(len(line) <= 80 for line in lines[summed:])
    assert [line.split(",")[0] for line in lines[summed + 1 :: 2]] == ["row 3", "row 4", "row 5"]


def test_each_verb_answers_scripts_with_one_small_document(shell):
    post = drafted(shell)
    assert shell.told("submit", post, "--as", "camille")["state"] == "in_review"
    assert shell.told("request-changes", post, "Trop long.", "--as", "samira")["state"] == "changes_requested"
    (row,) = shell.told("schedule", post, "--at", "2099-04-01 09:00", "--as", "camille")
    number = row["publication"]
    moved = shell.told("move", number, "--at", "2099-04-02 09:00", "--as", "camille")
    assert moved["wall_time"] == "2099-04-02 09:00"
    assert shell.told("cancel", number, "--as", "camille")["state"] == "cancelled"
    given = ("--set", "stands_for=linkedin", "--set", f"folder={shell.home / 'other'}")
    added = shell.told("channel", "add", "other", "--platform", "outbox", *given, "--as", "admin")
    assert added == {"channel": "other", "platform": "outbox", "network": "linkedin", "checked": True}
    assert shell.told("setup") == {"home": str(shell.home), "administrator": None}


def test_tables_speak_the_persons_language_and_show_no_programmers_words(shell):
    shown = shell.run("channel", "list", PORTEVOIX_LANG="fr").stdout
    assert "oui" in shown
    assert "réseau" in shown
    assert "True" not in shown


def test_a_password_may_come_through_a_pipe_without_a_warning(shell):
    env = {name: value for name, value in shell.env.items() if name != "PORTEVOIX_PASSWORD_FILE"}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "hold", "--channel", "box", "--as", "camille"],
        cwd=ROOT, env=env, input=shell.password.read_text() + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    shell.told("release", "--channel", "box", "--as", "samira")


def test_a_read_only_store_is_said_in_a_sentence(shell, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere: a read-only store cannot be shown to root")
    shell.home.chmod(0o500)
    try:
        shell.refused("hold", "--as", "camille")
    finally:
        shell.home.chmod(0o700)


def test_every_command_explains_itself(shell):
    listed = shell.run("--help").stdout.split("Commands:")[1].strip("\n").splitlines()
    names = [line.split()[0] for line in listed if line[2] != " "]
    assert {"demo", "import", "approve", "hold", "audit"} <= set(names)
    for name in names[:4]:
        assert shell.run(name, "--help").stdout.count("\n") > 4


# ---------------------------------------------------------------------------------------------- what a person settles

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


def placed(shell, state: str, minutes: float = 1) -> int:
    """An approved post's publication in this state, due so many minutes ago."""
    placed.count = getattr(placed, "count", 0) + 1
    done = subprocess.run(
        [sys.executable, "-c", ROW, f"Permanence numéro {placed.count}.", state, str(minutes)],
        cwd=ROOT, env={**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


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


def test_a_monitor_hears_one_sentence_where_nobody_ticks_or_somebody_has_to_look_and_nothing_else(shell):
    ticks = "import django; django.setup()\nfrom pipeline.models import Beat\nfrom django.utils import timezone\n"
    ticks += "from datetime import timedelta\nat = timezone.now() - timedelta(minutes={})\n"
    ticks += "Beat.objects.update_or_create(name='scheduler', defaults=dict(at=at))"
    env = {**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"}

    def last_ticked(minutes: int) -> None:
        subprocess.run([sys.executable, "-c", ticks.format(minutes)], cwd=ROOT, env=env, check=True, timeout=120)

    last_ticked(9)
    well = shell.run("status", "--check")
    assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
    missed = placed(shell, "missed")
    assert "1 missed" in shell.refused("status", "--check")
    done = shell.run("status", "--check", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["missed"] == 1
    last_ticked(11)
    assert "has been silent since" in shell.refused("status", "--check")
    shell.told("cancel", missed, "--as", "camille")
    last_ticked(0)


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
    assert shell.run("send", missed, "--as", "samira").stdout == "It goes out at the next tick of the scheduler.\n"
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
