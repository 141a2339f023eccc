"""What is to be mended in a cut list."""

from __future__ import annotations

from dataclasses import dataclass

from publishers._sentences import Sentence


@dataclass(frozen=True)
class Problem:
    """Something to mend, with its line in the file. `advice` does not keep the reel from being made."""

    line: int
    sentence: Sentence
    advice: bool = False
