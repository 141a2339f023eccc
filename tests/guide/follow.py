"""Follows docs/installing.md from top to bottom on a machine of its own, and prints what came of it as JSON.

What is not typed but done in a browser is done here by HTTP, trusting the certificate's authority and nothing else.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import ssl
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tests.guide.machine import ROOT, Machine
from tests.guide.page import blocks
from tests.totp import shown

HOST = "porte-voix.localhost"
PASSWORD = "un mot de passe assez long pour {}"
AUTHORITY = "var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
POSTS = "var/lib/porte-voix/rehearsal"
SECONDS = 60
# Eleven minutes are too long for a test; all else is typed as it stands.
SHORTER = {
    "'+11 minutes' '+%Y-%m-%d %H:%M'": "'+25 seconds' '+%Y-%m-%d %H:%M:%S'",
    "install -m 0755": "echo PORTEVOIX_GRACE_MINUTES=0 >> /etc/porte-voix/porte-voix.env\ninstall -m 0755",
}
BACKED_UP, UPGRADED = 8, 11  # the sections of the first backup, and of a new version


class Phone:
    """Samira's app: it takes the key from the screen and shows each code once, the earliest that still opens first."""

    def __init__(self) -> None:
        self.used = 0

    def code(self, machine: Machine, _who: str) -> str:
        if key := re.search(r"secret=([A-Z2-7]+)", machine.said):
            self.key = base64.b32decode(key[1] + "=" * (-len(key[1]) % 8)).hex()
        return self.next()

    def next(self) -> str:
        step = max(self.used + 1, int(time.time()) // 30 - 1)
        self.used = step
        return shown(self.key, step * 30)


def git(*words: object) -> str:
    """What git prints."""
    return subprocess.run(
        ["git", *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def publish(repository: Path, commit: str) -> None:
    """The repository that the guide clones from and pulls from has this commit as its newest."""
    if not repository.exists():
        git("clone", "--quiet", "--bare", ROOT, repository)
        git("-C", repository, "symbolic-ref", "HEAD", "refs/heads/released")
    git("-C", repository, "update-ref", "refs/heads/released", commit)


def previous() -> str:
    """The commit before the last, from where the upgrade begins; the last where the guide was not yet there then."""
    before = git("rev-parse", "HEAD^")
    there = git("ls-tree", "-r", "--name-only", before, "deploy/portevoix", "docs/installing.md").splitlines()
    return before if len(there) == 2 else git("rev-parse", "HEAD")


def until(true, what: str):
    """What `true` gives once it gives something."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {SECONDS} seconds: {what}")


def signed_in(machine: Machine, phone: Phone) -> dict[str, object]:
    """The first page over HTTPS as Samira sees it, after her password and her code."""
    authority = machine.root / AUTHORITY
    until(authority.exists, "the certificate's authority")
    trust = ssl.create_default_context(cafile=str(authority))
    with httpx.Client(base_url=f"https://{HOST}", verify=trust, follow_redirects=True, trust_env=False) as browser:
        page = until(lambda: answered(browser), "the first page")
        for fields in ({"username": "samira", "password": PASSWORD.format("samira")}, {"code": phone.next()}):
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
            sent = {**fields, "csrfmiddlewaretoken": token[1]}
            page = browser.post(str(page.url), data=sent, headers={"Referer": str(page.url)})
        plain = httpx.get(f"http://{HOST}/", trust_env=False)
        return {
            "address": str(page.url), "status": page.status_code, "named": "samira" in page.text.lower(),
            "secure_cookies": all(cookie.secure for cookie in browser.cookies.jar),
            "plain": [plain.status_code, plain.headers.get("location", "")],
        }  # fmt: skip


def answered(browser: httpx.Client) -> httpx.Response | None:
    """The sign-in page, once proxy and studio are up."""
    try:
        page = browser.get("/")
    except httpx.ConnectError:
        return None
    return page if page.status_code == 200 else None


def posts(machine: Machine) -> list[str]:
    """What the stand-in of the network holds, by its own list."""
    return sorted(str(path.relative_to(machine.root / POSTS)) for path in (machine.root / POSTS).rglob("request.json"))


def rows(machine: Machine) -> set[tuple[str, object]]:
    """Every row that the store holds, by table and number."""
    path = machine.root / "var/lib/porte-voix/home/porte-voix.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {(name, number) for name in tables for (number,) in store.execute(f'SELECT rowid FROM "{name}"')}


def lost(before: set[tuple[str, object]], after: set[tuple[str, object]]) -> list[tuple[str, object]]:
    """What no longer stands there, sessions aside."""
    return sorted(row for row in before - after if row[0] != "django_session")


DRILL = """runuser -u porte-voix -- env -C /opt/porte-voix PORTEVOIX_HOME=/var/lib/porte-voix/drill PORTEVOIX_LANG=en \\
    .venv/bin/portevoix restore /var/backups/porte-voix --identity /var/lib/porte-voix/identity.txt
rm -rf /var/lib/porte-voix/drill /var/lib/porte-voix/identity.txt
"""


def follow(folder: Path) -> dict[str, object]:
    """Everything that the guide tells, and what came of it."""
    phone = Phone()
    answers = {
        r"first administrator|première personne": "admin",
        r"(Password of|Mot de passe de) \w+$": lambda _machine, who: PASSWORD.format(who),
        r"[Cc]ode of|Code du|six digits|six chiffres": phone.code,
    }
    machine = Machine(folder, answers, {"HOST": HOST, "STICK": "/media/stick"})
    machine.variables["SOURCE"] = "/srv/porte-voix.git"
    publish(machine.root / "srv/porte-voix.git", previous())
    try:
        return literally(machine, phone)
    except AssertionError:
        for log in (machine.root / "var/log").glob("porte-voix-*.log"):
            print(f"{log.name}:\n{log.read_text()[-2000:]}", file=sys.stderr)
        print(machine.type("portevoix status; portevoix publish --due --dry-run"), file=sys.stderr)
        raise


def literally(machine: Machine, phone: Phone) -> dict[str, object]:
    """Each block in turn, what a browser shows, and what the network's stand-in holds in the end."""
    told: dict[str, Any] = {"sections": [], "upgraded_from": previous()}
    began = time.monotonic()
    for block in blocks(ROOT / "docs" / "installing.md")[1:]:  # the first holds what everyone changes
        if block.section == BACKED_UP + 1:
            told["sent_before_the_backup"] = posts(machine)
            told["page"] = signed_in(machine, phone)
            told["sent"] = until(lambda: posts(machine), "the rehearsal post")
            machine.type('install -o porte-voix -m 0400 "$STICK/identity.txt" /var/lib/porte-voix/')
            told["without_the_key"] = machine.type(DRILL)
        if block.section == UPGRADED:
            stood = rows(machine)
            publish(machine.root / "srv/porte-voix.git", git("rev-parse", "HEAD"))
        typed(machine, block.commands)
        told["sections"].append([block.section, round(time.monotonic() - began, 1)])
    told["ready"] = machine.type("portevoix check --deploy || true")
    told["version"] = machine.type("git -C /opt/porte-voix rev-parse HEAD").strip()
    told["lost"] = lost(stood, rows(machine))
    told["status"] = machine.type("portevoix status")
    told["sent_after_restore"] = posts(machine)
    return told


def typed(machine: Machine, commands: str) -> None:
    """The commands as they stand, with the test's shorter waiting."""
    for long, short in SHORTER.items():
        commands = commands.replace(long, short)
    machine.type(commands)


if __name__ == "__main__":
    # The folder is empty again once this process has ended; nothing may clear it while the machine is mounted in it.
    print(json.dumps(follow(Path(sys.argv[1])), indent=2))
