"""The browser tests are run file by file: what stands still is begun once more and then fails, what fails is not."""

from __future__ import annotations

import sys

import pytest

from tests.e2e import one_by_one

# Stands for pytest: notes that it was begun, then does as told for that time.
STAND_IN = """
import pathlib, signal, sys
begun = pathlib.Path(sys.argv[1])
times = len(begun.read_text()) if begun.exists() else 0
begun.write_text("x" * (times + 1))
word = sys.argv[2 + min(times, len(sys.argv) - 4)]
signal.pause() if word == "still" else sys.exit(int(word))
"""


@pytest.mark.parametrize(
    ("words", "begun", "code"),
    [
        (["0"], 1, 0),
        (["still", "0"], 2, 0),
        (["still", "still"], 2, 1),
        (["1", "0"], 1, 1),
        (["5"], 1, 0),
    ],
)
def test_only_what_stands_still_is_begun_again_and_only_once(tmp_path, monkeypatch, capfd, words, begun, code):
    monkeypatch.setattr(one_by_one, "STILL", 3.0)
    monkeypatch.setattr(one_by_one, "PYTEST", (sys.executable, "-c", STAND_IN, str(tmp_path / "begun"), *words))
    assert one_by_one.main([__file__]) == code
    assert len((tmp_path / "begun").read_text()) == begun
    told = capfd.readouterr().out
    assert ("begun once more" in told) == (words[0] == "still")
    assert ("load " in told) == (words[0] == "still"), "what ran is described before it is ended"
