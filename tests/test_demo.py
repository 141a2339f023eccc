"""`portevoix demo --json`, run once as a stranger would, and checked by other code."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.summaries.test_figures import rows_of, total

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What the demo printed, and the folder it played in."""
    folder = tmp_path_factory.mktemp("demo") / "play"
    env = {**os.environ, "PORTEVOIX_LANG": "fr", "DATABASE_URL": "postgres://nobody@127.0.0.1:9/real"}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--dir", str(folder), "--json"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder


def test_the_document_has_the_documented_shape(played):
    told, _folder = played
    assert set(told) == {"imports", "summary", "files", "publications", "audit"}
    (report,) = told["imports"]
    assert {"file", "dataset", "read", "kept", "rejected", "ignored", "problems", "alarms", "difference"} == set(report)
    assert report["read"] == report["kept"] + report["rejected"] + report["ignored"]
    assert {"sheet", "row", "column", "value", "reason", "hint"} == set(report["problems"][0])
    assert set(told["summary"]) == {"name", "period", "figures", "sentences"}
    file_keys = {"path", "kind", "lang", "format", "width", "height", "bytes", "sha256", "texts"}
    assert all(set(file) == file_keys for file in told["files"])


def test_there_is_a_receipt_for_each_of_the_four_networks(played):
    told, folder = played
    assert {p["platform"] for p in told["publications"]} == {"instagram", "facebook", "linkedin", "bluesky"}
    for publication in told["publications"]:
        assert publication["state"] == "published"
        assert publication["receipt"]["id"]
        assert publication["receipt"]["url"]
    assert len(list((folder / "outbox").rglob("submission.json"))) == len(told["publications"])


def test_every_file_exists_with_the_stated_size_and_hash(played):
    told, _folder = played
    kinds = [(file["kind"], file["lang"], file["format"]) for file in told["files"]]
    wanted = [("card", lang, shape) for lang in ("fr", "en", "ar") for shape in ("portrait", "square")]
    assert sorted(kinds) == sorted([*wanted, ("reel", "fr", "portrait")])
    for file in told["files"]:
        content = Path(file["path"]).read_bytes()
        assert len(content) == file["bytes"]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]


PRIVATE = re.compile(
    r"GPS|Serial|Artist|Author|Comment|Software|Make$|Model|Title|Description|Location|Encoder|ICC", re.I
)


def test_exiftool_finds_nothing_private_in_what_goes_out(played):
    if not shutil.which("exiftool"):
        pytest.skip("exiftool is not installed: the gate alone has spoken")
    told, folder = played
    sent = [p for p in (folder / "outbox").rglob("*") if p.suffix in {".jpg", ".png", ".mp4"}]
    paths = [file["path"] for file in told["files"]] + [str(p) for p in sent]
    done = subprocess.run(["exiftool", "-j", "-ee3", "-G1", *paths], capture_output=True, text=True, check=True)
    for tags in json.loads(done.stdout):
        names = {name.split(":")[-1] for name in tags if not name.startswith(("SourceFile", "ExifTool:", "System:"))}
        assert not [name for name in names if PRIVATE.search(name)], tags
    original = next((folder / "sample" / "clips").glob("*.mp4"))
    dirty = subprocess.run(["exiftool", "-G1", str(original)], capture_output=True, text=True, check=True).stdout
    assert PRIVATE.search(dirty), "the sample clips carry what phones write; else this test proves nothing"


def test_the_cards_show_the_summarys_figure_and_sentence(played):
    told, _folder = played
    headline = told["summary"]["figures"]["expulsions"]
    for file in told["files"]:
        if file["kind"] == "card" and file["lang"] in {"fr", "en"}:
            texts = {t["slot"]: t["text"] for t in file["texts"]}
            assert texts["figure"] == str(headline["value"])


COLUMNS = {
    "personnes": "Personnes",
    "mineurs": "Mineurs isolés",
    "tentes": "Tentes",
    "pleines": "dont remplies d’affaires",
    "arrestations": "Arrestations",
    "violentes": "dont violentes",
}


def test_every_figure_is_the_same_when_other_code_counts_the_spreadsheet(played):
    told, folder = played
    rows = rows_of(folder / "sample" / "observations.csv", told["summary"]["period"])
    assert len(rows) > 50
    counted = {name: total(rows, title) for name, title in COLUMNS.items()}
    counted["expulsions"] = len(rows)
    counted["lieux"] = len({row["Lieu de vie"].strip() for row in rows})
    shown = {name: figure["value"] for name, figure in told["summary"]["figures"].items() if name != "jours"}
    assert shown == counted


def test_the_audit_chain_holds(played):
    told, _folder = played
    assert told["audit"]["ok"]
    assert told["audit"]["entries"] > 20


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    done = subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--dir", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_played_demo_is_opened_with_new_passwords_and_nothing_else_is(played, tmp_path):
    _told, folder = played
    code = (
        "import os, sys; from pathlib import Path; home = Path(sys.argv[1]); os.environ['PORTEVOIX_HOME'] = str(home)\n"
        "import django; django.setup()\n"
        "from pipeline.demo import run; from pipeline.models import User, Post\n"
        "before = Post.objects.count(); made = run.new_passwords(home)\n"
        "assert all(User.objects.get(username=n).check_password(p) for n, p in made.items())\n"
        "print(sorted(made), before == Post.objects.count() > 0)\n"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "['admin', 'camille', 'jo', 'samira'] True", done.stderr
    (tmp_path / "thesis.txt").write_text("three years of work")
    other = subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--open", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert other.returncode == 1
    assert len(other.stderr.strip().splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
