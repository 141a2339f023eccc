"""Masks by the command, as a person types it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.reels.films import heads
from tests.shell import peopled


def test_from_a_photo_to_its_masked_copy(tmp_path):
    shell = peopled(tmp_path)
    Image.fromarray(np.ascontiguousarray(heads())).save(tmp_path / "a.png")
    ((added),) = shell.told("footage", "add", tmp_path / "a.png", "--as", "camille")
    code = added["code"]
    assert "not searched" in shell.refused("footage", "show", code)
    nowhere = shell.refused("footage", "mask", code, "--as", "camille", "--out", tmp_path / "nowhere" / "b.jpg")
    assert "There is no folder" in nowhere and "not searched" in shell.refused("footage", "show", code)
    found = shell.told("footage", "mask", code, "--as", "camille", "--out", tmp_path / "b.jpg")
    assert [track["kind"] for track in found["tracks"]] == ["face"] and found["reviewed_by"] is None
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (640, 360)
    drawn = shell.told("footage", "track", "add", code, "--box", "2,2,10,10", "--kind", "screen", "--as", "camille")
    assert (drawn["version"], len(drawn["tracks"])) == (2, 2)
    for gap in drawn["gaps"]:
        shell.told("footage", "gap", code, gap["key"], "--decision", "nobody", "--as", "camille")
    reviewed = shell.told("footage", "review", code, "--version", 2, "--as", "camille")
    assert reviewed["masks"] == drawn["masks"] and reviewed["reviewed_by"] == "camille"
    shell.told("footage", "voices", code, "--choose", "disguised", "--as", "camille")
    shown = shell.told("footage", "show", code)
    assert (shown["reviewed_by"], shown["voices"]) == ("camille", "disguised")
    assert shell.run("footage", "track", "add", code, "--box", "2,2,10", "--as", "camille").returncode == 2
