"""What a person puts up, on the command line: a channel, a kit, its list, the address that closes it, and its ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shell import peopled
from tests.test_cli_delivery import ROW, script

LINK = "https://www.linkedin.com/feed/update/urn:li:activity:71234567890123456{n}/"


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    shell = peopled(tmp_path_factory.mktemp("cli"))
    page = "page=https://www.linkedin.com/company/hro"
    added = shell.told("channel", "add", "hro", "--platform", "handoff", "--set", "profile=linkedin", "--set", page,
                       "--as", "admin")  # fmt: skip
    assert (added["platform"], added["network"]) == ("handoff", "linkedin")
    return shell


def kit(shell, text: str) -> int:
    """A publication whose kit is there."""
    number = int(script(shell, ROW.replace('name="box"', 'name="hro"'), text, "scheduled", 1))
    (row,) = shell.told("publish", "--due")
    assert (row["publication"], row["state"]) == (number, "pending")
    return number


def test_a_channel_without_what_its_kits_must_say_is_refused_by_name(shell):
    said = shell.refused(
        "channel", "add", "lettre", "--platform", "handoff", "--set", "profile=newsletter", "--as", "admin"
    )
    assert "sender" in said and "page" in said  # what is missing, and what it takes


def test_what_waits_is_listed_with_its_age_and_shown_in_the_order_of_the_kit(shell):
    number = kit(shell, "132 expulsions.")
    (listed,) = shell.told("handoff", "list")
    assert (listed["publication"], listed["channel"], listed["network"]) == (number, "hro", "linkedin")
    folder = Path(listed["folder"])
    assert folder.is_relative_to(shell.home) and (folder / "LISEZMOI.txt").is_file()
    (waits,) = shell.told("status")["by_hand"]
    assert waits["publication"] == number and shell.told("status")["needs_decision"] == 0
    shown = shell.run("status").stdout
    assert f"handoff done {number} --link URL" in shown and "(0 min)" in shown and "Nothing needs a person." in shown
    told = shell.told("handoff", "show", number)["kit"]
    assert told["texts"][0]["text"] == "132 expulsions." == (folder / told["texts"][0]["file"]).read_text()
    assert told["steps"][0] == "Open https://www.linkedin.com/company/hro."
    assert "132 expulsions.\n" in shell.run("handoff", "show", number).stdout
    assert "à publier à la main" in shell.run("calendar", PORTEVOIX_LANG="fr").stdout
    shell.told("handoff", "not-posted", number, "--as", "noor")


def test_the_address_closes_it_once_and_is_corrected_on_purpose_only(shell):
    number = kit(shell, "Un autre post.")
    first, second = LINK.format(n="01"), LINK.format(n="02")
    assert "does not belong" in shell.refused("handoff", "done", number, "--link", "https://x.org/a", "--as", "camille")
    assert shell.told("handoff", "done", number, "--link", first, "--as", "camille")["receipt"]["url"] == first
    said = shell.refused("handoff", "done", number, "--link", second, "--as", "noor")
    assert "camille noted" in said and "--correct" in said
    done = shell.run("handoff", "done", number, "--link", second, "--correct", "--as", "noor")
    assert done.stdout == f"Publication {number} is noted as put up at {second}.\n"
    assert shell.told("handoff", "list") == [] and shell.told("status")["by_hand"] == []


def test_not_posted_is_said_once_and_what_is_no_hand_off_is_refused(shell):
    number = kit(shell, "Encore un post.")
    assert shell.told("handoff", "not-posted", number, "--as", "camille")["state"] == "cancelled"
    assert "(cancelled)" in shell.refused("handoff", "not-posted", number, "--as", "camille")
    other = int(script(shell, ROW, "Pas une remise.", "missed", 1))
    assert "not put up by hand" in shell.refused("handoff", "done", other, "--link", LINK, "--as", "camille")
    assert "no kit" in shell.refused("handoff", "show", other)
    assert json.loads(shell.run("audit", "verify", "--json").stdout)["ok"]
