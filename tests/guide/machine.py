"""A machine of its own for the guide: this one's files under a layer that is thrown away, without a network.

Run under `unshare --mount --net --pid --fork --kill-child --mount-proc`; nothing that is done in it reaches the machine
itself, and all that it started ends with it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# The packages that the guide installs are taken as there where this machine has them: there is no network.
APT = """#!/bin/sh
for word in "$@"; do case $word in -*|update|install) ;; *)
    dpkg-query --show --showformat='${Status}\\n' "$word" | grep -q "install ok installed" || {
        echo "not installed on this machine: $word"; exit 1; } ;; esac; done
"""


EMPTY = ("run", "tmp", "root", "home", "opt", "srv", "var/lib/caddy")
CACHE = "var/cache/uv"


def mount(*words: object) -> None:
    """Mounts as told; fails loudly."""
    subprocess.run(["mount", *map(str, words)], check=True)


def downloads() -> str:
    """Where uv keeps what it has fetched for this checkout: the machine of the guide has no network."""
    told = subprocess.run([ROOT / ".venv/bin/uv", "cache", "dir"], capture_output=True, text=True, check=True)
    return told.stdout.strip()


class Machine:
    """A root file system to type commands in, as root; `said` is what they printed."""

    def __init__(self, folder: Path, answers: dict[str, object], variables: dict[str, str]) -> None:
        self.folder, self.root = folder, folder / "root"
        self.answers, self.variables, self.said = answers, variables, ""
        self._layer()
        self._stand_ins()

    def _layer(self) -> None:
        """This machine's files, under a layer in memory; empty where a new machine has nothing."""
        mount("-t", "tmpfs", "-o", "mode=755", "layer", self.folder)
        self._over("/", self.root)
        for name in ("proc", "dev"):
            mount("--rbind", f"/{name}", self.root / name)
        for name in EMPTY:
            mount("-t", "tmpfs", "-o", "mode=755", "new", self.root / name)
        shutil.chown(self.root / "var/lib/caddy", "caddy", "caddy")
        self._over(downloads(), self.root / CACHE)
        with (self.root / "etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 {self.variables['HOST']}\n")
        mount("--bind", self.root / "etc/hosts", "/etc/hosts")  # for the browser, which stands outside
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    def _over(self, below: str, place: Path) -> None:
        """The files of a folder at another place, where what is changed changes nothing below."""
        upper, work = (self.folder / f"{place.name}-{kind}" for kind in ("upper", "work"))
        for made in (place, upper, work):
            made.mkdir(exist_ok=True)
        mount("-t", "overlay", "-o", f"lowerdir={below},upperdir={upper},workdir={work}", "new", place)

    def _stand_ins(self) -> None:
        tools = self.root / "usr/local/bin"
        for name, text in (("apt-get", APT), ("systemctl", (HERE / "systemctl.py").read_text())):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        shutil.copy(ROOT / ".venv/bin/uv", tools / "uv")

    def type(self, commands: str, *, seconds: int = 600) -> str:
        """What the commands print; what they ask is answered. AssertionError where one of them fails."""
        told = "".join(f"{name}={value!r}\n" for name, value in self.variables.items())
        env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
            "TERM": "dumb", "UV_CACHE_DIR": f"/{CACHE}", "UV_LINK_MODE": "symlink", "UV_OFFLINE": "1",
            "UV_COMPILE_BYTECODE": "0",  # a minute of two cores, and nothing that the guide is about
        }  # fmt: skip
        shell = pexpect.spawn(
            "/usr/sbin/chroot", [str(self.root), "/bin/bash", "-e", "-c", told + commands], env=env, encoding="utf-8",
            timeout=seconds, dimensions=(50, 300),
        )  # fmt: skip
        printed = self._talk(shell)
        shell.wait()
        shell.close()
        assert shell.exitstatus == 0, f"{commands}\n{printed}\n{shell.exitstatus} {shell.signalstatus}"
        return printed

    def _talk(self, shell: pexpect.spawn) -> str:
        """All that is printed until the end; questions are answered as they are asked."""
        printed = ""
        while shell.expect([r"([^\r\n]+): $", pexpect.EOF]) == 0:
            printed += shell.before + shell.after
            self.said = printed
            question = shell.match[1]
            answer = next((value for asked, value in self.answers.items() if re.search(asked, question)), None)
            if answer is None:
                continue  # no question: a line that is still being written
            shell.sendline(answer(self, re.search(r"\w+$", question)[0]) if callable(answer) else answer)
        return printed + shell.before


def unshared(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program, run to its end in namespaces of its own."""
    apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return subprocess.run(
        [*apart, sys.executable, "-B", str(program), *words], env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
