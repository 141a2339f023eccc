"""The command as a person types it: one sentence and status 1 for what is refused, JSON alone for scripts."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import cli
from pipeline import reels
from tests.shell import ROOT, Shell, peopled


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return peopled(tmp_path_factory.mktemp("cli"))


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


def test_a_limited_process_of_the_command_does_not_load_the_command_again():
    script = Path(sys.executable).with_name("portevoix")
    code = (
        f"import runpy, sys; runpy.run_path({str(script)!r}, run_name='__mp_main__')\n"  # as multiprocessing does
        "print(sorted({'click', 'cli', 'commands'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['commands']"


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
    checked = shell.run("channel", "check", "sky")  # what it has seen is kept, so this one may write
    assert (checked.returncode, checked.stdout) == (1, "") and "canary" not in checked.stderr


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


def test_output_that_nobody_reads_any_more_ends_without_a_word():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "cli", "reel", "schema"]
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_another_pipe_that_breaks_is_told(capsys, db, monkeypatch):
    def broken():
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(reels, "schema", broken)
    with pytest.raises(SystemExit):
        cli.main(["reel", "schema"])
    assert "Broken pipe" in capsys.readouterr().err
