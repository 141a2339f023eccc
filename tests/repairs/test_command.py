"""`portevoix fix` as a person and a script use it."""

from __future__ import annotations

import pytest

from tests.shell import peopled

LONG = "Une phrase entière, vue à Calais. " * 2_000


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return peopled(tmp_path_factory.mktemp("fix"))


def test_a_text_is_shown_repaired_then_repaired_then_put_back(shell):
    drafted = shell.told("draft", "--text", f"fr={LONG}", "--to", "box", "--as", "camille")
    planned = shell.told("fix", drafted["post"], "--dry-run")
    assert planned["dry_run"] and [one["code"] for one in planned["left"]] == ["text"]
    done = shell.told("fix", drafted["post"], "--as", "camille")
    [repair] = done["repairs"]
    assert repair["after"] == planned["repairs"][0]["after"] and done["left"] == []
    assert (repair["channel"], repair["place"], repair["repair"], repair["problem"]) == ("box", "text", "cut", "text")
    kept, rest = repair["after"]["texts"]["fr"], repair["rest"]["fr"]
    assert len(kept) <= 63_206 and kept.endswith("Calais.") and f"{kept} {rest}".split() == LONG.split()
    assert shell.told("fix", drafted["post"], "--undo", "--as", "camille")["left"][0]["code"] == "text"
    said = shell.run("fix", drafted["post"], "--as", "camille")
    assert said.returncode == 0 and "Kept beside:" in said.stdout
    nothing = shell.run("fix", drafted["post"], "--as", "camille")
    assert "nothing here that a machine can mend" in nothing.stdout


def test_what_cannot_be_done_is_one_sentence(shell):
    drafted = shell.told("draft", "--text", "fr=Court.", "--to", "box", "--as", "camille")
    assert "--dry-run" in shell.refused("fix", drafted["post"])
    assert "no repair" in shell.refused("fix", drafted["post"], "--undo", "--as", "camille")
    assert "no post number 999" in shell.refused("fix", 999, "--dry-run")
