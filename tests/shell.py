"""The command as a person types it: run as a real process in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.homes import fresh

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


def peopled(folder: Path) -> Shell:
    """A store with an intern, an editor, a coordinator and an outbox."""
    shell = Shell(fresh(folder / "home"))
    script = (
        "import django; django.setup()\n"
        "from pipeline import channels, people as folk\n"
        "people = {'camille': 'intern', 'noor': 'editor', 'samira': 'coordinator'}\n"
        "admin = folk.add('admin', role='administrator', password='un mot de passe assez long')\n"
        "for name, role in people.items():\n"
        "    folk.add(name, role=role, password='un mot de passe assez long', by=admin)\n"
        "folk.User.objects.filter(username='samira').update(second_factor_at='2026-11-01T00:00Z')\n"
        f"channels.add('box', 'outbox', {{'stands_for': 'facebook', 'folder': {str(shell.home / 'outbox')!r}}})\n"
    )
    env = {**shell.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=True, timeout=120)
    return shell
