#!/usr/bin/python3
"""Stands for systemd where there is none: starts units as their files say, without their confinement.

It knows the verbs and the lines that the guide's units use: User, EnvironmentFile, Environment, StateDirectory,
ExecStart, KillSignal, Type. A unit that does not exist is refused, as systemd does it.
"""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
RUNNING = Path("/run/systemctl")


def lines(name: str) -> dict[str, list[str]]:
    """What the unit's file says, by key."""
    stem, at, rest = name.partition("@")
    files = [f"{stem}@.{rest.rsplit('.', 1)[1]}"] if at else [name]
    path = next((folder / file for folder in UNITS for file in files if (folder / file).exists()), None)
    if path is None:
        sys.exit(f"Unit {name} could not be found.")
    said: dict[str, list[str]] = {}
    for line in path.read_text().replace("%i", rest.rsplit(".", 1)[0]).splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            said.setdefault(key.strip(), []).append(value.strip())
    return said


def environment(unit: dict[str, list[str]]) -> dict[str, str]:
    """What systemd gives a service: little, and what its file says."""
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    told = list(unit.get("Environment", []))
    for file in unit.get("EnvironmentFile", []):
        told += [line for line in Path(file).read_text().splitlines() if line and not line.startswith("#")]
    for word in told:
        name, _equals, value = word.partition("=")
        env[name] = value.strip('"')
    return env


def start(name: str) -> None:
    """The unit runs; one of Type=oneshot has run."""
    unit = lines(name)
    if name.endswith(".timer"):
        lines(name.replace(".timer", ".service"))
        return
    user = pwd.getpwnam(unit.get("User", ["root"])[0])
    for folder in unit.get("StateDirectory", []):
        path = Path("/var/lib", folder)
        path.mkdir(exist_ok=True)
        os.chown(path, user.pw_uid, user.pw_gid)
    as_user = [
        "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups",
        "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service",
    ]  # fmt: skip
    with Path(f"/var/log/{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [*as_user, *shlex.split(unit["ExecStart"][0])], env={"HOME": user.pw_dir, **environment(unit)},
            cwd=unit.get("WorkingDirectory", ["/"])[0], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, umask=int(unit.get("UMask", ["0022"])[0], 8),
        )  # fmt: skip
    if unit.get("Type") == ["oneshot"]:
        if process.wait():
            sys.exit(f"Job for {name} failed:\n{Path(f'/var/log/{name}.log').read_text()}")
        return
    (RUNNING / name).write_text(str(process.pid))


def stop(name: str) -> None:
    """The unit no longer runs; what does not end by its KillSignal within its time is killed."""
    unit, mark = lines(name), RUNNING / name
    if not mark.exists():
        return
    pid = int(mark.read_text())
    os.kill(pid, getattr(signal, unit.get("KillSignal", ["SIGTERM"])[0]))
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}/exe").exists() and time.monotonic() < end:
        time.sleep(0.05)
    if Path(f"/proc/{pid}/exe").exists():
        sys.exit(f"{name} did not stop within 30 seconds")
    mark.unlink()


def main(verb: str, *words: str) -> None:
    """One call of systemctl."""
    RUNNING.mkdir(exist_ok=True)
    names = [word if word.endswith((".service", ".timer")) else f"{word}.service" for word in words if word[0] != "-"]
    for name in names:
        if verb in {"stop", "restart"}:
            stop(name)
        if verb in {"start", "restart"} or (verb == "enable" and "--now" in words):
            start(name)
    if verb not in {"start", "stop", "restart", "enable", "daemon-reload"}:
        sys.exit(f"Unknown command verb {verb}.")


main(*sys.argv[1:])
