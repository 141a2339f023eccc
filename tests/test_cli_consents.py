"""The commands of consents, withdrawal, questions and originals, as a person types them."""

from __future__ import annotations

from tests.media.clean import picture
from tests.media.poison_field import full_exif, heic
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


def test_footage_comes_in_with_the_three_answers(tmp_path):
    shell = peopled(tmp_path)
    photo = tmp_path / "IMG_2041.HEIC"
    photo.write_bytes(heic(picture(), exif=full_exif()))
    asked = ("--place", "Calais", "--filmed-on", "2026-11-20", "--filmed-by", "équipe 2", "--as", "camille")
    assert "P-014" in shell.refused("footage", "add", photo, "--consent", "P-014", *asked)
    shell.told("consent", "add", "P-014", "--given-on", "2026-01-05", "--how", "written", "--as", "camille")
    (told,) = shell.told("footage", "add", photo, "--consent", "P-014", *asked)
    assert told["kind"] == "image" and "GPS" in told["private"]
    assert "48.8584" not in "\n".join(shell.dump())
