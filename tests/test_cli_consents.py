"""The commands of consents, withdrawal, questions and originals, as a person types them."""

from __future__ import annotations

from tests.shell import peopled


def test_a_consent_from_its_paper_to_a_withdrawal(tmp_path):
    shell = peopled(tmp_path)
    names = tmp_path / "names.txt"
    names.write_text("Amina Yusufzai\n", "utf-8")
    told = shell.told(
        "consent", "add", "p-014", "--given-on", "2026-01-05", "--how", "written", "--face", "--names-from", names,
        "--as", "camille",
    )  # fmt: skip
    assert told["code"] == "P-014" and told["face"] is True
    assert [one["code"] for one in shell.told("consent", "list")] == ["P-014"]
    assert shell.told("consent", "show", "P-014")["uses"] == {"waiting": [], "out": [], "removed": [], "drafts": []}
    assert shell.told("withdraw", "P-014", "--as", "camille")["done"] is False
    done = shell.told("withdraw", "P-014", "--yes", "--as", "camille")
    assert done == {"done": True, "code": "P-014", "cancelled": [], "removals": []}
    assert shell.told("consent", "list")[0]["withdrawn_at"]
    assert "Yusufzai" not in "\n".join(shell.dump())
    assert "never a name" in shell.refused(
        "consent", "add", "Amina", "--given-on", "2026-01-05", "--how", "spoken", "--as", "camille"
    )
    assert shell.told("removal", "list") == [] and shell.told("originals", "list") == []
    assert "no footage" in shell.refused("originals", "keep", "abcdef", "--reason", "x", "--as", "camille").lower()
