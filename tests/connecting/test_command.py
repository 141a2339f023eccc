"""portevoix channel connect: for machines without a browser; the consent is given elsewhere and its address pasted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sandbox import graph as graph_sandbox
from tests.consents import STUDIO, answered, app_of
from tests.shell import ROOT, Shell, peopled


@pytest.fixture(scope="module")
def shell(tmp_path_factory) -> Shell:
    made = peopled(tmp_path_factory.mktemp("connect"))
    made.env["PORTEVOIX_URL"] = STUDIO
    return made


@pytest.fixture
def server(shell):
    with graph_sandbox.serving() as graph:
        words = [word for name, value in app_of(graph).items() for word in ("--set", f"{name}={value}")]
        told = shell.told("channel", "app", "facebook", *words, "--as", "admin")
        assert told["return_address"] == f"{STUDIO}/channels/connect/meta/back/"
        yield graph


def connect(shell: Shell, button: str, *words: str, spoil=lambda address: address) -> subprocess.CompletedProcess[str]:
    """The command, with the address pasted at which a browser elsewhere ended."""
    command = [sys.executable, "-m", "cli", "channel", "connect", *words, "--as", "admin"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, env=shell.env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    address = ""
    while "http" not in address:
        address = process.stdout.readline()
        assert address or process.poll() is None
    out, err = process.communicate(spoil(answered(address.strip(), button)) + "\n", timeout=120)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def test_an_account_is_connected_without_a_browser_on_this_machine(shell, server):
    done = connect(shell, "continue", "facebook")
    assert done.returncode == 0, done.stderr
    assert "facebook-observatoire-sandbox is connected" in done.stdout
    assert not any(secret in done.stdout + done.stderr for secret in server.secrets())
    listed = {one["name"]: one for one in shell.told("channel", "list")}
    assert listed["facebook-observatoire-sandbox"]["state"] == "works"
    assert listed["facebook-observatoire-sandbox"]["missing"] == 0
    again = connect(shell, "continue", "meta", "--only", "@observatoire_sandbox")
    assert again.returncode == 0 and "facebook" not in again.stdout
    assert len(shell.told("channel", "list")) == 3, "the same accounts, authorised again"


def test_what_is_refused_is_one_sentence_and_changes_nothing(shell, server):
    before = shell.told("channel", "list")
    cases = {
        "was not granted": ("cancel", lambda address: address),
        "not begun here": ("continue", lambda _address: "https://posts.example.org/?code=AQ&state=guess"),
        "sent no consent": ("continue", lambda address: address.replace("code=", "kode=")),
    }
    for sentence, (button, spoil) in cases.items():
        done = connect(shell, button, "meta", spoil=spoil)
        assert done.returncode == 1 and sentence in done.stderr and "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert [one["name"] for one in shell.told("channel", "list")] == [one["name"] for one in before]


def test_others_than_administrators_and_other_networks_are_refused(shell, server):
    assert "administrator" in shell.refused("channel", "connect", "meta", "--as", "samira")
    assert "by hand" in shell.refused("channel", "connect", "bluesky", "--as", "admin")
    assert "administrator" in shell.refused("channel", "disable", "box", "--as", "samira")


def test_a_channel_is_put_aside_and_used_again(shell):
    assert shell.told("channel", "disable", "box", "--as", "admin") == {"channel": "box", "active": False}
    listed = {one["name"]: one["state"] for one in shell.told("channel", "list")}
    assert listed["box"] == "aside"
    assert "box" in shell.refused("channel", "disable", "box", "--as", "admin")
    assert shell.told("channel", "enable", "box", "--as", "admin")["active"]
    assert "put aside" in shell.refused("channel", "enable", "box", "--as", "admin")


def test_the_sandbox_lets_its_apps_send_people_to_another_address():
    away = "https://posts.example.org/channels/connect/meta/back/"
    command = [sys.executable, "-m", "cli", "sandbox", "graph", "linkedin", "mastodon", "--redirect", away, "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        lines = ""
        for line in process.stdout:
            lines += line
            if line == "}\n":
                break
        graph, linkedin, _mastodon = json.loads(lines)["servers"]
        facts = graph["facts"]
        dialog = (
            f"{graph['urls']['www']}/v25.0/dialog/oauth?client_id={facts['app_id']}&redirect_uri={away}&scope=email"
        )
        from tests.consents import BROWSER

        assert "URL Blocked" not in BROWSER.get(dialog).text
        assert "URL Blocked" in BROWSER.get(dialog.replace("posts.", "evil.")).text
        assert any(word.startswith("app_secret=") for word in graph["apps"][0])
        assert "linkedin" in linkedin["apps"][0]
    finally:
        process.terminate()
        process.communicate(timeout=10)
