"""The guide for who puts the studio up, followed literally (tests/guide/follow.py), and the example files beside it."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.guide import follow
from tests.guide.machine import ROOT, unshared
from tests.guide.page import blocks

GUIDE = ROOT / "docs" / "installing.md"
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What came of it: nearly two minutes of waiting, half a minute of work."""
    if "PORTEVOIX_GUIDE" not in os.environ:
        pytest.skip("“make guide” follows the guide: it needs root, namespaces and some minutes of its own")
    for missing in [name for name in ("caddy", "unshare", "setpriv", "adduser") if shutil.which(name) is None]:
        pytest.skip(f"{missing} is not installed: the guide was not followed")
    if os.geteuid() != 0:
        pytest.skip("only root can make a machine of its own here: the guide was not followed")
    done = unshared(Path(follow.__file__), str(tmp_path_factory.mktemp("machine")))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.e2e
def test_followed_from_top_to_bottom_it_ends_in_a_signed_in_page_over_https(followed):
    page = followed["page"]
    assert page["address"] == f"https://{follow.HOST}/"
    assert (page["status"], page["named"], page["secure_cookies"]) == (200, True, True)
    assert page["plain"][0] in {301, 308} and page["plain"][1].startswith("https://")


@pytest.mark.e2e
def test_the_rehearsal_post_is_out_once_and_after_a_restore_not_a_second_time(followed):
    assert followed["sent_before_the_backup"] == []
    assert len(followed["sent"]) == 1
    assert followed["sent_after_restore"] == followed["sent"]


@pytest.mark.e2e
def test_a_restore_without_the_key_says_that_it_is_needed(followed):
    assert "The key is needed now" in followed["without_the_key"]


@pytest.mark.e2e
def test_the_upgrade_ends_at_the_new_version_and_keeps_every_row(followed):
    assert followed["version"] == follow.git("rev-parse", "HEAD")
    assert followed["lost"] == []


@pytest.mark.e2e
def test_a_package_that_is_not_there_ends_the_guide(followed, tmp_path):
    """The broken variant: had the guide named another package, it would not have gone on."""
    program = tmp_path / "wrong.py"
    program.write_text(
        "import sys\nfrom pathlib import Path\nfrom tests.guide.machine import Machine\n"
        "Machine(Path(sys.argv[1]), {}, {'HOST': 'x.localhost'}).type('apt-get install --yes make-of-another-kind')\n"
    )
    (tmp_path / "machine").mkdir()
    done = unshared(program, str(tmp_path / "machine"))
    assert done.returncode == 1
    assert "not installed on this machine: make-of-another-kind" in done.stderr


def test_both_languages_tell_to_type_the_same():
    assert [block.commands for block in blocks(ROOT / "docs/fr/installation.md")] == [
        block.commands for block in blocks(GUIDE)
    ]


def test_every_example_file_is_used_by_the_guide():
    told = GUIDE.read_text(encoding="utf-8")
    for path in (ROOT / "deploy").iterdir():
        assert f"deploy/{path.name}" in told


def said(unit: Path) -> dict[str, list[str]]:
    """The lines of the unit's [Service], by key."""
    parser = configparser.RawConfigParser(strict=False, dict_type=dict)
    parser.optionxform = str
    parser.read(unit, encoding="utf-8")
    return dict(parser["Service"])


def test_every_service_has_the_same_least_rights():
    """Independent of the units: what systemd's own manual calls the strictest that a web service can have."""
    needed = {
        "User": "porte-voix", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict",
        "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "RestrictNamespaces": "yes",
        "UMask": "0077",
    }  # fmt: skip
    for unit in UNITS:
        told = said(unit)
        assert {key: told.get(key) for key in needed} == needed, unit.name


def test_systemd_itself_understands_the_units():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: the units were not read by it")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted((ROOT / "deploy/systemd").iterdir()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "/opt/porte-voix/.venv" not in line]  # not installed here
    assert [line for line in told if "porte-voix" in line] == []
